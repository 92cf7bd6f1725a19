/**
 * Tests of a topology, written by the people who own it: a document beside the topology with named cases, each some events and
 * what should have come of them. docs/testing-topologies.md describes the form.
 */
import { LineCounter, parse, parseDocument, stringify } from 'yaml'
import { UsageError } from '../model/errors.ts'
import type { Identifier } from '../model/identifiers.ts'
import { DAY_MS, parseDuration, type EpochMs } from '../model/time.ts'
import { isZone, parseDay } from './local-time.ts'
import {
  compareOutcome,
  isOutcomeKind,
  OUTCOME_KINDS,
  type OutputValue,
} from './topology-test/expectation.ts'
import { expandEvents, readIdentifier, readTime, wordsOf, type Setting } from './topology-test/notation.ts'

/** Changes of operator configs for a test: `{ offers: { holdout: { percent: 0 } } }`. */
type ConfigChanges = Readonly<Record<string, Readonly<Record<string, unknown>>>>

export interface TestCase {
  readonly name: string
  readonly line: number
  /** Events of `given` and then of `when`. */
  readonly events: readonly string[]
  /** Its `then`. */
  readonly expected: Readonly<Record<string, unknown>>
  readonly set: ConfigChanges
  readonly setting: Setting
  readonly until: string
}

export interface TestDocument {
  /** Path of the topology, relative to the test document. */
  readonly topology: string
  readonly cases: readonly TestCase[]
}

/** Runs lines through a topology in virtual time; returns every record that came out. `untilMs` as in replay. */
export type RunLines = (
  topology: string,
  lines: readonly string[],
  untilMs: EpochMs,
) => Promise<readonly OutputValue[]>

const HINT = 'docs/testing-topologies.md has the form'
const DOCUMENT_KEYS = ['topology', 'day', 'timezone', 'people', 'set', 'until', 'cases']
const CASE_KEYS = ['name', 'why', 'given', 'when', 'then', 'set', 'until']

type Mapping = Readonly<Record<string, unknown>>
const isMapping = (value: unknown): value is Mapping =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A text of the document; what is no text is shown as JSON, so that a message can name it. */
const textOf = (value: unknown, fallback: string): string =>
  value === undefined ? fallback : typeof value === 'string' ? value : JSON.stringify(value)

/** Reads a test document; `topologyZone` gives the zone of bare times when the document names none. Throws UsageError. */
export function parseTestDocument(
  text: string,
  options: { readonly file: string; readonly topologyZone?: string },
): TestDocument {
  const { file } = options
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const fail = (line: number, message: string): never => {
    throw new UsageError(`${file}:${line}: ${message}`, HINT)
  }
  const lineAt = (path: readonly unknown[]): number => {
    const node = document.getIn(path, true) as { readonly range?: readonly number[] } | undefined
    return node?.range === undefined ? 1 : lines.linePos(node.range[0] ?? 0).line
  }
  const [problem] = document.errors
  if (problem !== undefined) fail(lines.linePos(problem.pos[0]).line, problem.message)
  const root = document.toJS() as unknown
  if (!isMapping(root)) return fail(1, 'a test document has the keys topology, day and cases')
  for (const key of Object.keys(root))
    if (!DOCUMENT_KEYS.includes(key))
      fail(lineAt([key]), `unknown key "${key}"; keys are ${DOCUMENT_KEYS.join(', ')}`)
  if (typeof root['topology'] !== 'string') return fail(1, '"topology" must name the file of the topology')
  const day = parseDay(textOf(root['day'], '2026-05-04'))
  if (day === undefined) return fail(lineAt(['day']), '"day" must be a date such as 2026-07-11')
  const zone = textOf(root['timezone'], options.topologyZone ?? 'UTC')
  if (!isZone(zone))
    return fail(lineAt(['timezone']), `"${zone}" is no time zone; write one such as Europe/Copenhagen`)
  const setting: Setting = {
    day,
    zone,
    people: peopleOf(root['people'], (name, message) => fail(lineAt(['people', name]), message)),
  }
  if (!Array.isArray(root['cases']) || root['cases'].length === 0)
    return fail(lineAt(['cases']), '"cases" must be a list with at least one case')
  const cases = root['cases'].map((value: unknown, index) => {
    const line = lineAt(['cases', index])
    return caseOf(value, { line, setting, root, fail: (message) => fail(line, message) })
  })
  return { topology: root['topology'], cases }
}

