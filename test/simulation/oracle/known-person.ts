/** profile: what all events of a person say, as of a time, each field read from all of them anew (contract 5, K1 to K6). */
import { DAY_MS } from '../../../src/model/time.ts'
import type { OracleEvent } from './input.ts'
import { type Json, listOf, numberOf, objectOf } from './settings.ts'

const UNSEEN = ['location.updated', 'trip.eta_updated']
const FED: Readonly<Record<string, number>> = {
  'page.viewed': 1,
  'content.read': 1,
  'product.searched': 1,
  'product.viewed': 1,
  'product.compared': 1,
  'product.saved': 2,
  'product.added': 2,
  'call.received': 1,
  'store.visited': 1,
  'staff.met': 1,
  'forum.posted': 1,
}
const ANSWERS = ['delivered', 'opened', 'clicked', 'accepted', 'redeemed', 'dismissed']

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0)
const totalOf = (events: readonly OracleEvent[]): number =>
  sumOf(events.map((e) => numberOf(e.data['total'], 0)))

/** C1 to C3, product by product. */
function cartsOf(events: readonly OracleEvent[]): number {
  const rank = (type: string): number => ['order.completed', 'product.added', 'product.removed'].indexOf(type)
  const sorted = events
    .filter(({ type }) => rank(type) >= 0)
    .sort((a, b) => a.time - b.time || rank(a.type) - rank(b.type))
  const lines = new Map<string, { cart: unknown; quantity: number; price: number }>()
  for (const { type, data } of sorted) {
    if (type === 'order.completed') {
      for (const [key, { cart }] of lines)
        if (data['cart_id'] === undefined || data['cart_id'] === cart) lines.delete(key)
      continue
    }
    const cart = data['cart_id'] ?? 'default'
    const key = JSON.stringify([cart, data['product_id']])
    const line = lines.get(key) ?? { cart, quantity: 0, price: 0 }
    const many = numberOf(data['quantity'], 1)
    lines.set(key, {
      cart,
      quantity: Math.max(0, line.quantity + (type === 'product.added' ? many : -many)),
      price: numberOf(data['price'], line.price),
    })
  }
  return sumOf([...lines.values()].map(({ quantity, price }) => quantity * price))
}

function interestsOf(events: readonly OracleEvent[], at: number, halfLifeMs: number): Json {
  const fed = new Map<string, number>()
  for (const { type, time, data } of events) {
    const left = 2 ** ((time - at) / halfLifeMs)
    const names =
      type === 'order.completed'
        ? new Set(listOf(data['products']).map((line) => objectOf(line)['category']))
        : new Set([data['category'] ?? data['topic']])
    const weight = type === 'order.completed' ? 3 : (FED[type] ?? 0)
    for (const name of names)
      if (typeof name === 'string' && weight > 0) fed.set(name, (fed.get(name) ?? 0) + weight * left)
  }
  return Object.fromEntries([...fed].map(([name, value]) => [name, Math.round(value * 100) / 100]))
}

function consentOf(events: readonly OracleEvent[]): Json {
  const words = events.filter(({ data }) => data['channel'] === undefined)
  const no = Math.max(...words.filter(({ type }) => type === 'message.unsubscribed').map(({ time }) => time))
  const spoken = words.filter(({ type }) => type === 'consent.changed')
  const purposes = new Set(spoken.map(({ data }) => String(data['purpose'])))
  if (purposes.size === 0 && no > Number.NEGATIVE_INFINITY) purposes.add('marketing')
  return Object.fromEntries(
    [...purposes].map((purpose) => {
      const of = spoken.filter(({ data }) => data['purpose'] === purpose)
      const newest = Math.max(...of.map(({ time }) => time))
      const last = of.filter(({ time }) => time === newest)
      return [purpose, newest > no && last.every(({ data }) => data['granted'] === true)]
    }),
  )
}

export function knownOf(all: readonly OracleEvent[], at: number, halfLifeMs: number): Json {
  const events = all.filter((e) => e.time <= at && !UNSEEN.includes(e.type))
  const ofType = (...types: readonly string[]) => events.filter(({ type }) => types.includes(type))
  const orders = ofType('order.completed', 'ticket.purchased')
  const channels: Record<string, number> = {}
  for (const { context } of events) {
    const { channel } = context
    if (typeof channel === 'string') channels[channel] = (channels[channel] ?? 0) + 1
  }
  const preferred = Object.entries(channels).sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))[0]
  const answers = (words: readonly string[]) =>
    new Set(ofType(...words.map((word) => `offer.${word}`)).map(({ data }) => data['offer_id'])).size
  const newest = Math.max(...events.map(({ time }) => time))
  return {
    ...(events.length === 0 ? {} : { days_since_seen: Math.floor((at - newest) / DAY_MS) }),
    orders: orders.length,
    spend: totalOf(orders) - totalOf(ofType('order.refunded')),
    visits: ofType('visit.started', 'store.visited').length,
    interests: interestsOf(events, at, halfLifeMs),
    channels,
    ...(preferred === undefined ? {} : { preferred_channel: preferred[0] }),
    open_cart_value: cartsOf(events),
    offers_seen: answers(ANSWERS),
    offers_accepted: answers(['accepted', 'redeemed']),
    consent: consentOf(events),
  }
}
