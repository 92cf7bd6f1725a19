/** What is noted of an event, and in which lanes. Types that are not here are taken only where `on` names them. */
import { fieldOf, type Json, type StreamEvent } from '../../model/event.ts'
import type { Lane, Note } from './lanes.ts'

/** In UTF-16 units; a longer text says nothing. */
const TEXT_LENGTH_MAX = 200
const TRAIT_NAME_LENGTH_MAX = 64

type Pick = readonly string[]

interface Kind {
  readonly type: string
  /** Where it happens if the event does not say; undefined: nobody knows. */
  readonly channel: string | undefined
  /** The lanes that it goes to, with the fields that each keeps; `channel` and `campaign` also come from the context. */
  readonly lanes: Readonly<Partial<Record<Lane, Pick>>>
}

const PRODUCT = ['product_id', 'name', 'category', 'brand', 'price', 'currency']
const INTEREST = ['channel', 'category', 'topic']
const TALK = ['topic', 'category', 'sentiment', 'store_id', 'agent_id', 'network', 'channel']
const CHANGE = ['cart_id', 'product_id', 'name', 'category', 'quantity', 'price', 'currency']
const OFFER = ['offer_id', 'offer', 'channel', 'reason', 'value']
const ORDER = ['order_id', 'cart_id', 'channel', 'total', 'currency', 'store_id']

const kind = (type: string, lanes: Kind['lanes'], channel?: string): Kind => ({ type, channel, lanes })
const browsing = (type: string, lanes: Kind['lanes'] = {}): Kind =>
  kind(type, { activity: INTEREST, ...lanes })
const talking = (type: string, channel?: string): Kind =>
  kind(type, { activity: ['channel'], sentiments: TALK, notable: TALK }, channel)
const answer = (type: string, notable: Kind['lanes'] = {}): Kind =>
  kind(type, { activity: INTEREST, offers: OFFER, ...notable })

/** Their places are in the bytes of states: add at the end, and change no place. */
export const KINDS: readonly Kind[] = [
  browsing('page.viewed'),
  browsing('content.read', { content: ['title', 'topic', 'category', 'url', 'seconds'] }),
  browsing('product.searched', { searches: ['query', 'category'] }),
  browsing('product.viewed'),
  browsing('product.compared', { comparisons: PRODUCT, notable: PRODUCT }),
  browsing('product.saved', { notable: PRODUCT }),
  browsing('product.added', { cart: CHANGE }),
  browsing('product.removed', { cart: CHANGE }),
  browsing('checkout.started', { notable: ['cart_id', 'value', 'currency'] }),
  kind('order.completed', { activity: INTEREST, cart: ['cart_id'], bought: ORDER, notable: ORDER }),
  kind('ticket.purchased', {
    activity: INTEREST,
    bought: ['order_id', 'product', 'visit_date', 'channel', 'total', 'currency'],
    notable: ['order_id', 'product', 'visit_date', 'channel', 'total', 'currency'],
  }),
  kind('order.refunded', { notable: ['order_id', 'total', 'currency'] }),
  kind('visit.started', { activity: INTEREST, notable: ['place_id'] }, 'store'),
  kind('mood.measured', { moods: ['mood', 'moment', 'sensor'], notable: ['mood', 'moment'] }),
  talking('call.received', 'phone'),
  talking('store.visited', 'store'),
  talking('staff.met', 'store'),
  talking('forum.posted'),
  talking('social.posted'),
  talking('review.written'),
  kind('offer.emitted', { offers: OFFER }),
  kind('offer.delivered', { offers: OFFER }),
  answer('offer.opened'),
  answer('offer.clicked'),
  answer('offer.accepted', { notable: OFFER }),
  answer('offer.redeemed', { notable: OFFER }),
  answer('offer.dismissed', { notable: OFFER }),
  kind('offer.failed', { offers: OFFER }),
  kind('email.opened', { activity: INTEREST }, 'email'),
  kind('email.clicked', { activity: INTEREST }, 'email'),
  kind('message.unsubscribed', { consents: ['channel'], notable: ['channel'] }),
  kind('consent.changed', {
    consents: ['purpose', 'channel', 'granted'],
    notable: ['purpose', 'channel', 'granted'],
  }),
  kind('person.described', {}),
  kind('lead.handed_over', { notable: ['deal_id', 'seller_id'] }),
  kind('meeting.scheduled', { notable: ['deal_id', 'seller_id'] }),
  kind('deal.closed', {
    bought: ['deal_id', 'channel', 'value', 'currency', 'won'],
    notable: ['deal_id', 'seller_id', 'value', 'currency', 'won'],
  }),
  kind('lead.warmed', { warmths: ['warmth'], notable: ['warmth'] }),
]
const placeOf = new Map(KINDS.map(({ type }, place) => [type, place]))
export const typeOf = ({ kind: place }: Note): string => (KINDS[place] as Kind).type

