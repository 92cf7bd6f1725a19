/**
 * What a topology should have done, compared with what came out. A kind that a test names must match exactly: each expected
 * line one record, no record left over, in any order. Kinds that it does not name are not looked at.
 */
import { isDeepStrictEqual } from 'node:util'
import { parse } from 'yaml'
import { UsageError } from '../../model/errors.ts'
import { isEventType } from '../../model/event-types.ts'
import { parseRfc3339 } from '../../model/time.ts'
import { readTime, whoIs, wordsOf, writeTime, type Setting } from './notation.ts'
import { personDirectory, type PersonDirectory } from './person-directory.ts'

/** The value of one line of output, parsed. */
export type OutputValue = Readonly<Record<string, unknown>>

interface Kind {
  readonly type: string
  readonly main: string
  /** Fields beside it that are shown of a record nobody expected. */
  readonly show: readonly string[]
}

/** The kinds of outcomes: the type of record, and the field that the bare word of an expectation means. */
const KINDS: Readonly<Record<string, Kind>> = {
  offers: { type: 'offer.emitted', main: 'offer', show: ['channel'] },
  revoked: { type: 'offer.revoked', main: 'reason', show: [] },
  decisions: { type: 'decision.made', main: 'outcome', show: ['chosen'] },
  triggers: { type: 'trigger.fired', main: 'trigger', show: ['instance'] },
  retracted: { type: 'trigger.retracted', main: 'reason', show: ['instance'] },
  sessions: { type: 'session.closed', main: 'converted', show: ['events'] },
  entered: { type: 'zone.entered', main: 'place_id', show: [] },
  left: { type: 'zone.left', main: 'place_id', show: ['dwell_seconds'] },
  encounters: { type: 'encounter.recorded', main: 'kind', show: ['channel', 'quality'] },
  warmed: { type: 'lead.warmed', main: 'warmth', show: [] },
  joined: { type: 'segment.entered', main: 'segment', show: [] },
  quit: { type: 'segment.left', main: 'segment', show: [] },
  setOut: { type: 'journey.entered', main: 'instance', show: [] },
  ended: { type: 'journey.ended', main: 'outcome', show: ['instance', 'steps'] },
  attributed: { type: 'order.attributed', main: 'order_id', show: ['how', 'channel'] },
  lost: { type: 'deal.lost', main: 'deal_id', show: ['how'] },
  briefs: { type: 'brief.prepared', main: 'on.type', show: ['withheld'] },
  merges: { type: 'identity.merged', main: 'cause', show: [] },
  ambiguous: { type: 'identity.ambiguous', main: 'reason', show: [] },
  erased: { type: 'person.erased', main: 'absorbed', show: [] },
  late: { type: 'late', main: 'event.id', show: ['operator'] },
  refused: { type: 'dead-letter', main: 'reason', show: [] },
}
export const OUTCOME_KINDS: readonly string[] = Object.keys(KINDS)

/** Any type of record is a kind too: what a business's own operators and journeys emit has no other name. */
export const isOutcomeKind = (kind: string): boolean => Object.hasOwn(KINDS, kind) || isEventType(kind)

function ruleOf(kind: string): Kind {
  const rule = Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined
  if (rule !== undefined) return rule
  const named = Object.values(KINDS).find(({ type }) => type === kind)
  if (named !== undefined) return named
  if (isEventType(kind)) return { type: kind, main: 'id', show: [] }
  throw new UsageError(
    `"${kind}" is no outcome`,
    `outcomes are ${OUTCOME_KINDS.join(', ')}, same, different, and every type of record, such as segment.entered`,
  )
}

interface Outcome {
  readonly type: string
  readonly at: number | undefined
  readonly person: string | undefined
  readonly data: Readonly<Record<string, unknown>>
}

/** An output seen as one of the kinds; late and refused records have no envelope. */
function outcomeOf(value: OutputValue): Outcome {
  const time = (text: unknown): number | undefined =>
    typeof text === 'string' ? parseRfc3339(text) : undefined
  if ('late_by_ms' in value) {
    const event = (value['event'] ?? {}) as Record<string, unknown>
    return { type: 'late', at: time(event['time']), person: undefined, data: value }
  }
  if ('bytes' in value) return { type: 'dead-letter', at: undefined, person: undefined, data: value }
  const data = (value['data'] ?? {}) as Record<string, unknown>
  return {
    type: String(value['type']),
    at: time(value['time']),
    person: value['person_id'] as string | undefined,
    data,
  }
}

/** The value at a dotted path; `rejected.OFFER` is the reason why that offer was not chosen. */
function fieldOf(data: Readonly<Record<string, unknown>>, path: string): unknown {
  if (path.startsWith('rejected.')) {
    const list = (data['rejected'] ?? []) as readonly { readonly offer: unknown; readonly reason: unknown }[]
    return list.find(({ offer }) => offer === path.slice('rejected.'.length))?.reason ?? null
  }
  let value: unknown = data
  for (const part of path.split('.')) value = (value as Record<string, unknown> | null | undefined)?.[part]
  return value
}

/** Whether a value is what the text of an expectation says. `*`: anything but nothing. */
function says(text: string, value: unknown, setting: Setting): boolean {
  if (text === '*') return value !== undefined && value !== null
  if (typeof value === 'string') {
    if (value === text || `"${value}"` === text || `'${value}'` === text) return true
    const wanted = readTime(text, setting)
    return wanted !== undefined && parseRfc3339(value) === wanted
  }
  if (typeof value === 'number') return Number(text) === value
  if (value === undefined || value === null) return text === 'null'
  return typeof value === 'boolean' ? String(value) === text : isDeepStrictEqual(parse(text), value)
}

