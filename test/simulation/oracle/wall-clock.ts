/** Quiet hours by the wall clock of a zone (O8): minute by minute, from the offsets that the platform knows. */
const MINUTE_MS = 60_000
const QUARTER_MS = 15 * MINUTE_MS
const DAY_MINUTES = 1440

const formats = new Map<string, Intl.DateTimeFormat | undefined>()
const offsets = new Map<string, number>()

function formatOf(zone: string): Intl.DateTimeFormat | undefined {
  if (!formats.has(zone)) {
    let format: Intl.DateTimeFormat | undefined
    try {
      format = new Intl.DateTimeFormat('en-US', {
        timeZone: zone,
        hourCycle: 'h23',
        year: 'numeric',
        month: 'numeric',
        day: 'numeric',
        hour: 'numeric',
        minute: 'numeric',
      })
    } catch {
      format = undefined
    }
    formats.set(zone, format)
  }
  return formats.get(zone)
}

export const isZone = (zone: string): boolean => formatOf(zone) !== undefined

/** Minutes east of UTC. Zones change at full quarters of an hour. */
function offsetMinutes(zone: string, at: number): number {
  const quarter = Math.floor(at / QUARTER_MS)
  const key = `${zone} ${quarter}`
  const known = offsets.get(key)
  if (known !== undefined) return known
  const parts = new Map(
    formatOf(zone)
      ?.formatToParts(quarter * QUARTER_MS)
      .map((p) => [p.type, Number(p.value)]),
  )
  const part = (name: Intl.DateTimeFormatPartTypes): number => parts.get(name) ?? 0
  const local = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'))
  const offset = (local - quarter * QUARTER_MS) / MINUTE_MS
  offsets.set(key, offset)
  return offset
}

/** Whole minutes of local time since the epoch. */
const localMinutes = (zone: string, at: number): number =>
  Math.floor(at / MINUTE_MS) + offsetMinutes(zone, at)
const ofDay = (minutes: number): number => ((minutes % DAY_MINUTES) + DAY_MINUTES) % DAY_MINUTES

export interface QuietHours {
  /** Minutes of the day: `from` is quiet, `to` is not. */
  readonly from: number
  readonly to: number
}

export function isQuiet(hours: QuietHours, zone: string, at: number): boolean {
  const minute = ofDay(localMinutes(zone, at))
  if (hours.from <= hours.to) return minute >= hours.from && minute < hours.to
  return minute >= hours.from || minute < hours.to
}

/** The first moment behind `at` when the clock on the wall shows `to`, or jumps over it. */
export function endOfQuiet(hours: QuietHours, zone: string, at: number): number {
  let before = localMinutes(zone, at)
  for (let next = (Math.floor(at / MINUTE_MS) + 1) * MINUTE_MS; ; next += MINUTE_MS) {
    const now = localMinutes(zone, next)
    if (ofDay(now) === hours.to) return next
    for (let skipped = before + 1; skipped < now; skipped++) if (ofDay(skipped) === hours.to) return next
    before = now
  }
}

/** The first full minute behind `at` that is not quiet: the same, but where a clock was set back inside quiet hours. */
export function firstLoud(hours: QuietHours, zone: string, at: number): number {
  let next = (Math.floor(at / MINUTE_MS) + 1) * MINUTE_MS
  while (isQuiet(hours, zone, next)) next += MINUTE_MS
  return next
}

/** The first moment of a day (`2026-05-04`). */
export function startOfDay(day: string, zone: string): number {
  const midnight = Date.parse(`${day}T00:00:00Z`)
  let at = midnight - DAY_MINUTES * MINUTE_MS
  while (localMinutes(zone, at) < midnight / MINUTE_MS) at += QUARTER_MS
  return at
}
