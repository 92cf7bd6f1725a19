/**
 * Erasure at the gate: who asked to be forgotten goes out of the graph, is told to whoever reads on, and comes back under none of the
 * names it had.
 *
 * 1. It counts as soon as it is read, whatever its time (M1). What is told to the person's partition stands in one order with everything
 *    else that is, so there it is worked off behind all that was said of the person before.
 * 2. Nothing that is written by it has a name in it: ids and digests are keyed hashes.
 * 3. The compacted topic of identities keeps nothing under any id that the person ever had; whoever follows it reads `person.erased` first.
 */
import { didYouMean } from '../model/did-you-mean.ts'
import { type IdKey, deriveId } from '../model/hash.ts'
import type { EpochMs } from '../model/time.ts'
import type { IdentityReady } from '../operators/identity/config.ts'
import { printsOf } from '../operators/identity/name-print.ts'
import type { PersonRecord } from '../operators/identity/person-record.ts'
import type { Plan } from '../topology/plan.ts'
import type { GateForgetting } from './gate-forgetting.ts'
import type { GatePeople } from './gate-people.ts'
import type { GateWrites } from './gate-writes.ts'
import type { Outputs } from './outputs.ts'
import type { EraseOrder, ErasedName } from './ports/codec.ts'
import type { Counts, EraseOutcome } from './ports/observer.ts'

/** What the cause of an erasure, and that of a forgetting, calls its source. */
const ERASE = 'erase'
const FORGET = 'forget'
/** How much of a type that there is not is shown. */
const TYPE_SHOWN = 64

export interface ErasureParts {
  readonly plan: Plan
  readonly key: IdKey
  readonly people: GatePeople
  readonly forgetting: GateForgetting
  readonly writes: GateWrites
  readonly outputs: Outputs
  readonly counts: () => Counts
}

/** When and where an order was read. */
export interface OrderMoment {
  readonly at: EpochMs
  readonly watermark: EpochMs
  /** The same wherever the log is read again. */
  readonly place: string
}

export interface GateErasure {
  /** Erases whoever is named, and suppresses the names; or lifts what was suppressed. */
  order(of: ErasedName | EraseOrder, lift: boolean, moment: OrderMoment): void
  /** Nobody asked, and the names may name somebody again: the person was silent for long enough, which was over at `due`. */
  forget(record: PersonRecord, due: EpochMs): void
}

/** What is wrong with an order that can mean nobody; undefined: nothing. */
export function nameless(
  of: ErasedName | EraseOrder,
  { types }: Pick<IdentityReady, 'types'>,
): string | undefined {
  if ('prints' in of || of.type === undefined || types.has(of.type)) return undefined
  const near = didYouMean(of.type, types.keys())
  const known = near === undefined ? `known: ${[...types.keys()].join(', ')}` : `did you mean ${near}?`
  return `erase: no identifier of type ${JSON.stringify(of.type.slice(0, TYPE_SHOWN))} identifies anybody here; ${known}`
}

export function createGateErasure(parts: ErasureParts): GateErasure {
  const { plan, key, people, forgetting, writes, outputs, counts } = parts

  /** Out of the graph, and out of the compacted topic. */
  function remove(record: PersonRecord): void {
    const before = people.count
    people.remove(record)
    counts().people += people.count - before
    for (const one of [record.id, ...record.absorbed]) outputs.nobody(one)
  }

  function erase(record: PersonRecord, id: string, { at, watermark }: OrderMoment): void {
    const { id: person, absorbed } = record
    for (const digest of people.digestsOf(record)) people.suppress(digest, id)
    counts().erased++
    const cause = { source: ERASE, id }
    outputs.identity({
      id: deriveId(key, plan.identity.id, person, `${ERASE}\n${id}`, 0),
      person,
      type: 'person.erased',
      time: at,
      cause,
      data: { absorbed },
    })
    remove(record)
    if (forgetting.active) forgetting.gone(person)
    writes.erase(person, { watermark, at, cause })
  }

  function count(outcome: EraseOutcome): void {
    const { eraseOrders } = counts()
    eraseOrders.set(outcome, (eraseOrders.get(outcome) ?? 0) + 1)
  }

  return {
    order(of, lift, moment) {
      const { person: personId, prints } =
        'prints' in of ? of : { person: undefined, prints: printsOf(of, plan.identity.ready) }
      if (lift) {
        for (const { digest } of prints) people.lift(digest)
        count('lifted')
        return
      }
      const id = deriveId(key, ERASE, moment.place)
      const before = counts().erased
      const found = personId === undefined ? undefined : people.person(personId)
      if (found !== undefined) erase(found, id, moment)
      for (const print of prints) {
        const record = people.named(print)
        if (record !== undefined) erase(record, id, moment)
        people.suppress(print.digest, id)
      }
      count(counts().erased > before ? 'erased' : 'unknown')
    },
    forget(record, due) {
      counts().forgotten++
      remove(record)
      const cause = { source: FORGET, id: deriveId(key, FORGET, record.id, due) }
      writes.erase(record.id, { watermark: due, at: due, cause })
    },
  }
}
