/**
 * The oracle: what `replay` must put out, from the contracts alone. Naive on purpose: one thread, lists that are never shortened,
 * everything worked out anew at each question. It shares no code with the product but the forms of times.
 *
 * 1. Lines go in the order of the log, each worked off completely before the next (T1).
 * 2. A person is a label, not an id; `compare.ts` maps the product's ids to labels.
 * 3. Where the contracts leave a choice open, it takes one and says so in `unsettled`; a comparison may then ask less.
 */
import { hash32, idKeyOf } from '../../src/model/hash.ts'
import { formatTime, parseDuration, parseTime } from '../../src/model/time.ts'
import { attribution } from './oracle/attribution.ts'
import { brief } from './oracle/briefs.ts'
import { cartAbandonment } from './oracle/carts.ts'
import { identityOf, type Resolution } from './oracle/identity.ts'
import { type Identifier, type OracleEvent, readLine } from './oracle/input.ts'
import { type Condition, offerOperator } from './oracle/offers.ts'
import type { Due, OracleOperator, Unsettled } from './oracle/operator.ts'
import type { Cause, Emission, Person } from './oracle/person.ts'
import { sessionize } from './oracle/sessions.ts'
import {
  type Json,
  type OperatorSettings,
  type Settings,
  settingsOf,
  type SourceSettings,
} from './oracle/settings.ts'
import { clocksOf } from './oracle/time.ts'
import { lateArrival } from './oracle/trips.ts'
import { CONDITIONS } from './oracle/conditions.ts'
import { encounters } from './oracle/encounters.ts'
import { profile, type Tellers } from './oracle/knowing.ts'
import { journey } from './oracle/journeys.ts'
import { pattern } from './oracle/patterns.ts'
import { segments } from './oracle/segments.ts'
import { warmth } from './oracle/warmth.ts'
import { priceWatch } from './oracle/prices.ts'
import { type OracleFact, oracleWorld, type OracleWorld } from './oracle/world.ts'
import { geofence } from './oracle/zones.ts'

export interface OutputRecord {
  readonly topic: string
  readonly key: string | null
  readonly value: Json
}

export interface Holdout {
  readonly percent: number
  readonly salt: string
}

export interface OracleOptions {
  /** Epoch milliseconds, RFC 3339, or `+2h` behind the newest accepted event. */
  readonly until?: number | string
  /** The coin of a person's own id. Default: a hash of the label, which is not the product's. */
  readonly heldOut?: (label: string, holdout: Holdout) => boolean
  /** Which of two ids is the smaller, for people first seen at the same time. Default: by label, which is not the product's order. */
  readonly compareIds?: (a: string, b: string) => number
  /** What the input calls an offer to this label, by what is known of it (see `knownOffer` in `world-seed.ts`). Default: it speaks of none. */
  readonly offerId?: (label: string, known: string) => string | undefined
  /** What conditions mean, by their text. Default: those of the workload and of the conformance suite. */
  readonly conditions?: ReadonlyMap<string, Condition>
  /** Default false: an identifier that became shared is no address of its former owner any more. */
  readonly sharedStaysReachable?: boolean
}

/** How each line ended, and what came out. `lines` = processed + repeats + late + deadLetters + directives + blank. */
export interface OracleSummary {
  readonly lines: number
  readonly directives: number
  readonly blank: number
  readonly processed: number
  readonly duplicates: number
  /** Events of people who were erased. */
  readonly dropped: number
  readonly late: number
  readonly sessionLate: number
  readonly dead_letters: Readonly<Record<string, number>>
  readonly people: number
  readonly merges: number
  readonly ambiguous: number
  readonly sessions: number
  readonly triggers: number
  readonly retracted: number
  readonly zones: number
  readonly attributed: number
  readonly briefs: number
  readonly offers: number
  readonly revoked: number
  readonly decisions: number
  readonly held: number
  readonly suppressed: Readonly<Record<string, number>>
}

