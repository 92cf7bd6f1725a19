/**
 * Events in Avro, taken from where they lie: the record is walked once, without making texts or objects, and what is found are places.
 *
 * 1. It takes what `event.ts` takes, or nothing. Whatever is unusual, above all whatever is wrong, it leaves to that one, which knows
 *    the words for it; so a refusal has one origin.
 * 2. Texts are judged where they lie, and identifiers that came before not even that (`known-names.ts`).
 */
import type { Json } from '../../../model/event.ts'
import { fieldProblem } from '../../../model/event-types.ts'
import type { Identifier } from '../../../model/identifiers.ts'
import { EVENT_BYTES_MAX, IDENTIFIER_LENGTH_MAX } from '../../../model/limits.ts'
import { parseTime } from '../../../model/time.ts'
import * as tag from '../../../runtime/event-parts.ts'
import {
  EventParts,
  writeBlocks,
  writeContext,
  writeField,
  writeLongText,
} from '../../../runtime/event-parts.ts'
import { createKnownNames, namesOf } from '../../../runtime/known-names.ts'
import type { SourcePlan } from '../../../topology/plan.ts'
import { identifiersOf, isObject, valueProblem } from '../source-event.ts'
import {
  DOUBLE,
  type DataField,
  type EventWalk,
  FLOAT,
  LONG,
  OTHER,
  REST,
  type Step,
  TEXTUAL,
  type TypeRule,
} from './event-walk.ts'
import { HEADER_BYTES, MAGIC } from './framing.ts'
import { AvroFault, AvroReader } from './reader.ts'
import type { SchemaBook } from './schema-book.ts'

/** Longer varints may be beyond what the internal topic holds as they are. */
const LONG_BYTES_MAX = 7
const { ABSENT, ASCII, FALSE, INT, TEXT, TRUE } = tag
const TOO_LONG = -2
/** Instead of a tag: the event is to be decoded. */
const UNUSUAL = -1
const NO_IDENTIFIERS: readonly Identifier[] = []

/** An event of `buffer[start, end)`, good until the next call; undefined: it is to be decoded. */
export type WalkEvent = (
  source: SourcePlan,
  buffer: Buffer,
  start: number,
  end: number,
) => EventParts | undefined

