/**
 * Who is who, as the gate has it in memory: the graph, whom it knows by names that came before, and which records the next commit writes.
 */
import type { ByteWriter } from '../model/bytes.ts'
import type { IdentityReady } from '../operators/identity/config.ts'
import { Graph } from '../operators/identity/graph.ts'
import { type Known, createKnownPeople } from '../operators/identity/known.ts'
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
  load(bytes: Buffer): void
  /** The one person that all names are known to be; the names remember him. */
  known(names: Names): Known | undefined
  resolve(event: IdentityEvent): Resolution | undefined
  put(record: PersonRecord): void
  /** Encodes what changed. */
  changes(writer: ByteWriter, list: StateChange[]): void
  applied(): void
}

export function createGatePeople(ready: IdentityReady, partitions: number): GatePeople {
  const people = createKnownPeople((id) => partitionOf(id, partitions))
  const changed = new Map<string, PersonRecord>()
  let graph = new Graph(ready)

  return {
    get count() {
      return graph.people
    },
    get changed() {
      return changed.size
    },
    clear() {
      graph = new Graph(ready)
      people.clear()
      changed.clear()
    },
    load(bytes) {
      graph.load(bytes)
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
    changes(writer, list) {
      for (const [id, record] of changed) {
        const start = writer.length
        encodePerson(record, writer)
        list.push({ key: id, start, end: writer.length, due: undefined })
      }
    },
    applied: () => changed.clear(),
  }
}
