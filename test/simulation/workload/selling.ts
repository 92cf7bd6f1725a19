/**
 * Seeds with sellers: who buys what, by themselves or from somebody, and what led to it. Drawn from a stream of their own, so that a seed
 * without is what it was before there were any.
 */
import { type Json, listOf, objectOf } from '../oracle/settings.ts'
import { type Prng, prngOf } from '../prng.ts'

const SELLING = 0x5e11

export interface Selling {
  readonly document: Json
  readonly kinds: readonly (readonly [number, () => { readonly type: string; readonly data: Json }])[]
}

/** What leads to an order; the rest of it the plain workload has. */
const ON_THE_WAY = [
  'content.read',
  'email.clicked',
  'email.opened',
  'store.visited',
  'staff.met',
  'call.received',
  'meeting.scheduled',
  'lead.handed_over',
  'lead.warmed',
  'review.written',
  'visit.started',
]

/** Of few ids, so that one is reported more than once. */
function bought(prng: Prng): { readonly type: string; readonly data: Json } {
  const id = `s${prng.below(12)}`
  if (prng.chance(2, 3))
    return { type: 'order.completed', data: { order_id: id, total: prng.below(100) / 2 } }
  const won = prng.chance(1, 4) ? {} : { won: prng.chance(2, 3) }
  return {
    type: 'deal.closed',
    data: {
      ...(prng.chance(1, 8) ? {} : { deal_id: id }),
      value: prng.below(100) / 2,
      currency: 'EUR',
      ...won,
    },
  }
}

const mind = (prng: Prng): number => prng.between(-4, 4) / 4

/** What a seller would like to know. */
function telling(prng: Prng): { readonly type: string; readonly data: Json } {
  const topic = prng.pick(['kites', 'boats', 'delivery'])
  const product = { product_id: prng.pick(['p0', 'p1']), category: prng.pick(['toys', 'books']) }
  const draws: readonly (readonly [string, () => Json])[] = [
    ['product.searched', () => ({ query: topic, category: product.category })],
    ['product.compared', () => ({ ...product, price: prng.below(40) / 2 })],
    ['content.read', () => ({ title: `About ${topic}`, topic })],
    ['product.saved', () => product],
    ['mood.measured', () => ({ mood: mind(prng), moment: prng.pick(['arrival', 'departure']) })],
    ['call.received', () => ({ topic, ...(prng.chance(1, 2) ? { sentiment: mind(prng) } : {}) })],
    ['forum.posted', () => ({ topic, sentiment: mind(prng) })],
    [`offer.${prng.pick(['opened', 'accepted', 'dismissed'])}`, () => ({ offer_id: `f${prng.below(4)}` })],
    ['consent.changed', () => ({ purpose: 'sales', granted: prng.chance(1, 2) })],
    ['person.described', () => ({ traits: { [prng.pick(['age', 'tribe'])]: prng.pick(['a', 'b', null]) } })],
    ['lead.warmed', () => ({ warmth: prng.between(60, 100) })],
  ]
  const [type, draw] = prng.pick(draws)
  return { type, data: draw() }
}

/** The document with attribution and briefs in it. Undefined: a seed without. */
export function drawSelling(seed: number, document: Json): Selling | undefined {
  const prng = prngOf(seed ^ SELLING)
  if (!prng.chance(1, 4)) return undefined
  const lookback = prng.pick(['10m', '1h', '1h', '4h', '30d'])
  const operators = [
    ...listOf(document['operators']),
    { id: 'credit', type: 'attribution', from: 'identity', config: { lookback } },
    {
      id: 'brief',
      type: 'brief',
      from: 'identity',
      config: {
        ...(prng.chance(1, 3) ? { on: ['call.received'] } : {}),
        ...(prng.chance(1, 4) ? { consent: { default: 'denied' } } : {}),
      },
    },
  ]
  const sinkOf = (id: string): Json => ({ from: id, topic: id, format: 'json' })
  const sinks = { ...objectOf(document['sinks']), credit: sinkOf('credit'), brief: sinkOf('brief') }
  const campaign = (): Json => (prng.chance(1, 2) ? { campaign: prng.pick(['spring', 'summer']) } : {})
  return {
    document: { ...document, operators, sinks },
    kinds: [
      [prng.pick([4, 10, 20]), () => ({ type: prng.pick(ON_THE_WAY), data: campaign() })],
      [prng.pick([2, 6]), () => bought(prng)],
      [prng.pick([0, 6, 20]), () => telling(prng)],
    ],
  }
}
