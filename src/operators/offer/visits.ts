/**
 * Who is in the store, the park, the house: a visit is under way from `visit.started` or `zone.entered` until it ends.
 *
 * Signs are kept and read as of a time, so that it does not matter in which order they came. Gates fail and people leave through the
 * hedge: a visit that nobody ended is over a day after its last sign.
 */
import type { ByteReader, ByteWriter } from '../../model/bytes.ts'
import { InvariantError } from '../../model/errors.ts'
import { fieldOf, type StreamEvent } from '../../model/event.ts'
import { INSTANCES_PER_PERSON_MAX } from '../../model/limits.ts'
import { DAY_MS, type EpochMs } from '../../model/time.ts'
import type { OfferReady } from './config.ts'
import type { Tally } from './extras.ts'

/** At one moment in this order, so that an end ends what began with it. Their places stand in the bytes: append only. */
const TYPES = ['visit.started', 'zone.entered', 'zone.left', 'visit.ended'] as const

export const VISIT_TYPES: readonly string[] = TYPES

export interface Sign {
  readonly at: EpochMs
  /** Place of its type among {@link VISIT_TYPES}. */
  readonly kind: number
  readonly visit: string | undefined
  readonly place: string | undefined
  readonly zone: string | undefined
}

type Signs = readonly Sign[]

const STARTED = 0
const ENTERED = 1
const LEFT = 2

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined

export const signOf = (event: StreamEvent): Sign => ({
  at: event.time,
  kind: TYPES.indexOf(event.type as (typeof TYPES)[number]),
  visit: text(fieldOf(event, 'visit_id')),
  place: text(fieldOf(event, 'place_id')),
  zone: text(fieldOf(event, 'zone_id')),
})

/** By the first of the two ids that both have; who names nothing means any. */
function isOneVisit(a: Sign, b: Sign): boolean {
  if (a.visit !== undefined && b.visit !== undefined) return a.visit === b.visit
  return a.place === undefined || b.place === undefined || a.place === b.place
}

const isOneZone = (a: Sign, b: Sign): boolean => (a.zone ?? a.place) === (b.zone ?? b.place)

/** A zone is left by itself, its visit may go on; the end of a visit ends the stay in its zones too. */
export function isVisiting(signs: Signs, at: EpochMs): boolean {
  let open: Sign[] = []
  for (const sign of signs) {
    if (sign.at > at) break
    if (sign.kind === STARTED || sign.kind === ENTERED) open.push(sign)
    else if (sign.kind === LEFT) open = open.filter((one) => one.kind === STARTED || !isOneZone(one, sign))
    else open = open.filter((one) => !isOneVisit(one, sign))
  }
  return open.some((one) => at < one.at + DAY_MS)
}

const keyOf = ({ visit, place, zone }: Sign): string => JSON.stringify([visit, place, zone])

function compare(a: Sign, b: Sign): number {
  if (a.at !== b.at || a.kind !== b.kind) return a.at - b.at || a.kind - b.kind
  const [left, right] = [keyOf(a), keyOf(b)]
  return left < right ? -1 : left > right ? 1 : 0
}

/** Both lists in order, each sign once; those that no decision can ask about any more are let go. */
export function mergeSigns(a: Signs, b: Signs, watermark: EpochMs, ready: OfferReady, tally: Tally): Signs {
  const oldest = watermark - ready.horizonMs - DAY_MS
  const all = [...a, ...b].sort(compare)
  const kept = all.filter(
    (sign, i) => sign.at > oldest && (i === 0 || compare(all[i - 1] as Sign, sign) !== 0),
  )
  const surplus = Math.max(0, kept.length - INSTANCES_PER_PERSON_MAX)
  tally.fellOut += surplus
  return kept.slice(surplus)
}

export function encodeSigns(signs: Signs, writer: ByteWriter): void {
  writer.uint(signs.length)
  for (const { at, kind, visit, place, zone } of signs) {
    writer.int(at)
    writer.uint(kind)
    writer.optionalText(visit)
    writer.optionalText(place)
    writer.optionalText(zone)
  }
}

export function decodeSigns(reader: ByteReader): Signs {
  const signs: Sign[] = []
  for (let left = reader.uint(); left > 0; left--) {
    const at = reader.int()
    const kind = reader.uint()
    if (TYPES[kind] === undefined) throw new InvariantError(`there is no sign of a visit ${kind}`)
    signs.push({
      at,
      kind,
      visit: reader.optionalText(),
      place: reader.optionalText(),
      zone: reader.optionalText(),
    })
  }
  return signs
}
