/** Notable events in words that somebody in a shop understands at a glance. */
import type { Json } from '../../model/event.ts'
import type { Note } from './lanes.ts'
import { typeOf } from './notes.ts'

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : undefined

/** Below it somebody is unhappy, above it happy, in between nothing is said. */
const CLEAR = 0.3
const feeling = (value: unknown): string =>
  typeof value !== 'number' || Math.abs(value) < CLEAR ? '' : value < 0 ? ', unhappy' : ', happy'

const behind = (word: string, value: unknown): string => {
  const text = textOf(value)
  return text === undefined ? '' : ` ${word} ${text}`
}
const money = (amount: unknown, currency: unknown): string =>
  typeof amount === 'number' ? ` for ${[amount, textOf(currency)].join(' ').trimEnd()}` : ''
const about = ({ topic, category }: Json): string => behind('about', topic ?? category)
const product = ({ name, product_id: id }: Json): string => textOf(name ?? id) ?? 'a product'
const offer = ({ offer: name, offer_id: id }: Json): string => `offer ${textOf(name ?? id) ?? ''}`.trim()

const PLACES: Readonly<Record<string, string>> = {
  store: 'in the store',
  phone: 'by phone',
  call: 'by phone',
}
const where = (channel: unknown): string =>
  typeof channel === 'string' ? ` ${PLACES[channel] ?? `by ${channel}`}` : ''

const WORDS: Readonly<Record<string, (said: Json) => string>> = {
  'product.compared': (said) => `compared ${product(said)}`,
  'product.saved': (said) => `put ${product(said)} on the wish list`,
  'checkout.started': (said) => `went to pay${money(said['value'], said['currency'])}`,
  'order.completed': (said) =>
    `bought${money(said['total'], said['currency'])}${where(said['channel'])}${behind('in order', said['order_id'])}`,
  'ticket.purchased': (said) =>
    `bought a${behind('', said['product']).slice(1)} ticket${money(said['total'], said['currency'])}${behind('to come on', said['visit_date'])}`,
  'order.refunded': (said) =>
    `gave back${behind('order', said['order_id'])}${money(said['total'], said['currency'])}`,
  'visit.started': (said) => `came to visit${behind('at', said['place_id'])}`,
  'mood.measured': ({ mood, moment }) => {
    const word = Number(mood) >= CLEAR ? 'good' : Number(mood) <= -CLEAR ? 'bad' : 'even'
    return `was in ${word === 'even' ? 'an' : 'a'} ${word} mood${behind('at', moment)}`
  },
  'call.received': (said) => `called${about(said)}${feeling(said['sentiment'])}`,
  'store.visited': (said) =>
    `came to the store${behind('at', said['store_id'])}${about(said)}${feeling(said['sentiment'])}`,
  'staff.met': (said) =>
    `spoke with ${textOf(said['agent_id']) ?? 'staff'}${about(said)}${feeling(said['sentiment'])}`,
  'forum.posted': (said) => `wrote in the forum${about(said)}${feeling(said['sentiment'])}`,
  'social.posted': (said) =>
    `wrote on ${textOf(said['network']) ?? 'a social network'}${about(said)}${feeling(said['sentiment'])}`,
  'review.written': (said) => `wrote a review${about(said)}${feeling(said['sentiment'])}`,
  'offer.accepted': (said) => `accepted ${offer(said)}`,
  'offer.redeemed': (said) => `used ${offer(said)}`,
  'offer.dismissed': (said) => `turned down ${offer(said)}`,
  'message.unsubscribed': ({ channel }) => `wants no more messages${behind('by', channel)}`,
  'consent.changed': ({ purpose, channel, granted }) =>
    `${granted === true ? 'agreed to' : 'refused'} ${String(purpose)}${behind('by', channel)}`,
  'lead.handed_over': (said) => `was handed over${behind('to', said['seller_id'])}`,
  'meeting.scheduled': (said) => `made an appointment${behind('with', said['seller_id'])}`,
  'deal.closed': (said) =>
    said['won'] === false
      ? `turned down a deal${money(said['value'], said['currency'])}`
      : `closed a deal${money(said['value'], said['currency'])}`,
  'lead.warmed': () => 'became ready to buy',
}

export const inWords = (note: Note): string => WORDS[typeOf(note)]?.(note.said) ?? typeOf(note)
