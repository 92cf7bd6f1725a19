/**
 * What must hold of any output, whatever the oracle says: each checker reads the topology, the input and the records of one run in
 * commit order, and returns what is wrong in words. They look from outside, so some ask less than the rule where the output
 * cannot tell what was known when.
 */
import { parseTime } from '../../src/model/time.ts'
import type { OutputRecord } from './oracle.ts'
import { wouldExceed } from './oracle/offers.ts'
import { identityOf } from './oracle/identity.ts'
import { type Identifier, type OracleEvent, readLine } from './oracle/input.ts'
import {
  durationOf,
  isObject,
  type Json,
  listOf,
  numberOf,
  objectOf,
  type OperatorSettings,
  type Settings,
  settingsOf,
  textOf,
} from './oracle/settings.ts'
import { clocksOf } from './oracle/time.ts'
import { linkProblems } from './compare.ts'
import { dataOf, identifierTexts, personOf, typeOf } from './people-map.ts'

export interface Run {
  readonly document: Json
  readonly lines: readonly string[]
  readonly records: readonly OutputRecord[]
  /** Inputs by how they ended, from the run's summary; undefined: not counted. */
  readonly counts?: { readonly processed: number; readonly duplicates: number; readonly dropped: number }
}

interface View extends Run {
  readonly settings: Settings
  /** The person that an id became. */
  readonly root: (id: string) => string
  readonly of: (type: string) => readonly OutputRecord[]
}

const timeOf = (record: OutputRecord): number => parseTime(record.value['time']) ?? Number.NaN

function rootsOf(records: readonly OutputRecord[]): (id: string) => string {
  const kept = new Map<string, string>()
  for (const record of records) {
    // Who was erased and comes back.
    if (typeOf(record) === 'identity.created') kept.delete(personOf(record))
    if (typeOf(record) !== 'identity.merged') continue
    for (const id of listOf(dataOf(record)['absorbed'])) kept.set(String(id), personOf(record))
  }
  const root = (id: string, depth = 0): string => {
    const next = kept.get(id)
    return next === undefined || depth > kept.size ? id : root(next, depth + 1)
  }
  return root
}

const groupsOf = <T>(list: readonly T[], key: (item: T) => string): ReadonlyMap<string, readonly T[]> => {
  const out = new Map<string, T[]>()
  for (const item of list) out.set(key(item), [...(out.get(key(item)) ?? []), item])
  return out
}

/** Ids of people who were erased: whoever comes back has one of them and no past, and the output does not tell the two apart. */
const erasedOf = (view: View): ReadonlySet<string> =>
  new Set(
    view.of('person.erased').flatMap((r) => [personOf(r), ...listOf(dataOf(r)['absorbed']).map(String)]),
  )

// ---- offers

const offerSettings = (view: View): readonly OperatorSettings[] =>
  view.settings.operators.filter((o) => o.type === 'offer')

/** With one offer operator whose triggers all have a sink: as many decisions as firings, each begun at its firing's time. */
function oneDecisionPerTrigger(view: View): readonly string[] {
  const [operator, ...more] = offerSettings(view)
  if (operator === undefined || more.length > 0) return []
  const sinks = view.settings.sinks.filter(
    (s) => s.from.length === 1 && operator.from.includes(s.from[0] as string),
  )
  if (operator.from.some((id) => sinks.filter((s) => s.from[0] === id).length !== 1)) return []
  const from = new Map(sinks.map((s) => [s.topic, s.from[0]]))
  const fired = view
    .of('trigger.fired')
    .filter((r) => from.has(r.topic))
    .map((r) => `${from.get(r.topic)} ${textOf(dataOf(r)['instance'], '')} ${timeOf(r)} ${personOf(r)}`)
  const begun = [
    ...groupsOf(view.of('decision.made'), (r) => textOf(dataOf(r)['decision_id'], '')).values(),
  ].map((rs) => {
    const first = rs[0] as OutputRecord
    const trigger = objectOf(dataOf(first)['trigger'])
    return `${textOf(trigger['operator'], '')} ${textOf(trigger['instance'], '')} ${timeOf(first)} ${personOf(first)}`
  })
  const rest = [...begun]
  const without = fired.filter((line) => {
    const at = rest.indexOf(line)
    if (at >= 0) rest.splice(at, 1)
    return at < 0
  })
  return [
    ...without.map((line) => `no decision for the trigger ${line}`),
    ...rest.map((line) => `no trigger for the decision ${line}`),
  ]
}

