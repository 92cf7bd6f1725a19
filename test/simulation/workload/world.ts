/**
 * Seeds with a world: a source of facts, people who save products and come back to them, and offers that ask what is so. Drawn from a stream
 * of their own, so that a seed without a world is what it was before there were any.
 */
import { type Json, listOf, objectOf } from '../oracle/settings.ts'
import { WORLD_CONDITIONS } from '../oracle/world.ts'
import { type Prng, prngOf } from '../prng.ts'

const WORLDS = 0x3a17
const FACT_TYPES = ['queue.measured', 'price.changed', 'stock.changed', 'weather.measured']
/** Exact in binary, and so are the shares of them that `drop` asks for. */
const PRICES = [16, 18, 19, 20, 24, 30, 32]

export interface Worldly {
  readonly document: Json
  /** How many of the people there are; undefined: all. With fewer there is more of each one's doings. */
  readonly people: number | undefined
  readonly kinds: readonly (readonly [number, () => { readonly type: string; readonly data: Json }])[]
}

/** Facts are nobody's. */
export const isFact = (type: string): boolean => type === 'place.moved' || FACT_TYPES.includes(type)

const product = (prng: Prng): string => prng.pick(['p0', 'p1', 'p2'])

function factOf(prng: Prng): { readonly type: string; readonly data: Json } {
  const type = prng.pick([...FACT_TYPES, 'price.changed', 'price.changed', 'stock.changed'])
  if (type === 'queue.measured')
    return {
      type,
      data: { place_id: prng.pick(['ride-1', 'ride-2', 'ride-3']), wait_minutes: 5 * prng.below(8) },
    }
  if (type === 'weather.measured') return { type, data: { temperature_c: prng.pick([20, 25, 26, 30]) } }
  if (type === 'stock.changed')
    return { type, data: { product_id: product(prng), stock: prng.pick([0, 0, 1, 5]) } }
  return { type, data: { product_id: product(prng), price: prng.pick(PRICES) } }
}

function doingOf(prng: Prng): { readonly type: string; readonly data: Json } {
  const product_id = product(prng)
  const price = prng.chance(1, 2) ? { price: prng.pick(PRICES) } : {}
  const type = prng.pick([
    'product.saved',
    'product.viewed',
    'product.viewed',
    'product.searched',
    'order.completed',
  ])
  if (type === 'order.completed')
    return { type, data: { order_id: 'o-world', products: [{ product_id, quantity: 1 }], total: 20 } }
  const max = type === 'product.saved' && prng.chance(1, 3) ? { price_max: prng.pick([16, 18, 20]) } : {}
  return { type, data: { product_id, ...price, ...max } }
}

function offerOn(prng: Prng, on: string): Json {
  return {
    id: `offer-${on}`,
    on,
    ...(prng.chance(3, 4) ? { when: prng.pick([...WORLD_CONDITIONS.keys()]) } : {}),
    channels: ['email', 'kiosk'],
    priority: prng.pick([20, 60]),
    expires: prng.pick(['10m', '24h']),
    template: 'scratchpad',
    params: {},
  }
}

/** The document with a world in it. Undefined: a seed without. */
export function drawWorldly(seed: number, document: Json): Worldly | undefined {
  const prng = prngOf(seed ^ WORLDS)
  if (!prng.chance(1, 4)) return undefined
  const world = {
    topic: 'world-facts',
    format: 'json',
    world: true,
    types: FACT_TYPES,
    lateness: prng.pick(['0s', '5s', '10s', '1m', '10m']),
    grace: prng.pick(['0s', '1m', '10m', '2h']),
    idle: prng.pick(['30s', '5m', '1h']),
  }
  const config = {
    drop: prng.pick(['5%', '12.5%', '25%', '50%']),
    ...(prng.chance(1, 2) ? { for: prng.pick(['10m', '1h', '24h']) } : {}),
    ...(prng.chance(1, 2) ? { remember: prng.pick([0, 1, 2]) } : {}),
    ...(prng.chance(1, 2) ? { rememberFor: prng.pick(['10m', '1h']) } : {}),
  }
  const scratchpad = { id: 'scratchpad', type: 'price-watch', from: 'identity', config }
  const operators = listOf(document['operators']).map(objectOf)
  const offers = prng.chance(2, 3)
  const asking = operators.map((operator) => {
    if (operator['type'] !== 'offer' || !offers) return operator
    const deciding = objectOf(operator['config'])
    const listed = [...listOf(deciding['offers']), offerOn(prng, 'scratchpad')]
    return {
      ...operator,
      from: [...listOf(operator['from']), 'scratchpad'],
      config: { ...deciding, offers: listed },
    }
  })
  const rank = ({ type }: Json): number => (type === 'offer' ? 1 : 0)
  const weight = prng.pick([10, 30, 60])
  return {
    document: {
      ...document,
      sources: { ...objectOf(document['sources']), world },
      operators: [...asking, scratchpad].toSorted((a, b) => rank(a) - rank(b)),
      sinks: {
        ...objectOf(document['sinks']),
        scratchpad: { from: 'scratchpad', topic: 'scratchpad', format: 'json' },
      },
    },
    people: prng.chance(2, 3) ? prng.between(1, 4) : undefined,
    kinds: [
      [weight, () => factOf(prng)],
      [weight, () => doingOf(prng)],
    ],
  }
}