const isPlain = (value: unknown): boolean =>
  typeof value === 'boolean' ||
  (typeof value === 'number' && Number.isFinite(value)) ||
  (typeof value === 'string' && value !== '' && value.length <= TEXT_LENGTH_MAX)

/** `channel` of what says something about one, not of where it happened. */
const ABOUT_CHANNELS: ReadonlySet<string> = new Set([
  'consent.changed',
  'message.unsubscribed',
  'offer.emitted',
])

function picked(event: StreamEvent, fields: Pick, fallback: string | undefined): Json {
  const said: Record<string, unknown> = {}
  for (const name of fields) {
    const value =
      name === 'channel' && !ABOUT_CHANNELS.has(event.type)
        ? (event.channel ?? fieldOf(event, name) ?? fallback)
        : fieldOf(event, name)
    if (isPlain(value)) said[name] = value
  }
  return said
}

const PRODUCTS_LISTED = 20

/** Products of an order, by name or id; reasons of warmth. */
function listed(event: StreamEvent): Json {
  if (event.type === 'lead.warmed') {
    const reasons = fieldOf(event, 'reasons')
    const kept = Array.isArray(reasons) ? reasons.slice(0, PRODUCTS_LISTED) : []
    return JSON.stringify(kept).length <= 5 * TEXT_LENGTH_MAX ? { reasons: kept as unknown[] } : {}
  }
  const products = event.type === 'order.completed' ? fieldOf(event, 'products') : undefined
  if (!Array.isArray(products)) return {}
  const names = products.flatMap((line: Json | null) => {
    const name = line?.['name'] ?? line?.['product_id']
    return typeof name === 'string' && isPlain(name) ? [name] : []
  })
  return { products: names.slice(0, PRODUCTS_LISTED) }
}

const WITH_LISTS: ReadonlySet<Lane> = new Set<Lane>(['bought', 'warmths'])

/** Without it there is nothing to note. */
const NEEDED: Readonly<Partial<Record<Lane, string>>> = {
  sentiments: 'sentiment',
  offers: 'offer_id',
}

const TRAITS_MAX = 100

/** One note a trait: what one description says of one name stands until another one says something of that name. */
function traitNotes(event: StreamEvent, place: number): readonly (readonly [Lane, Note])[] {
  const traits = fieldOf(event, 'traits')
  if (typeof traits !== 'object' || traits === null || Array.isArray(traits)) return []
  const kept = Object.entries(traits).filter(
    ([name, value]) =>
      name !== '__proto__' &&
      name.length <= TRAIT_NAME_LENGTH_MAX &&
      JSON.stringify(value ?? null).length <= TEXT_LENGTH_MAX,
  )
  return kept
    .slice(0, TRAITS_MAX)
    .map(([name, value]) => ['traits', { at: event.time, kind: place, said: { name, value: value ?? null } }])
}

/** A word of consent whose scope is not known whole would be taken for a wider one. */
function isUnclear(event: StreamEvent): boolean {
  if (event.type !== 'consent.changed') return false
  const channel = fieldOf(event, 'channel') ?? ''
  return !isPlain(fieldOf(event, 'purpose')) || (channel !== '' && !isPlain(channel))
}

/** Lane by lane. */
export function notesOf(event: StreamEvent): readonly (readonly [Lane, Note])[] {
  const place = placeOf.get(event.type)
  if (place === undefined || isUnclear(event)) return []
  if (event.type === 'person.described') return traitNotes(event, place)
  const { lanes, channel } = KINDS[place] as Kind
  return (Object.entries(lanes) as [Lane, Pick][]).flatMap(([lane, fields]): [Lane, Note][] => {
    const plain = picked(event, fields, channel)
    const needed = NEEDED[lane]
    if (needed !== undefined && plain[needed] === undefined) return []
    const said = WITH_LISTS.has(lane) ? { ...plain, ...listed(event) } : plain
    return [[lane, { at: event.time, kind: place, said }]]
  })
}

const ABOUT_FIELDS_MAX = 20

const ENVELOPE: ReadonlySet<string> = new Set(['type', 'id', 'time', '__proto__'])

/** What the event that calls for a brief says itself. */
export function aboutOf(event: StreamEvent): Json {
  const plain = Object.entries(event.data).filter(
    ([name, value]) => !ENVELOPE.has(name) && name.length <= TRAIT_NAME_LENGTH_MAX && isPlain(value),
  )
  plain.sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(plain.slice(0, ABOUT_FIELDS_MAX))
}
