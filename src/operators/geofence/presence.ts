/** The rule: what a decided reading does to where a person is, and what two people's whereabouts make as one. */
import { INSTANCES_PER_PERSON_MAX } from '../../model/limits.ts'
import type { EpochMs } from '../../model/time.ts'
import type { Verdict } from './moving.ts'
import { isBeyond, type Reading } from './reading.ts'

/** A place that the person is in. */
export interface Stay {
  readonly place: string
  /** Time of the `zone.entered`. */
  readonly since: EpochMs
}

/** Times in a row within a place that does not count as entered yet: fewer than `confirm` of them. */
export interface Approach {
  readonly place: string
  /** Newest reading before the row; undefined: none. Two rows of people who become one are joined by it. */
  readonly brokenAt: EpochMs | undefined
  /** Rising; the last one is the newest decided reading, or, of a place that moves, a later move. */
  readonly times: readonly EpochMs[]
}

export interface Presence {
  /** Time of the newest reading that was decided; undefined: none was. */
  readonly decidedAt: EpochMs | undefined
  /** Sorted by place. */
  readonly stays: readonly Stay[]
  /** Sorted by place; of no place in `stays`. */
  readonly approaches: readonly Approach[]
}

/** What a reading made of it. `left` and `entered` are sorted by place. */
export interface Change {
  readonly presence: Presence
  readonly left: readonly Stay[]
  readonly entered: readonly string[]
}

const NO_STAYS: readonly Stay[] = []
const NO_APPROACHES: readonly Approach[] = []
const NO_PLACES: readonly string[] = []

const byPlace = (a: { readonly place: string }, b: { readonly place: string }): number =>
  a.place < b.place ? -1 : a.place > b.place ? 1 : 0

const holds = (stays: readonly Stay[], place: string): boolean => stays.some((stay) => stay.place === place)

/** The next reading in the order of event time is decided. */
export function decided(presence: Presence, reading: Reading, confirm: number): Change {
  const { stays } = presence
  const { at } = reading
  const left = stays.length === 0 ? NO_STAYS : stays.filter(({ place }) => isBeyond(reading, place))
  const fresh = reading.within.filter((place) => !holds(stays, place))
  if (left.length === 0 && fresh.length === 0) {
    const next = { decidedAt: at, stays, approaches: NO_APPROACHES }
    return { presence: next, left: NO_STAYS, entered: NO_PLACES }
  }
  const entered: string[] = []
  const approaches: Approach[] = []
  for (const place of fresh) {
    const row = presence.approaches.find((approach) => approach.place === place)
    const times = row === undefined ? [at] : [...row.times, at]
    if (times.length >= confirm) entered.push(place)
    else approaches.push({ place, brokenAt: row === undefined ? presence.decidedAt : row.brokenAt, times })
  }
  const kept = left.length === 0 ? stays : stays.filter((stay) => !left.includes(stay))
  const begun = entered.map((place): Stay => ({ place, since: at }))
  const all = begun.length === 0 ? kept : [...kept, ...begun].sort(byPlace)
  return { presence: { decidedAt: at, stays: all, approaches }, left, entered }
}

/** The same presence: nothing changed. One place came or went, and everybody else is where they were. */
export function observed(presence: Presence, place: string, verdict: Verdict, seen: Seen): Change {
  const { decidedAt, stays, approaches } = presence
  const { at, confirm } = seen
  const stay = stays.find((one) => one.place === place)
  if (stay !== undefined) {
    if (verdict !== 'beyond') return { presence, left: NO_STAYS, entered: NO_PLACES }
    const left = { decidedAt, stays: stays.filter((one) => one !== stay), approaches }
    return { presence: left, left: [stay], entered: NO_PLACES }
  }
  const row = approaches.find((one) => one.place === place)
  if (verdict !== 'within' && row === undefined) return { presence, left: NO_STAYS, entered: NO_PLACES }
  const others = approaches.filter((one) => one !== row)
  const times = verdict === 'within' ? [...(row?.times ?? []), at] : []
  if (times.length >= confirm) {
    const all = [...stays, { place, since: at }].sort(byPlace)
    return { presence: { decidedAt, stays: all, approaches: others }, left: NO_STAYS, entered: [place] }
  }
  const rows = times.length === 0 ? others : [...others, { place, brokenAt: row?.brokenAt, times }]
  const next = { decidedAt, stays, approaches: rows.sort(byPlace) }
  return { presence: next, left: NO_STAYS, entered: NO_PLACES }
}

/** At which time a place counts, and how many times in a row it must. */
export interface Seen {
  readonly at: EpochMs
  readonly confirm: number
}

const later = (a: EpochMs | undefined, b: EpochMs | undefined): EpochMs | undefined =>
  a === undefined ? b : b === undefined || a >= b ? a : b

/** Whoever was in a place is in it, since the earlier of the two; their next reading says whether they still are. */
function mergeStays(a: readonly Stay[], b: readonly Stay[]): readonly Stay[] {
  const since = new Map(a.map((stay) => [stay.place, stay.since]))
  for (const stay of b) since.set(stay.place, Math.min(since.get(stay.place) ?? stay.since, stay.since))
  const all = [...since].map(([place, from]): Stay => ({ place, since: from }))
  if (all.length <= INSTANCES_PER_PERSON_MAX) return all.sort(byPlace)
  const newest = all.sort((x, y) => y.since - x.since || byPlace(x, y))
  return newest.slice(0, INSTANCES_PER_PERSON_MAX).sort(byPlace)
}

/**
 * The row that the readings of both make together: those behind the newest one of either that was not within. At most one short of
 * `confirm`, since a merge by itself enters nothing.
 */
function mergeApproach(place: string, a: Presence, b: Presence, confirm: number): Approach | undefined {
  const rowA = a.approaches.find((approach) => approach.place === place)
  const rowB = b.approaches.find((approach) => approach.place === place)
  const brokenAt = later(
    rowA === undefined ? a.decidedAt : rowA.brokenAt,
    rowB === undefined ? b.decidedAt : rowB.brokenAt,
  )
  const times = [...new Set([...(rowA?.times ?? []), ...(rowB?.times ?? [])])]
    .filter((at) => brokenAt === undefined || at > brokenAt)
    .sort((x, y) => x - y)
  const row = times.slice(Math.max(0, times.length - (confirm - 1)))
  return row.length === 0 ? undefined : { place, brokenAt, times: row }
}

/**
 * `moves`: rows of such a place begin anew if both were seen somewhere, since who of the two it came to, and when it was not there, is not
 * remembered.
 */
export function mergePresences(
  a: Presence,
  b: Presence,
  { confirm, moves }: { readonly confirm: number; readonly moves: (place: string) => boolean },
): Presence {
  const stays = mergeStays(a.stays, b.stays)
  const wereSeen = a.decidedAt !== undefined && b.decidedAt !== undefined
  const places = new Set([...a.approaches, ...b.approaches].map(({ place }) => place))
  const approaches = [...places]
    .filter((place) => !holds(stays, place) && !(wereSeen && moves(place)))
    .sort()
    .flatMap((place) => mergeApproach(place, a, b, confirm) ?? [])
  return { decidedAt: later(a.decidedAt, b.decidedAt), stays, approaches }
}
