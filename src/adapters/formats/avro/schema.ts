/** Avro schemas, parsed and checked by avsc. Reading and writing are our own (read.ts, write.ts). */
import avro from 'avsc'
import type { Type } from 'avsc'

/** Name of a field that carries what its record has no field for, as a JSON object: `data_json`, `context_json`. */
export const REST_FIELD = /^(?:data|context)_json$/

class Micros extends avro.types.LogicalType {}

/** `bytes` with a scale: prices of many shops. */
export class Decimal extends avro.types.LogicalType {
  readonly scale: number
  constructor(schema: Schema, options?: unknown) {
    super(schema, options)
    const { scale } = schema as { readonly scale?: unknown }
    this.scale = typeof scale === 'number' ? scale : 0
  }
}
type Schema = ConstructorParameters<typeof avro.types.LogicalType>[0]

const LOGICAL_TYPES = { 'timestamp-micros': Micros, decimal: Decimal }

/**
 * The parsed schema. Unions are always wrapped in avsc's own sense, so that ambiguous ones (two records) parse as well.
 * @throws Error when it is no Avro schema.
 */
export function parseSchema(schema: unknown): Type {
  return avro.Type.forSchema(schema as Schema, { wrapUnions: 'always', logicalTypes: LOGICAL_TYPES })
}

/** A type as reading and writing walk it. */
export type Shape =
  | { readonly kind: 'null' | 'boolean' | 'int' | 'long' | 'float' | 'double' | 'bytes' | 'string' }
  | { readonly kind: 'array' | 'map'; readonly of: Type }
  | { readonly kind: 'union'; readonly branches: readonly Type[] }
  | { readonly kind: 'enum'; readonly symbols: readonly string[] }
  | { readonly kind: 'fixed'; readonly size: number }
  | { readonly kind: 'record'; readonly fields: readonly { readonly name: string; readonly type: Type }[] }
  | { readonly kind: 'micros'; readonly of: Type }
  | { readonly kind: 'decimal'; readonly of: Type; readonly scale: number }

export function shapeOf(type: Type): Shape {
  const { types } = avro
  if (type instanceof Decimal) return { kind: 'decimal', of: type.underlyingType, scale: type.scale }
  if (type instanceof Micros) return { kind: 'micros', of: type.underlyingType }
  if (type instanceof types.RecordType) return { kind: 'record', fields: type.fields }
  if (type instanceof types.ArrayType) return { kind: 'array', of: type.itemsType }
  if (type instanceof types.MapType) return { kind: 'map', of: type.valuesType as Type }
  if (type instanceof types.WrappedUnionType) return { kind: 'union', branches: type.types }
  if (type instanceof types.EnumType) return { kind: 'enum', symbols: type.symbols }
  if (type instanceof types.FixedType) return { kind: 'fixed', size: type.size }
  return { kind: type.typeName as 'null' }
}

/** The last part of a named type's name: `OfferEmitted`. */
export const shortName = (type: Type): string | undefined => type.name?.slice(type.name.lastIndexOf('.') + 1)
