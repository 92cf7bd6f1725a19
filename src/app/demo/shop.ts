/** A Wednesday of a shop with a website, an app, a call centre and stores. */
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, type EpochMs } from '../../model/time.ts'
import { parseDay } from '../local-time.ts'
import { moment, type Business, type CrowdEvent } from './business.ts'
import { chanceOf, type Chance } from './prng.ts'
import { SHOP_PEOPLE, SHOP_SCRIPT } from './shop-people.ts'

const DAY_AT = moment('2026-05-06T00:00:00+02:00')

type Who = CrowdEvent['who']

/** What stays the same about a customer through all phases. */
function customerOf(index: number): {
  readonly account: Who
  readonly phone: Who
  readonly laptop: Who
  readonly member: boolean
} {
  const chance = chanceOf('shop-customer', index)
  const email: Who = [['email', `customer${index}@example.org`]]
  const number: Who = chance.percent(30) ? [['phone', `+4540${String(index).padStart(7, '0')}`]] : []
  const token: Who = chance.percent(35) ? [['push_token', `tok-${index}`]] : []
  return {
    account: [['user_id', `customer-${index}`], ...email, ...number],
    phone: [['anonymous_id', `m-${index}`], ...token],
    laptop: [['anonymous_id', `l-${index}`]],
    member: chance.percent(55),
  }
}

/** Some customers agree to be written to, in the week before: 1 line on average. */
function register(index: number, begin: EpochMs, chance: Chance): readonly CrowdEvent[] {
  const { account, member } = customerOf(index)
  if (!member) return []
  const traits = { locale: 'da-DK', club: chance.pick(['none', 'none', 'silver', 'gold']) }
  const agreed = chance.percent(92)
  return [
    { time: begin, type: 'consent.changed', who: account, data: { purpose: 'marketing', granted: agreed } },
    { time: begin + SECOND_MS, type: 'person.described', who: account, data: { traits } },
  ]
}

const PRODUCTS = [
  'tent',
  'boots',
  'lamp',
  'kettle',
  'chair',
  'scarf',
  'ball',
  'rucksack',
  'toaster',
  'socks',
] as const
const PRICES: Readonly<Record<string, number>> = {
  tent: 120,
  boots: 89,
  lamp: 39,
  kettle: 29,
  chair: 75,
  scarf: 25,
  ball: 22,
  rucksack: 99,
  toaster: 45,
  socks: 12,
}

/** Browse on the phone; perhaps go on at the laptop; perhaps order, there or by phone: about 17 lines. */
function shopAround(index: number, begin: EpochMs, chance: Chance): readonly CrowdEvent[] {
  const customer = customerOf(index)
  const events: CrowdEvent[] = []
  let time = begin
  let channel = 'app'
  const add = (type: string, who: Who, data: CrowdEvent['data']): void => {
    events.push({ time, type, who, data, context: { channel } })
    time += chance.between(8, 200) * SECOND_MS
  }
  // A newsletter link tells whose phone it is; a tablet at the store is used by anybody.
  const tablet: Who = chance.percent(3) ? [['device_id', `store-tablet-${chance.between(1, 10)}`]] : []
  let who: Who = chance.percent(40)
    ? [...customer.phone, ...customer.account.slice(0, 2), ...tablet]
    : customer.phone
  const product = chance.pick(PRODUCTS)
  const price = PRICES[product] ?? 20
  const browse = (views: number): void => {
    for (; views > 0; views--) {
      const seen = chance.pick(PRODUCTS)
      const of = { product_id: seen, price: PRICES[seen] ?? 20, currency: 'EUR', category: 'all' }
      if (chance.percent(25)) add('page.viewed', who, { url: `/search?q=${seen}`, title: 'Search' })
      add('product.viewed', who, of)
    }
  }
  add('page.viewed', who, { url: '/', title: 'Home' })
  browse(chance.between(2, 12))
  if (chance.percent(45)) {
    channel = 'web'
    time += chance.between(10, 180) * MINUTE_MS
    add('page.viewed', customer.laptop, { url: '/', title: 'Home' })
    who = [...customer.laptop, ...customer.account]
    add('page.viewed', who, { url: '/account', title: 'Account' })
    browse(chance.between(1, 9))
  }
  if (chance.percent(30)) return events
  add('product.added', who, {
    product_id: product,
    price,
    currency: 'EUR',
    quantity: chance.between(1, 2),
    category: 'all',
  })
  if (chance.percent(20)) add('product.removed', who, { product_id: product })
  if (chance.percent(40)) add('checkout.started', who, { value: price, currency: 'EUR' })
  const end = chance.between(0, 99)
  const order = { order_id: `o-${index}`, total: price, currency: 'EUR' }
  if (end < 35) add('order.completed', [...who, ...customer.account], order)
  else if (end < 45) {
    channel = 'phone'
    time += chance.between(5, 45) * MINUTE_MS
    add('call.received', customer.account, { topic: 'order' })
    add('order.completed', customer.account, order)
  } else if (end < 48) {
    channel = 'store'
    time += chance.between(20, 50) * MINUTE_MS
    add('order.completed', customer.account, { ...order, store_id: `store-${chance.between(1, 6)}` })
  }
  return events
}

export const SHOP: Business = {
  name: 'shop',
  topology: 'shop.yaml',
  zone: 'Europe/Copenhagen',
  day: parseDay('2026-05-06') ?? 0,
  ends: { dayAt: DAY_AT + DAY_MS, restAt: DAY_AT + 2 * DAY_MS },
  people: SHOP_PEOPLE,
  script: SHOP_SCRIPT,
  phases: [
    { from: DAY_AT - 8 * DAY_MS, to: DAY_AT - 8 * HOUR_MS, visit: register },
    { from: DAY_AT - 6 * HOUR_MS, to: DAY_AT + 21 * HOUR_MS, visit: shopAround },
  ],
  linesPerVisitor: 16.5,
  offerText: (offer, params) =>
    offer === 'club-points'
      ? `${String(params['points'])} club points`
      : offer === 'cheaper'
        ? `the lower price, ${String(params['price'])}`
        : (SHOP_OFFERS[offer] ?? offer),
}

const SHOP_OFFERS: Readonly<Record<string, string>> = {
  'free-shipping': 'free shipping',
  'cart-reminder': 'a reminder of the cart',
  stay: 'a word before they go',
  'there-again': 'what was sold out and is there again',
  'goes-with-it': 'what goes with the things that wait at the store',
}
