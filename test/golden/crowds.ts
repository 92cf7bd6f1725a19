/** Made-up crowds for golden runs, small and full of trouble: the same every time. */
import { type Chance, chanceOf } from '../../src/app/demo/prng.ts'
import { DAY_MS, formatTime, HOUR_MS, MINUTE_MS, parseRfc3339, SECOND_MS } from '../../src/model/time.ts'

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
    if (index % 6 === 0) {
      const lat = chance.pick(SHOPS) + chance.between(-20, 20) / 100_000
      const place = { place_id: `guide-${chance.between(1, 2)}`, lat, lon: 12.5681 }
      return { id: `w${index}`, time: formatTime(at), type: 'place.moved', data: place }
    }
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

/** Families who buy tickets, for today or for some weeks on, of whom some come; some are known by two names that turn out to be one. */
export function dayOutLines(): readonly string[] {
  return crowd('day-out', 420, '2026-05-02T09:00:00Z', 3 * HOUR_MS, (at, chance, index) => {
    const person = chance.between(0, 11)
    const user = { type: 'user_id', value: `u${person}` }
    const phone = { type: 'push_token', value: `t${person}-${chance.between(0, 1)}` }
    const identifiers = chance.percent(30) ? [user, phone] : chance.percent(50) ? [phone] : [user]
    const event = { id: `d${index}`, time: formatTime(at), identifiers }
    const visit = { visit_id: `v${person}-${chance.between(0, 3)}` }
    const kind = chance.between(0, 99)
    if (kind < 50) {
      const date = formatTime(at + chance.between(-1, 30) * DAY_MS).slice(0, 10)
      const party = { adults: chance.between(1, 2), children: chance.between(0, 2) }
      const product = chance.percent(85) ? 'day' : 'season'
      const when = chance.percent(95) ? { visit_date: date } : {}
      return {
        ...event,
        type: 'ticket.purchased',
        data: { order_id: `o${index}`, product, party, ...visit, ...when },
      }
    }
    if (kind < 75) return { ...event, type: 'visit.started', data: visit }
    if (kind < 90) return { ...event, type: 'offer.accepted', data: { offer_id: `of-${index}` } }
    const timezone = chance.pick(['America/New_York', 'Asia/Tokyo'])
    return { ...event, type: 'person.described', data: { traits: { timezone } } }
  })
}

/** People of the farm shop, who look around, come by, and say no to one channel or all. */
export function farmLines(): readonly string[] {
  return crowd('farm', 420, '2026-05-02T07:00:00Z', 60 * SECOND_MS, (at, chance, index) => {
    const person = chance.between(0, 9)
    const names = {
      user_id: `u${person}`,
      ...(person % 2 === 0 ? { phone: `+45 10 00 00 0${person}` } : {}),
      ...(person % 3 === 0 ? { push_token: `t${person}` } : {}),
      ...(person === 7 ? { email: 'seven@farm.example' } : {}),
    }
    const all = Object.entries(names).map(([type, value]) => ({ type, value }))
    const identifiers = chance.percent(30) ? all : all.slice(0, 1)
    const event = { id: `g${index}`, time: formatTime(at), identifiers, context: { channel: 'web' } }
    const kind = chance.between(0, 99)
    if (kind < 45) {
      const price = { price: chance.between(2, 30), ...(chance.percent(90) ? { currency: 'EUR' } : {}) }
      const data = { product_id: `p${chance.between(1, 4)}`, cart_id: `k${chance.between(1, 6)}`, ...price }
      return { ...event, type: 'product.added', data }
    }
    if (kind < 60) return { ...event, type: 'page.viewed', data: {} }
    if (kind < 66) return { ...event, type: 'order.completed', data: { order_id: `o${index}` } }
    const yard = { ...event, context: {}, data: { visit_id: `v${person}` } }
    if (kind < 80) return { ...yard, type: 'visit.started' }
    if (kind < 90) return { ...yard, type: 'visit.ended' }
    const channel = chance.percent(70) ? { channel: chance.pick(['push', 'call']) } : {}
    if (kind < 93) return { ...yard, type: 'message.unsubscribed', data: channel }
    const traits = { name: `N${person}`, member: chance.percent(60) ? 'yes' : 'no' }
    return { ...event, type: 'person.described', data: { traits } }
  })
}

