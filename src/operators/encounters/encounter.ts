/** Which events are encounters, what a mood or a post is to them, and how good one was. */
import { fieldOf, type StreamEvent } from '../../model/event.ts'
import { type EpochMs, parseTime } from '../../model/time.ts'
import type { EncountersReady } from './config.ts'

export type Kind = 'session' | 'call' | 'visit' | 'meeting' | 'order'

export interface Encounter {
  readonly at: EpochMs
  /** What it lasted: both ends belong to it. */
  readonly from: EpochMs
  readonly to: EpochMs
  readonly kind: Kind
  readonly channel: string | undefined
  /** Of itself; a session has none. */
  readonly sentiment: number | undefined
  /** Undefined where nobody would expect an order of it. */
  readonly converted: boolean | undefined
}

/** Something said or measured of the person, -1 to 1. */
export interface Feeling {
  readonly at: EpochMs
  readonly value: number
}

/** Orders on these are somebody's work, and not the person's own. */
const ASSISTED: ReadonlySet<string> = new Set(['store', 'phone', 'call', 'seller'])
const SEVERAL = 'several'
const CHANNEL_LENGTH_MAX = 64

const KINDS: Readonly<Record<string, Kind>> = {
  'session.closed': 'session',
  'call.received': 'call',
  'store.visited': 'visit',
  'staff.met': 'meeting',
  'order.completed': 'order',
  'ticket.purchased': 'order',
}
const USUAL_CHANNEL: Readonly<Record<Kind, string | undefined>> = {
  session: undefined,
  call: 'phone',
  visit: 'store',
  meeting: 'store',
  order: undefined,
}
export const POSTS: ReadonlySet<string> = new Set(['forum.posted', 'social.posted', 'review.written'])

const within = (value: unknown): number | undefined =>
  typeof value === 'number' && value >= -1 && value <= 1 ? value : undefined
const named = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' && value.length <= CHANNEL_LENGTH_MAX ? value : undefined

function sessionOf(event: StreamEvent): Encounter {
  const { time: at } = event
  const to = parseTime(fieldOf(event, 'ended_at')) ?? at
  const channels: unknown = fieldOf(event, 'channels')
  const all = Array.isArray(channels) ? channels : []
  return {
    at,
    from: Math.min(parseTime(fieldOf(event, 'started_at')) ?? to, to),
    to,
    kind: 'session',
    channel: all.length > 1 ? SEVERAL : named(all[0]),
    sentiment: undefined,
    converted: fieldOf(event, 'converted') === true,
  }
}

/** Undefined: it is none. */
export function encounterOf(event: StreamEvent): Encounter | undefined {
  const { type, time: at } = event
  const kind = Object.hasOwn(KINDS, type) ? KINDS[type] : undefined
  if (kind === undefined) return undefined
  if (kind === 'session') return sessionOf(event)
  const channel = named(event.channel)
  if (kind === 'order' && channel !== undefined && ASSISTED.has(channel)) return undefined
  return {
    at,
    from: at,
    to: at,
    kind,
    channel: channel ?? USUAL_CHANNEL[kind],
    sentiment: kind === 'order' ? undefined : within(fieldOf(event, 'sentiment')),
    converted: kind === 'order' ? true : undefined,
  }
}

export function feelingOf(event: StreamEvent, field: 'mood' | 'sentiment'): Feeling | undefined {
  const value = within(fieldOf(event, field))
  return value === undefined ? undefined : { at: event.time, value }
}

/** What quality is made of; undefined: the encounter has no such part. */
export interface Parts {
  readonly sentiment: number | undefined
  readonly mood: number | undefined
  readonly conversion: number | undefined
  readonly duration: number | undefined
}

const hundredths = (value: number): number => Math.round(value * 100) / 100 + 0

/** Of feelings in order, those of a span. */
const during = (feelings: readonly Feeling[], from: EpochMs, to: EpochMs): readonly Feeling[] =>
  feelings.filter(({ at }) => at >= from && at <= to)

export function partsOf(
  { from, to, kind, sentiment, converted }: Encounter,
  { moods, posts }: { readonly moods: readonly Feeling[]; readonly posts: readonly Feeling[] },
  ready: EncountersReady,
): Parts {
  const said = kind === 'session' ? during(posts, from, to) : []
  const mean = said.reduce((sum, { value }) => sum + value, 0) / said.length
  return {
    sentiment: kind === 'session' ? (said.length === 0 ? undefined : hundredths(mean)) : sentiment,
    mood: during(moods, from - ready.moodWithinMs, to).at(-1)?.value,
    conversion: converted === undefined ? undefined : converted ? 1 : 0,
    duration: kind === 'session' ? hundredths(2 * Math.min(1, (to - from) / ready.longMs) - 1) : undefined,
  }
}

/** The mean of the parts there are, by their weights, to hundredths; 0 if there are none. */
export function qualityOf(parts: Parts, { weights }: EncountersReady): number {
  let sum = 0
  let whole = 0
  for (const part of ['sentiment', 'mood', 'conversion', 'duration'] as const) {
    const value = parts[part]
    if (value === undefined) continue
    sum += weights[part] * value
    whole += weights[part]
  }
  return whole === 0 ? 0 : hundredths(sum / whole)
}