function oneOfferPerDecision(view: View): readonly string[] {
  // What stands in for one that failed is the same offer once more.
  const first = view.of('offer.emitted').filter((r) => dataOf(r)['fallback_of'] === undefined)
  const groups = groupsOf(first, (r) => textOf(dataOf(r)['decision_id'], ''))
  return [...groups]
    .filter(([, rs]) => rs.length > 1)
    .map(([id, rs]) => `${rs.length} offers for the decision ${id}`)
}

interface Merge {
  readonly kept: string
  readonly absorbed: readonly string[]
  readonly at: number
}

const mergesOf = (view: View): readonly Merge[] =>
  view.of('identity.merged').map((r) => ({
    kept: personOf(r),
    absorbed: listOf(dataOf(r)['absorbed']).map(String),
    at: parseTime(dataOf(r)['effective_at']) ?? Number.POSITIVE_INFINITY,
  }))

/** How far behind a merge in event time everything surely was processed behind it. With several sources nothing is sure. */
function settledMs(settings: Settings): number {
  const [source, ...more] = settings.sources
  return source === undefined || more.length > 0
    ? Number.POSITIVE_INFINITY
    : source.latenessMs + source.graceMs
}

function capsHold(view: View): readonly string[] {
  const [operator, ...more] = offerSettings(view)
  if (operator === undefined || more.length > 0) return []
  const merges = mergesOf(view)
  const erased = erasedOf(view)
  const emitted = view.of('offer.emitted').map((r) => ({
    at: timeOf(r),
    person: personOf(r),
    channel: dataOf(r)['channel'],
    gift: dataOf(r)['gift'] === true,
    again: dataOf(r)['fallback_of'] !== undefined,
  }))
  const caps = [
    ...listOf(operator.config['caps']).map((entry) => ({ config: objectOf(entry), gift: false })),
    ...listOf(operator.config['giftCaps']).map((entry) => ({ config: objectOf(entry), gift: true })),
  ]
  return caps.flatMap(({ config, gift }) => {
    const cap = { max: numberOf(config['max'], 0), perMs: durationOf(config['per'], '24h') }
    const counted = emitted.filter(
      (e) =>
        e.gift === gift && (config['channel'] === undefined ? !e.again : config['channel'] === e.channel),
    )
    return counted.flatMap((offer, place) => {
      const before = merges.filter(
        (m) => m.kept === offer.person && offer.at > m.at + settledMs(view.settings),
      )
      const people = new Set(
        [offer.person, ...before.flatMap((m) => m.absorbed)].filter((id) => !erased.has(id)),
      )
      const others = counted.filter((e, i) => i !== place && people.has(e.person)).map((e) => e.at)
      const exceeded = people.has(offer.person) && wouldExceed(others, offer.at, cap)
      return exceeded
        ? [`${offer.person}: more than ${cap.max} offers in ${cap.perMs} ms about ${offer.at}`]
        : []
    })
  })
}

function heldOutGetNone(view: View): readonly string[] {
  const out = new Set<string>()
  const erased = erasedOf(view)
  const problems: string[] = []
  for (const record of view.records) {
    const type = typeOf(record)
    if (erased.has(personOf(record))) continue
    if (type === 'decision.made' && dataOf(record)['outcome'] === 'holdout') out.add(personOf(record))
    if (type === 'offer.emitted' && out.has(personOf(record)))
      problems.push(`${personOf(record)} is held out and got an offer`)
  }
  return problems
}

