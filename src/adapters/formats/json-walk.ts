/**
 * Events in JSON, taken from where they lie: the text is walked once, and what it says is written down as the parts of an event, without
 * an object or a text of it. 1.1 us for a line of 400 bytes, where parsing and checking it cost 1.7 and what comes of it is still to be
 * written down (measured, Node 20; 24: 1.0 and 1.5).
 *
 * 1. It takes what `json-text.ts` and `source-event.ts` take, or nothing: whatever is unusual, above all whatever is wrong, is for them.
 * 2. Names and values of an event are judged where they lie, and identifiers that came before not even that (`known-names.ts`).
 */
import { viewOf } from '../../model/byte-words.ts'
import { asciiText } from '../../model/bytes.ts'
import type { Json } from '../../model/event.ts'
import type { Identifier } from '../../model/identifiers.ts'
import { knownText } from '../../model/known-texts.ts'
import { IDENTIFIER_LENGTH_MAX } from '../../model/limits.ts'
import { timeOfBytes } from '../../model/time-bytes.ts'
import { type EpochMs, parseTime } from '../../model/time.ts'
import * as tag from '../../runtime/event-parts.ts'
import {
  EventParts,
  writeBlocks,
  writeContext,
  writeField,
  writeLongText,
} from '../../runtime/event-parts.ts'
import { namesOf } from '../../runtime/known-names.ts'
import { FIELD_NAMES, OWN_NAME, fieldNumberOf } from '../../runtime/wire-names.ts'
import type { SourcePlan } from '../../topology/plan.ts'
import { NO_KINDS, type TypeRule, fitsKind, ruleOf } from './field-rules.ts'
import { createIdentifierWalk } from './json-identifiers.ts'
import { CONTEXT, DATA, ID, IDENTIFIERS, RECEIVED, SOURCE, TIME, TOPIC, TYPE, partOf } from './json-parts.ts'
import { JsonScanner } from './json-scanner.ts'
import type { KnownName } from './json-words.ts'
import { eventTypeName, isObject, valueProblem } from './source-event.ts'

const QUOTE = 34
const OPEN_OBJECT = 123
const OPEN_LIST = 91
const LETTER_F = 102
const LETTER_N = 110
const LETTER_T = 116
const { ABSENT, ASCII, FALSE, NULL, TRUE } = tag
const EMPTY = Buffer.alloc(0)
const NOTHING: KnownField = { view: viewOf(EMPTY), size: 0, text: '', number: OWN_NAME }
const NO_IDENTIFIERS: readonly Identifier[] = []

/** A part, as it was named at some place of the event before: most events say the same in the same order. */
interface KnownPart extends KnownName {
  readonly part: number
}

/** A field of the data, likewise. */
interface KnownField extends KnownName {
  readonly text: string
  readonly number: number
}

/** Places of members that are remembered. */
const MEMBERS_MAX = 64
/** Names of fields that are remembered. */
const FIELDS_MAX = 1000

/** What a text said, good until the next one. Which source it is of is found out in between. */
export interface JsonWalk {
  /** Walks a text; false: it is to be parsed. */
  walk(buffer: Buffer, start: number, end: number): boolean
  readonly type: string | undefined
  /** Beside the event, in a line of a recording. */
  readonly topic: string | undefined
  readonly received: EpochMs | undefined
  /** The event, as one of a source; undefined: it is to be parsed. */
  eventOf(source: SourcePlan): EventParts | undefined
}

