/**
 * The short notation of topology tests: one event or one expectation a line, words between blanks.
 *
 *     08:30 trip.eta_updated Lindgrens trip_id=t1 eta_at=10:22
 */
import { parse } from 'yaml'
import { UsageError } from '../../model/errors.ts'
import { EVENT_TYPES, isEventType } from '../../model/event-types.ts'
import type { Identifier } from '../../model/identifiers.ts'
import { formatTime, parseRfc3339, HOUR_MS, MINUTE_MS, type EpochMs } from '../../model/time.ts'
import { clockText, epochToLocal, localToEpoch, parseDay, type CivilDay } from '../local-time.ts'

/** What bare times and names mean in one document. */
export interface Setting {
  readonly day: CivilDay
  readonly zone: string
  readonly people: ReadonlyMap<string, readonly Identifier[]>
}

const HINT = 'docs/testing-topologies.md has the notation'
const wrong = (message: string): UsageError => new UsageError(message, HINT)

/** Words between blanks; quotes and brackets hold what belongs together. */
export function wordsOf(line: string): string[] {
  const words: string[] = []
  let word = ''
  let quote = ''
  let depth = 0
  for (const char of line.trim()) {
    if (quote !== '') quote = char === quote ? '' : quote
    else if (char === '"' || char === "'") quote = char
    else if (char === '{' || char === '[') depth++
    else if (char === '}' || char === ']') depth--
    else if (/\s/.test(char) && depth === 0) {
      if (word !== '') words.push(word)
      word = ''
      continue
    }
    word += char
  }
  if (quote !== '' || depth !== 0) throw wrong(`an open quote or bracket in: ${line}`)
  if (word !== '') words.push(word)
  return words
}

const BARE_TIME = /^(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,3}))?)?(?:([+-]\d{1,4})d)?$/
const LOCAL_TIME = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}(?::\d{2})?)$/

/** `08:30`, `08:30:15`, `08:30+1d` (the day after), `2026-03-29T08:30` (local) or RFC 3339; undefined if it is none of them. */
export function readTime(text: string, setting: Setting): EpochMs | undefined {
  const local = LOCAL_TIME.exec(text)
  if (local !== null) {
    const day = parseDay(local[1] as string)
    return day === undefined ? undefined : readTime(local[2] as string, { ...setting, day })
  }
  const match = BARE_TIME.exec(text)
  if (match === null) return parseRfc3339(text)
  const [, hours, minutes, seconds = '0', fraction = '0', days = '0'] = match
  if (Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 59) return undefined
  const ofDayMs =
    Number(hours) * HOUR_MS +
    Number(minutes) * MINUTE_MS +
    Number(seconds) * 1000 +
    Number(fraction.padEnd(3, '0'))
  return localToEpoch({ day: setting.day + Number(days), ofDayMs }, setting.zone)
}

/** A moment the way a test would write it. */
export function writeTime(at: EpochMs, setting: Setting): string {
  const { day, ofDayMs } = epochToLocal(at, setting.zone)
  const days = day - setting.day
  return clockText(ofDayMs) + (days === 0 ? '' : `${days > 0 ? '+' : ''}${days}d`)
}

const SHORT_TYPES: Readonly<Record<string, string>> = {
  user: 'user_id',
  loyalty: 'loyalty_id',
  device: 'device_id',
  push: 'push_token',
  cookie: 'anonymous_id',
}

/** `email:ann@example.org`, `cookie:c-1`: one outside name; undefined if the word is none. */
export function readIdentifier(word: string): Identifier | undefined {
  const at = word.indexOf(':')
  if (at < 1 || !/^[a-z][a-z_]*$/.test(word.slice(0, at))) return undefined
  const type = word.slice(0, at)
  return { type: SHORT_TYPES[type] ?? type, value: unquote(word.slice(at + 1)) }
}

/** The identifiers of a name or of one written out. */
export function whoIs(word: string, setting: Setting): readonly Identifier[] {
  const named = setting.people.get(word)
  if (named !== undefined) return named
  const identifier = readIdentifier(word)
  if (identifier !== undefined) return [identifier]
  const names = [...setting.people.keys()].join(', ')
  throw wrong(
    `"${word}" is nobody: people are ${names === '' ? 'not declared' : names}, or TYPE:VALUE like email:ann@example.org`,
  )
}

function unquote(text: string): string {
  const first = text[0]
  return text.length > 1 && (first === '"' || first === "'") && text.endsWith(first)
    ? text.slice(1, -1)
    : text
}

