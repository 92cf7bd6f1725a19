/**
 * The wall clock of an IANA time zone: from an instant to the clock on the wall, and from the wall to the next instant.
 *
 * 1. Instants are epoch milliseconds; a wall clock is whole minutes since local midnight, 0 to 1439.
 * 2. A wall time inside a spring gap stands for the first moment after the gap; one that comes twice in autumn for both.
 * 3. The rules of a zone come from the runtime's own tables through `Intl`; everything asked is a function of them alone.
 *
 * Asking `Intl` costs some microseconds, so offsets are kept per quarter of an hour: every change of clocks since zones have whole
 * minutes falls on one.
 */
import { DAY_MS, daysFromCivil, type EpochMs, MINUTE_MS, SECOND_MS } from './time.ts'

const QUARTER_MS = 15 * MINUTE_MS
/** Zones and wrong names that are remembered, and offsets of a zone; above it the memory starts anew. */
const ZONES_MAX = 2000
const OFFSETS_PER_ZONE_MAX = 4096

interface Zone {
  readonly format: Intl.DateTimeFormat
  readonly offsets: Map<number, number>
}

const zones = new Map<string, Zone | undefined>()

function lookUp(name: string): Zone | undefined {
  const known = zones.get(name)
  if (known !== undefined || zones.has(name)) return known
  if (zones.size >= ZONES_MAX) zones.clear()
  const zone = open(name)
  zones.set(name, zone)
  return zone
}

function open(name: string): Zone | undefined {
  // Offsets such as +01:00 are names to some releases of Node only, and no IANA zones.
  if (!/^[A-Za-z]/.test(name)) return undefined
  try {
    const format = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      hourCycle: 'h23',
      era: 'short',
      calendar: 'gregory',
      numberingSystem: 'latn',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
    return { format, offsets: new Map() }
  } catch {
    return undefined
  }
}

/** Whether a name is an IANA time zone that this runtime knows. Names from events come here: wrong ones are remembered too. */
export function isZone(name: string): boolean {
  return lookUp(name) !== undefined
}

/** How far the wall clock of the zone is ahead of UTC at an instant, in milliseconds. An unknown zone throws a RangeError. */
export function offsetMs(at: EpochMs, zone: string): number {
  const known = lookUp(zone)
  if (known === undefined) throw new RangeError(`no such time zone: ${zone}`)
  const quarter = Math.floor(at / QUARTER_MS)
  const kept = known.offsets.get(quarter)
  if (kept !== undefined) return kept
  if (known.offsets.size >= OFFSETS_PER_ZONE_MAX) known.offsets.clear()
  const offset = readOffset(quarter * QUARTER_MS, known.format)
  known.offsets.set(quarter, offset)
  return offset
}

function readOffset(at: EpochMs, format: Intl.DateTimeFormat): number {
  const read: Record<string, number> = {}
  let before = false
  for (const { type, value } of format.formatToParts(at)) {
    if (type === 'era') before = value.startsWith('B')
    else read[type] = Number(value)
  }
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = read
  const days = daysFromCivil(before ? 1 - year : year, month, day)
  return days * DAY_MS + (hour * 60 + minute) * MINUTE_MS + second * SECOND_MS - at
}

/** The wall clock at an instant, in whole minutes since local midnight. */
export function localMinutes(at: EpochMs, zone: string): number {
  const local = at + offsetMs(at, zone)
  return Math.floor((local - Math.floor(local / DAY_MS) * DAY_MS) / MINUTE_MS)
}

/** Local date of an instant, as days since 1970-01-01. */
export function localDay(at: EpochMs, zone: string): number {
  return Math.floor((at + offsetMs(at, zone)) / DAY_MS)
}

/**
 * The instants at which the wall shows `local` (milliseconds of the wall, as if it were UTC): one, two in autumn, and in a spring gap
 * the first moment after it. Clocks of one zone change at most once within two days.
 */
function instantsOf(local: number, zone: string): readonly EpochMs[] {
  const before = offsetMs(local - DAY_MS, zone)
  const after = offsetMs(local + DAY_MS, zone)
  if (before === after) return [local - before]
  const first = local - before
  const second = local - after
  const found: EpochMs[] = []
  if (offsetMs(first, zone) === before) found.push(first)
  if (offsetMs(second, zone) === after) found.push(second)
  if (found.length > 0) return found.sort((a, b) => a - b)
  return [changeBetween(local - DAY_MS, local + DAY_MS, zone)]
}

/** The first instant in (low, high] with the offset of `high`. */
function changeBetween(low: EpochMs, high: EpochMs, zone: string): EpochMs {
  const wanted = offsetMs(high, zone)
  let from = Math.floor(low / QUARTER_MS)
  let to = Math.floor(high / QUARTER_MS)
  while (to - from > 1) {
    const middle = Math.floor((from + to) / 2)
    if (offsetMs(middle * QUARTER_MS, zone) === wanted) to = middle
    else from = middle
  }
  return to * QUARTER_MS
}

/** The first instant after `at` at which the wall clock shows `minutes` since midnight (fine print O8). */
export function nextWallClock(at: EpochMs, minutes: number, zone: string): EpochMs {
  const today = localDay(at, zone)
  // Yesterday too: where clocks go back over midnight, its last hour comes again. Three days on for a day that a zone leaves out.
  for (let day = today - 1; day <= today + 3; day++) {
    for (const instant of instantsOf(day * DAY_MS + minutes * MINUTE_MS, zone))
      if (instant > at) return instant
  }
  throw new RangeError(`no ${minutes} minutes after midnight within three days in ${zone}`)
}

/** The first instant of a local date, given as days since 1970-01-01: midnight, or what follows it if clocks skip midnight. */
export function startOfLocalDay(day: number, zone: string): EpochMs {
  return instantsOf(day * DAY_MS, zone)[0] as EpochMs
}

/** `hh:mm`, 00:00 to 23:59, as minutes since midnight; undefined if it is none. */
export function parseWallClock(text: string): number | undefined {
  const match = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text)
  return match === null ? undefined : Number(match[1]) * 60 + Number(match[2])
}

/** Whether a wall clock lies in the daily window from `from` (included) to `to` (excluded), over midnight if need be; equal: never. */
export function isWithinWindow(minutes: number, from: number, to: number): boolean {
  return from <= to ? minutes >= from && minutes < to : minutes >= from || minutes < to
}
