/** Wall-clock time of a zone, for people who write tests and read stories: "08:00" in Copenhagen as milliseconds, and back. */
import { civilFromDays, DAY_MS, daysFromCivil, HOUR_MS, MINUTE_MS, type EpochMs } from '../model/time.ts'

const formats = new Map<string, Intl.DateTimeFormat>()

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone)
  if (known !== undefined) return known
  const made = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  })
  formats.set(zone, made)
  return made
}

/** Whether a name is one of the IANA zones. */
export function isZone(zone: string): boolean {
  try {
    return formatOf(zone) !== undefined
  } catch {
    return false
  }
}

/** What the wall clock of `zone` shows at `at`, as if it were UTC. */
function wallAsUtc(at: EpochMs, zone: string): number {
  const part: Record<string, number> = {}
  for (const { type, value } of formatOf(zone).formatToParts(at)) part[type] = Number(value)
  const days = daysFromCivil(part['year'] ?? 0, part['month'] ?? 1, part['day'] ?? 1)
  const ms = ((at % 1000) + 1000) % 1000
  return (
    days * DAY_MS +
    (part['hour'] ?? 0) * HOUR_MS +
    (part['minute'] ?? 0) * MINUTE_MS +
    (part['second'] ?? 0) * 1000 +
    ms
  )
}

/** A day of the calendar, as days since 1970-01-01. */
export type CivilDay = number

/** `2026-07-11` as a day; undefined if it is none. */
export function parseDay(text: string): CivilDay | undefined {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text)
  if (match === null) return undefined
  return daysFromCivil(Number(match[1]), Number(match[2]), Number(match[3]))
}

/**
 * The moment at which the wall clock of `zone` shows `ofDayMs` after midnight of `day`. What a clock shows twice in autumn is
 * the first of the two; what it skips in spring is as much after the gap.
 */
export function localToEpoch(
  wall: { readonly day: CivilDay; readonly ofDayMs: number },
  zone: string,
): EpochMs {
  const wanted = wall.day * DAY_MS + wall.ofDayMs
  const before = wallAsUtc(wanted - DAY_MS, zone) - (wanted - DAY_MS)
  const first = wanted - before
  if (wallAsUtc(first, zone) === wanted) return first
  const after = wallAsUtc(wanted + DAY_MS, zone) - (wanted + DAY_MS)
  const second = wanted - after
  return wallAsUtc(second, zone) === wanted ? second : first
}

/** Day and time of day that the wall clock of `zone` shows. */
export function epochToLocal(
  at: EpochMs,
  zone: string,
): { readonly day: CivilDay; readonly ofDayMs: number } {
  const wall = wallAsUtc(at, zone)
  const day = Math.floor(wall / DAY_MS)
  return { day, ofDayMs: wall - day * DAY_MS }
}

/** `2026-07-11`. */
export function dayText(day: CivilDay): string {
  const { year, month, day: ofMonth } = civilFromDays(day)
  const padded = (value: number, size: number): string => String(value).padStart(size, '0')
  return `${padded(year, 4)}-${padded(month, 2)}-${padded(ofMonth, 2)}`
}

/** `09:42`, or `09:42:07` where the seconds say something. */
export function clockText(ofDayMs: number): string {
  const two = (value: number): string => String(value).padStart(2, '0')
  const seconds = Math.floor(ofDayMs / 1000) % 60
  const ms = ofDayMs % 1000
  const text = `${two(Math.floor(ofDayMs / HOUR_MS))}:${two(Math.floor(ofDayMs / MINUTE_MS) % 60)}`
  if (seconds === 0 && ms === 0) return text
  return `${text}:${two(seconds)}${ms === 0 ? '' : `.${String(ms).padStart(3, '0')}`}`
}