/** A value the way an expectation would write it. */
function shown(value: unknown, setting: Setting): string {
  if (typeof value !== 'string') return value === undefined ? 'null' : JSON.stringify(value)
  const time = parseRfc3339(value)
  return time === undefined ? value : writeTime(time, setting)
}

interface Wanted {
  readonly text: string
  readonly time: string
  readonly who: string
  readonly fields: readonly (readonly [string, string])[]
}

function wantedOf(text: string, main: string): Wanted {
  const [time = '*', who = '*', ...rest] = wordsOf(text)
  const fields = rest.map((word): [string, string] => {
    const at = word.indexOf('=')
    return at < 0 ? [main, word] : [word.slice(0, at), word.slice(at + 1)]
  })
  return { text, time, who, fields }
}

function fits(wanted: Wanted, outcome: Outcome, people: PersonDirectory, setting: Setting): boolean {
  if (wanted.time !== '*' && outcome.at !== readTime(wanted.time, setting)) return false
  if (wanted.who !== '*' && !people.isOneOf(outcome.person, whoIs(wanted.who, setting))) return false
  return wanted.fields.every(([path, text]) => says(text, fieldOf(outcome.data, path), setting))
}

/** Pairs each expected line with a record of its own, moving earlier pairs where that helps; returns what stays without a pair. */
function unpaired(
  fit: readonly (readonly boolean[])[],
  records: number,
): { readonly rows: number[]; readonly columns: number[] } {
  const takenBy = Array.from<number | undefined>({ length: records })
  const give = (row: number, seen: Set<number>): boolean => {
    for (let column = 0; column < records; column++) {
      if (fit[row]?.[column] !== true || seen.has(column)) continue
      seen.add(column)
      const holder = takenBy[column]
      if (holder !== undefined && !give(holder, seen)) continue
      takenBy[column] = row
      return true
    }
    return false
  }
  const rows = fit.flatMap((_, row) => (give(row, new Set()) ? [] : [row]))
  return { rows, columns: [...takenBy.keys()].filter((column) => takenBy[column] === undefined) }
}

/** What differs, as lines of text; none if all is as expected. `then` is the `then` of a case. */
export function compareOutcome(
  then: Readonly<Record<string, unknown>>,
  outputs: readonly OutputValue[],
  setting: Setting,
): readonly string[] {
  const people = personDirectory(outputs)
  const outcomes = outputs.map(outcomeOf)
  const differences: string[] = []
  for (const [kind, expected] of Object.entries(then)) {
    if (kind === 'same' || kind === 'different')
      differences.push(...comparePeople(kind, expected, people, setting))
    else differences.push(...compareKind(kind, expected, outcomes, people, setting))
  }
  // A line that is refused proves nothing of the topology: most likely it is a typing error of the test.
  if (!('refused' in then)) differences.push(...unexpectedRefusals(outcomes))
  return differences
}

function unexpectedRefusals(outcomes: readonly Outcome[]): readonly string[] {
  return outcomes
    .filter(({ type }) => type === 'dead-letter')
    .map(({ data }) => {
      const { reason, detail, bytes } = data as Readonly<Record<'reason' | 'detail' | 'bytes', string>>
      const line = Buffer.from(bytes, 'base64').toString('utf8').slice(0, 200)
      return `a line was refused, which "then" does not expect (refused): ${reason}, ${detail}: ${line}`
    })
}

function compareKind(
  kind: string,
  expected: unknown,
  outcomes: readonly Outcome[],
  people: PersonDirectory,
  setting: Setting,
): readonly string[] {
  const rule = ruleOf(kind)
  const found = outcomes.filter(({ type }) => type === rule.type)
  const keys = new Set(rule.show)
  const show = (outcome: Outcome): string => {
    const time = outcome.at === undefined ? '*' : writeTime(outcome.at, setting)
    const fields = [...keys].map((key) => `${key}=${shown(fieldOf(outcome.data, key), setting)}`)
    const main = shown(fieldOf(outcome.data, rule.main) ?? '*', setting)
    return [time, people.nameOf(outcome.person, setting.people), main, ...fields].join(' ')
  }
  if (expected === 'none' || typeof expected === 'number') {
    const count = expected === 'none' ? 0 : expected
    if (found.length === count) return []
    return [
      `${kind}: expected ${count}, got ${found.length}`,
      ...found.map((outcome) => `  got      ${show(outcome)}`),
    ]
  }
  const wanted = (expected as readonly string[]).map((text) => wantedOf(text, rule.main))
  for (const { fields } of wanted) for (const [key] of fields) if (key !== rule.main) keys.add(key)
  const fit = wanted.map((one) => found.map((outcome) => fits(one, outcome, people, setting)))
  const { rows, columns } = unpaired(fit, found.length)
  if (rows.length === 0 && columns.length === 0) return []
  return [
    `${kind}:`,
    ...rows.map((row) => `  missing  ${wanted[row]?.text}`),
    ...columns.map((column) => `  surplus  ${show(found[column] as Outcome)}`),
  ]
}

function comparePeople(
  kind: string,
  expected: unknown,
  people: PersonDirectory,
  setting: Setting,
): readonly string[] {
  return (expected as readonly (readonly string[])[]).flatMap((group) => {
    const ids = group.map((word) => people.personOf(whoIs(word, setting)))
    const missing = group.filter((_, index) => ids[index] === undefined)
    if (missing.length > 0) return [`${kind}: nobody is known as ${missing.join(', ')}`]
    const distinct = new Set(ids).size
    if (kind === 'same' ? distinct === 1 : distinct === group.length) return []
    return [
      kind === 'same'
        ? `same: ${group.join(', ')} are ${distinct} people`
        : `different: ${group.join(', ')} are ${distinct} people only`,
    ]
  })
}
