/** A gate without clocks: folds events, in short notation, through `resolve` and `put`, and keeps all that came out. */
import { ByteWriter } from '../../../src/model/bytes.ts'
import { idKeyOf } from '../../../src/model/hash.ts'
import type { Identifier } from '../../../src/model/identifiers.ts'
import type { Announcement } from '../../../src/operators/identity/announce.ts'
import {
  type IdentityReady,
  identityConfig,
  prepareIdentity,
} from '../../../src/operators/identity/config.ts'
import { Graph } from '../../../src/operators/identity/graph.ts'
import { encodePerson, type PersonRecord } from '../../../src/operators/identity/person-record.ts'
import { type Resolution, resolve } from '../../../src/operators/identity/resolve.ts'

const TYPES: Readonly<Record<string, string>> = {
  u: 'user_id',
  l: 'loyalty_id',
  e: 'email',
  p: 'phone',
  d: 'device_id',
  t: 'push_token',
  a: 'anonymous_id',
}

/** `d:D1`, or `facebook_id:f1`. */
export function identifierOf(text: string): Identifier {
  const at = text.indexOf(':')
  const type = text.slice(0, at)
  return { type: TYPES[type] ?? type, value: text.slice(at + 1) }
}

export const shortOf = ({ type, value }: Identifier): string =>
  `${Object.keys(TYPES).find((short) => TYPES[short] === type) ?? type}:${value}`

export function readyOf(config: unknown = {}): IdentityReady {
  return prepareIdentity(identityConfig.parse(config), { key: idKeyOf('test') })
}

export interface Fold {
  readonly graph: Graph
  readonly ready: IdentityReady
  readonly resolutions: readonly (Resolution | undefined)[]
  readonly emitted: readonly Announcement[]
  /** The changelog: every record ever put, in order. */
  readonly log: readonly PersonRecord[]
}

export interface FoldEvent {
  readonly time: number
  readonly identifiers: readonly Identifier[]
}

export function deepFreeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const inner of Object.values(value)) deepFreeze(inner)
  }
  return value
}

/** Events are named e1, e2, ... by place. */
export function foldEvents(
  events: readonly FoldEvent[],
  config: unknown = {},
  onto: Graph = new Graph(readyOf(config)),
): Fold {
  const ready = readyOf(config)
  const log: PersonRecord[] = []
  const resolutions = events.map((event, i) => {
    const resolution = deepFreeze(resolve(onto, { id: `e${i + 1}`, ...event }, ready))
    for (const record of resolution?.changes ?? []) {
      onto.put(record)
      log.push(record)
    }
    return resolution
  })
  return { graph: onto, ready, resolutions, emitted: resolutions.flatMap((one) => one?.emit ?? []), log }
}

/** Lines like `5 d:D1 u:ann`: a time, then identifiers. */
export function eventsOf(lines: readonly string[]): readonly FoldEvent[] {
  return lines.map((line) => {
    const [time = '', ...names] = line.split(' ')
    return { time: Number(time), identifiers: names.map(identifierOf) }
  })
}

export const fold = (lines: readonly string[], config: unknown = {}): Fold =>
  foldEvents(eventsOf(lines), config)

/** Whose an identifier is: the anonymous person's if shared. */
export function ownerOf({ graph }: Fold, text: string): PersonRecord | undefined {
  const { type, value } = identifierOf(text)
  return graph.owner(type, value)
}

/** The person of each event. */
export const peopleOf = ({ resolutions }: Fold): readonly (string | undefined)[] =>
  resolutions.map((one) => one?.person)

export const countOf = ({ emitted }: Fold, type: string): number =>
  emitted.filter((one) => one.type === `identity.${type}`).length

/** Who is who: identifiers by person, in a form that does not depend on any order. */
export function partition(records: readonly PersonRecord[]): readonly string[] {
  return [...newest(records).values()]
    .filter(({ absorbedInto }) => absorbedInto === undefined)
    .map(({ identifiers }) => identifiers.map(shortOf).toSorted().join(' '))
    .toSorted()
}

/** What a compacted changelog keeps. */
export const newest = (log: readonly PersonRecord[]): ReadonlyMap<string, PersonRecord> =>
  new Map(log.map((record) => [record.id, record]))

export function restore(records: Iterable<PersonRecord>, ready: IdentityReady): Graph {
  const graph = new Graph(ready)
  const writer = new ByteWriter()
  for (const record of records) {
    writer.reset()
    encodePerson(record, writer)
    graph.load(writer.copy())
  }
  return graph
}
