/**
 * A writer's schema compiled to what it takes to walk its events in place: which field of the record is which part of an event, and
 * what lies at each field of the data. Undefined for schemas whose events are decoded whole, such as those with data that is a map.
 */
import type { Type } from 'avsc'
import { hashOfBytes, sameBytes, viewOf } from '../../../model/byte-words.ts'
import { EVENT_TYPES, type FieldType, rangeOf } from '../../../model/event-types.ts'
import { fieldNumberOf, typeNumberOf } from '../../../runtime/wire-names.ts'
import { eventTypeName } from '../source-event.ts'
import { compileRead, type Read } from './read.ts'
import type { AvroReader } from './reader.ts'
import { REST_FIELD, shapeOf } from './schema.ts'

/** What a field of the data is. Anything else is read by its function and written anew. */
export const TEXTUAL = 0
export const LONG = 1
export const DOUBLE = 2
export const FLOAT = 3
export const BOOLEAN = 4
export const OTHER = 5
/** Whose presence makes the whole event one to be decoded. */
export const REST = 6

/** Bytes that say which branch of a union of null and one more is there; -1: it is no union. */
interface Optional {
  readonly nullByte: number
  readonly valueByte: number
}

export interface DataField extends Optional {
  readonly name: string
  /** In records of the internal topic. */
  readonly number: number
  readonly is: number
  readonly read: Read
}

export type Part = 'id' | 'source' | 'type' | 'time' | 'identifiers' | 'context' | 'data' | 'other'

/** A field of the record. */
export interface Step extends Optional {
  readonly part: Part
  readonly read: Read
}

/** A field that has to be looked at for an event of some type. */
export interface Checked {
  /** Of the data's fields. */
  readonly place: number
  readonly name: string
  readonly kind: FieldType
  /** Of a field that is a number by its schema: all that is left to judge. */
  readonly range: readonly [number, number] | undefined
}

/** What the table of types asks of an event beyond what the schema says. */
export interface TypeRule {
  readonly type: string
  /** In records of the internal topic. */
  readonly number: number
  /** Places of the data's fields that must say something. */
  readonly required: readonly number[]
  readonly checked: readonly Checked[]
}

export interface EventWalk {
  readonly steps: readonly Step[]
  readonly data: readonly DataField[]
  /** Of the type that is next; undefined: no type, or one that this schema cannot satisfy. @throws AvroFault */
  rule(reader: AvroReader): TypeRule | undefined
}

/** Types that one schema is known to carry; those past it are decoded whole. */
const TYPES_MAX = 1000

export function compileWalk(type: Type): EventWalk | undefined {
  const shape = shapeOf(type)
  if (shape.kind !== 'record') return undefined
  const made = new Map<Type, Read>()
  const steps: Step[] = []
  let data: readonly DataField[] = []
  for (const field of shape.fields) {
    const { type: inner, ...optional } = optionalOf(field.type)
    const part = partOf(field.name)
    if (REST_FIELD.test(field.name) || !isWalked(part, inner)) return undefined
    if (part === 'data') {
      const fields = dataFields(inner, made)
      if (fields === undefined) return undefined
      data = fields
    }
    // An optional part that is read whole is read by its other branch, once the walk has seen which one is there.
    steps.push({ part, read: compileRead(inner, made), ...optional })
  }
  const has = (part: Part): boolean => steps.some((step) => step.part === part)
  if (!has('id') || !has('type') || !has('time')) return undefined
  return { steps, data, rule: createRules(data) }
}

const PARTS: readonly string[] = ['id', 'source', 'type', 'time', 'identifiers', 'context', 'data']
const partOf = (name: string): Part => (PARTS.includes(name) ? (name as Part) : 'other')

function optionalOf(type: Type): Optional & { readonly type: Type } {
  const shape = shapeOf(type)
  if (shape.kind !== 'union' || shape.branches.length !== 2) return { type, nullByte: -1, valueByte: -1 }
  const [first, second] = shape.branches as readonly [Type, Type]
  if (shapeOf(first).kind === 'null') return { type: second, nullByte: 0, valueByte: 2 }
  if (shapeOf(second).kind === 'null') return { type: first, nullByte: 2, valueByte: 0 }
  return { type, nullByte: -1, valueByte: -1 }
}

