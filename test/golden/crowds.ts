/** Made-up crowds for golden runs, small and full of trouble: the same every time. */
import { type Chance, chanceOf } from '../../src/app/demo/prng.ts'
import { formatTime, MINUTE_MS, parseRfc3339, SECOND_MS } from '../../src/model/time.ts'

type Json = Readonly<Record<string, unknown>>

/** Lines that a crowd sends, one about every `stepMs`; each says when it came. */
function crowd(
  name: string,
  lines: number,
  from: string,
  stepMs: number,
  say: (at: number, chance: Chance, index: number) => Json,
): readonly string[] {
  const chance = chanceOf('golden', name)
  let at = parseRfc3339(from) as number
  return Array.from({ length: lines }, (_, index) => {
    at += chance.between(0, 2 * stepMs)
    const delay = chance.percent(4) ? chance.between(1, 12) * MINUTE_MS : chance.between(0, 8) * SECOND_MS
    return JSON.stringify({ received: formatTime(at + delay), ...say(at, chance, index) })
  })
}

/** Three forms of one studio's day. */
export function studioLines(): readonly string[] {
  return crowd('studio', 420, '2026-10-05T21:40:00Z', 35 * SECOND_MS, (at, chance, index) => {
    const person = chance.between(0, 11)
    const names = {
      ...(chance.percent(45) ? { user_id: person === 11 ? 'Test-Account' : `m${person}` } : {}),
      ...(chance.percent(30) ? { email: ` Member${person >> 1}@Studio.example` } : {}),
      ...(chance.percent(75) ? { anonymous_id: `c${person}-${chance.between(0, 2)}` } : {}),
    }
    const identifiers = Object.entries(names).map(([type, value]) => ({ type, value }))
    const time = formatTime(at)
    const product = {
      product_id: `p${chance.between(1, 4)}`,
      price: chance.between(2, 30),
      quantity: chance.between(1, 2),
    }
    const kind = chance.between(0, 99)
    if (kind < 35) {
      const event = chance.pick([
        'Product Added',
        'Product Viewed',
        'Product Removed',
        'Checkout Started',
        'Class Looked Up',
      ])
      return {
        topic: 'site-events',
        type: 'track',
        event,
        messageId: `s${index}`,
        timestamp: time,
        ...(names.user_id === undefined ? {} : { userId: names.user_id }),
        ...(names.anonymous_id === undefined ? {} : { anonymousId: names.anonymous_id }),
        context: { channel: 'web', ...(names.email === undefined ? {} : { traits: { email: names.email } }) },
        properties: product,
      }
    }
    if (kind < 60) {
      const type = chance.pick(['page.viewed', 'product.added', 'product.viewed'])
      const data = { identifiers, context: { channel: chance.pick(['app', 'kiosk']) }, ...product }
      return {
        topic: 'app-events',
        specversion: kind === 59 ? '0.2' : '1.0',
        id: `a${index}`,
        source: 'phone',
        type,
        time,
        data,
      }
    }
    const common = { id: `d${index}`, source: 'desk', time, identifiers }
    if (kind < 80)
      return {
        ...common,
        type: 'consent.changed',
        data: { purpose: 'marketing', granted: chance.percent(80) },
      }
    if (kind < 88) return { ...common, type: 'class.joined', data: { level: chance.between(1, 3) } }
    if (kind < 94)
      return {
        ...common,
        type: 'person.described',
        data: { traits: { timezone: chance.pick(['America/New_York', 'Asia/Tokyo']) } },
      }
    return {
      ...common,
      type: 'order.completed',
      context: { channel: 'phone' },
      data: { order_id: `o${index}`, total: 20 },
    }
  })
}

/** Drivers on their way to the boat, and what they do in the meantime. */
export function ferryLines(): readonly string[] {
  return crowd('ferry', 420, '2026-08-20T09:30:00Z', 25 * SECOND_MS, (at, chance, index) => {
    const person = chance.between(0, 13)
    const all = [
      { type: 'user_id', value: `u${person}` },
      { type: 'device_id', value: `car${person >> 1}` },
      { type: 'push_token', value: `t${person}` },
      { type: 'phone', value: `+47 400 000 ${person}` },
      { type: 'email', value: `u${person}@ferry.example` },
    ]
    const identifiers = all.filter(() => chance.percent(45))
    const trip = { trip_id: `trip${chance.between(0, 5)}-${person >> 1}` }
    const planned = at - (at % (60 * MINUTE_MS)) + 60 * MINUTE_MS
    const eta = formatTime(planned + chance.between(-5, 50) * MINUTE_MS)
    const event = { id: `f${index}`, time: formatTime(at), identifiers }
    const kind = chance.between(0, 99)
    if (kind < 15)
      return { ...event, type: 'trip.started', data: { ...trip, scheduled_arrival_at: formatTime(planned) } }
    if (kind < 55) return { ...event, type: 'trip.eta_updated', data: { ...trip, eta_at: eta } }
    if (kind < 60) return { ...event, type: 'trip.arrived', data: trip }
    if (kind < 62) return { ...event, type: 'trip.stopped', data: trip }
    if (kind < 64) return { ...event, type: 'page.viewed', time: formatTime(at + 10 * MINUTE_MS) }
    if (kind < 74)
      return { ...event, type: 'page.viewed', context: { channel: 'web', timezone: 'Europe/Oslo' } }
    if (kind < 90)
      return {
        ...event,
        type: chance.pick(['product.added', 'product.removed', 'checkout.started']),
        data: { product_id: 'seat', price: 12.5 },
      }
    if (kind < 94)
      return { ...event, type: 'message.unsubscribed', data: { channel: chance.pick(['push', 'sms']) } }
    return { ...event, type: 'order.completed', data: { order_id: `o${index}`, total: 12.5 } }
  })
}

