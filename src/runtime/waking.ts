/**
 * Waking: a fact of the world whose time has come is told to everybody in the partition who watches its entity, one by one in the order of
 * their ids, over as many commits as it takes.
 *
 * 1. Nobody is told twice: how far it is stands in the task's record (`profile-world.ts`).
 * 2. Who waits for a handoff gets the fact into the inbox, watching or not: after the merge they may. Whoever leaves gets none behind that.
 */
import { ByteReader, ByteWriter } from '../model/bytes.ts'
import { INBOX_FACTS_MAX } from '../model/limits.ts'
import type { EpochMs } from '../model/time.ts'
import type { Fact } from './facts.ts'
import { readFact, writeFact } from './facts.ts'
import type { Handoff } from './handoff.ts'
import type { People } from './people.ts'
import type { Person } from './person.ts'
import type { Counts } from './ports/observer.ts'
import { type ProfileWorld, worldFactOf } from './profile-world.ts'
import type { Stepper } from './step.ts'

export interface WakingDependencies {
  readonly world: ProfileWorld
  readonly people: People
  readonly stepper: Stepper
  readonly handoff: Handoff
  readonly counts: () => Counts
}

export interface Waking {
  opened(): void
  /** Tells the first fact that is due; false where it must stop: enough for one commit, or a person that is not loaded. */
  wake(enough: () => boolean): boolean
  /** Ids of those whom facts due at `limit` concern and who are to be loaded first, at most so many. */
  elsewhere(limit: EpochMs, most: number): readonly string[]
  /** A fact comes out of an inbox. */
  tellWaiting(person: Person, bytes: Buffer): void
}

/** Whom a fact concerns, and how far it is with them. */
interface Wave {
  readonly number: number
  readonly people: readonly number[]
  next: number
}

export function createWaking({ world, people, stepper, handoff, counts }: WakingDependencies): Waking {
  const scratch = new ByteWriter()
  /** Nobody gets or loses a number while a fact is told: records are read only behind it. */
  let wave: Wave | undefined

  /** Those whom the first fact concerns and who were not told yet. */
  function left(number: number, entity: string): readonly number[] {
    return wave?.number === number
      ? wave.people.slice(wave.next)
      : people.watchers(entity, world.reachedPerson())
  }

  function tell(person: Person, fact: Fact): void {
    const told = worldFactOf(fact)
    const slots = people.watches.slotsOf(person.number, told.entity)
    if (slots.length === 0) return
    const { source, id, wakesAt } = fact.measure
    stepper.fact(person, { fact: told, cause: { source, id }, watermark: wakesAt, slots })
  }

  function wait(person: Person, fact: Fact): void {
    const { inbox } = person
    if (inbox.at(-1)?.kind === 'leave') return
    if (inbox.length >= INBOX_FACTS_MAX) {
      counts().fellOut++
      return
    }
    scratch.reset()
    writeFact(fact, scratch)
    // Timers short of its moment fire before it, those of its moment behind.
    handoff.wait(person, { kind: 'fact', watermark: fact.measure.wakesAt - 1, bytes: scratch.copy() })
  }

  return {
    opened() {
      wave = undefined
    },
    wake(enough) {
      const first = world.first()
      if (!world.stands(first)) {
        world.done()
        return true
      }
      const fact = world.factOf(first)
      const told = fact.measure.number
      const going: Wave = wave ?? { number: told, people: left(told, first.entity), next: 0 }
      wave = going
      for (; going.next < going.people.length; going.next++) {
        if (enough()) return false
        const number = going.people[going.next] as number
        if (!people.isConcerned(number, first.entity)) continue
        const person = people.at(number)
        if (person === undefined) return false
        if (person.inbox.length > 0) wait(person, fact)
        else {
          tell(person, fact)
          stepper.arm(person)
        }
        world.reach(person.id)
      }
      wave = undefined
      world.done()
      return true
    },
    elsewhere(limit, most) {
      const concerned: number[] = []
      for (const { entity, measure } of world.dueUpTo(limit)) {
        if (concerned.length >= most) break
        const isFirst = measure.number === world.first().measure.number
        for (const one of isFirst ? left(measure.number, entity) : people.watchers(entity, ''))
          concerned.push(one)
      }
      return people.elsewhere(concerned.slice(0, most))
    },
    tellWaiting: (person, bytes) => tell(person, readFact(new ByteReader(bytes))),
  }
}
