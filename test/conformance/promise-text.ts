/**
 * The text form of promises: a file is one promise, with cases under it.
 *
 *     Whoever bought is not reminded.
 *
 *     - bought a millisecond before the hour is over
 *       on carts, until 00:00+2d, in any order
 *       cart: { after: 60m }
 *       10:00 product.added cookie:x product_id=p1 price=10
 *       10:59:59.999 order.completed cookie:x order_id=o1
 *       => no trigger.fired
 *
 * Behind the name comes the document that it is tried on, `until` when, and what is changed of it: the config of an operator,
 * `source NAME`, `document`. Events are those of topology tests, with `@source` and `>topic` besides; other lines of the recording
 * are `clock T`, `again #ID`, `raw "TEXT"`, `line { .. }` and `N times from T every D: EVENT`. Outcomes are in outcome.ts.
 */
import { parse } from 'yaml'
import type { EndOfInput } from '../../src/app/embed.ts'
import { parseDay } from '../../src/app/local-time.ts'
import { expandEvents, readTime, type Setting, wordsOf } from '../../src/app/topology-test/notation.ts'
import { formatTime, parseDuration, parseRfc3339 } from '../../src/model/time.ts'
import { DOCUMENTS } from './documents.ts'

type Mapping = Readonly<Record<string, unknown>>

export interface Line {
  readonly text: string
  /** Event time, where the line is an event that may change places. */
  readonly at: number | undefined
}

export interface PromiseCase {
  readonly name: string
  readonly document: object
  readonly end: EndOfInput | undefined
  /** Holds for every arrival order within the lateness. */
  readonly inAnyOrder: boolean
  /** Byte order mark, carriage returns, no line feed at the end. */
  readonly oddBytes: boolean
  readonly lines: readonly Line[]
  readonly outcomes: readonly string[]
}

export interface PromiseFile {
  readonly promise: string
  readonly cases: readonly PromiseCase[]
}

export const SETTING: Setting = { day: parseDay('2026-09-14') as number, zone: 'UTC', people: new Map() }

export function readPromise(text: string): PromiseFile {
  const [promise = '', ...blocks] = text.trim().split('\n\n')
  return { promise, cases: blocks.map(readCase) }
}

function readCase(block: string): PromiseCase {
  const [head = '', on = '', ...rest] = block.split('\n').map((line) => line.trim())
  const tried = /^on ([\w-]+)(?:, until (\S+?))?(, in any order)?(, with byte order mark.*)?$/.exec(on)
  const base = DOCUMENTS[tried?.[1] ?? '']
  if (!head.startsWith('- ') || tried === null || base === undefined)
    throw new Error(`not to be read: ${head} / ${on}`)
  const changes = rest.filter((line) => CHANGE.test(line))
  const outcomes = rest.filter((line) => line.startsWith('=> ')).map((line) => line.slice(3))
  const recorded = rest.filter((line) => !CHANGE.test(line) && !line.startsWith('=> '))
  return {
    name: head.slice(2),
    document: changes.reduce<object>(changed, base),
    end: endOf(tried[2]),
    inAnyOrder: tried[3] !== undefined,
    oddBytes: tried[4] !== undefined,
    lines: linesOf(recorded),
    outcomes,
  }
}

/** `cart: { .. }`, `source web: { .. }`, `document: { .. }` */
const CHANGE = /^(source )?([\w-]+): (\{.*\})$/

function endOf(text: string | undefined): EndOfInput | undefined {
  if (text === undefined) return undefined
  const afterMs = text.startsWith('+') ? parseDuration(text.slice(1)) : undefined
  const at = readTime(text, SETTING)
  if (afterMs !== undefined) return { afterMs }
  if (at === undefined) throw new Error(`no time: ${text}`)
  return { at }
}

function changed(document: object, line: string): object {
  const [, source, name = '', flow = ''] = CHANGE.exec(line) ?? []
  const change = parse(flow) as Mapping
  if (source !== undefined) return mergeDeep(document, { sources: { [name]: change } }) as object
  if (name === 'document') return mergeDeep(document, change) as object
  const { operators } = document as {
    readonly operators: readonly { readonly id: string; readonly config?: object }[]
  }
  if (!operators.some(({ id }) => id === name)) throw new Error(`no operator ${name}: ${line}`)
  return {
    ...document,
    operators: operators.map((operator) =>
      operator.id === name
        ? { ...operator, config: mergeDeep(operator.config ?? {}, change) as object }
        : operator,
    ),
  }
}

const isMapping = (value: unknown): value is Mapping =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function mergeDeep(base: unknown, change: unknown): unknown {
  if (!isMapping(base) || !isMapping(change)) return change
  const keys = Object.entries(change).map(([key, value]) => [
    key,
    key in base ? mergeDeep(base[key], value) : value,
  ])
  return { ...base, ...Object.fromEntries(keys) } as Mapping
}

function linesOf(recorded: readonly string[]): readonly Line[] {
  const lines: Line[] = []
  const byId = new Map<string, Line>()
  const put = (text: string, id: string): void => {
    const line = eventLine(text, id)
    byId.set((JSON.parse(line.text) as { id: string }).id, line)
    lines.push(line)
  }
  recorded.forEach((text, index) => {
    const id = `e${index + 1}`
    const many = /^(\d+) times from (\S+) every (\S+): (.*)$/.exec(text)
    const [verb = '', rest = ''] = text.split(/ (.*)/s)
    if (many !== null) {
      const [, count, from = '', every = '', event] = many
      for (let i = 0; i < Number(count); i++) {
        const at = (readTime(from, SETTING) ?? 0) + i * (parseDuration(every) ?? 0)
        put(`${formatTime(at)} ${event}`, `${id}.${i}`)
      }
    } else if (verb === 'clock') lines.push({ text: JSON.stringify({ clock: clockOf(rest) }), at: undefined })
    else if (verb === 'raw') lines.push({ text: JSON.parse(rest) as string, at: undefined })
    else if (verb === 'line') lines.push({ text: JSON.stringify(timesIn(parse(rest))), at: undefined })
    else if (verb === 'again') lines.push(byId.get(rest.slice(1)) as Line)
    else put(text, id)
  })
  return lines
}

const clockOf = (text: string): unknown => {
  const at = readTime(text, SETTING)
  return at === undefined ? Number(text) : formatTime(at)
}

function eventLine(text: string, id: string): Line {
  const words = wordsOf(text)
  const special = (sign: string): string | undefined =>
    words.find((word) => word.startsWith(sign))?.slice(sign.length)
  const [time = '', ...plain] = words.filter((word) => !/^[@>]/.test(word))
  const named = special('#') === undefined ? [...plain, `#${id}`] : plain
  // A time with an offset stands as it is written; the notation would rewrite it.
  const written = /^\d{4}-/.test(time) && special('arrives=') === undefined ? time : undefined
  const { lines, newest } = expandEvents([[time, ...named].join(' ')], SETTING)
  const source = special('@') ?? 'test'
  const topic = special('>')
  const event = {
    source,
    ...(JSON.parse(lines[0] as string) as object),
    ...(written === undefined ? {} : { time: written }),
    ...(topic === undefined ? {} : { topic }),
  }
  return { text: JSON.stringify(event), at: written === undefined ? newest : parseRfc3339(written) }
}

/** In lines that are written out, `at 10:00` is that time. */
function timesIn(value: unknown): unknown {
  if (typeof value === 'string' && value.startsWith('at '))
    return formatTime(readTime(value.slice(3), SETTING) ?? Number.NaN)
  if (Array.isArray(value)) return value.map(timesIn)
  if (!isMapping(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, timesIn(part)]))
}