/** The value of a field: a time, a number, true, false, null, `{..}`, `[..]`, quoted or plain text. `asText`: the type says text. */
function readValue(text: string, setting: Setting, asText: boolean): unknown {
  if (unquote(text) !== text) return unquote(text)
  if (asText) return text
  const time = readTime(text, setting)
  if (time !== undefined) return formatTime(time)
  if (/^-?\d+(\.\d+)?$/.test(text)) return Number(text)
  if (text === 'true' || text === 'false') return text === 'true'
  if (text === 'null') return null
  if (!/^[[{]/.test(text)) return text
  try {
    return parse(text) as unknown
  } catch {
    throw wrong(`not to be read: ${text}`)
  }
}

function place(target: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [head = '', ...rest] = path
  if (rest.length === 0) target[head] = value
  else {
    const inner = (target[head] ??= {}) as Record<string, unknown>
    place(inner, rest, value)
  }
}

export interface ExpandedEvents {
  /** NDJSON, in arrival order. */
  readonly lines: readonly string[]
  /** The newest event time, from which `+2h` counts. */
  readonly newest: EpochMs
}

/** All events of a case as lines for the runtime. */
export function expandEvents(events: readonly string[], setting: Setting): ExpandedEvents {
  const lines: string[] = []
  const byId = new Map<string, Record<string, unknown>>()
  let newest = Number.MIN_SAFE_INTEGER
  for (const [index, text] of events.entries()) {
    // A broken line is taken as it stands, so its quotes and brackets need not close.
    const broken = /^\s*(\S+)\s+broken\s+(.*)$/s.exec(text)
    const [first = '', verb = '', ...rest] =
      broken === null ? wordsOf(text) : [broken[1] ?? '', 'broken', broken[2] ?? '']
    const at = readTime(first, setting)
    if (at === undefined) throw wrong(`"${first}" is no time in: ${text}`)
    if (verb === 'clock') lines.push(JSON.stringify({ clock: formatTime(at) }))
    else if (verb === 'erase' || verb === 'lift')
      lines.push(...rest.flatMap((word) => erasure(word, at, verb === 'lift', setting)))
    else if (verb === 'broken') lines.push(rest[0] ?? '')
    else if (verb === 'again') {
      const again = byId.get((rest[0] ?? '').replace('#', ''))
      if (again === undefined)
        throw wrong(`no event before it is called ${rest[0] ?? '(nothing)'} in: ${text}`)
      lines.push(JSON.stringify({ ...again, received: formatTime(at) }))
    } else {
      const event = expandEvent({ at, type: verb, rest, defaultId: `e${index + 1}`, text }, setting)
      byId.set(event['id'] as string, event)
      newest = Math.max(newest, at)
      lines.push(JSON.stringify(event))
    }
  }
  return { lines, newest }
}

/** A directive moves no clock, so the clock goes before it. */
function erasure(word: string, at: EpochMs, lift: boolean, setting: Setting): readonly string[] {
  const [identifier] = whoIs(word, setting)
  const erase = lift ? { erase: identifier, lift } : { erase: identifier }
  return [JSON.stringify({ clock: formatTime(at) }), JSON.stringify(erase)]
}

interface EventWords {
  readonly at: EpochMs
  readonly type: string
  readonly rest: readonly string[]
  readonly defaultId: string
  readonly text: string
}

function expandEvent(words: EventWords, setting: Setting): Record<string, unknown> {
  const { at, type, rest, text } = words
  if (!isEventType(type)) throw wrong(`"${type}" is no event type in: ${text}`)
  const fields = EVENT_TYPES.get(type)?.fields
  const event: Record<string, unknown> = { id: words.defaultId, type, time: formatTime(at) }
  const identifiers: Identifier[] = []
  const parts: Record<string, unknown> = { data: {} }
  for (const word of rest) {
    const equals = /^[\w.-]+=/.exec(word)
    if (word.startsWith('#')) event['id'] = word.slice(1)
    else if (equals === null) identifiers.push(...whoIs(word, setting))
    else {
      const key = word.slice(0, equals[0].length - 1)
      const value = word.slice(equals[0].length)
      if (key === 'arrives') {
        const received = readTime(value, setting)
        if (received === undefined) throw wrong(`"${value}" is no time in: ${text}`)
        event['received'] = formatTime(received)
      } else {
        const path = key.startsWith('context.') ? key.split('.') : ['data', ...key.split('.')]
        place(parts, path, readValue(value, setting, fields?.[key] === 'text' || path[0] === 'context'))
      }
    }
  }
  return { ...event, identifiers, ...parts }
}
