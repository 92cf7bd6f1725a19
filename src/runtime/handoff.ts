/**
 * The handoff: how the state of an absorbed person travels to the kept one, and what waits meanwhile.
 *
 * 1. A merge is a barrier. The kept person's inbox gets `wait for B`, the absorbed person's `leave for A`; both count as a mark, and
 *    the absorbed person fires nothing later than it.
 * 2. While an inbox is not empty, everything that comes for that person goes behind it, with the watermark of its moment, and the
 *    person's timers wait.
 * 3. It is worked off from the front: `wait` when the handoff is here; before each entry the timers fire that were due at its
 *    watermark; `leave` sends the state and forgets, in one transaction.
 *    Conditions read the world as of then, too: a fact that came late, behind an entry, was not known to it.
 * 4. The result is that of the fold in log order, in every interleaving of partitions. A merge within one partition is the same, with
 *    the handoff handed over in the same step.
 * 5. An erasure waits its turn like everything else, so whatever was on its way to the person when it was asked for is there, and goes
 *    too. What comes behind it, or behind a `leave`, is of somebody new under the same id.
 */
import { ByteReader, ByteWriter } from '../model/bytes.ts'
import { invariant } from '../model/errors.ts'
import { INBOX_ENTRIES_MAX } from '../model/limits.ts'
import type { EpochMs } from '../model/time.ts'
import type { Appends } from './appends.ts'
import { partitionOf } from './partition.ts'
import { type InboxEntry, type Incoming, type Person, keepHandoff, takeHandoff } from './person.ts'
import type { Stepper } from './step.ts'
import { type EraseMark, type MergeMark, WireEvent, writeHandoff } from './wire-event.ts'

export interface HandoffDependencies {
  readonly stepper: Stepper
  readonly appends: Appends
  readonly partition: number
  readonly partitions: number
  readonly internalTopic: string
  readonly personOf: (id: string) => Person | undefined
  readonly encode: (person: Person, to: ByteWriter) => void
  readonly decode: (id: string, bytes: Buffer) => Person
  /** Of the partition. */
  readonly watermark: () => EpochMs
  readonly touch: (person: Person) => void
  /** The person's inbox is not empty any more: its timers wait. */
  readonly waits: (person: Person) => void
  readonly forget: (person: Person) => void
  /** Number of the newest fact of the world that the partition has taken. */
  readonly taken: () => number
  /** One person more or less waits. */
  readonly waiters: (change: 1 | -1) => void
  /** Until it is said anew, conditions read the world of facts up to that number; undefined: of all. */
  readonly readUpTo: (taken: number | undefined) => void
  /** A fact that waited. */
  readonly tell: (person: Person, bytes: Buffer) => void
}

export interface Handoff {
  /** Puts an entry behind what waits already. */
  wait(person: Person, entry: Incoming): void
  /** A merge record: for whichever of the two live in this partition. */
  merge(merge: MergeMark): void
  /** The state of an absorbed person has come. */
  arrived(kept: Person, absorbed: string, bytes: Buffer): void
  /** Everything of the person goes, as soon as everything that was on its way is here. */
  erase(person: Person, mark: EraseMark): void
}

export function createHandoff(deps: HandoffDependencies): Handoff {
  const { stepper, appends, partition, partitions, internalTopic } = deps
  const scratch = new ByteWriter()
  const here = (id: string): boolean => partitionOf(id, partitions) === partition

  function person(id: string): Person {
    const found = deps.personOf(id)
    invariant(found !== undefined, 'a merge concerns a person that was not loaded')
    return found
  }

  function wait(to: Person, entry: Incoming): void {
    invariant(to.inbox.length < INBOX_ENTRIES_MAX, `the inbox of ${to.id} is full: its handoff never came`)
    deps.waits(to)
    if (to.inbox.length === 0) deps.waiters(1)
    to.inbox.push({ ...entry, taken: deps.taken() })
    deps.touch(to)
  }

  function merge(mark: MergeMark): void {
    const { watermark } = mark
    if (here(mark.kept)) wait(person(mark.kept), { kind: 'wait', watermark, merge: mark })
    if (!here(mark.absorbed)) return
    const absorbed = person(mark.absorbed)
    wait(absorbed, { kind: 'leave', watermark, merge: mark })
    workOff(absorbed)
  }

  function erase(of: Person, mark: EraseMark): void {
    wait(of, { kind: 'erase', watermark: mark.watermark, erase: mark })
    workOff(of)
  }

  function arrived(kept: Person, absorbed: string, bytes: Buffer): void {
    keepHandoff(kept, absorbed, bytes)
    deps.touch(kept)
    workOff(kept)
  }

  /** From the front, as far as it goes; then the timers up to the partition's watermark. */
  function workOff(of: Person): void {
    const turns = [of]
    for (let next = turns.pop(); next !== undefined; next = turns.pop()) workOffOne(next, turns)
    deps.readUpTo(undefined)
  }

  /** `turns` gets who was given a handoff by it. */
  function workOffOne(of: Person, turns: Person[]): void {
    if (of.inbox.length === 0) return
    while (of.inbox.length > 0) {
      const entry = of.inbox[0] as InboxEntry
      if (entry.kind === 'wait' && of.handoffs?.has(entry.merge.absorbed) !== true) return
      deps.readUpTo(entry.taken)
      stepper.timersOf(of, entry.watermark)
      of.inbox.shift()
      deps.touch(of)
      if (entry.kind === 'event') stepper.event(of, new WireEvent(of.id, new ByteReader(entry.bytes, 1)))
      else if (entry.kind === 'wait') take(of, entry.merge)
      else if (entry.kind === 'fact') deps.tell(of, entry.bytes)
      else if (entry.kind === 'leave') leave(of, entry.merge, turns)
      else {
        stepper.erase(of, entry.erase)
        deps.forget(of)
      }
    }
    deps.readUpTo(deps.taken())
    stepper.timersOf(of, deps.watermark())
    deps.waiters(-1)
  }

  function take(kept: Person, mark: MergeMark): void {
    stepper.merge(kept, deps.decode(mark.absorbed, takeHandoff(kept, mark.absorbed) as Buffer), mark)
  }

  function leave(absorbed: Person, mark: MergeMark, turns: Person[]): void {
    scratch.reset()
    deps.encode(absorbed, scratch)
    deps.forget(absorbed)
    if (here(mark.kept)) {
      const kept = person(mark.kept)
      keepHandoff(kept, mark.absorbed, scratch.copy())
      deps.touch(kept)
      turns.push(kept)
      return
    }
    appends.begin(internalTopic, partitionOf(mark.kept, partitions), undefined, mark.kept)
    writeHandoff(appends.writer, mark.absorbed, scratch.view())
    appends.end()
  }

  return { wait, merge, arrived, erase }
}
