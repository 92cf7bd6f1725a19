/**
 * What a person did on the way to an order: which types count, in which channel they happened, and what they say of how it was sold.
 */
import { fieldOf, type StreamEvent } from '../../model/event.ts'
import type { EpochMs } from '../../model/time.ts'

/** `touch`: led to the order. `meeting`: with somebody of the business. `warming`: the person was known to be ready to buy. */
interface Kind {
  readonly type: string
  /** Where it happens if the event does not say. */
  readonly channel: string
  readonly touch: boolean
  readonly meeting: boolean
  readonly warming: boolean
}

const touch = (type: string, channel: string): Kind => ({
  type,
  channel,
  touch: true,
  meeting: false,
  warming: false,
})
const met = (type: string, channel: string): Kind => ({ ...touch(type, channel), meeting: true })
const warming = (type: string): Kind => ({
  type,
  channel: '',
  touch: false,
  meeting: false,
  warming: true,
})

/** Their places are in the bytes of states: add at the end, and change no place. */
export const KINDS: readonly Kind[] = [
  touch('page.viewed', 'web'),
  touch('content.read', 'web'),
  touch('product.searched', 'web'),
  touch('product.viewed', 'web'),
  touch('product.compared', 'web'),
  touch('product.saved', 'web'),
  touch('product.added', 'web'),
  touch('cart.viewed', 'web'),
  touch('checkout.started', 'web'),
  touch('offer.opened', 'offer'),
  touch('offer.clicked', 'offer'),
  touch('offer.accepted', 'offer'),
  touch('offer.redeemed', 'offer'),
  touch('email.opened', 'email'),
  touch('email.clicked', 'email'),
  touch('forum.posted', 'forum'),
  touch('social.posted', 'social'),
  touch('review.written', 'web'),
  touch('visit.started', 'store'),
  met('store.visited', 'store'),
  met('staff.met', 'store'),
  met('call.received', 'phone'),
  met('meeting.scheduled', 'seller'),
  warming('lead.handed_over'),
  warming('lead.warmed'),
]
const placeOf = new Map(KINDS.map(({ type }, place) => [type, place]))

/** Where somebody of the business is in person or on the line; every other channel is online. */
const OFFLINE: ReadonlySet<string> = new Set(['store', 'phone', 'call', 'seller'])
export const isOffline = (channel: string | undefined): boolean =>
  channel !== undefined && OFFLINE.has(channel)

/** In UTF-16 units; a longer word says nothing. */
const CHANNEL_LENGTH_MAX = 64
const CAMPAIGN_LENGTH_MAX = 128

const wordOf = (value: unknown, lengthMax: number): string | undefined =>
  typeof value === 'string' && value !== '' && value.length <= lengthMax ? value : undefined

/** What is kept of an event. */
export interface Trace {
  readonly at: EpochMs
  /** Place in {@link KINDS}. */
  readonly kind: number
  readonly channel: string
  readonly campaign: string | undefined
}

export const kindOf = ({ kind }: Trace): Kind => KINDS[kind] as Kind

export const channelOf = ({ channel }: StreamEvent): string | undefined => wordOf(channel, CHANNEL_LENGTH_MAX)

/** Undefined: the event has no part in it. */
export function traceOf(event: StreamEvent): Trace | undefined {
  const kind = placeOf.get(event.type)
  if (kind === undefined) return undefined
  const { channel, touch: counts } = KINDS[kind] as Kind
  if (!counts) return { at: event.time, kind, channel, campaign: undefined }
  const campaign =
    wordOf(event.context?.['campaign'], CAMPAIGN_LENGTH_MAX) ??
    wordOf(fieldOf(event, 'campaign'), CAMPAIGN_LENGTH_MAX)
  return { at: event.time, kind, channel: channelOf(event) ?? channel, campaign }
}

const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** By time, then by what they say: equal ones are equal in all. */
export const compareTraces = (a: Trace, b: Trace): number =>
  a.at - b.at ||
  a.kind - b.kind ||
  compareTexts(a.channel, b.channel) ||
  compareTexts(a.campaign ?? '', b.campaign ?? '')
