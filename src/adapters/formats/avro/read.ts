/**
 * A schema compiled to a function that reads its values as plain JSON-like objects. Nulls of records are left out: a field of an
 * optional type is absent. A rest field (schema.ts) is spread into its record. Bytes are read as base64 text.
 */
import type { Type } from 'avsc'
import type { Json } from '../../../model/event.ts'
import { holdsHalfPair } from '../json-text.ts'
import { isObject } from '../source-event.ts'
import { AvroFault, type AvroReader } from './reader.ts'
import { REST_FIELD, type Shape, shapeOf, shortName } from './schema.ts'

/** @throws AvroFault */
export type Read = (reader: AvroReader) => unknown

/** The reading function of a schema; a record that holds itself is compiled once. */
export function compileRead(type: Type, made = new Map<Type, Read>()): Read {
  const known = made.get(type)
  if (known !== undefined) return known
  // What a record finds for itself inside of its own fields, before it is there.
  made.set(type, (reader) => (made.get(type) as Read)(reader))
  const read = readOf(shapeOf(type), type, made)
  made.set(type, read)
  return read
}

function readOf(shape: Shape, type: Type, made: Map<Type, Read>): Read {
  switch (shape.kind) {
    case 'null':
      return () => null
    case 'boolean':
      return (reader) => reader.boolean()
    case 'int':
    case 'long':
      return (reader) => reader.long()
    case 'float':
      return (reader) => reader.float()
    case 'double':
      return (reader) => reader.double()
    case 'string':
      return (reader) => reader.string()
    case 'bytes':
      return (reader) => reader.bytes().toString('base64')
    case 'fixed':
      return (reader) => reader.fixed(shape.size).toString('base64')
    case 'enum':
      return (reader) => at(shape.symbols, reader.long(), 'an enum')
    case 'union':
      return readUnion(shape.branches.map((branch) => compileRead(branch, made)))
    case 'array':
      return readArray(compileRead(shape.of, made))
    case 'map':
      return readMap(compileRead(shape.of, made))
    case 'record':
      return readRecord(shape.fields, made, shortName(type) ?? 'a record')
    case 'micros':
      return (reader) => Math.floor(reader.long() / 1000)
    case 'decimal':
      return readDecimal(shape.of, shape.scale)
  }
}

function at<T>(list: readonly T[], index: number, what: string): T {
  const item = list[index]
  if (item === undefined) throw new AvroFault(`${what} has no branch or symbol ${index}`)
  return item
}

function readUnion(branches: readonly Read[]): Read {
  return (reader) => at(branches, reader.long(), 'a union')(reader)
}

function readArray(item: Read): Read {
  return (reader) => {
    reader.enter()
    const list: unknown[] = []
    for (let count = reader.block(); count > 0; count = reader.block()) {
      for (let left = count; left > 0; left--) list.push(item(reader))
    }
    reader.leave()
    return list
  }
}

function readMap(value: Read): Read {
  return (reader) => {
    reader.enter()
    const result: Record<string, unknown> = {}
    for (let count = reader.block(); count > 0; count = reader.block()) {
      for (let left = count; left > 0; left--) put(result, reader.string(), value(reader))
    }
    reader.leave()
    return result
  }
}

interface Field {
  readonly name: string
  readonly read: Read
  /** A union whose first branch is null, as nearly every field of an event is: absent at the price of one comparison. */
  readonly optional: boolean
  /** Of such a union with one other branch: that branch. */
  readonly value: Read | undefined
}

function fieldOf(
  { name, type }: { readonly name: string; readonly type: Type },
  made: Map<Type, Read>,
): Field {
  const read = compileRead(type, made)
  const shape = shapeOf(type)
  const [first, second, third] = shape.kind === 'union' ? shape.branches : []
  const optional = first !== undefined && shapeOf(first).kind === 'null'
  const value =
    optional && second !== undefined && third === undefined ? compileRead(second, made) : undefined
  return { name, read, optional, value }
}

function readRecord(
  types: readonly { readonly name: string; readonly type: Type }[],
  made: Map<Type, Read>,
  record: string,
): Read {
  const fields = types.map((field) => fieldOf(field, made))
  const rest = fields.find((field) => REST_FIELD.test(field.name))
  const length = fields.length
  return (reader) => {
    reader.enter()
    const result: Record<string, unknown> = {}
    let restText: unknown
    for (let i = 0; i < length; i++) {
      const field = fields[i] as Field
      if (field.optional && reader.skip(0)) continue
      const value = field.value !== undefined && reader.skip(2) ? field.value(reader) : field.read(reader)
      if (value === null) continue
      if (field === rest) restText = value
      else put(result, field.name, value)
    }
    reader.leave()
    if (restText !== undefined) spread(result, restText, `${record}.${rest?.name}`)
    return result
  }
}

/** A field of its own goes before what the JSON text says. */
function spread(result: Record<string, unknown>, text: unknown, where: string): void {
  let more: unknown
  try {
    more = typeof text === 'string' ? JSON.parse(text) : undefined
  } catch {
    // said below
  }
  if (!isObject(more)) throw new AvroFault(`${where} must be the text of a JSON object`)
  if (holdsHalfPair(text as string, more)) throw new AvroFault(`${where} holds half of a surrogate pair`)
  for (const key of Object.keys(more)) if (!Object.hasOwn(result, key)) put(result, key, (more as Json)[key])
}

/** A key like `__proto__` is data of some upstream, never a prototype. */
function put(result: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(result, key, { value, enumerable: true, writable: true, configurable: true })
  else result[key] = value
}

/** The nearest double of an unscaled big-endian two's complement integer. */
function readDecimal(of: Type, scale: number): Read {
  const shape = shapeOf(of)
  return (reader) => {
    const bytes = shape.kind === 'fixed' ? reader.fixed(shape.size) : reader.bytes()
    if (bytes.length > 32) throw new AvroFault('a decimal has more than 32 bytes')
    const unscaled =
      bytes.length === 0 ? 0n : BigInt.asIntN(bytes.length * 8, BigInt(`0x${bytes.toString('hex')}`))
    return Number(`${unscaled}e-${scale}`)
  }
}
