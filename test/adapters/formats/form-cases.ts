/**
 * One table that every format must pass: an event said in each of the four forms, and what must become of it. A case that a form
 * cannot say has a written reason.
 */
import type { Json, SourceEvent } from '../../../src/model/event.ts'
import { createDecoder } from '../../../src/adapters/formats/decoder.ts'
import { createSchemaBook } from '../../../src/adapters/formats/avro/schema-book.ts'
import type { Decoded, HeaderSource } from '../../../src/runtime/ports/codec.ts'
import type { Format, SourcePlan } from '../../../src/topology/plan.ts'
import { avroBytes } from './avro/avro-bytes.ts'

export const TEN = '2026-05-04T10:00:00.000Z'
export const TEN_MS = 1777888800000

/** A source plan with the contract's defaults. */
export function source(rest: Partial<SourcePlan> = {}): SourcePlan {
  const { id = 'web' } = rest
  return {
    index: 0,
    topic: `${id}-events`,
    format: 'json',
    latenessMs: 10_000,
    graceMs: 600_000,
    idleMs: 30_000,
    aheadMs: 300_000,
    types: undefined,
    dedupe: true,
    world: false,
    ...rest,
    id,
  }
}

export const schemas = createSchemaBook()

/** Decodes one record into plain values, with other bytes around it so that nobody reads past its own. */
export function decodeRecord(
  plan: SourcePlan | undefined,
  bytes: Buffer | string,
  headers?: HeaderSource,
  sources: readonly SourcePlan[] = [],
): Decoded {
  const body = Buffer.from(bytes)
  const framed = Buffer.concat([Buffer.from('}]"\u0000'), body, Buffer.from('{"id":"\u0000')])
  return plainly(createDecoder(schemas, sources).decode(plan, framed, 4, 4 + body.length, headers))
}

/** With an event that is read where it lies made one of values, as other formats make it at once. */
export function plainly(decoded: Decoded): Decoded {
  if (decoded.kind !== 'event') return decoded
  const { id, source: from, type, time, identifiers, context, data } = decoded.event
  return { ...decoded, event: { id, source: from, type, time, identifiers, context, data } }
}

/** The form of the four formats, as bytes. */
export interface Form {
  readonly name: string
  readonly format: Format
  /** The event's bytes; undefined where this form cannot say it. */
  encode(form: Json): Buffer | undefined
  /** Kafka headers that go with it. */
  headers?(form: Json): HeaderSource
}

const line = (value: unknown): Buffer => Buffer.from(JSON.stringify(value))

const CALL_NAMES: Json = {
  'product.added': 'Product Added',
  'ride.boarded': 'Ride Boarded',
  'order.completed': 'Order Completed',
}

export const FORMS: readonly Form[] = [
  { name: 'json', format: 'json', encode: line },
  {
    name: 'cloudevents, structured',
    format: 'cloudevents',
    encode: ({ identifiers, context, data, ...rest }) =>
      line({ specversion: '1.0', ...rest, data: { ...(data as Json), identifiers, context } }),
  },
  {
    name: 'cloudevents, binary',
    format: 'cloudevents',
    encode: ({ identifiers, context, data }) => line({ ...(data as Json), identifiers, context }),
    headers: (form) => ({
      header: (name) => (name === 'ce_specversion' ? '1.0' : (form[name.slice(3)] as string | undefined)),
    }),
  },
  {
    name: 'segment',
    format: 'segment',
    // Calls have no source, and names of their own for types and identifiers.
    encode: ({ id, type, time, identifiers, context, data }) =>
      line({
        type: 'track',
        event: CALL_NAMES[type as string] ?? type,
        messageId: id,
        timestamp: time,
        context: {
          ...(context as Json | undefined),
          externalIds: (identifiers as { type: unknown; value: unknown }[] | undefined)?.map((one) => ({
            type: one.type,
            id: one.value,
          })),
        },
        properties: data,
      }),
  },
  { name: 'avro', format: 'avro', encode: (form) => avroBytes(form) },
]

export interface FormCase {
  readonly name: string
  readonly form: Json
  /** Parts of the event that comes out; or a word that the refusal's detail holds. */
  readonly event?: Partial<SourceEvent>
  readonly refused?: string
  readonly types?: readonly string[]
  /** Forms that cannot say this, with the reason. */
  readonly except?: Readonly<Record<string, string>>
}

