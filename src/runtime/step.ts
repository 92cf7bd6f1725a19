/**
 * The step: one event or one due timer of one person, through all operators that it concerns.
 *
 * 1. A source event reaches every operator that takes it before anything that operators make of it does; then emissions go down
 *    the topology in the order in which they were made. So an offer made by an event is not ended by that same event.
 * 2. Ids derive from operator, person, root cause and ordinal: the same on every run, whatever the batch.
 * 3. Synchronous: all states it needs are in the person.
 */
import { type IdKey, deriveId } from '../model/hash.ts'
import type { Known } from '../model/known.ts'
import { invariant } from '../model/errors.ts'
import type { Cause, Draft, StreamEvent } from '../model/event.ts'
import type { Identifier } from '../model/identifiers.ts'
import type { Moment, Step, WatchChange } from '../model/operator.ts'
import { BEGINNING, type EpochMs } from '../model/time.ts'
import type { WorldFact, WorldView } from '../model/world.ts'
import type { Plan, Slot } from '../topology/plan.ts'
import type { Outputs } from './outputs.ts'
import { type Person, type Timer, firstTimer, newPerson, slotBit } from './person.ts'
import type { Counts } from './ports/observer.ts'
import type { SeenFilter } from './seen-filter.ts'
import { hasSeen, mergeSeen, remember } from './seen.ts'
import type { TimerQueue } from './timer-queue.ts'
import type { EraseMark, MergeMark, WireEvent } from './wire-event.ts'

const NOBODY: readonly Identifier[] = []
const NO_SLOTS: readonly number[] = []
/** Facts that the gate states of a person, beside upstream events. No event of a source can have such a type: it has a colon. */
export const IDENTITY_ATTACHED = 'identity:attached'
export const IDENTITY_DETACHED = 'identity:detached'

export interface StepDependencies {
  readonly plan: Plan
  readonly key: IdKey
  readonly timers: TimerQueue
  readonly outputs: Outputs
  /** Of the keys that active people remember. */
  readonly filter: SeenFilter
  /** What an operator remembers of a person; undefined: nothing. */
  readonly stateOf: (person: Person, slot: Slot) => unknown
  /** The world as of a time; `due`: of the timer that asks. */
  readonly world: (at: EpochMs, due: EpochMs | undefined) => WorldView
  /** The counts of the transaction under way. */
  readonly counts: () => Counts
  readonly watch: (person: Person, slot: number, change: WatchChange) => void
  /** Whatever the person watches through this operator is watched no more. */
  readonly unwatch: (person: Person, slot: number) => void
  /** Told of every person that changed. */
  readonly changed: (person: Person) => void
}

/**
 * What a root cause carries through the topology. One object per stepper, set anew for each root: roots follow each other and
 * never nest, and most events emit nothing, so their cause is never put into words.
 */
interface Root {
  person: Person
  at: EpochMs
  watermark: EpochMs
  /** The source event, whose context emissions carry on; undefined behind a timer or a merge. */
  event: WireEvent | undefined
  /** Of a timer or a merge; of an event worked out when something is emitted. */
  cause: Cause | undefined
  causeText: string
  /** Emissions made so far by each slot. */
  readonly ordinals: number[]
  /** Emissions that have not reached the slots below yet. */
  readonly queue: Emission[]
  /**
   * The event or merge under way, and the watermark up to which the person's timers fired before it: a timer that is set for a time up to
   * that fires within the same step, and one of its name and due time may have fired before.
   */
  origin: WireEvent | string | undefined
  firedUpTo: EpochMs
  /** Of a timer that fires in its turn; undefined: something else, or a timer that was due before it was set. */
  due: EpochMs | undefined
}

interface Emission extends StreamEvent {
  readonly slot: Slot
}

export interface Told {
  readonly fact: WorldFact
  readonly cause: { readonly source: string; readonly id: string }
  /** At which it wakes people. */
  readonly watermark: EpochMs
  readonly slots: readonly number[]
}

