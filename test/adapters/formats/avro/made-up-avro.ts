/** Made-up writer schemas of events with bytes that fit them, and what can happen to bytes. */
import fc from 'fast-check'

/** A schema, and bytes of values that fit it. */
interface Kind {
  readonly schema: unknown
  readonly bytes: fc.Arbitrary<Buffer>
}

export interface Made {
  readonly schema: unknown
  readonly bodies: readonly Buffer[]
}

/** The most bytes that a number of Avro may take. */
const VARINT_BYTES_MAX = 10

/** Zigzag; `padding`: bytes more than it needs, which is allowed, up to ten in all. */
export function varint(value: number | bigint, padding = 0): Buffer {
  let rest = BigInt.asUintN(64, (BigInt(value) << 1n) ^ (BigInt(value) >> 63n))
  const bytes: number[] = []
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128)
    rest >>= 7n
  }
  bytes.push(Number(rest))
  for (let left = Math.min(padding, VARINT_BYTES_MAX - bytes.length); left > 0; left--)
    bytes.push((bytes.pop() as number) | 128, 0)
  return Buffer.from(bytes)
}

/** How much a number is padded, by odds of one in ten for each way. */
const paddingOf = (odds: number): number => (odds === 0 ? 1 : odds === 1 ? VARINT_BYTES_MAX : 0)

const textOf = (text: string, padding = 0): Buffer => {
  const bytes = Buffer.from(text)
  return Buffer.concat([varint(bytes.length, padding), bytes])
}
const anyText = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.constantFrom('', 'EUR', '2026-05-04T10:00:00Z', 'a'.repeat(1025), 'é'.repeat(600)),
)
const text = (...of: readonly string[]): Kind => ({
  schema: 'string',
  bytes: fc
    .tuple(of.length === 0 ? anyText : fc.constantFrom(...of), fc.nat(9))
    .map(([said, odds]) => textOf(said, paddingOf(odds))),
})
const anyDouble = fc.oneof(
  { weight: 1, arbitrary: fc.double() },
  { weight: 5, arbitrary: fc.integer({ min: -1, max: 200 }) },
)
const anyLong = fc.oneof(
  fc.integer(),
  fc.integer(),
  fc.integer(),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.constantFrom(-1, 0, 63, 2 ** 47, 2 ** 48, 2 ** 52, 2 ** 53 - 1),
)
function doubleOf(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleLE(value)
  return bytes
}
const double: Kind = {
  schema: 'double',
  bytes: anyDouble.map(doubleOf),
}
const float: Kind = {
  schema: 'float',
  bytes: fc.oneof(fc.float(), fc.constantFrom(1, 0.5)).map((value) => {
    const bytes = Buffer.alloc(4)
    bytes.writeFloatLE(value)
    return bytes
  }),
}
const long: Kind = {
  schema: 'long',
  bytes: fc
    .tuple(anyLong, fc.integer({ min: 0, max: 9 }))
    .map(([value, odds]) => varint(value, paddingOf(odds))),
}
const int: Kind = { schema: 'int', bytes: fc.integer().map((value) => varint(value)) }
const boolean: Kind = { schema: 'boolean', bytes: fc.constantFrom(Buffer.of(0), Buffer.of(1)) }
const nothing: Kind = { schema: 'null', bytes: fc.constant(Buffer.of()) }
const NOON = 1_777_888_800_000
const millis: Kind = {
  schema: { type: 'long', logicalType: 'timestamp-millis' },
  bytes: fc
    .constantFrom(NOON, NOON + 1, NOON + 2, NOON + 3, NOON + 4, 0, -5, NOON + 9, 9e15)
    .map((value) => varint(value)),
}
const micros: Kind = {
  schema: { type: 'long', logicalType: 'timestamp-micros' },
  bytes: fc.constantFrom(NOON * 1000 + 7).map((value) => varint(value)),
}
const bytesKind: Kind = { schema: 'bytes', bytes: fc.constantFrom('', 'ab').map((said) => textOf(said)) }
const decimal: Kind = {
  schema: { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 },
  bytes: fc.constant(Buffer.concat([varint(2), Buffer.of(7, 208)])),
}

let named = 0
/** Names of types are unique in a schema. */
const nameOf = (what: string): string => `${what}${named++}`

const enumeration = (): Kind => ({
  schema: { type: 'enum', name: nameOf('E'), symbols: ['A', 'B'] },
  bytes: fc.constantFrom(0, 1).map((value) => varint(value)),
})