export function createWalk(schemas: SchemaBook): WalkEvent {
  const reader = new AvroReader()
  const parts = new EventParts()
  const known = createKnownNames()
  /** Of each field of the data: which of the parts' fields it is. */
  const columns: number[] = []
  let rule: TypeRule | undefined
  let context: Json | undefined
  /** Where {@link other} wrote. */
  let otherPlace = 0

  /** Of the record, one after the other. False: it is to be decoded. */
  function walk(event: EventWalk, source: SourcePlan): boolean {
    rule = undefined
    context = undefined
    parts.idAt = parts.sourceAt = parts.identifiersAt = ABSENT
    let time: unknown
    reader.enter()
    for (const step of event.steps) {
      if (step.nullByte >= 0) {
        const branch = reader.byte()
        if (branch === step.nullByte) {
          if (step.part === 'data') for (let i = 0; i < event.data.length; i++) columns[i] = ABSENT
          continue
        }
        if (branch !== step.valueByte) return false
      }
      switch (step.part) {
        case 'id':
          if ((parts.idAt = name()) < 0) return false
          break
        case 'source':
          if ((parts.sourceAt = name()) === TOO_LONG) return false
          break
        case 'type':
          rule = event.rule(reader)
          break
        case 'time':
          time = step.read(reader)
          break
        case 'identifiers':
          if (!identifiers(step)) return false
          break
        case 'context':
          if (!takeContext(step)) return false
          break
        case 'data':
          reader.enter()
          if (!walkData(event.data)) return false
          reader.leave()
          break
        case 'other':
          step.read(reader)
      }
    }
    // Lengths and counts may be padded with zeros; what goes on as it lies is read by who takes fewer bytes of a number.
    if (reader.wide) return false
    const at = parseTime(time)
    if (at === undefined || parts.idAt < 0 || rule === undefined) return false
    parts.time = at
    return isValid(rule, source) && complete(rule, source)
  }

  /** The place of an id or a source; {@link ABSENT}: it is empty. */
  function name(): number {
    const place = reader.at - parts.start
    const start = reader.beginText()
    const size = reader.at - start
    // No text has more units than bytes.
    if (size > IDENTIFIER_LENGTH_MAX) return TOO_LONG
    reader.isAscii(start, reader.at)
    return size === 0 ? ABSENT : place
  }

  function identifiers(step: Step): boolean {
    const from = reader.at
    let items = 0
    for (let count = reader.block(); count > 0; count = reader.block()) {
      items += count
      for (let left = count; left > 0; left--) {
        reader.beginText()
        reader.beginText()
      }
    }
    const to = reader.at
    parts.identifiersAt = from - parts.start
    const found = known.find(reader.view, from, to)
    if (found !== undefined) {
      parts.names = found
      return true
    }
    reader.at = from
    reader.spend(-items)
    const list = identifiersOf(step.read(reader))
    if (typeof list === 'string') return false
    parts.names = known.keep(reader.buffer, reader.view, from, to, list)
    return true
  }

  function takeContext(step: Step): boolean {
    const value = step.read(reader)
    if (value === null) return true
    if (!isObject(value) || valueProblem(value, 'context') !== undefined) return false
    context = value
    return true
  }

  function walkData(fields: readonly DataField[]): boolean {
    for (let i = 0; i < fields.length; i++) {
      const field = fields[i] as DataField
      columns[i] = ABSENT
      if (field.nullByte >= 0) {
        const branch = reader.byte()
        if (branch === field.nullByte) continue
        if (branch !== field.valueByte) return false
      }
      const place = reader.at - parts.start
      const found = field.is < OTHER ? pass(field.is) : other(field)
      if (found === UNUSUAL) return false
      if (found === tag.NULL) continue
      columns[i] = parts.fields
      parts.field(field.number, field.name, found, field.is < OTHER ? place : otherPlace)
    }
    return true
  }

  /** Passes a value that stays where it lies; answers its tag. */
  function pass(is: number): number {
    switch (is) {
      case TEXTUAL:
        return reader.isAscii(reader.beginText(), reader.at) ? ASCII : TEXT
      case LONG: {
        const from = reader.at
        reader.long()
        return reader.at - from > LONG_BYTES_MAX ? UNUSUAL : INT
      }
      case DOUBLE:
        return Number.isFinite(reader.double()) ? tag.DOUBLE : UNUSUAL
      case FLOAT:
        return Number.isFinite(reader.float()) ? tag.FLOAT : UNUSUAL
      default:
        return reader.boolean() ? TRUE : FALSE
    }
  }

  /** Reads any other value and writes it behind the record; answers its tag. */
  function other({ is, read }: DataField): number {
    if (is === REST) return UNUSUAL
    const value = read(reader)
    if (value === null) return tag.NULL
    if (valueProblem({ value }, 'data') !== undefined) return UNUSUAL
    otherPlace = parts.morePlace
    return writeField(parts.more, value)
  }

  /** By the rules of `source-event.ts`, as far as the schema does not say so already. */
  function isValid({ type, required, checked }: TypeRule, { types }: SourcePlan): boolean {
    if (types !== undefined && !types.has(type)) return false
    for (const place of required) {
      const column = columns[place] as number
      if (column === ABSENT || parts.isEmptyText(column)) return false
    }
    for (const { place, name: field, kind, range } of checked) {
      const column = columns[place] as number
      if (column === ABSENT) continue
      const value = parts.value(column)
      if (range !== undefined) {
        if ((value as number) < range[0] || (value as number) > range[1]) return false
      } else if (fieldProblem(field, value, kind) !== undefined) return false
    }
    return true
  }

  function complete({ type, number }: TypeRule, source: SourcePlan): boolean {
    parts.type = type
    parts.typeNumber = number
    if (parts.sourceAt === ABSENT) {
      parts.sourceAt = parts.morePlace
      writeLongText(parts.more, source.id)
    }
    if (parts.identifiersAt === ABSENT) {
      parts.identifiersAt = parts.morePlace
      writeBlocks(parts.more, NO_IDENTIFIERS)
      parts.names = namesOf(NO_IDENTIFIERS)
    }
    if (context !== undefined) writeContext(parts, context)
    return true
  }

  return (source, buffer, start, end) => {
    if (end - start < HEADER_BYTES || buffer[start] !== MAGIC) return undefined
    const event = schemas.walk(buffer.readInt32BE(start + 1))
    if (event === undefined) return undefined
    reader.reset(buffer, start + HEADER_BYTES, end)
    parts.begin(buffer, start + HEADER_BYTES, end)
    try {
      if (!walk(event, source) || reader.at !== end) return undefined
      return parts.morePlace > EVENT_BYTES_MAX ? undefined : parts
    } catch (error) {
      if (error instanceof AvroFault) return undefined
      throw error
    }
  }
}
