/**
 * What a business counts of emissions: deals and what they brought, revenue, encounters. Keys are words of closed lists, joined by a blank, since
 * counts are part of a task's record, and what an upstream calls a channel or a currency has no end.
 */
import type { Json } from '../model/event.ts'
import type { Counts } from './ports/observer.ts'

export const HOWS = ['self-service', 'met', 'warmed-lead'] as const
export const DEAL_OUTCOMES = ['won', 'lost'] as const
/** Where orders are placed, and where people are met. */
export const CHANNELS = [
  'web',
  'app',
  'store',
  'phone',
  'seller',
  'email',
  'push',
  'sms',
  'onsite',
  'call',
  'social',
  'forum',
  'unknown',
] as const
export const QUALITIES = ['bad', 'neutral', 'good'] as const
export const INFLUENCES = ['true', 'false'] as const
/** On none of the lists. */
export const OTHER_WORD = 'other'
/** Of what names no currency. */
export const NO_CURRENCY = 'none'
/** Quality of an encounter from -1 to 1: below it good turns to neutral, and neutral to bad below its negative. */
const CLEAR_QUALITY = 0.3

const CURRENCIES: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'))

const wordOf = (list: readonly string[], word: unknown, absent: string): string => {
  if (word === null || word === undefined) return absent
  return typeof word === 'string' && list.includes(word) ? word : OTHER_WORD
}
const currencyOf = (currency: unknown): string => {
  if (currency === null || currency === undefined) return NO_CURRENCY
  return typeof currency === 'string' && CURRENCIES.has(currency) ? currency : OTHER_WORD
}

function add(counted: Map<string, number>, words: readonly string[], amount: number): void {
  const key = words.join(' ')
  counted.set(key, (counted.get(key) ?? 0) + amount)
}

/** What a counter may rise by: a price below nothing is a discount, and no counter falls. */
const amountOf = (amount: unknown): number => (typeof amount === 'number' && amount > 0 ? amount : 0)

export function countAttributed(
  { channel, total, currency, how, online_influenced }: Json,
  counts: Counts,
): void {
  const [sold, money, amount] = [wordOf(HOWS, how, OTHER_WORD), currencyOf(currency), amountOf(total)]
  add(counts.deals, [sold, 'won'], 1)
  add(counts.dealValue, [sold, money], amount)
  if (typeof total === 'number') add(counts.dealsValued, [sold, money], 1)
  add(
    counts.revenue,
    [wordOf(CHANNELS, channel, 'unknown'), String(online_influenced === true), money],
    amount,
  )
}

export function countLostDeal({ how }: Json, counts: Counts): void {
  add(counts.deals, [wordOf(HOWS, how, OTHER_WORD), 'lost'], 1)
}

function qualityOf(quality: unknown): string {
  if (typeof quality !== 'number' || Math.abs(quality) < CLEAR_QUALITY) return 'neutral'
  return quality < 0 ? 'bad' : 'good'
}

export function countEncounter({ channel, quality }: Json, counts: Counts): void {
  add(counts.encounters, [wordOf(CHANNELS, channel, 'unknown'), qualityOf(quality)], 1)
}