/** Blocks with a count in front, some with their size behind it. */
const blocksOf = (item: fc.Arbitrary<Buffer>, maxLength: number): fc.Arbitrary<Buffer> =>
  fc.tuple(fc.array(item, { maxLength }), fc.boolean(), fc.boolean()).map(([items, sized, split]) => {
    const halves = split && items.length > 1 ? [items.slice(0, 1), items.slice(1)] : [items]
    const blocks = halves
      .filter((half) => half.length > 0)
      .map((half) => {
        const bytes = Buffer.concat(half)
        return sized
          ? Buffer.concat([varint(-half.length), varint(bytes.length), bytes])
          : Buffer.concat([varint(half.length), bytes])
      })
    return Buffer.concat([...blocks, varint(0)])
  })

const arrayOf = (of: Kind): Kind => ({
  schema: { type: 'array', items: of.schema },
  bytes: blocksOf(of.bytes, 3),
})
const mapOf = (of: Kind): Kind => ({
  schema: { type: 'map', values: of.schema },
  bytes: blocksOf(
    fc
      .tuple(
        fc.constantFrom('a', 'channel', '__proto__').map((said) => textOf(said)),
        of.bytes,
      )
      .map((parts) => Buffer.concat(parts)),
    2,
  ),
})
const unionOf = (...branches: readonly Kind[]): Kind => ({
  schema: branches.map(({ schema }) => schema),
  bytes: fc.oneof(
    ...branches.map(({ bytes }, branch) => bytes.map((of) => Buffer.concat([varint(branch), of]))),
  ),
})
const optional = (of: Kind, nullFirst: boolean): Kind => {
  const there = of.bytes.map((bytes) => Buffer.concat([varint(nullFirst ? 1 : 0), bytes]))
  return {
    schema: nullFirst ? ['null', of.schema] : [of.schema, 'null'],
    bytes: fc.oneof(
      { weight: 6, arbitrary: there },
      { weight: 1, arbitrary: fc.constant(varint(nullFirst ? 0 : 1)) },
    ),
  }
}
const recordOf = (fields: readonly (readonly [string, Kind])[]): Kind => ({
  schema: {
    type: 'record',
    name: nameOf('R'),
    fields: fields.map(([name, { schema }]) => ({ name, type: schema })),
  },
  bytes: fc.tuple(...fields.map(([, { bytes }]) => bytes)).map((parts) => Buffer.concat(parts)),
})

/** A kind, sometimes in a union with null, which may stand on either side. */
const perhaps = (kind: fc.Arbitrary<Kind>): fc.Arbitrary<Kind> =>
  fc
    .tuple(kind, fc.constantFrom('plain', 'first', 'last'))
    .map(([of, where]) =>
      where === 'plain' || of === nothing || Array.isArray(of.schema) ? of : optional(of, where === 'first'),
    )

const simple = fc.constantFrom(
  text(),
  text(),
  double,
  float,
  long,
  int,
  boolean,
  nothing,
  millis,
  bytesKind,
  decimal,
)
const nested: fc.Arbitrary<Kind> = fc.oneof(
  simple.map(arrayOf),
  simple.map(mapOf),
  simple.map((of) => recordOf([['x', of]])),
  fc.constant(null).map(enumeration),
  fc.constant(unionOf(nothing, millis, text('2026-05-04T10:00:00Z', 'noon'))),
)
/** What the public table says of these fields: text, number, range, time, list, flag. Others are nobody's. */
const fitting: Readonly<Record<string, Kind>> = {
  product_id: text('p-1', 'p-2', ''),
  order_id: text('o-1', 'o-2', ''),
  price: double,
  quantity: double,
  mood: { ...double, bytes: fc.constantFrom(0.5, -1, 0, 1.5).map(doubleOf) },
  currency: text(),
  trip_id: text('t'),
  scheduled_arrival_at: unionOf(nothing, millis, text('2026-05-04T10:00:00Z', 'noon')),
  products: arrayOf(recordOf([['product_id', optional(text('p', ''), true)]])),
  exit_intent: boolean,
}
const field: fc.Arbitrary<readonly [string, Kind]> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .constantFrom(...Object.entries(fitting))
      .chain(([name, kind]) => perhaps(fc.constant(kind)).map((of) => [name, of] as const)),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(
      fc.constantFrom('own', 'sku', '__proto__', 'category', 'price', 'data_json'),
      perhaps(fc.oneof(simple, nested)),
    ),
  },
)
const once = (fields: readonly (readonly [string, Kind])[]): readonly (readonly [string, Kind])[] => [
  ...new Map(fields),
]
const dataKind = fc.array(field, { maxLength: 6 }).map((fields) => {
  const rest = fc.constantFrom('{"own":[1]}', '[]', '{"a":"\\ud83d"}').map((said) => textOf(said))
  return recordOf(
    once(fields).map(([name, kind]) =>
      name === 'data_json' ? [name, optional({ schema: 'string', bytes: rest }, true)] : [name, kind],
    ),
  )
})

