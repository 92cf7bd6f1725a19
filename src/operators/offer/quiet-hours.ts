/** Quiet hours (fine print O8): by the wall clock of the person, `from` included, `to` excluded. */
import type { EpochMs } from '../../model/time.ts'
import { isWithinWindow, isZone, localMinutes, nextWallClock } from '../../model/zone.ts'
import type { QuietHours } from './config.ts'

/** When the quiet hours that hold at `at` end; undefined if it is not quiet. */
export function quietUntil(at: EpochMs, hours: QuietHours | undefined, zone: string): EpochMs | undefined {
  if (hours === undefined || !isWithinWindow(localMinutes(at, zone), hours.from, hours.to)) return undefined
  return nextWallClock(at, hours.to, zone)
}

/** A zone name of an event; anything else says nothing. */
export const zoneName = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && isZone(value)
