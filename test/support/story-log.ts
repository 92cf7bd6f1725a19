/**
 * The cases of test documents as one log for a run on servers, and as the lines of which an embedded run makes the same.
 *
 * 1. A case gets people of its own and, where cases stand behind each other, a year of its own: the world (queues, prices) is one for all.
 *    Years are in the past, for brokers refuse what claims to be of tomorrow, and as like as can be: a whole number of weeks away, and for
 *    a case that names dates, a year with the same calendar, in which the clocks change on the same days.
 * 2. Before the time of a line every source ticks: an event of a type that nobody takes, which moves time as far as the line is. So the
 *    watermark follows from the log alone, whatever the machine's clock says, and is the same on servers and embedded.
 */
import { isDeepStrictEqual } from 'node:util'
import { parse, stringify } from 'yaml'
import type { Output } from '../../src/app/embed.ts'
import type { OutputValue } from '../../src/app/topology-test/expectation.ts'
import { changeTopology, runCase, type TestCase } from '../../src/app/topology-test.ts'
import type { Identifier } from '../../src/model/identifiers.ts'
import { DAY_MS, type EpochMs, MINUTE_MS, parseRfc3339 } from '../../src/model/time.ts'
import type { Plan } from '../../src/topology/plan.ts'

/** What is sent at once; the next waits until it is worked off. */
export type Step = readonly Entry[]

export interface Entry {
  readonly at: EpochMs
  /** As an embedded run reads it. */
  readonly line: string
  /** Undefined: it goes to no source, but is an order to erase. */
  readonly topic: string | undefined
  readonly erase?: Identifier
}

/** A case as it is played. */
export interface Story {
  readonly test: TestCase
  readonly lines: readonly string[]
  readonly from: EpochMs
  readonly until: EpochMs
}

const TICK = 'clock.ticked'
const TICKER = 'ticker'
/** More than the lateness of any source: a tick so far behind a time brings the watermark there. */
const BEHIND_MS = 5 * MINUTE_MS
/** No machine's clock makes a source idle. */
const IDLE = '3650d'

/** The topology as the cases change it, with topics of its own. `formats` json: of all topics, so that readers can compare byte for byte. */
export function documentOf(text: string, { set }: TestCase, name: string, formats: 'json' | 'own'): string {
  interface Routed {
    readonly topic: string
    readonly types?: readonly string[]
  }
  const document = parse(changeTopology(text, set)) as {
    readonly sources: Readonly<Record<string, Routed>>
    readonly sinks: Readonly<Record<string, Routed>>
  }
  const each = (routed: Readonly<Record<string, Routed>>, change: (one: Routed) => object): object =>
    Object.fromEntries(
      Object.entries(routed).map(([id, one]) => [
        id,
        { ...one, ...(formats === 'json' && { format: 'json' }), topic: `${name}.${id}`, ...change(one) },
      ]),
    )
  const own = ['lateEvents', 'deadLetters', 'identities', 'decisions']
  return stringify({
    ...document,
    partitions: 3,
    sources: each(document.sources, ({ types }) => ({
      idle: IDLE,
      ...(types && { types: [...types, TICK] }),
    })),
    sinks: each(document.sinks, ({ topic }) => ({ topic: `${name}.sink.${topic}` })),
    ...Object.fromEntries(own.map((key) => [key, { topic: `${name}.${key}` }])),
  })
}