function peopleOf(
  value: unknown,
  fail: (name: string, message: string) => never,
): ReadonlyMap<string, readonly Identifier[]> {
  const people = new Map<string, readonly Identifier[]>()
  if (!isMapping(value)) return people
  for (const [name, words] of Object.entries(value)) {
    const identifiers = wordsOf(String(words)).map(readIdentifier)
    if (!/^\p{Lu}[\p{L}\p{N}_-]*$/u.test(name))
      fail(name, `"${name}" must be one word that begins with a capital letter`)
    const known = identifiers.filter((identifier) => identifier !== undefined)
    if (known.length === 0 || known.length < identifiers.length)
      fail(name, `"${name}" needs identifiers such as user:ann email:ann@example.org`)
    people.set(name, known)
  }
  return people
}

interface CaseContext {
  readonly line: number
  readonly setting: Setting
  readonly root: Mapping
  readonly fail: (message: string) => never
}

function caseOf(value: unknown, { line, setting, root, fail }: CaseContext): TestCase {
  if (!isMapping(value) || typeof value['name'] !== 'string') return fail('a case needs a name')
  const { name } = value
  for (const key of Object.keys(value))
    if (!CASE_KEYS.includes(key))
      fail(`case "${name}": unknown key "${key}"; keys are ${CASE_KEYS.join(', ')}`)
  const list = (key: string): readonly string[] => {
    const found = value[key] ?? []
    const texts = Array.isArray(found) && found.every((item) => typeof item === 'string')
    return texts ? (found as string[]) : fail(`case "${name}": "${key}" must be a list of lines of text`)
  }
  const events = [...list('given'), ...list('when')]
  if (events.length === 0) fail(`case "${name}": nothing happens; list events under "when"`)
  const then = value['then']
  if (!isMapping(then) || Object.keys(then).length === 0)
    return fail(`case "${name}": "then" must say what comes out`)
  for (const [kind, expected] of Object.entries(then)) {
    const people = kind === 'same' || kind === 'different'
    if (!people && !isOutcomeKind(kind))
      fail(
        `case "${name}": "${kind}" is no outcome; outcomes are ${OUTCOME_KINDS.join(', ')}, same, different, and every type of record, such as segment.entered`,
      )
    const counted = !people && (expected === 'none' || typeof expected === 'number')
    const listed =
      Array.isArray(expected) &&
      expected.every((item) => (people ? Array.isArray(item) : typeof item === 'string'))
    if (!counted && !listed)
      fail(
        `case "${name}": "${kind}" must be ${people ? 'a list of lists of people' : 'a list of lines, a number or none'}`,
      )
  }
  const set = mergeDeep(root['set'] ?? {}, value['set'] ?? {}) as ConfigChanges
  return {
    name,
    line,
    events,
    expected: then,
    set,
    setting,
    until: textOf(value['until'] ?? root['until'], '+2d'),
  }
}

/** Mappings are merged key by key; anything else is replaced. */
function mergeDeep(base: unknown, change: unknown): unknown {
  if (!isMapping(base) || !isMapping(change)) return change
  const merged: Record<string, unknown> = { ...base }
  for (const [key, value] of Object.entries(change))
    merged[key] = key in merged ? mergeDeep(merged[key], value) : value
  return merged
}

/** The text of a topology with changed operator configs. */
export function changeTopology(text: string, set: ConfigChanges): string {
  if (Object.keys(set).length === 0) return text
  const topology = parse(text) as {
    readonly operators?: readonly { readonly id: string; readonly config?: unknown }[]
  }
  const operators = topology.operators ?? []
  for (const id of Object.keys(set)) {
    if (!operators.some((operator) => operator.id === id)) {
      throw new UsageError(
        `"set" names the operator "${id}", which the topology does not have`,
        `operators are ${operators.map((one) => one.id).join(', ')}`,
      )
    }
  }
  const changed = operators.map((operator) =>
    set[operator.id] === undefined
      ? operator
      : { ...operator, config: mergeDeep(operator.config ?? {}, set[operator.id]) },
  )
  return stringify({ ...topology, operators: changed })
}

function untilOf(text: string, newest: EpochMs, setting: Setting): EpochMs {
  const span = text.startsWith('+') ? parseDuration(text.slice(1)) : undefined
  const until = span === undefined ? readTime(text, setting) : newest + span
  if (until === undefined) throw new UsageError(`"${text}" is no time for "until"`, 'write 08:00+1d or +2h')
  return until
}

/** Runs one case; returns what differs, in lines of text. */
export async function runCase(test: TestCase, topology: string, run: RunLines): Promise<readonly string[]> {
  const { lines, newest } = expandEvents(test.events, test.setting)
  const fallback = test.setting.day * DAY_MS
  const until = untilOf(test.until, newest === Number.MIN_SAFE_INTEGER ? fallback : newest, test.setting)
  const outputs = await run(changeTopology(topology, test.set), lines, until)
  return compareOutcome(test.expected, outputs, test.setting)
}
