/**
 * A business's day moved to the present: it begins now, and plays at a chosen speed.
 *
 * 1. An event's time is the moment at which it is published, but for the seconds that it takes to arrive: nothing is late, nothing ahead.
 * 2. What lies before the evening of the day before comes at once, in its order.
 * 3. Ids are those of this playing: the next one tells of other events, and of the same people.
 */
import type { Json } from '../../model/event.ts'
import { DAY_MS, type EpochMs, formatTime, HOUR_MS, parseRfc3339 } from '../../model/time.ts'
import type { Business } from './business.ts'
import { type DayOptions, generateDay } from './generate.ts'

export interface PresentOptions extends DayOptions {
  readonly business: Business
  readonly startedAt: EpochMs
  /** Times as fast as the clock; times in the events are moved together accordingly. */
  readonly speed: number
}

export interface PresentEvent {
  /** When it is to be published. */
  readonly at: EpochMs
  /** A line in the form of a recording. */
  readonly line: string
}

/** Before the end of the day: the evening of the day before is where it begins. */
const PLAYED_MS = DAY_MS + 6 * HOUR_MS

export function* presentDay(options: PresentOptions): Generator<PresentEvent, void> {
  const { business, startedAt, speed, events, seed } = options
  const from = business.ends.dayAt - PLAYED_MS
  const playing = startedAt.toString(36)
  const moved = (at: EpochMs): EpochMs => startedAt + Math.floor(Math.max(0, at - from) / speed)
  for (const { at, line } of generateDay(business, { events, seed, tidy: true })) {
    const { received: _received, id, ...event } = JSON.parse(line) as Json
    yield {
      at: moved(at),
      line: JSON.stringify({ id: `${String(id)}-${playing}`, ...withTimes(event, moved) }),
    }
  }
}

/** The object with every time in it moved, the event's own and those of its data (when a guest is expected). */
function withTimes(value: Json, moved: (at: EpochMs) => EpochMs): Json {
  return JSON.parse(JSON.stringify(value), (_key, item: unknown) => {
    const at = typeof item === 'string' ? parseRfc3339(item) : undefined
    return at === undefined ? item : formatTime(moved(at))
  }) as Json
}