/** People who look around, are met and buy; some cookies are of one person, and some want nothing told of them. */
export function buyerLines(): readonly string[] {
  return crowd('buyers', 420, '2026-05-02T07:00:00Z', 60 * SECOND_MS, (at, chance, index) => {
    const person = chance.between(0, 8)
    const cookie = { type: 'anonymous_id', value: `c${person}-${chance.between(0, 2)}` }
    const user = { type: 'user_id', value: `u${person}` }
    const identifiers = chance.percent(30) ? [user, cookie] : chance.percent(60) ? [cookie] : [user]
    const event = { id: `b${index}`, time: formatTime(at), identifiers }
    const product = {
      product_id: chance.pick(['sofa', 'lamp', 'chair']),
      category: chance.pick(['seats', 'lights']),
      price: chance.between(2, 90),
    }
    const topic = chance.pick(['delivery', 'returns', 'colours'])
    const sentiment = chance.between(-10, 10) / 10
    const kind = chance.between(0, 99)
    if (kind < 40) {
      const type = chance.pick(['product.viewed', 'product.compared', 'product.added', 'product.removed'])
      return { ...event, type, context: { channel: chance.pick(['web', 'app']) }, data: product }
    }
    if (kind < 50) return { ...event, type: 'product.searched', data: { query: topic } }
    if (kind < 56) return { ...event, type: 'email.clicked', context: { campaign: 'spring' }, data: {} }
    if (kind < 64)
      return { ...event, type: chance.pick(['call.received', 'staff.met']), data: { topic, sentiment } }
    if (kind < 72) return { ...event, type: 'store.visited', data: { store_id: chance.pick(['s1', 's2']) } }
    if (kind < 75) return { ...event, type: 'lead.handed_over', data: { seller_id: 'eve' } }
    if (kind < 78) return { ...event, type: 'mood.measured', data: { mood: sentiment, moment: 'arrival' } }
    if (kind < 81)
      return {
        ...event,
        type: 'consent.changed',
        data: { purpose: chance.pick(['sales', 'marketing']), granted: chance.percent(40) },
      }
    if (kind < 84)
      return {
        ...event,
        type: 'person.described',
        data: { traits: { tribe: topic, timezone: chance.pick(['Asia/Tokyo', 'UTC']) } },
      }
    if (kind < 88)
      return {
        ...event,
        type: 'deal.closed',
        data: { deal_id: `d${chance.between(1, 9)}`, value: chance.between(1, 900), won: chance.percent(60) },
      }
    return {
      ...event,
      type: 'order.completed',
      context: { channel: chance.pick(['web', 'store', 'phone']) },
      data: {
        order_id: `o${chance.percent(20) ? 0 : index}`,
        total: chance.between(2, 900),
        currency: 'EUR',
      },
    }
  })
}

/** Two days about a showroom: the web shop, newsletters, the telephone, visits. */
export function showroomLines(): readonly string[] {
  type Kind = readonly [string, (chance: Chance, index: number) => Json]
  const kinds: readonly [Kind, ...Kind[]] = [
    ['page.viewed', () => ({ url: '/' })],
    ['page.left', (chance) => ({ exit_intent: chance.percent(70) })],
    ['content.read', (chance) => ({ topic: chance.pick(['tables', 'oak']) })],
    ['product.searched', () => ({ category: 'tables' })],
    [
      'product.added',
      (chance) => ({
        product_id: `t${chance.between(1, 3)}`,
        category: 'tables',
        price: chance.between(90, 700),
      }),
    ],
    ['product.removed', (chance) => ({ product_id: `t${chance.between(1, 3)}` })],
    ['order.completed', (chance, index) => ({ order_id: `o${index}`, total: chance.between(90, 900) })],
    ['email.clicked', () => ({ campaign: 'spring' })],
    ['call.received', (chance) => ({ sentiment: chance.between(-10, 10) / 10 })],
    ['store.visited', () => ({ store_id: 's1' })],
    ['staff.met', (chance) => ({ sentiment: chance.between(-4, 10) / 10 })],
    ['mood.measured', (chance) => ({ mood: chance.between(-10, 10) / 10, moment: 'break' })],
  ]
  return crowd('showroom', 420, '2026-05-04T08:00:00Z', 7 * MINUTE_MS, (at, chance, index) => {
    const person = chance.between(0, 5)
    const names: readonly [Json, ...Json[]] = [
      { type: 'user_id', value: `u${person}` },
      { type: 'email', value: `u${person}@showroom.example` },
      { type: 'anonymous_id', value: `c${person}-${chance.between(0, 2)}` },
    ]
    const identifiers = chance.percent(30) ? names : [chance.pick(names)]
    const [type, data] = chance.pick(kinds)
    const context = chance.percent(60) ? { context: { channel: chance.pick(['web', 'app']) } } : {}
    return { id: `r${index}`, time: formatTime(at), identifiers, type, ...context, data: data(chance, index) }
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

/** Every twenty-fifth line somebody named in it asks to be forgotten; some think better of it. */
export const asking = (lines: readonly string[]): readonly string[] =>
  lines.flatMap((line, i) => {
    const found = /"identifiers":\[(\{"type":"[^"]*","value":"[^"]*"\})/.exec(line)
    if (i % 25 !== 0 || found === null) return [line]
    const erase = JSON.parse(found[1] ?? '') as unknown
    return [line, JSON.stringify(i % 100 === 50 ? { erase, lift: true } : { erase })]
  })

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
