/** The zone of a person at a moment (O8): from all that was ever said of it, sorted anew each time. */
import type { OracleEvent } from './input.ts'
import type { Unsettled } from './operator.ts'
import { objectOf } from './settings.ts'
import { isZone } from './wall-clock.ts'

/** Section 10, histories. */
const ZONES_KEPT = 16

/** Undefined: nothing was said of it until then. */
export function zoneAt(events: readonly OracleEvent[], at: number, unsettled: Unsettled): string | undefined {
  const said = events.flatMap((event, place) => {
    const traits = event.type === 'person.described' ? objectOf(event.data['traits']) : {}
    return [event.context['timezone'], traits['timezone']]
      .filter((zone) => typeof zone === 'string' && isZone(zone))
      .map((zone) => ({ zone: zone as string, time: event.time, place }))
  })
  // Of two at one time the greater one counts.
  said.sort((a, b) => a.time - b.time || (a.zone < b.zone ? -1 : a.zone > b.zone ? 1 : 0))
  const found = said.findLastIndex(({ time }) => time <= at)
  const answer = said[found]
  // Of a run of one zone the first and the last time are kept: another one that turns up within it later hides what is between.
  const split = said.slice(0, found).some((s) => s.zone !== answer?.zone && s.place > (answer?.place ?? -1))
  if (split) unsettled('zone: said within a run of another one')
  if (said.length > ZONES_KEPT) {
    const later = said.slice(found + 1).filter((s, i, rest) => {
      const inside = rest[i - 1]?.zone === s.zone && rest[i + 1]?.zone === s.zone
      return !inside
    })
    if (later.length >= ZONES_KEPT) unsettled('zone: beyond what is kept of them')
  }
  return answer?.zone
}