const ADDED: Json = {
  id: 'e-1',
  type: 'product.added',
  time: TEN,
  identifiers: [{ type: 'user_id', value: 'u1' }],
  data: { product_id: 'p1', price: 5 },
}
const withData = (more: Json): Json => ({ ...ADDED, data: { ...(ADDED['data'] as Json), ...more } })
const TYPED = { avro: 'its schema has no other type for this field' }
const NO_SOURCE = { segment: 'calls have no source' }
const NAMED = { segment: 'calls have event names' }

export const FORM_CASES: readonly FormCase[] = [
  {
    name: 'an event',
    form: ADDED,
    event: {
      id: 'e-1',
      type: 'product.added',
      time: TEN_MS,
      identifiers: [{ type: 'user_id', value: 'u1' }],
    },
  },
  {
    name: 'data as it came',
    form: withData({ own: 'field', quantity: 0 }),
    event: { data: { product_id: 'p1', price: 5, own: 'field', quantity: 0 } },
  },
  {
    name: 'unknown data, nested',
    form: withData({ list: [1, { a: 'b' }] }),
    event: { data: { product_id: 'p1', price: 5, list: [1, { a: 'b' }] } },
  },
  {
    name: "a business's own type",
    form: { ...ADDED, type: 'ride.boarded', data: { ride: 7, price: 'free' } },
    event: { type: 'ride.boarded', data: { ride: 7, price: 'free' } },
  },
  { name: 'no source', form: ADDED, event: { source: 'web' } },
  { name: 'a source', form: { ...ADDED, source: 'till' }, event: { source: 'till' }, except: NO_SOURCE },
  { name: 'no identifiers', form: { ...ADDED, identifiers: undefined }, event: { identifiers: [] } },
  {
    name: 'an integer identifier',
    form: { ...ADDED, identifiers: [{ type: 'user_id', value: 4711 }] },
    event: { identifiers: [{ type: 'user_id', value: '4711' }] },
    except: TYPED,
  },
  { name: 'a context', form: { ...ADDED, context: { channel: 'web', own: true } }, event: {} },
  {
    name: 'time with an offset',
    form: { ...ADDED, time: '2026-05-04T12:00:00+02:00' },
    event: { time: TEN_MS },
  },
  { name: 'a listed type', form: ADDED, types: ['product.added'], event: { id: 'e-1' } },
  {
    name: 'a prototype name in data',
    form: JSON.parse(
      JSON.stringify(ADDED).replace('"price"', '"__proto__":{"polluted":1},"constructor":2,"price"'),
    ) as Json,
    event: { id: 'e-1' },
  },
  { name: 'a negative price is a discount', form: withData({ price: -3 }), event: { id: 'e-1' } },
  { name: 'a type that is not listed', form: ADDED, types: ['page.viewed'], refused: 'product.added' },
  { name: 'an empty id', form: { ...ADDED, id: '' }, refused: 'must be a text that is not empty' },
  { name: 'no time', form: { ...ADDED, time: undefined }, refused: 'time', except: TYPED },
  {
    name: 'time without offset',
    form: { ...ADDED, time: '2026-05-04T10:00:00' },
    refused: 'time',
    except: TYPED,
  },
  { name: 'time as digits', form: { ...ADDED, time: '1777888800000' }, refused: 'time', except: TYPED },
  { name: 'hour 24', form: { ...ADDED, time: '2026-05-04T24:00:00Z' }, refused: 'time', except: TYPED },
  { name: 'a type of one word', form: { ...ADDED, type: 'added' }, refused: 'added' },
  {
    name: 'a type with capitals',
    form: { ...ADDED, type: 'Product.added' },
    refused: 'Product.added',
    except: NAMED,
  },
  { name: 'required data', form: { ...ADDED, data: { price: 1 } }, refused: 'data.product_id' },
  { name: 'price as text', form: withData({ price: '19.5' }), refused: 'data.price' },
  { name: 'negative quantity', form: withData({ quantity: -1 }), refused: 'data.quantity' },
  { name: 'an id that is too long', form: { ...ADDED, id: 'x'.repeat(1025) }, refused: 'id' },
  {
    name: 'an identifier that is too long',
    form: { ...ADDED, identifiers: [{ type: 'user_id', value: 'x'.repeat(1025) }] },
    refused: 'value',
  },
  {
    name: 'too many identifiers',
    form: {
      ...ADDED,
      identifiers: Array.from({ length: 101 }, (_, i) => ({ type: 'user_id', value: `u${i}` })),
    },
    refused: 'identifiers',
  },
  {
    name: 'an identifier of a type with a line break',
    form: { ...ADDED, identifiers: [{ type: 'a\nb', value: 'x' }] },
    refused: 'line break',
  },
]