export function createJsonWalk(): JsonWalk {
  const scanner = new JsonScanner()
  const parts = new EventParts()
  const { more } = parts
  const takeIdentifiers = createIdentifierWalk(scanner, parts)
  /** Bits of the parts that were there: of a name that comes twice the last one counts, which is unusual. */
  let seen = 0
  let type: string | undefined
  let time: EpochMs | undefined
  let topic: string | undefined
  let received: EpochMs | undefined
  let context: Json | undefined
  const knownParts: KnownPart[] = []
  const knownFields: KnownField[] = []
  const fieldsByName = new Map<string, KnownField>()
  /** Of the event so far. */
  let members = 0
  /** Of each field with a number: its column, and the event that it is of. */
  const columns = new Int32Array(FIELD_NAMES.length)
  const events = new Float64Array(FIELD_NAMES.length)
  let event = 0

  function walk(buffer: Buffer, start: number, end: number): boolean {
    scanner.reset(buffer, start, end)
    parts.begin(EMPTY, 0, 0)
    parts.idAt = parts.sourceAt = parts.identifiersAt = ABSENT
    seen = 0
    event++
    members = 0
    type = topic = undefined
    time = received = undefined
    context = undefined
    if (scanner.enter())
      do member()
      while (scanner.moreMembers())
    scanner.peek()
    return !scanner.failed && scanner.at === end
  }

  function member(): void {
    const part = partAt(members++)
    if (part < 0) {
      scanner.passValue()
      return
    }
    const bit = 1 << part
    if ((seen & bit) !== 0) scanner.fail()
    seen |= bit
    if (scanner.peek() === LETTER_N && part !== ID && part !== TYPE && part !== TIME) scanner.takeWord()
    else take(part)
  }

  function partAt(place: number): number {
    const known = knownParts[place]
    if (known !== undefined && scanner.passKnown(known)) return known.part
    const from = scanner.passName()
    const part = partOf(scanner.buffer, from, scanner.textEnd)
    if (!scanner.failed && place < MEMBERS_MAX) knownParts[place] = { ...scanner.known(from), part }
    return part
  }

  function take(part: number): void {
    switch (part) {
      case ID: {
        parts.idAt = more.length
        const size = scanner.takeText(more)
        if (size === 0 || size > IDENTIFIER_LENGTH_MAX) scanner.fail()
        break
      }
      case SOURCE: {
        const place = more.length
        const size = scanner.takeText(more)
        if (size > IDENTIFIER_LENGTH_MAX) scanner.fail()
        if (size > 0) parts.sourceAt = place
        break
      }
      case TYPE:
        type = eventTypeName(word())
        break
      case TIME:
        time = takeTime()
        break
      case IDENTIFIERS:
        takeIdentifiers()
        break
      case CONTEXT:
        takeContext()
        break
      case DATA:
        if (scanner.enter())
          do field()
          while (scanner.moreMembers())
        break
      case TOPIC:
        topic = word()
        break
      case RECEIVED:
        received = takeTime()
        break
      default:
        // A directive, perhaps.
        scanner.fail()
    }
  }

  function word(): string {
    const from = scanner.passText()
    const { buffer, textEnd } = scanner
    return scanner.failed ? '' : (knownText(buffer, from, textEnd) ?? asciiText(buffer, from, textEnd))
  }

  function takeTime(): EpochMs | undefined {
    let found: EpochMs | undefined
    if (scanner.peek() === QUOTE) {
      const from = scanner.passText()
      if (!scanner.failed) found = timeOfBytes(scanner.buffer, from, scanner.textEnd)
    } else found = parseTime(scanner.takeNumber())
    if (found === undefined) scanner.fail()
    return found
  }

  function takeContext(): void {
    const value = scanner.peek() === OPEN_OBJECT ? scanner.takeNested() : undefined
    if (isObject(value) && valueProblem(value, 'context') === undefined) context = value
    else scanner.fail()
  }

  function field(): void {
    const column = parts.fields
    const { text, number } = nameAt(column)
    if (number !== OWN_NAME) {
      if (events[number] === event) scanner.fail()
      events[number] = event
      columns[number] = column
    } else if (isUnusualName(text)) scanner.fail()
    const place = more.length
    parts.field(number, text, takeField(), place)
  }

  function nameAt(place: number): KnownField {
    const known = knownFields[place]
    if (known !== undefined && scanner.passKnown(known)) return known
    const from = scanner.passName()
    if (scanner.failed) return NOTHING
    const { buffer, textEnd } = scanner
    const text = knownText(buffer, from, textEnd) ?? asciiText(buffer, from, textEnd)
    let name = fieldsByName.get(text)
    if (name?.size !== scanner.at - from + 1) {
      name = { ...scanner.known(from), text, number: fieldNumberOf(text) }
      if (fieldsByName.size < FIELDS_MAX) fieldsByName.set(text, name)
    }
    if (place < MEMBERS_MAX) knownFields[place] = name
    return name
  }

  /** Numbers come first in an object, and of a name that comes twice the last value counts. Of many names each would be compared with all. */
  function isUnusualName(name: string): boolean {
    if (parts.ownNames >= MEMBERS_MAX) return true
    const first = name.charCodeAt(0)
    if (first >= 48 && first <= 57) return true
    for (let i = 0; i < parts.ownNames; i++) if (parts.ownNameTexts[i] === name) return true
    return false
  }

  /** Answers its tag. */
  function takeField(): number {
    const byte = scanner.peek()
    if (byte === QUOTE) {
      scanner.takeText(more)
      return ASCII
    }
    if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
      const value = scanner.takeNested()
      if (scanner.failed || valueProblem({ value }, 'data') !== undefined) scanner.fail()
      return writeField(more, value)
    }
    if (byte === LETTER_T || byte === LETTER_F || byte === LETTER_N) {
      const value = scanner.takeWord()
      return value === true ? TRUE : value === false ? FALSE : NULL
    }
    const number = scanner.takeNumber()
    if (!Number.isFinite(number)) scanner.fail()
    return writeField(more, number)
  }

  function isValid({ required, kinds }: TypeRule): boolean {
    for (const number of required) {
      const column = columns[number] as number
      if (events[number] !== event || parts.fieldTags[column] === NULL || parts.isEmptyText(column))
        return false
    }
    if (kinds === NO_KINDS) return true
    for (let column = 0; column < parts.fields; column++) {
      const number = parts.fieldNumbers[column] as number
      const kind = number === OWN_NAME ? undefined : kinds[number]
      if (kind !== undefined && !fitsKind(parts, column, kind)) return false
    }
    return true
  }

  function eventOf(source: SourcePlan): EventParts | undefined {
    if (parts.idAt === ABSENT || type === undefined || time === undefined) return undefined
    if (source.types !== undefined && !source.types.has(type)) return undefined
    const rule = ruleOf(type)
    if (!isValid(rule)) return undefined
    parts.type = type
    parts.typeNumber = rule.number
    parts.time = time
    if (parts.sourceAt === ABSENT) {
      parts.sourceAt = more.length
      writeLongText(more, source.id)
    }
    if (parts.identifiersAt === ABSENT) {
      parts.identifiersAt = more.length
      writeBlocks(more, NO_IDENTIFIERS)
      parts.names = namesOf(NO_IDENTIFIERS)
    }
    if (context !== undefined) writeContext(parts, context)
    return parts
  }

  return {
    walk,
    eventOf,
    get type() {
      return type
    },
    get topic() {
      return topic
    },
    get received() {
      return received
    },
  }
}