/** Who refused, and by the end of the input never granted anything again, gets nothing that was decided behind the refusal. */
function refusalsHold(view: View): readonly string[] {
  const operator = offerSettings(view)[0]
  if (operator === undefined || !isObject(operator.config['consent'])) return []
  const purpose = operator.config['consent']['purpose']
  const owners = ownersOf(view)
  const shared = everShared(view)
  const normalise = normaliser(view)
  const late = new Set(
    view.records
      .filter((r) => r.topic === view.settings.lateTopic)
      .map((r) => JSON.stringify(objectOf(r.value['event'])['id'])),
  )
  const granted = new Set<string>()
  const refused: { readonly person: string; readonly front: number }[] = []
  let front = Number.NEGATIVE_INFINITY
  for (const text of view.lines) {
    const line = readLine(text, view.settings)
    if (line.kind === 'clock') front = Math.max(front, line.at)
    if (line.kind === 'refused') front = Math.max(front, line.received ?? front)
    if (line.kind !== 'event') continue
    const { event } = line
    front = Math.max(front, event.time, line.received ?? front)
    if (event.type !== 'consent.changed' || event.data['purpose'] !== purpose) continue
    const names = identifierTexts(normalise(event))
    const people = names.map((i) => owners.get(i))
    if (event.data['granted'] === true && names.some((name) => shared.has(name))) return []
    if (event.data['granted'] === true) for (const person of people) granted.add(person ?? '')
    const [person] = people
    const sure =
      new Set(people).size === 1 && event.data['channel'] === undefined && !late.has(JSON.stringify(event.id))
    if (event.data['granted'] === false && person !== undefined && sure) refused.push({ person, front })
  }
  const erased = erasedOf(view)
  // An offer of an id that was later absorbed may have been decided without knowing the other's refusal.
  return view.of('offer.emitted').flatMap((offer) => {
    const id = personOf(offer)
    if (erased.has(id)) return []
    const no = refused.find(
      (r) => r.person === id && view.root(id) === id && !granted.has(id) && timeOf(offer) > r.front,
    )
    const merged = mergesOf(view).some((m) => m.kept === id && m.at > (no?.front ?? 0))
    return no !== undefined && !merged
      ? [`${id} refused and got an offer at ${String(offer.value['time'])}`]
      : []
  })
}

const normaliser = (view: View): ((event: OracleEvent) => readonly Identifier[]) => {
  const identity = identityOf(
    view.settings.identity,
    () => 0,
    () => undefined,
  )
  return (event) => identity.normalise(event)
}

/** Who has an identifier at the end; nobody has a shared one. */
function ownersOf(view: View): ReadonlyMap<string, string> {
  const truth = new Map<string, readonly string[]>()
  for (const record of view.records.filter((r) => typeOf(r).startsWith('identity.'))) {
    const { identifiers } = dataOf(record)
    if (Array.isArray(identifiers)) truth.set(personOf(record), identifierTexts(identifiers))
  }
  const owners = new Map<string, string>()
  const twice = new Set<string>()
  for (const [person, identifiers] of truth) {
    for (const identifier of identifiers) {
      if (view.root(person) !== person) continue
      if (owners.has(identifier)) twice.add(identifier)
      owners.set(identifier, person)
    }
  }
  for (const identifier of twice) owners.delete(identifier)
  return owners
}

// ---- inputs

/** Each line is a directive, white, or ends as exactly one of processed, late, dead letter, repeat, dropped. */
function everyInputEndsOnce(view: View): readonly string[] {
  const { counts, settings } = view
  if (counts === undefined) return []
  const kinds = view.lines.map((line) => readLine(line, settings).kind)
  const inputs = kinds.filter((kind) => kind === 'event' || kind === 'refused').length
  const dead = view.records.filter((r) => r.topic === settings.deadTopic).length
  const late = view.records.filter(
    (r) => r.topic === settings.lateTopic && (r.value['operator'] ?? null) === null,
  ).length
  const ended = counts.processed + counts.duplicates + counts.dropped + dead + late
  return ended === inputs
    ? []
    : [
        `${inputs} inputs, but ${counts.processed} processed, ${counts.duplicates} repeats, ${counts.dropped} dropped, ${dead} dead letters, ${late} late`,
      ]
}

/** The gate's late records are in its order; the watermark that they name never goes back. */
function lateWatermarksRise(view: View): readonly string[] {
  let highest = Number.NEGATIVE_INFINITY
  const problems: string[] = []
  for (const { topic, value } of view.records) {
    if (topic !== view.settings.lateTopic) continue
    const watermark = parseTime(value['watermark']) ?? Number.NaN
    const time = parseTime(objectOf(value['event'])['time']) ?? Number.NaN
    if (value['late_by_ms'] !== watermark - time)
      problems.push(`late_by_ms ${String(value['late_by_ms'])} is not ${watermark - time}`)
    if ((value['operator'] ?? null) !== null) continue
    if (watermark < highest) problems.push(`the watermark went back from ${highest} to ${watermark}`)
    highest = Math.max(highest, watermark)
  }
  return problems
}