const DATE = /(?<!\d)\d{4}-\d{2}-\d{2}(?!\d)/g
const NAME = /\b(user|loyalty|device|push|cookie|email|phone):([^\s"\\,\]]+)/g

/** The case with people of its own, as many days earlier. */
export function ownCase(test: TestCase, number: number, daysEarlier: number): TestCase {
  const mark = String(number).padStart(2, '0')
  const own = (type: string, value: string): string => {
    if (value === 'undefined') return value // it names nobody, which is what it is there for
    return type === 'phone' ? `${value}${mark}` : `${mark}-${value}`
  }
  const earlier = (date: string): string =>
    new Date(Date.parse(date) - daysEarlier * DAY_MS).toISOString().slice(0, 10)
  const { events, expected, setting } = test
  const texts = JSON.stringify({ events, expected })
    .replaceAll(NAME, (_, type: string, value: string) => `${type}:${own(type, value)}`)
    .replaceAll(DATE, earlier)
  const people = new Map(
    [...setting.people].map(([person, names]) => [
      person,
      names.map(({ type, value }) => ({ type, value: own(type, value) })),
    ]),
  )
  return {
    ...test,
    ...(JSON.parse(texts) as Pick<TestCase, 'events' | 'expected'>),
    setting: { ...setting, day: setting.day - daysEarlier, people },
    until: test.until.replaceAll(DATE, earlier),
  }
}

/** Each case in a year of its own, the earliest first. */
export function yearByYear(cases: readonly TestCase[]): readonly TestCase[] {
  const waiting = cases.map((test, number) => ({ test, number, dated: namesDates(test) }))
  const placed: TestCase[] = []
  for (let years = 1; waiting.length > 0; years++) {
    const day = waiting[0]?.test.setting.day ?? 0
    const exact = sameCalendar(new Date(day * DAY_MS).getUTCFullYear(), years)
    const next = waiting.findIndex(({ dated }) => dated === (exact !== undefined))
    const [one] = next < 0 ? [] : waiting.splice(next, 1)
    if (one !== undefined)
      placed.unshift(ownCase(one.test, one.number, exact ?? 7 * Math.round((years * 365.2425) / 7)))
  }
  return placed
}

/** Whether it says on which date something happens, and not only at what time of its day. */
export const namesDates = ({ events }: TestCase): boolean =>
  events.some((line) => /^\d{4}-/.test(line.trim()))

/** Days from a year back to one with the same calendar; undefined if so many years ago it was another. */
function sameCalendar(year: number, years: number): number | undefined {
  const days = (Date.UTC(year, 0) - Date.UTC(year - years, 0)) / DAY_MS
  const lengthOf = (of: number): number => Date.UTC(of + 1, 0) - Date.UTC(of, 0)
  return days % 7 === 0 && lengthOf(year) === lengthOf(year - years) ? days : undefined
}

/** What the reader of test documents makes of a case. */
export async function storyOf(test: TestCase, number: number): Promise<Story> {
  let told: Omit<Story, 'test'> = { lines: [], from: 0, until: 0 }
  await runCase({ ...test, set: {} }, '', async (_, lines, until) => {
    // Facts are told apart by their event's id, and every case begins to count its own anew.
    const own = lines.map((line) => line.replace(/^\{"id":"(e\d+)"/, `{"id":"${number}-$1"`))
    told = { lines: own, from: arrivals(own)[0] ?? 0, until }
    return []
  })
  return { ...told, test }
}

/** When each line arrives, as the clock of a recording has it. */
function arrivals(lines: readonly string[]): readonly EpochMs[] {
  let at = Number.MIN_SAFE_INTEGER
  return lines.map((line) => {
    const { received, time, clock } = partsOf(line) ?? {}
    const text = received ?? time ?? clock
    return (at = Math.max(at, text === undefined ? at : (parseRfc3339(text) ?? at)))
  })
}

function partsOf(line: string) {
  try {
    return JSON.parse(line) as {
      readonly type?: string
      readonly received?: string
      readonly time?: string
      readonly clock?: string
      readonly erase?: Identifier
    }
  } catch {
    return undefined
  }
}

/** All lines of the stories in order of their arrival, and the ticks between them. */
export function stepsOf(stories: readonly Story[], { sources }: Plan): readonly Step[] {
  const told = stories
    .flatMap(({ lines, until }) => {
      const times = arrivals(lines)
      const entries = lines.map((line, i) => ({ at: times[i] as EpochMs, line }))
      return [...entries, { at: until + BEHIND_MS, line: '' }]
    })
    .toSorted((a, b) => a.at - b.at)
  const steps: Step[] = []
  let now = Number.MIN_SAFE_INTEGER
  for (const { at, line } of told) {
    if (at > now)
      steps.push(sources.map(({ topic, world }, i) => tick(at, topic, `${steps.length}-${i}`, world)))
    now = Math.max(now, at)
    const { type = '', clock, erase } = partsOf(line) ?? {}
    if (line === '' || clock !== undefined) continue
    const source = sources.find(({ types }) => types?.has(type)) ?? sources[0]
    steps.push([
      erase === undefined ? { at, line, topic: source?.topic } : { at, line, topic: undefined, erase },
    ])
  }
  return steps
}

function tick(at: EpochMs, topic: string, id: string, world: boolean): Entry {
  const identifiers = world ? [] : [{ type: 'anonymous_id', value: TICKER }]
  const event = {
    id: `tick-${id}`,
    topic,
    type: TICK,
    time: new Date(at).toISOString(),
    identifiers,
    data: {},
  }
  return { at, topic, line: JSON.stringify(event) }
}

/** What of all outputs belongs to a story: its time for what has one, its lines for what was refused. What ticks is nobody of it. */
export function outputsOf({ lines, from, until }: Story, outputs: readonly Output[]): readonly OutputValue[] {
  const ticker = outputs.find(
    ({ value }) => value.includes('"type":"identity.created"') && value.includes(`"${TICKER}"`),
  )
  return [...new Set(outputs.map(({ value }) => value))]
    .filter((value) => value !== 'null')
    .map((value) => JSON.parse(value) as OutputValue)
    .filter((value) => {
      if ('bytes' in value) return lines.includes(Buffer.from(String(value['bytes']), 'base64').toString())
      const event = 'event' in value ? (value['event'] as OutputValue) : value
      const time = parseRfc3339(String(event['time'])) ?? 0
      return value['person_id'] !== ticker?.key && time >= from && time <= until
    })
}

/**
 * What readers did not see of what the embedded runtime gives, and what they saw beside it; what came twice is beside it. `as`: the text of a
 * value to compare.
 */
export function differencesOf(
  live: readonly Output[],
  embedded: readonly Output[],
  as: (value: string) => string = (value) => value,
) {
  const of = (output: Output): string => comparable({ ...output, value: as(output.value) })
  const [seen, right] = [live.map(of), embedded.map(of)]
  return { missing: without(right, seen), surplus: without(seen, right) }
}

/** What Avro tells of a value: it has an order of fields of its own, and does not tell nothing from absence. */
export const asAvroTells = (value: string): string =>
  JSON.stringify(
    JSON.parse(value, (_, entry: unknown) => {
      if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) return entry
      const told = Object.entries(entry).filter(([, field]) => field !== null && field !== undefined)
      return Object.fromEntries(told.toSorted(([a], [b]) => (a < b ? -1 : 1)))
    }),
  )

function without(these: readonly string[], those: readonly string[]): readonly string[] {
  const left = [...those]
  return these.filter((one) => {
    const at = left.indexOf(one)
    if (at >= 0) left.splice(at, 1)
    return at < 0
  })
}

/**
 * An output as it is, but for what says where in its log something stood, since a recording is one topic: of what was refused the place, and of
 * an order to erase the ids that are made from it.
 */
function comparable({ topic, key, value }: Output): string {
  const said = JSON.parse(value) as { reason?: string; bytes?: string; cause?: { source?: string } } | null
  const { reason, bytes, cause } = said ?? {}
  if (bytes !== undefined) return `${topic} ${reason} ${bytes}`
  const erased = cause?.source === 'erase'
  return `${topic} ${key} ${erased ? value.replaceAll(/"id":"[0-9a-f]{32}"/g, '"id":""') : value}`
}

/** Cases that can share a run: what they change in the topology is the same. */
export function bySet(cases: readonly TestCase[]): readonly (readonly TestCase[])[] {
  const groups: TestCase[][] = []
  for (const test of cases) {
    const group = groups.find(([first]) => isDeepStrictEqual(first?.set, test.set))
    if (group === undefined) groups.push([test])
    else group.push(test)
  }
  return groups
}
