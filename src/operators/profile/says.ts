/**
 * What one event says of its person, in the little that is kept of it. What it says of carts and offers is kept elsewhere: those are
 * sums of another kind.
 */
import { type Json, type StreamEvent, fieldOf } from '../../model/event.ts'

/** Only what there is; keys in this order, so that equal events have equal bytes. */
export interface Says {
  readonly channel?: string
  readonly orders?: number
  /** Millionths of whatever currency it was in, as of `returned`. */
  readonly spent?: number
  readonly returned?: number
  readonly visits?: number
  /** By name of the fact: `mood.latest`, `party`, `trait.tribe`, `consent.marketing`; the newest of each is true. */
  readonly facts?: Json
  /** By name of the interest, what the event adds to it. */
  readonly interests?: Readonly<Record<string, number>>
}

const NAME_LENGTH_MAX = 64
const VALUE_LENGTH_MAX = 200
const TRAITS_PER_EVENT_MAX = 100
const INTERESTS_PER_EVENT_MAX = 20

/** What an event of the type adds to the interest in its category, or else in its topic. */
const INTEREST: Readonly<Record<string, number>> = {
  'page.viewed': 1,
  'content.read': 1,
  'product.searched': 1,
  'product.viewed': 1,
  'product.compared': 1,
  'product.saved': 2,
  'product.added': 2,
  'order.completed': 3,
  'call.received': 1,
  'store.visited': 1,
  'staff.met': 1,
  'forum.posted': 1,
}

/** Whether a text may be the name of something that is counted of a person. */
export const isName = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && value.length <= NAME_LENGTH_MAX && value !== '__proto__'
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Millionths of an amount of money, so that sums are exact. */
export function microsOf(amount: unknown): number {
  if (typeof amount !== 'number' || !Number.isFinite(amount)) return 0
  const micros = Math.round(amount * 1e6) + 0
  return Math.min(Math.max(micros, -(2 ** 50)), 2 ** 50)
}

const isKept = (name: string, value: unknown): boolean =>
  isName(name) &&
  value !== null &&
  value !== undefined &&
  (typeof value === 'string' ? value : JSON.stringify(value)).length <= VALUE_LENGTH_MAX

function traitFacts(traits: unknown): Json {
  if (!isObject(traits)) return {}
  const kept = Object.entries(traits).filter(([name, value]) => isKept(name, value))
  return Object.fromEntries(
    kept.slice(0, TRAITS_PER_EVENT_MAX).map(([name, value]) => [`trait.${name}`, value]),
  )
}

function moodFacts(event: StreamEvent): Json {
  const mood = fieldOf(event, 'mood')
  if (typeof mood !== 'number') return {}
  const moment = fieldOf(event, 'moment')
  const named = moment === 'arrival' || moment === 'departure' ? { [`mood.${moment}`]: mood } : {}
  return { 'mood.latest': mood, ...named }
}

/** Of all channels: a word on one of them is for offers to know. */
function consentFacts(event: StreamEvent): Json {
  const channel = fieldOf(event, 'channel')
  if (typeof channel === 'string' && channel !== '') return {}
  if (event.type === 'message.unsubscribed') return { unsubscribed: true }
  const purpose = fieldOf(event, 'purpose')
  if (!isName(purpose)) return {}
  return { [`consent.${purpose}`]: fieldOf(event, 'granted') === true ? 'granted' : 'refused' }
}

function partyFacts(event: StreamEvent): Json {
  const party = fieldOf(event, 'party')
  if (!isObject(party)) return {}
  const { adults, children } = party
  const counted = {
    ...(typeof adults === 'number' ? { adults } : {}),
    ...(typeof children === 'number' ? { children } : {}),
  }
  return Object.keys(counted).length === 0 ? {} : { party: counted }
}

function factsOf(event: StreamEvent): Json {
  switch (event.type) {
    case 'person.described':
      return traitFacts(fieldOf(event, 'traits'))
    case 'mood.measured':
      return moodFacts(event)
    case 'ticket.purchased':
      return partyFacts(event)
    case 'consent.changed':
    case 'message.unsubscribed':
      return consentFacts(event)
    default:
      return {}
  }
}

/** An order feeds the interest in each category on it, once. */
function interestsOf(event: StreamEvent): Readonly<Record<string, number>> {
  const weight = Object.hasOwn(INTEREST, event.type) ? INTEREST[event.type] : undefined
  if (weight === undefined) return {}
  if (event.type === 'order.completed') {
    const lines = fieldOf(event, 'products')
    if (!Array.isArray(lines)) return {}
    const names = new Set(lines.map((line: unknown) => (isObject(line) ? line['category'] : undefined)))
    const known = [...names].filter(isName).sort().slice(0, INTERESTS_PER_EVENT_MAX)
    return Object.fromEntries(known.map((name) => [name, weight]))
  }
  const category = fieldOf(event, 'category')
  const name = isName(category) ? category : fieldOf(event, 'topic')
  return isName(name) ? { [name]: weight } : {}
}

const whenAny = (key: 'facts' | 'interests', values: Json): Says =>
  Object.keys(values).length === 0 ? {} : { [key]: values }

function moneyOf(event: StreamEvent): Says {
  switch (event.type) {
    case 'order.completed':
    case 'ticket.purchased':
      return { orders: 1, spent: microsOf(fieldOf(event, 'total')) }
    case 'order.refunded':
      return { returned: microsOf(fieldOf(event, 'total')) }
    default:
      return {}
  }
}

export function saysOf(event: StreamEvent): Says {
  const { type, channel } = event
  return {
    ...(isName(channel) ? { channel } : {}),
    ...moneyOf(event),
    ...(type === 'visit.started' || type === 'store.visited' ? { visits: 1 } : {}),
    ...whenAny('facts', factsOf(event)),
    ...whenAny('interests', interestsOf(event)),
  }
}
