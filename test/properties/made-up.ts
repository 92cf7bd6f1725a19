/** Made-up recordings for properties. Fixed seeds; SHOPKEEPER_PROPERTY_RUNS=1000 tries more, SHOPKEEPER_PROPERTY_SEED others. */
import fc from 'fast-check'
import { formatTime, MINUTE_MS, SECOND_MS } from '../../src/model/time.ts'

export const LATENESS_MS = 2 * MINUTE_MS
const START = Date.UTC(2026, 8, 14, 9)

/** What fast-check is to do: `runs` of a fixed seed, unless the environment asks for more. */
export function effort(runs: number): fc.Parameters<unknown> {
  const asked = Number(process.env['SHOPKEEPER_PROPERTY_RUNS'] ?? runs)
  const seed = Number(process.env['SHOPKEEPER_PROPERTY_SEED'] ?? 20_260_914)
  return { numRuns: asked, seed, endOnFailure: asked <= runs }
}

/** Of a whole property; asked for more, it takes its time. */
export const PATIENCE_MS = process.env['SHOPKEEPER_PROPERTY_RUNS'] === undefined ? 30_000 : 3_600_000

export type Json = Readonly<Record<string, unknown>>

/** An event before it has an id: seconds since the start, and whatever it says. */
export interface Made {
  readonly at: number
  readonly who: readonly string[]
  readonly type: string
  readonly data: Json
}

const TYPES: Readonly<Record<string, string>> = {
  c: 'anonymous_id',
  u: 'user_id',
  e: 'email',
  t: 'push_token',
}

/** `c:1`, `u:mia`: identifiers in short. The letter stays in the value, since a bare 0 names nobody. */
export const identifiersOf = (who: readonly string[]): readonly Json[] =>
  who.map((name) => ({ type: TYPES[name[0] ?? 'c'], value: name.replace(':', '-') }))

export const timeOf = (at: number): string => formatTime(START + at * SECOND_MS)

export const lineOf = ({ at, who, type, data }: Made, id: string): string =>
  JSON.stringify({ id, source: 'made-up', type, time: timeOf(at), identifiers: identifiersOf(who), data })

export const bytesOf = (lines: readonly string[]): Buffer =>
  Buffer.from(lines.map((line) => `${line}\n`).join(''))

const product = fc.record({
  product_id: fc.constantFrom('p1', 'p2', 'p3'),
  price: fc.integer({ min: 1, max: 20 }),
  quantity: fc.integer({ min: 1, max: 3 }),
  cart_id: fc.constantFrom('k1', 'k2'),
})

/** Looking, putting in, taking out, going to the checkout, buying. */
export const shopping: fc.Arbitrary<Pick<Made, 'type' | 'data'>> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ type: fc.constant('page.viewed'), data: fc.constant({}) }) },
  { weight: 5, arbitrary: fc.record({ type: fc.constant('product.added'), data: product }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('product.removed'), data: product }) },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('checkout.started'),
      data: fc.constantFrom({ cart_id: 'k1' }, {}),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('order.completed'),
      data: fc.constantFrom({ order_id: 'o', cart_id: 'k1' }, { order_id: 'o' }),
    }),
  },
)

/** Positions in and about a circle of 100 m at 0, 0: metres north, and how accurate. */
export const strolling: fc.Arbitrary<Pick<Made, 'type' | 'data'>> = fc
  .tuple(fc.constantFrom(0, 50, 95, 110, 130, 800), fc.constantFrom(0, 3, 20, 60))
  .map(([metres, accuracy]) => ({
    type: 'location.updated',
    data: { lat: metres / 111_195, lon: 0, accuracy_m: accuracy },
  }))

/** Doings of people of one name each, over `spanS` seconds, in order of time. */
export const shoppers = (
  people: number,
  spanS: number,
  size: number,
  doing: fc.Arbitrary<Pick<Made, 'type' | 'data'>> = shopping,
): fc.Arbitrary<readonly Made[]> =>
  fc
    .array(fc.tuple(fc.integer({ min: 0, max: spanS }), fc.integer({ min: 0, max: people - 1 }), doing), {
      minLength: 1,
      maxLength: size,
    })
    .map((made) =>
      made
        .map(([at, person, what]): Made => ({ at, who: [`c:${person}`], ...what }))
        .sort((a, b) => a.at - b.at),
    )

/** Orders of arrival of `count` events at which nothing is late: each is less than the lateness on its way. */
export const delays = (count: number): fc.Arbitrary<readonly number[]> =>
  fc.array(fc.integer({ min: 0, max: LATENESS_MS / SECOND_MS - 1 }), { minLength: count, maxLength: count })

export function arriving<T>(
  items: readonly T[],
  atOf: (item: T) => number,
  late: readonly number[],
): readonly T[] {
  return items
    .map((item, i) => ({ item, arrives: atOf(item) + (late[i] ?? 0) }))
    .sort((a, b) => a.arrives - b.arrives)
    .map(({ item }) => item)
}

/** Sessions and carts with short waits behind one source, and more if asked for. */
export const documentOf = (operators: readonly Json[] = [], sinks: Json = {}, source: Json = {}): object => ({
  topology: 'made-up',
  timezone: 'UTC',
  sources: {
    web: { topic: 'web', lateness: `${LATENESS_MS}ms`, grace: '10m', idle: '10m', ...source },
  },
  operators: [
    { id: 'who', type: 'identity', from: ['web'] },
    { id: 'stay', type: 'sessionize', from: 'who', config: { gap: '5m', max: '40m' } },
    { id: 'cart', type: 'cart-abandonment', from: 'who', config: { after: '8m' } },
    ...operators,
  ],
  sinks: { stays: { from: 'stay', topic: 'stays' }, carts: { from: 'cart', topic: 'carts' }, ...sinks },
})