const identifier = recordOf([
  ['type', text(...Array<string>(9).fill('user_id'), ...Array<string>(9).fill('anonymous_id'), 'e-mail', '')],
  ['value', text('ann', 'bob', 'Åse', ' ', 'x'.repeat(200))],
])
const USUAL_TYPES = ['own.type', 'own.type', 'own.type', 'cart.viewed', 'cart.viewed', 'cart.viewed']
const TYPES = text(
  ...USUAL_TYPES,
  ...USUAL_TYPES,
  'product.viewed',
  'mood.measured',
  'trip.started',
  'order.completed',
  'bad',
  '',
)
const mostly = (usual: Kind, ...others: readonly Kind[]): fc.Arbitrary<Kind> =>
  perhaps(
    fc.oneof(
      { weight: 8, arbitrary: fc.constant(usual) },
      ...others.map((of) => ({ weight: 1, arbitrary: fc.constant(of) })),
    ),
  )

/** Parts of an event, in any order, some missing, some of an unusual kind. */
const parts: Readonly<Record<string, fc.Arbitrary<Kind>>> = {
  id: mostly(text('e-1', 'e-2', 'e-3', 'e-4', 'e-5', 'Å', '')),
  source: mostly(text('web', 'shop', 'app', '', '', 'Läden', 'x'.repeat(1025)), int),
  type: mostly(TYPES),
  time: mostly(millis, micros, text('2026-05-04T10:00:00Z', 'noon')),
  identifiers: fc.oneof(
    { weight: 8, arbitrary: mostly(arrayOf(identifier)) },
    {
      weight: 1,
      arbitrary: mostly(
        arrayOf(
          recordOf([
            ['value', text('v')],
            ['type', text('t')],
          ]),
        ),
        text(),
      ),
    },
  ),
  context: perhaps(
    fc.constantFrom(
      mapOf(text()),
      recordOf([
        ['channel', optional(text('web'), true)],
        ['x', double],
      ]),
      text(),
    ),
  ),
  data: fc.oneof(
    { weight: 8, arbitrary: perhaps(dataKind) },
    { weight: 1, arbitrary: fc.constant(mapOf(double)) },
  ),
  extra: perhaps(fc.oneof(simple, nested)),
}

const NAMES = Object.keys(parts)

/** A schema with some bodies. */
export const anyEvent: fc.Arbitrary<Made> = fc
  .tuple(
    fc.oneof(
      { weight: 5, arbitrary: fc.shuffledSubarray(NAMES, { minLength: NAMES.length }) },
      { weight: 1, arbitrary: fc.shuffledSubarray(NAMES) },
    ),
    fc.record(parts) as fc.Arbitrary<Record<string, Kind>>,
  )
  .chain(([names, kinds]) => {
    const { schema, bytes } = recordOf(names.map((name) => [name, kinds[name] as Kind]))
    return fc.array(bytes, { minLength: 1, maxLength: 4 }).map((bodies) => ({ schema, bodies }))
  })

/** Cuts bytes off, changes one, or adds one. */
export const damaged: fc.Arbitrary<(bytes: Buffer) => Buffer> = fc
  .tuple(
    fc.constantFrom('cut', 'change', 'add'),
    fc.double({ min: 0, max: 0.999, noNaN: true }),
    fc.integer({ min: 0, max: 255 }),
  )
  .map(([how, where, byte]) => (bytes) => {
    const at = Math.floor(where * bytes.length)
    if (how === 'cut') return bytes.subarray(0, at)
    if (how === 'add') return Buffer.concat([bytes, Buffer.of(byte)])
    const changed = Buffer.from(bytes)
    if (changed.length > 0) changed[at] = byte
    return changed
  })
