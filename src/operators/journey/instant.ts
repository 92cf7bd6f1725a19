/** The moment that a value of `until` names. */
import { type EpochMs, DAY_MS, parseRfc3339, parseTime } from '../../model/time.ts'
import { startOfLocalDay } from '../../model/zone.ts'

/** A date is 00:00 in the zone; RFC 3339 and epoch milliseconds are what they are; undefined: it is none of these. */
export function instantOf(value: string | undefined, zone: string): EpochMs | undefined {
  if (value === undefined) return undefined
  if (/^\d{4}-\d\d-\d\d$/.test(value)) {
    const midnight = parseRfc3339(`${value}T00:00:00Z`)
    return midnight === undefined ? undefined : startOfLocalDay(midnight / DAY_MS, zone)
  }
  return parseTime(/^-?\d{1,16}$/.test(value) ? Number(value) : value)
}