/** People with phones who go in and out of shops; some phones are vague, some are two of one person. */
export function strollerLines(): readonly string[] {
  const SHOPS = [55.6736, 55.6741, 55.6738, 55.669] as const
  return crowd('strollers', 420, '2026-05-02T09:00:00Z', 20 * SECOND_MS, (at, chance, index) => {
    const person = chance.between(0, 9)
    const phone = { type: 'device_id', value: `phone${person}-${chance.between(0, 1)}` }
    const user = { type: 'user_id', value: `u${person}` }
    const identifiers = chance.percent(25) ? [user, phone] : chance.percent(70) ? [phone] : [user]
    const event = { id: `w${index}`, time: formatTime(at), identifiers }
    if (chance.percent(8))
      return {
        ...event,
        type: 'order.completed',
        data: {
          order_id: `o${index}`,
          total: chance.between(2, 90),
          store_id: chance.pick(['toys', 'books']),
        },
      }
    // Mostly where they were a moment ago, for some forty minutes.
    const haunt = SHOPS[(person + Math.floor(at / (40 * MINUTE_MS))) % SHOPS.length] as number
    const lat = (chance.percent(85) ? haunt : chance.pick(SHOPS)) + chance.between(-20, 20) / 100_000
    const accuracy = chance.percent(80) ? { accuracy_m: chance.pick([4, 8, 12, 30, 65]) } : {}
    return { ...event, type: 'location.updated', data: { lat, lon: 12.5681, ...accuracy } }
  })
}

/** Trouble by hand: lines out of order, twice, torn, blank, of no topic and of no kind; and a clock that ticks and goes back. */
export function troubled(lines: readonly string[]): readonly string[] {
  const out = lines.map((line, index) => ({ line, place: index % 11 === 5 ? index + 3.5 : index }))
  lines.forEach((line, index) => {
    if (index % 37 === 20) out.push({ line, place: index + 19.5 })
    if (index % 90 === 45) out.push({ line: line.slice(0, line.length / 2), place: index + 0.25 })
  })
  const received = (index: number): unknown => (JSON.parse(lines[index] as string) as Json)['received']
  const stray = (index: number, value: Json): void => {
    out.push({ line: JSON.stringify(value), place: index + 0.75 })
  }
  out.push({ line: ' \t', place: 30.5 }, { line: '[1]', place: 31.5 })
  stray(60, { id: 'x', topic: 'elsewhere', type: 'page.viewed', time: received(60) })
  stray(61, { id: 'y', type: 'page.viewed', time: 'noon', identifiers: [] })
  stray(100, { clock: received(100) })
  stray(101, { clock: received(20) })
  return out.sort((a, b) => a.place - b.place).map(({ line }) => line)
}

/** People who save products and come back to them, while prices and stock go up and down. */
export function saverLines(): readonly string[] {
  return crowd('savers', 420, '2026-05-02T09:00:00Z', 5 * MINUTE_MS, (at, chance, index) => {
    const product_id = chance.pick(['shoes', 'lamp', 'bike', 'tent'])
    const time = formatTime(at)
    if (chance.percent(45))
      return {
        id: `w${index}`,
        time,
        ...(chance.percent(70)
          ? { type: 'price.changed', data: { product_id, price: 5 * chance.between(12, 24) } }
          : { type: 'stock.changed', data: { product_id, stock: chance.pick([0, 0, 1, 7]) } }),
      }
    const person = chance.between(0, 7)
    const user = { type: 'user_id', value: `u${person}` }
    const cookie = { type: 'anonymous_id', value: `c${person}-${chance.between(0, 1)}` }
    const email = { type: 'email', value: `u${person}@example.org` }
    const identifiers = chance.percent(20) ? [user, cookie, email] : chance.percent(70) ? [cookie] : [user]
    const event = { id: `e${index}`, time, identifiers }
    if (chance.percent(10))
      return {
        ...event,
        type: 'order.completed',
        data: { order_id: `o${index}`, products: [{ product_id }] },
      }
    const price = chance.percent(60) ? { price: 5 * chance.between(12, 24) } : {}
    if (chance.percent(35)) {
      const max = chance.percent(40) ? { price_max: 80 } : {}
      return { ...event, type: 'product.saved', data: { product_id, ...price, ...max } }
    }
    return {
      ...event,
      type: chance.pick(['product.viewed', 'product.searched']),
      data: { product_id, ...price },
    }
  })
}