export interface OracleResult {
  readonly records: readonly OutputRecord[]
  readonly summary: OracleSummary
  /** Open questions of the contract that this run ran into, each once. */
  readonly unsettled: readonly string[]
}

const COIN_KEY = idKeyOf('oracle')
const coin = (label: string, { percent, salt }: Holdout): boolean =>
  hash32(COIN_KEY, salt, label) % 100 < percent

function operatorOf(
  settings: OperatorSettings,
  world: {
    settings: Settings
    options: OracleOptions
    unsettled: Unsettled
    tellers: Tellers
    facts: OracleWorld
  },
): OracleOperator {
  switch (settings.type) {
    case 'sessionize':
      return sessionize(settings)
    case 'cart-abandonment':
      return cartAbandonment(settings, world.unsettled)
    case 'late-arrival':
      return lateArrival(settings, world.unsettled)
    case 'geofence':
      return geofence(settings, world.facts, world.unsettled)
    case 'journey':
      return journey(settings, { timezone: world.settings.timezone, unsettled: world.unsettled })
    case 'pattern':
      return pattern(settings)
    case 'brief':
      return brief(settings, {
        timezone: world.settings.timezone,
        tellers: world.tellers,
        unsettled: world.unsettled,
      })
    case 'attribution':
      return attribution(
        settings,
        Math.max(...world.settings.sources.map((source) => source.graceMs)),
        world.unsettled,
      )
    case 'profile':
      return profile(settings, world.tellers)
    case 'encounters':
      return encounters(settings, world.tellers)
    case 'warmth':
      return warmth(settings, world.tellers, world.unsettled)
    case 'segments':
      return segments(settings, world.tellers)
    case 'price-watch':
      return priceWatch(settings, world.facts, world.unsettled)
    case 'offer':
      return offerOperator(settings, {
        timezone: world.settings.timezone,
        conditions: world.options.conditions ?? CONDITIONS,
        facts: world.facts,
        heldOut: world.options.heldOut ?? coin,
        offerId: world.options.offerId ?? (() => undefined),
        sharedStaysReachable: world.options.sharedStaysReachable ?? false,
        unsettled: world.unsettled,
      })
    default:
      throw new Error(`the oracle has no operator ${settings.type}`)
  }
}

