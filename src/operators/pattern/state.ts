/**
 * What a pattern remembers of a person: by key the events that a match to come may be made of, and where the matching stands.
 *
 * Of an event it keeps time, roles and id: its data has been asked what there was to ask when it came.
 */
import type { ByteReader, ByteWriter } from '../../model/bytes.ts'
import { knownVersion } from '../../model/errors.ts'
import type { StateShape } from '../../model/operator.ts'
import type { EpochMs } from '../../model/time.ts'
import { type Asked, decodeAsked, encodeAsked } from './asked.ts'
import { UNLESS } from './config.ts'

/** An event that is a step, or that must stay away, or both. */
export interface Trace {
  readonly at: EpochMs
  /** Bits, see `TypeRule`. */
  readonly roles: number
  /** Empty for an event that is no step: nobody will ask. */
  readonly id: string
}

/** A place among the events of a key: everything in front of it is used up. */
export interface Place {
  readonly at: EpochMs
  readonly rank: number
}

export interface Instance {
  /** Empty: the pattern has no key. */
  readonly key: string
  /** In the order of `compareTraces`. */
  readonly traces: readonly Trace[]
  /** The last event of the newest match: the next one begins behind it. */
  readonly past: Place | undefined
  /** Time of the newest firing; kept only for `once`. */
  readonly firedAt: EpochMs | undefined
}

export interface PatternState {
  /** `PatternReady.print` of the config under which events got their roles; 0: of none. */
  readonly print: number
  /** Due time of the timer, never above that of the first match to decide; undefined: there is none. */
  readonly armed: EpochMs | undefined
  /** Sorted by key; none is empty. */
  readonly instances: readonly Instance[]
  /** Events whose conditions ask for more than the event, in the order of `compareAsked`. */
  readonly asked: readonly Asked[]
}

const EMPTY: PatternState = { print: 0, armed: undefined, instances: [], asked: [] }

/** The first of the steps that an event may be, as a bit; 0: none. At equal times events go in the order of the steps. */
export const rankOf = (roles: number): number => {
  const steps = roles & ~UNLESS
  return steps & -steps
}

/** Total, so that equal events make equal states whatever order they came in. */
export const compareTraces = (a: Trace, b: Trace): number =>
  a.at - b.at ||
  rankOf(a.roles) - rankOf(b.roles) ||
  (a.id === b.id ? a.roles - b.roles : a.id < b.id ? -1 : 1)

export const isPast = ({ at, roles }: Trace, past: Place | undefined): boolean =>
  past !== undefined && (at < past.at || (at === past.at && rankOf(roles) < past.rank))

const HAS_PAST = 1
const HAS_FIRED = 2

function encodeInstance({ key, traces, past, firedAt }: Instance, writer: ByteWriter): void {
  writer.text(key)
  writer.byte((past === undefined ? 0 : HAS_PAST) | (firedAt === undefined ? 0 : HAS_FIRED))
  if (past !== undefined) {
    writer.int(past.at)
    writer.uint(past.rank)
  }
  if (firedAt !== undefined) writer.int(firedAt)
  writer.uint(traces.length)
  let last = 0
  for (const { at, roles, id } of traces) {
    writer.int(at - last)
    last = at
    writer.uint(roles)
    if (roles !== UNLESS) writer.text(id)
  }
}

function decodeInstance(reader: ByteReader): Instance {
  const key = reader.text()
  const parts = reader.byte()
  const past = (parts & HAS_PAST) === 0 ? undefined : { at: reader.int(), rank: reader.uint() }
  const firedAt = (parts & HAS_FIRED) === 0 ? undefined : reader.int()
  const traces: Trace[] = []
  let at = 0
  for (let left = reader.uint(); left > 0; left--) {
    at += reader.int()
    const roles = reader.uint()
    traces.push({ at, roles, id: roles === UNLESS ? '' : reader.text() })
  }
  return { key, traces, past, firedAt }
}

export const patternState: StateShape<PatternState> = {
  version: 2,
  initial: () => EMPTY,
  encode({ print, armed, instances, asked }, writer) {
    writer.uint(print)
    writer.bool(armed !== undefined)
    if (armed !== undefined) writer.int(armed)
    writer.uint(instances.length)
    for (const instance of instances) encodeInstance(instance, writer)
    writer.uint(asked.length)
    for (const one of asked) encodeAsked(one, writer)
  },
  decode(reader, version) {
    knownVersion('the state of pattern', version, 2)
    const print = reader.uint()
    const armed = reader.bool() ? reader.int() : undefined
    const instances: Instance[] = []
    for (let left = reader.uint(); left > 0; left--) instances.push(decodeInstance(reader))
    const asked: Asked[] = []
    if (version > 1) for (let left = reader.uint(); left > 0; left--) asked.push(decodeAsked(reader))
    return { print, armed, instances, asked }
  },
}