export interface Stepper {
  /** A source event: dropped as a repeat, or stepped. */
  event(person: Person, event: WireEvent): void
  /** The person's first timer, taken off and fired. */
  timer(person: Person, timer: Timer): void
  /** A fact of the world that the person watches through these operators. `cause`: the event that brought it. */
  fact(person: Person, told: Told): void
  /** Unites the states of both in the kept person. */
  merge(kept: Person, absorbed: Person, merge: MergeMark): void
  /** Says what must still be said of a person of whom everything is about to go. */
  erase(person: Person, mark: EraseMark): void
  /** Fires everything of one person that is due at `watermark`. */
  timersOf(person: Person, watermark: EpochMs): void
  /** Makes the queue know the person's first timer. */
  arm(person: Person): void
}

export function createStepper(dependencies: StepDependencies): Stepper {
  const { plan, key, timers, outputs, filter, counts, changed } = dependencies
  const { slots } = plan
  const root: Root = {
    person: newPerson('', 0),
    at: 0,
    watermark: 0,
    event: undefined,
    cause: undefined,
    causeText: '',
    ordinals: [],
    queue: [],
    origin: undefined,
    firedUpTo: BEGINNING,
    due: undefined,
  }

  /** Of the person under way. */
  const tellers = slots.filter(({ operator }) => operator.tell !== undefined)
  const known: Known = {
    profile(at) {
      const told: Record<string, unknown> = {}
      for (const slot of tellers)
        Object.assign(told, slot.operator.tell?.(stateOf(root.person, slot), at, slot.ready))
      return told
    },
    world: (at) => dependencies.world(at, root.due),
  }

  function begin(person: Person, at: EpochMs, watermark: EpochMs, event: WireEvent | undefined): void {
    root.person = person
    root.at = at
    root.watermark = watermark
    root.event = event
    root.cause = undefined
    root.due = undefined
    if (root.ordinals.length > 0) root.ordinals.length = 0
    if (root.queue.length > 0) root.queue.length = 0
  }

  /** Of the root under way. */
  function cause(): Cause {
    if (root.cause === undefined) {
      const { source, id } = root.event as WireEvent
      root.cause = { source, id }
      root.causeText = `${source}\n${id}`
    }
    return root.cause
  }

  function take(slot: Slot, result: Step<unknown> | undefined): void {
    if (result === undefined) return
    const { person } = root
    const { state } = result
    if (state !== person.states[slot.index]) {
      person.states[slot.index] = state
      person.changedSlots |= slotBit(slot.index)
    }
    changed(person)
    if (result.timers !== undefined)
      for (const { name, due } of result.timers) setTimer(person, slot.index, name, due)
    if (result.watch !== undefined)
      for (const change of result.watch) dependencies.watch(person, slot.index, change)
    if (result.emit !== undefined) for (const draft of result.emit) emit(slot, draft)
    if (result.fellOut !== undefined) counts().fellOut += result.fellOut
    if (result.late === true) {
      invariant(root.event !== undefined, `operator "${slot.id}" calls something late that is no event`)
      counts().operatorLate++
      outputs.late(root.event, root.watermark, slot.id, root.person.id)
    }
  }

  function emit(slot: Slot, draft: Draft): void {
    const of = cause()
    const ordinal = root.ordinals[slot.index] ?? 0
    root.ordinals[slot.index] = ordinal + 1
    const emission: Emission = {
      id: deriveId(key, slot.id, root.person.id, root.causeText, ordinal),
      source: slot.id,
      type: draft.type,
      time: draft.time ?? root.at,
      person: draft.person ?? root.person.id,
      channel: root.event?.channel,
      context: slot.downstream.length > 0 ? root.event?.context : undefined,
      data: draft.data,
      late: false,
      attached: NOBODY,
      shared: root.person.shared,
      cause: of,
      slot,
    }
    outputs.emission(slot, emission, counts(), draft.channel)
    if (slot.downstream.length > 0 || slot.overheardBy !== undefined) root.queue.push(emission)
  }

  /** Works off the emissions of a root, those that they cause included. */
  function cascade(): void {
    for (let i = 0; i < root.queue.length; i++) {
      const emission = root.queue[i] as Emission
      for (const index of emission.slot.downstream) {
        const slot = slots[index] as Slot
        if (!plan.accepts(slot, emission.type)) continue
        const { time: at, person } = emission
        const moment: Moment = { at, watermark: root.watermark, person, known }
        take(slot, slot.operator.onEvent(stateOf(root.person, slot), emission, moment, slot.ready))
      }
      overhear(emission)
    }
  }

  /** Those who only listen learn of it last, and answer with a state alone. */
  function overhear(emission: Emission): void {
    for (const index of emission.slot.overheardBy?.get(emission.type) ?? NO_SLOTS) {
      const slot = slots[index] as Slot
      const state: unknown = slot.operator.onOverheard?.(stateOf(root.person, slot), emission, slot.ready)
      if (state !== undefined) take(slot, { state })
    }
  }

  function stateOf(person: Person, slot: Slot): unknown {
    return dependencies.stateOf(person, slot) ?? slot.operator.state.initial()
  }

  function setTimer(person: Person, slot: number, name: string, due: EpochMs | undefined): void {
    removeTimer(person.timers, slot, name)
    if (due === undefined) return
    person.timers.push({ slot, name, due, overdueBy: due <= root.firedUpTo ? root.origin : undefined })
  }

  function arm(person: Person, first: Timer | undefined = firstTimer(person)): void {
    if (first !== undefined && person.inbox.length === 0) timers.arm(person.number, first.due)
  }

  function event(person: Person, event: WireEvent): void {
    if (!event.internal) {
      const { seenKey } = event
      if (event.dedupe && filter.mayHold(seenKey) && hasSeen(person.seen, seenKey)) {
        counts().duplicates++
        if (event.attached.length > 0) stepAttached(person, event)
        return
      }
      counts().processed++
      if (event.dedupe) see(person, seenKey, event.time)
    }
    walk(person, event, event, event.internal ? hearers(event.type) : plan.takers(event.type))
  }

  /** A repeat has no effect; but the gate knows no repeats, and what it attached is the person's. */
  function stepAttached(person: Person, event: WireEvent): void {
    const { id, source, time, attached, shared } = event
    const fact: StreamEvent = {
      id,
      source,
      type: IDENTITY_ATTACHED,
      time,
      person: person.id,
      channel: undefined,
      context: undefined,
      data: {},
      late: event.late,
      attached,
      shared,
      cause: undefined,
    }
    walk(person, fact, event, hearers(IDENTITY_ATTACHED))
  }

  /** Facts that the gate states of a person reach only operators that listen to all of a person's life. */
  function hearers(type: string): readonly Slot[] {
    return plan.takers(type).filter(({ operator }) => operator.hears !== undefined)
  }

  function walk(person: Person, event: StreamEvent, source: WireEvent, takers: readonly Slot[]): void {
    const { time } = event
    const { watermark } = source
    if (event.shared && !person.shared) person.shared = true
    begin(person, time, watermark, source)
    root.origin = source
    root.firedUpTo = watermark
    const moment: Moment = { at: time, watermark, person: person.id, known }
    for (const slot of takers) {
      take(slot, slot.operator.onEvent(stateOf(person, slot), event, moment, slot.ready))
    }
    if (root.queue.length > 0) cascade()
    timersOf(person, watermark)
    root.firedUpTo = BEGINNING
  }

  function see(person: Person, seenKey: number, time: EpochMs): void {
    filter.add(seenKey)
    const change = remember(person.seen, seenKey, time, plan.dedupe)
    changed(person)
    if (change === undefined) return
    if (change.written !== undefined) person.chunksWritten.push(change.written)
    for (const chunk of change.deleted) person.chunksDeleted.push(chunk)
  }

  function timer(person: Person, due: Timer): void {
    removeTimer(person.timers, due.slot, due.name)
    changed(person)
    counts().timersFired++
    const slot = slots[due.slot] as Slot
    begin(person, due.due, due.due, undefined)
    if (due.overdueBy === undefined) root.due = due.due
    root.cause = { timer: due.name, due: due.due }
    // With the operator: timers of two of them may have one name and one due time, and both lead to one operator below.
    root.causeText = `timer\n${slot.id}\n${due.name}\n${due.due}${overdueText(due)}`
    const moment: Moment = { at: due.due, watermark: due.due, person: person.id, known }
    take(slot, slot.operator.onTimer?.(stateOf(person, slot), due.name, moment, slot.ready))
    cascade()
  }

  function fact(person: Person, { fact: told, cause: of, watermark, slots: through }: Told): void {
    counts().woken++
    begin(person, told.time, watermark, undefined)
    root.cause = of
    root.causeText = `world\n${of.source}\n${of.id}`
    const moment: Moment = { at: told.time, watermark, person: person.id, known }
    for (const index of through) {
      const slot = slots[index] as Slot
      take(slot, slot.operator.onWorld?.(stateOf(person, slot), told, moment, slot.ready))
    }
    cascade()
  }

  function timersOf(person: Person, watermark: EpochMs): void {
    for (;;) {
      const first = firstTimer(person)
      if (first === undefined || first.due > watermark) {
        arm(person, first)
        return
      }
      timer(person, first)
    }
  }

  function merge(kept: Person, absorbed: Person, mark: MergeMark): void {
    begin(kept, mark.at, mark.watermark, undefined)
    root.cause = mark.cause
    root.causeText = `merge\n${absorbed.id}\n${mark.cause.source}\n${mark.cause.id}`
    root.origin = root.causeText
    root.firedUpTo = mark.watermark
    const moment: Moment = { at: mark.at, watermark: mark.watermark, person: kept.id, known }
    for (const slot of slots) {
      const theirs = absorbed.states[slot.index]
      if (theirs === undefined) continue
      kept.timers = kept.timers.filter((timer) => timer.slot !== slot.index)
      if (slot.operator.watches !== undefined) dependencies.unwatch(kept, slot.index)
      take(slot, slot.operator.merge(stateOf(kept, slot), theirs, moment, slot.ready))
    }
    cascade()
    for (const chunk of kept.seen.chunks) kept.chunksDeleted.push(chunk)
    kept.seen = mergeSeen(kept.seen, absorbed.seen, plan.dedupe)
    kept.chunksWritten = [...kept.seen.chunks]
    for (const known of kept.seen.keys) filter.add(known)
    changed(kept)
    timersOf(kept, mark.watermark)
    root.firedUpTo = BEGINNING
  }

  function erase(person: Person, { at, watermark, cause: of }: EraseMark): void {
    begin(person, at, watermark, undefined)
    root.cause = of
    root.causeText = `erase\n${of.source}\n${of.id}`
    const moment: Moment = { at, watermark, person: person.id, known }
    for (const slot of slots) {
      if (slot.operator.erased === undefined || person.states[slot.index] === undefined) continue
      // It goes out and not down: no operator learns anything of the person any more.
      for (const draft of slot.operator.erased(stateOf(person, slot), moment, slot.ready)) emit(slot, draft)
    }
  }

  return { event, timer, fact, merge, erase, timersOf, arm }
}

function removeTimer(timers: Timer[], slot: number, name: string): void {
  for (let i = 0; i < timers.length; i++) {
    const timer = timers[i] as Timer
    if (timer.slot !== slot || timer.name !== name) continue
    timers.splice(i, 1)
    return
  }
}

/** What tells an overdue timer from one of the same name and due time that fired before; nothing of all others. */
function overdueText({ overdueBy }: Timer): string {
  if (overdueBy === undefined) return ''
  return typeof overdueBy === 'string' ? `\n${overdueBy}` : `\n${overdueBy.source}\n${overdueBy.id}`
}