export function oracle(document: Json, lines: readonly string[], options: OracleOptions = {}): OracleResult {
  const settings = settingsOf(document)
  const open = new Set<string>()
  const unsettled: Unsettled = (what) => {
    open.add(what)
  }
  const clocks = clocksOf(settings)
  const identity = identityOf(
    settings.identity,
    (a, b) => {
      if (options.compareIds !== undefined) return options.compareIds(a, b)
      unsettled('identity: two people first seen at one time')
      return a < b ? -1 : 1
    },
    unsettled,
  )
  const tellers: Tellers = new Map()
  const facts = oracleWorld()
  const around = { settings, options, unsettled, tellers, facts }
  const operators = settings.operators.map((o) => operatorOf(o, around))
  const offerOperators = operators.filter((o) => o.settings.type === 'offer')
  const others = operators.filter((o) => o.settings.type !== 'offer')
  const records: OutputRecord[] = []
  const counts: Record<string, number> = {}
  const deadLetters: Record<string, number> = {}
  const suppressed: Record<string, number> = {}
  const count = (name: string): void => {
    counts[name] = (counts[name] ?? 0) + 1
  }
  let arrivals = 0

  const put = (topic: string, key: string | null, value: Json): void => {
    records.push({ topic, key, value })
  }

  // ---- what operators say

  const COUNTED: Readonly<Record<string, string>> = {
    'session.closed': 'sessions',
    'trigger.fired': 'triggers',
    'trigger.retracted': 'retracted',
    'zone.entered': 'zones',
    'zone.left': 'zones',
    'order.attributed': 'attributed',
    'deal.lost': 'attributed',
    'brief.prepared': 'briefs',
    'offer.emitted': 'offers',
    'offer.revoked': 'revoked',
  }

  function countDecision(operator: OracleOperator, data: Json): void {
    count(data['outcome'] === 'held' ? 'held' : 'decisions')
    if (data['outcome'] !== 'none' && data['outcome'] !== 'holdout') return
    const rejected = data['rejected'] as readonly { offer: string | null; reason: string }[]
    const catalogue = (operator.settings.config['offers'] ?? []) as readonly {
      id: string
      priority?: number
    }[]
    const best = catalogue
      .flatMap((offer) => {
        const entry = rejected.find((r) => r.offer === offer.id)
        return entry === undefined ? [] : [{ priority: offer.priority ?? 50, reason: entry.reason }]
      })
      .filter(({ reason }) => reason !== 'outranked')
      .sort((a, b) => b.priority - a.priority)[0]
    const reason = best?.reason ?? 'no-candidate'
    suppressed[reason] = (suppressed[reason] ?? 0) + 1
  }

  function emit(
    operator: OracleOperator,
    person: Person,
    emissions: readonly Emission[],
    watermark: number,
  ): void {
    for (const emission of emissions) {
      const { type, time, cause } = emission
      const { person: revokedFor, ...rest } = emission.data
      const owner = typeof revokedFor === 'string' ? revokedFor : person.label
      const value: Json = {
        id: `${operator.settings.id}-${records.length}`,
        source: operator.settings.id,
        type,
        time: formatTime(time),
        person_id: owner,
        cause: cause as unknown as Json,
        data: rest,
      }
      if (type === 'decision.made') {
        countDecision(operator, rest)
        put(settings.decisionsTopic, owner, value)
        continue
      }
      count(COUNTED[type] ?? type)
      if (type === 'offer.emitted') for (const each of operators) each.onOffer?.(person, emission)
      for (const sink of settings.sinks)
        if (sink.from.includes(operator.settings.id)) put(sink.topic, owner, value)
      for (const next of operators) {
        if (!next.settings.from.includes(operator.settings.id)) continue
        const trigger = { operator: operator.settings.id, emission }
        emit(next, person, next.onTrigger?.(person, trigger, watermark) ?? [], watermark)
      }
    }
  }

  // ---- timers

  interface Waiting {
    readonly person: Person
    readonly operator: OracleOperator
    readonly due: Due
    readonly place: number
  }

  function waitingOf(person: Person): readonly Waiting[] {
    return operators.flatMap((operator, place) => {
      const due = operator.due(person)
      return due === undefined ? [] : [{ person, operator, due, place }]
    })
  }

  const sooner = (a: Waiting, b: Waiting): number =>
    a.due.at - b.due.at || a.due.rank - b.due.rank || a.due.order - b.due.order || a.place - b.place

  /** Next timer of each person who did not change since it was worked out. Only a shortcut: the answer is the same without. */
  const nextOf = new Map<Person, Waiting | undefined>()
  function next(person: Person): Waiting | undefined {
    if (!nextOf.has(person)) nextOf.set(person, [...waitingOf(person)].sort(sooner)[0])
    return nextOf.get(person)
  }

  let lastFired: { person: Person; at: number; operator: string } | undefined

  /** Of one moment before timers. */
  function tell(fact: OracleFact): void {
    if (!facts.told(fact)) return
    for (const person of identity.people())
      for (const operator of operators) {
        const emissions = operator.onFact?.(person, fact) ?? []
        nextOf.delete(person)
        if (emissions.length > 0) emit(operator, person, emissions, fact.time)
      }
  }

  function fireDue(): void {
    for (;;) {
      const fact = facts.due(clocks.watermark())
      const first = identity
        .people()
        .flatMap((person) => next(person) ?? [])
        .sort(sooner)[0]
      if (fact !== undefined && (fact.toldAt as number) <= (first?.due.at ?? clocks.watermark())) {
        tell(fact)
        continue
      }
      if (first === undefined || first.due.at > clocks.watermark()) return
      const { person, operator, due } = first
      nextOf.delete(person)
      const emissions = operator.onDue(person, due)
      if (emissions.some((e) => e.type === 'trigger.fired')) {
        if (lastFired?.person === person && lastFired.at === due.at)
          unsettled('triggers: two of one person due at one time')
        lastFired = { person, at: due.at, operator: operator.settings.id }
      }
      emit(operator, person, emissions, due.at)
    }
  }

  // ---- identity

  function announce(resolution: Resolution, event: OracleEvent): void {
    const { person } = resolution
    const say = (type: string, key: string, data: Json): void => {
      const cause: Cause = { source: event.source, id: event.id }
      put(settings.identitiesTopic, key, {
        id: `identity-${records.length}`,
        source: 'identity',
        type,
        time: formatTime(event.time),
        person_id: key,
        cause: cause as unknown as Json,
        data,
      })
    }
    const truth = (of: Person): Json => ({ identifiers: [...of.identifiers], absorbed: [...of.absorbed] })
    if (resolution.created) say('identity.created', person.label, truth(person))
    if (resolution.absorbed.length > 0) {
      const about = { kept: person.label, cause: event.id, effective_at: formatTime(event.time) }
      say('identity.merged', person.label, { ...truth(person), ...about })
      for (const label of person.absorbed) say('identity.absorbed', label, { kept: person.label })
    } else if (resolution.linked) say('identity.linked', person.label, truth(person))
    for (const { identifier, reason, owner } of resolution.reports) {
      count('ambiguous')
      say('identity.ambiguous', person.label, { ...truth(person), identifier, reason })
      if (owner !== undefined && owner !== person)
        say('identity.ambiguous', owner.label, { ...truth(owner), identifier, reason })
    }
  }

  /** T9. What was seen outside of the horizon may be dropped or not. */
  function isRepeat(person: Person | undefined, key: string): boolean {
    const first = person?.seen.get(key)
    if (person === undefined || first === undefined) return false
    const seen = [...person.seen.values()]
    const newest = Math.max(...seen.map((s) => s.time))
    // The newest by event time, and at one time by arrival; of people who became one, what came first is not said.
    const behind = seen.filter(
      (s) =>
        s.time > first.time ||
        (s.time === first.time && s !== first && (person.absorbed.length > 0 || s.arrival > first.arrival)),
    ).length
    if (newest - first.time > settings.dedupeWithinMs || behind >= settings.dedupeEvents) {
      unsettled('repeat: of an event outside of the horizon')
    }
    return true
  }

  function late(person: string | null, event: OracleEvent, operator: string | null): void {
    put(settings.lateTopic, person, {
      event: event.raw,
      late_by_ms: clocks.watermark() - event.time,
      watermark: formatTime(clocks.watermark()),
      operator,
    })
  }

  // ---- lines

  function erase(identifier: Identifier): void {
    const person = identity.erase(identifier)
    const at = clocks.clock()
    if (person === undefined || at === undefined) return
    put(settings.identitiesTopic, person.label, {
      id: `erased-${records.length}`,
      source: 'identity',
      type: 'person.erased',
      time: formatTime(at),
      person_id: person.label,
      cause: { source: 'erase', id: 'erase' },
      data: {},
    })
    nextOf.delete(person)
    for (const operator of operators)
      emit(operator, person, operator.erase?.(person, at) ?? [], clocks.watermark())
  }

  function work(event: OracleEvent, source: SourceSettings, text: string): void {
    if (identity.isSuppressed(event)) {
      count('dropped')
      return
    }
    if (event.time < clocks.watermark() - source.graceMs) {
      count('late')
      late(null, event, null)
      return
    }
    if (source.world) {
      count(facts.take(event, clocks.watermark()) ? 'processed' : 'duplicates')
      return
    }
    const identifiers = identity.normalise(event)
    if (identifiers.length === 0) {
      refuse('no-identifier', text)
      return
    }
    const key = JSON.stringify([event.source, event.id])
    if (source.dedupe && isRepeat(identity.ownerOf(identifiers), key)) {
      count('duplicates')
      // The gate knows no repeats: one that names several people, or somebody new, may still change who is who (section 10).
      const named = new Set(identifiers.map((identifier) => identity.ownerOf([identifier])))
      if (named.size > 1) unsettled('repeat: names more than the one person')
      return
    }
    const resolution = identity.resolve(identifiers, event)
    const { person } = resolution
    announce(resolution, event)
    nextOf.delete(person)
    const merged = resolution.absorbed.flatMap((absorbed) => {
      count('merges')
      nextOf.delete(absorbed)
      return operators.map((o) => ({ o, emissions: o.merge(person, absorbed, event, clocks.watermark()) }))
    })
    for (const { o, emissions } of merged) emit(o, person, emissions, clocks.watermark())
    person.seen.set(key, { time: event.time, arrival: ++arrivals })
    count('processed')
    for (const operator of [...offerOperators, ...others]) {
      const step = operator.onEvent(person, event, clocks.watermark())
      if (step.late === true) {
        count('sessionLate')
        late(person.label, event, operator.settings.id)
      }
      emit(operator, person, step.emissions, clocks.watermark())
    }
  }

  function refuse(reason: string, text: string): void {
    deadLetters[reason] = (deadLetters[reason] ?? 0) + 1
    const bytes = Buffer.from(reason === 'too-large' ? text.slice(0, 1024) : text)
    put(settings.deadTopic, null, { reason, detail: '', bytes: bytes.toString('base64') })
  }

  function moveClock(to: number): void {
    clocks.moveClock(to)
    fireDue()
  }

  lines.forEach((text, place) => {
    const line = readLine(place === 0 ? text.replace(/^\uFEFF/, '') : text, settings)
    if (line.kind === 'blank') {
      count('blank')
    } else if (line.kind === 'clock') {
      count('directives')
      moveClock(line.at)
    } else if (line.kind === 'erase') {
      count('directives')
      if (line.lift) identity.lift(line.identifier)
      else erase(line.identifier)
    } else if (line.kind === 'refused') {
      if (line.received !== undefined) moveClock(line.received)
      if (line.event !== undefined && identity.isSuppressed(line.event)) count('dropped')
      else refuse(line.reason, text)
    } else {
      moveClock(line.received ?? line.event.time)
      clocks.count(line.source, line.event.time)
      fireDue()
      work(line.event, line.source, text)
      fireDue()
    }
  })

  const until = untilOf(options.until, clocks.newest())
  if (until !== undefined) {
    clocks.finish(until)
    fireDue()
  }

  const n = (name: string): number => counts[name] ?? 0
  return {
    records,
    unsettled: [...open],
    summary: {
      lines: lines.length,
      directives: n('directives'),
      blank: n('blank'),
      processed: n('processed'),
      duplicates: n('duplicates'),
      dropped: n('dropped'),
      late: n('late'),
      sessionLate: n('sessionLate'),
      dead_letters: deadLetters,
      people: identity.people().length,
      merges: n('merges'),
      ambiguous: n('ambiguous'),
      sessions: n('sessions'),
      triggers: n('triggers'),
      retracted: n('retracted'),
      zones: n('zones'),
      attributed: n('attributed'),
      briefs: n('briefs'),
      offers: n('offers'),
      revoked: n('revoked'),
      decisions: n('decisions'),
      held: n('held'),
      suppressed,
    },
  }
}

function untilOf(until: number | string | undefined, newest: number | undefined): number | undefined {
  if (typeof until !== 'string') return until
  if (!until.startsWith('+')) return parseTime(until)
  const behind = parseDuration(until.slice(1))
  return behind === undefined || newest === undefined ? undefined : newest + behind
}
