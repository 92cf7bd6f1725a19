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

/** The document with attribution in it. Undefined: a seed without. */
export function drawSelling(seed: number, document: Json): Selling | undefined {
  const prng = prngOf(seed ^ SELLING)
  if (!prng.chance(1, 4)) return undefined
  const lookback = prng.pick(['10m', '1h', '1h', '4h', '30d'])
  const operators = [
    ...listOf(document['operators']),
    { id: 'credit', type: 'attribution', from: 'identity', config: { lookback } },
  ]
  const sinks = {
    ...objectOf(document['sinks']),
    credit: { from: 'credit', topic: 'credit', format: 'json' },
  }
  const campaign = (): Json => (prng.chance(1, 2) ? { campaign: prng.pick(['spring', 'summer']) } : {})
  return {
    document: { ...document, operators, sinks },
    kinds: [
      [prng.pick([4, 10, 20]), () => ({ type: prng.pick(ON_THE_WAY), data: campaign() })],
      [prng.pick([2, 6]), () => bought(prng)],
    ],
  }
}
