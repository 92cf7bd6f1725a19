/**
 * Who is who, as the gate has it in memory: the graph, whom it knows by names that came before, and which records the next commit writes.
 */
import type { ByteWriter } from '../model/bytes.ts'
import { type Identifier, normaliseValue } from '../model/identifiers.ts'
import type { IdentityReady } from '../operators/identity/config.ts'
import { Graph } from '../operators/identity/graph.ts'
import { type Known, createKnownPeople } from '../operators/identity/known.ts'
import { type NamePrint, digestOf } from '../operators/identity/name-print.ts'
import { isBlocked } from '../operators/identity/naming.ts'
import { type PersonRecord, encodePerson } from '../operators/identity/person-record.ts'
import { type IdentityEvent, type Resolution, knownPerson, resolve } from '../operators/identity/resolve.ts'
import type { Names } from './known-names.ts'
import { partitionOf } from './partition.ts'
import type { StateChange } from './ports/state-store.ts'

export interface GatePeople {
  /** Number of people that are not absorbed. */
  readonly count: number
  /** Records that changed since the last commit. */
  readonly changed: number
  /** Begins anew, with nobody. */
  clear(): void
  load(key: string, bytes: Buffer): void
  /** The one person that all names are known to be; the names remember him. */
  known(names: Names): Known | undefined
  resolve(event: IdentityEvent): Resolution | undefined
  put(record: PersonRecord): void
  /** Whom a print names; undefined: nobody. */
  named(print: NamePrint): PersonRecord | undefined
  /** The person of an id, which may have been absorbed since. */
  person(id: string): PersonRecord | undefined
  /** Ids of all people who are not absorbed. */
  each(call: (id: string) => void): void
  /** Takes a person out, and with it everybody it ever absorbed. */
  remove(record: PersonRecord): void
  /** From now on the name counts as blocked. `erasure`: names that were suppressed by one are lifted together. */
  suppress(digest: string, erasure: string): void
  /** What is to be suppressed with a person: all its names, but of a shared one the name that everybody has. */
  digestsOf(record: PersonRecord): readonly string[]
  /** Ends the suppression of this name and of those that were suppressed with it. */
  lift(digest: string): void
  /** Some of these names would identify were they not suppressed, and none does. */
  suppresses(identifiers: readonly Identifier[]): boolean
  /** Encodes what changed. */
  changes(writer: ByteWriter, list: StateChange[]): void
  applied(): void
}

export function createGatePeople(ready: IdentityReady, partitions: number): GatePeople {
  const people = createKnownPeople((id) => partitionOf(id, partitions))
  /** Undefined: gone. */
  const changed = new Map<string, PersonRecord | undefined>()
  let graph = new Graph(ready)

  function remove(record: PersonRecord): void {
    graph.remove(record)
    people.gone(record.id)
    changed.set(record.id, undefined)
  }

  return {
    get count() {
      return graph.people
    },
    get changed() {
      return changed.size + graph.marks.changed
    },
    clear() {
      graph = new Graph(ready)
      people.clear()
      changed.clear()
    },
    load(key, bytes) {
      if (!graph.marks.load(key, bytes)) graph.load(bytes)
    },
    known(names) {
      const { known } = names
      if (known !== undefined && !known.over && known.of === people) return known
      const person = knownPerson(graph, names.identifiers, ready)
      if (person === undefined) return undefined
      names.known = people.know(person)
      return names.known
    },
    resolve: (event) => resolve(graph, event, ready),
    put(record) {
      graph.put(record)
      people.changed(record)
      changed.set(record.id, record)
    },
    named: (print) => graph.named(print),
    person: (id) => graph.person(id),
    each: (call) => graph.each(call),
    remove(record) {
      for (const id of record.absorbed) {
        const absorbed = graph.newest(id)
        if (absorbed !== undefined) remove(absorbed)
      }
      remove(record)
    },
    suppress: (digest, erasure) => graph.marks.suppress(digest, erasure),
    digestsOf: ({ anonymous, identifiers }) =>
      anonymous ? [] : identifiers.map(({ type, value }) => digestOf(ready.key, type, value)),
    lift(digest) {
      // What lists of names were found to be does not hold once one of them names somebody again.
      if (graph.marks.lift(digest) > 0) people.clear()
    },
    suppresses(identifiers) {
      if (graph.marks.suppressed === 0) return false
      let some = false
      for (const { type, value } of identifiers) {
        if (!ready.types.has(type)) continue
        const normal = normaliseValue(type, value)
        if (isBlocked(value, normal, ready.blocked)) continue
        if (!graph.isSuppressed(type, normal)) return false
        some = true
      }
      return some
    },
    changes(writer, list) {
      for (const [id, record] of changed) {
        const start = writer.length
        if (record !== undefined) encodePerson(record, writer)
        list.push({ key: id, start, end: record === undefined ? -1 : writer.length, due: undefined })
      }
      graph.marks.changes(writer, (key, start, end) => list.push({ key, start, end, due: undefined }))
    },
    applied() {
      changed.clear()
      graph.marks.applied()
    },
  }
}