/** Whether a part can be taken from where it lies, or at least read by itself. */
function isWalked(part: Part, type: Type): boolean {
  const shape = shapeOf(type)
  if (part === 'id' || part === 'source' || part === 'type') return shape.kind === 'string'
  if (part === 'identifiers') return shape.kind === 'array' && isIdentifier(shape.of)
  return part !== 'data' || shape.kind === 'record'
}

function isIdentifier(type: Type): boolean {
  const shape = shapeOf(type)
  if (shape.kind !== 'record') return false
  const names = shape.fields.map((field) => `${field.name} ${shapeOf(field.type).kind}`)
  return names.join() === 'type string,value string'
}

function dataFields(type: Type, made: Map<Type, Read>): readonly DataField[] | undefined {
  const shape = shapeOf(type)
  if (shape.kind !== 'record') return undefined
  const rests = shape.fields.filter(({ name }) => REST_FIELD.test(name))
  if (rests.length > 1) return undefined
  return shape.fields.map(({ name, type: whole }) => {
    const { type: inner, ...optional } = optionalOf(whole)
    const is = REST_FIELD.test(name) ? REST : kindOf(inner)
    return { name, number: fieldNumberOf(name), is, read: compileRead(inner, made), ...optional }
  })
}

/** Everything but these is {@link OTHER}. */
const IN_PLACE: Readonly<Record<string, number>> = {
  string: TEXTUAL,
  int: LONG,
  long: LONG,
  double: DOUBLE,
  float: FLOAT,
  boolean: BOOLEAN,
}
const kindOf = (type: Type): number => IN_PLACE[shapeOf(type).kind] ?? OTHER

/** Rules found by the bytes of their type, each in the place of the one that was found there last. */
const RULE_PLACES = 64

interface Placed {
  readonly rule: TypeRule
  readonly type: DataView
}

function createRules(data: readonly DataField[]): (reader: AvroReader) => TypeRule | undefined {
  const rules = new Map<string, TypeRule>()
  const placed: (Placed | undefined)[] = Array.from({ length: RULE_PLACES }, () => undefined)

  function made(type: string): TypeRule | undefined {
    const known = rules.get(type)
    if (known !== undefined) return known
    const name = eventTypeName(type)
    const rule = name === undefined || rules.size >= TYPES_MAX ? undefined : ruleOf(name, data)
    if (rule !== undefined) rules.set(rule.type, rule)
    return rule
  }

  return (reader) => {
    const start = reader.beginText()
    const { view, at: end } = reader
    const place = hashOfBytes(view, start, end) & (RULE_PLACES - 1)
    const found = placed[place]
    if (found !== undefined && found.type.byteLength === end - start)
      if (sameBytes(view, start, end, found.type, 0)) return found.rule
    const rule = made(reader.text(start, end))
    // Of a rule the type is ASCII.
    if (rule !== undefined) placed[place] = { rule, type: viewOf(Buffer.from(rule.type)) }
    return rule
  }
}

function ruleOf(type: string, data: readonly DataField[]): TypeRule | undefined {
  const { required = [], fields = {} } = EVENT_TYPES.get(type) ?? {}
  const places = required.map((name) => data.findIndex((field) => field.name === name))
  if (places.includes(-1)) return undefined
  const checked = data.flatMap((field, place): Checked[] => {
    const { name } = field
    if (!Object.hasOwn(fields, name)) return []
    const kind = fields[name] as FieldType
    const range = kind === 'number' && isNumber(field.is) ? rangeOf(name) : undefined
    return isAlways(field.is, name, kind) ? [] : [{ place, name, kind, range }]
  })
  return { type, number: typeNumberOf(type), required: places, checked }
}

const isNumber = (is: number): boolean => is === LONG || is === DOUBLE || is === FLOAT

/** Whether whatever the schema allows is of this kind. */
function isAlways(is: number, name: string, kind: FieldType): boolean {
  if (kind === 'text') return is === TEXTUAL
  if (kind === 'number') return isNumber(is) && rangeOf(name) === undefined
  return kind === 'any' || (kind === 'boolean' && is === BOOLEAN)
}