// ---- sessions

/** Identifiers that became shared: whoever they named before, they belong to somebody else in the end. */
function everShared(view: View): ReadonlySet<string> {
  return new Set(
    view.records.flatMap((r) => {
      const { shared } = typeOf(r).startsWith('identity.') ? dataOf(r) : {}
      return Array.isArray(shared) ? identifierTexts(shared) : []
    }),
  )
}

/** People of whom some event was late, or who absorbed somebody: those may have sessions side by side. */
function peopleWithSessionsAside(view: View): ReadonlySet<string> {
  const clocks = clocksOf(view.settings)
  const owners = ownersOf(view)
  const shared = everShared(view)
  const normalise = normaliser(view)
  const out = new Set(mergesOf(view).map((m) => view.root(m.kept)))
  for (const text of view.lines) {
    const line = readLine(text, view.settings)
    if (line.kind === 'clock') clocks.moveClock(line.at)
    if (line.kind === 'refused' && line.received !== undefined) clocks.moveClock(line.received)
    if (line.kind !== 'event') continue
    clocks.moveClock(line.received ?? line.event.time)
    clocks.count(line.source, line.event.time)
    if (line.event.time >= clocks.watermark()) continue
    const names = identifierTexts(normalise(line.event))
    const people = names.map((i) => owners.get(i))
    for (const person of people) out.add(person ?? '')
    // Somebody whom the identifiers at the end do not tell: then of nobody it can be said that none was late.
    if (people.length === 0 || people.includes(undefined) || names.some((name) => shared.has(name)))
      out.add('*')
  }
  return out
}

function sessionsLieApart(view: View): readonly string[] {
  const late = peopleWithSessionsAside(view)
  return view.settings.operators
    .filter((o) => o.type === 'sessionize' && o.config['by'] !== 'channel')
    .flatMap((operator) => {
      const gapMs = durationOf(operator.config['gap'], '30m')
      const maxMs = durationOf(operator.config['max'], '24h')
      const topics = view.settings.sinks.filter((s) => s.from.includes(operator.id) && s.from.length === 1)
      const closed = view.of('session.closed').filter((r) => topics.some((s) => s.topic === r.topic))
      return [...groupsOf(closed, (r) => `${r.topic} ${personOf(r)}`).values()].flatMap((rs) => {
        const sessions = rs
          .map((r) => ({
            person: personOf(r),
            from: parseTime(dataOf(r)['started_at']) ?? Number.NaN,
            to: parseTime(dataOf(r)['ended_at']) ?? Number.NaN,
            at: timeOf(r),
          }))
          .sort((a, b) => a.from - b.from)
        return sessions.flatMap((session, i) => {
          const { person } = session
          const problems: string[] = []
          const dueAt = Math.min(session.to + gapMs + 1, session.from + maxMs)
          if (session.at !== dueAt)
            problems.push(`${person}: a session closed at ${session.at}, not at ${dueAt}`)
          const before = sessions[i - 1]
          const excused =
            late.has(view.root(person)) || late.has('*') || before?.at === (before?.from ?? 0) + maxMs
          if (before !== undefined && !excused && session.from - before.to <= gapMs) {
            problems.push(`${person}: sessions of ${before.to} and ${session.from} are no gap apart`)
          }
          return problems
        })
      })
    })
}

const CHECKERS: Readonly<Record<string, (view: View) => readonly string[]>> = {
  'ids and links': (view) => linkProblems(view.document, view.records),
  'one decision per trigger': oneDecisionPerTrigger,
  'one offer per decision': oneOfferPerDecision,
  'caps hold': capsHold,
  'held-out people get none': heldOutGetNone,
  'refusals hold': refusalsHold,
  'every input ends once': everyInputEndsOnce,
  'late watermarks rise': lateWatermarksRise,
  'sessions lie apart': sessionsLieApart,
}

/** Everything that is wrong, each with the name of its rule. */
export function checkInvariants(run: Run): readonly string[] {
  const root = rootsOf(run.records)
  const of = (type: string): readonly OutputRecord[] => run.records.filter((r) => typeOf(r) === type)
  const view: View = { ...run, settings: settingsOf(run.document), root: (id) => root(id), of }
  return Object.entries(CHECKERS).flatMap(([name, checker]) =>
    checker(view).map((problem) => `${name}: ${problem}`),
  )
}
