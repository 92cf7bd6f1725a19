/**
 * The gate's clocks: one per source partition (of recorded lines: one per source), and the one watermark of everything behind them.
 *
 * 1. A clock's watermark is its newest event time - lateness; while idle it counts as clock time - lateness, if that is more.
 * 2. The watermark is the minimum over all clocks. Neither ever goes back.
 * 3. Idle: the clock has moved `idleMs` past the arrival of the last record (or past the start); equality is idle (T5).
 * 4. Nothing here reads a clock: clock time is handed in. Recorded lines bring it with them ({@link moveClock}). On a real log only a
 *    partition whose reader stands at its end listens to it ({@link stoodAtEnd}), and only for as long as that was confirmed again and
 *    again: time in which nobody could read makes nothing idle.
 */
import type { ByteReader, ByteWriter } from '../model/bytes.ts'
import { BEGINNING, type DurationMs, type EpochMs } from '../model/time.ts'

export interface SourceClock {
  readonly id: string
  readonly latenessMs: DurationMs
  readonly idleMs: DurationMs
  /** Newest event time accepted; BEGINNING before the first. */
  newest: EpochMs
  /** Clock time at the arrival of the last record, or of the start; BEGINNING before the start. On a real log: since when it is silent. */
  arrival: EpochMs
  /** Clock time when the reader was last known to stand at the end, without a record since; BEGINNING: not known. Not stored. */
  confirmed: EpochMs
  watermark: EpochMs
}

export interface GateClock {
  /** Clock time as the gate knows it; BEGINNING before the first line. */
  now: EpochMs
  watermark: EpochMs
  readonly sources: readonly SourceClock[]
}

export interface TimeRule {
  readonly id: string
  readonly latenessMs: DurationMs
  readonly idleMs: DurationMs
}

export function newGateClock(sources: readonly TimeRule[]): GateClock {
  return {
    now: BEGINNING,
    watermark: BEGINNING,
    sources: sources.map(({ id, latenessMs, idleMs }) => ({
      id,
      latenessMs,
      idleMs,
      newest: BEGINNING,
      arrival: BEGINNING,
      confirmed: BEGINNING,
      watermark: BEGINNING,
    })),
  }
}

/** Confirmations further apart are no unbroken silence: something kept the reader from reading, and what it missed may be yet to come. */
const CONFIRMATION_GAP_MS: DurationMs = 5000

/** The reader of a source partition stands at its end, says the log, at clock time `now`. */
export function stoodAtEnd(clock: GateClock, source: SourceClock, now: EpochMs): void {
  if (now - source.confirmed > CONFIRMATION_GAP_MS) source.arrival = now
  source.confirmed = now
  if (now - source.arrival < source.idleMs) return
  const idle = now - source.latenessMs
  if (idle <= source.watermark) return
  source.watermark = idle
  moveToLeast(clock)
}

/** Moves clock time, which makes silent sources idle. `reader stands at the end` is the caller's to know. */
export function moveClock(clock: GateClock, to: EpochMs): void {
  if (to <= clock.now) return
  if (clock.now === BEGINNING) for (const source of clock.sources) source.arrival = to
  clock.now = to
  for (const source of clock.sources) {
    const idle = to - source.latenessMs
    if (to - source.arrival >= source.idleMs && idle > source.watermark) source.watermark = idle
  }
  moveToLeast(clock)
}

/** An accepted event of a source has arrived, at the present clock time. */
export function sourceSpoke(clock: GateClock, source: SourceClock, time: EpochMs): void {
  source.arrival = clock.now
  source.confirmed = BEGINNING
  if (time <= source.newest) return
  source.newest = time
  const watermark = time - source.latenessMs
  const before = source.watermark
  if (watermark <= before) return
  source.watermark = watermark
  if (before <= clock.watermark) moveToLeast(clock)
}

/** The source partition that holds time back. */
export function holderOf(clock: GateClock): SourceClock | undefined {
  let holder: SourceClock | undefined
  for (const source of clock.sources)
    if (holder === undefined || source.watermark < holder.watermark) holder = source
  return holder
}

/** Every source counts as finished: the watermark becomes `to`, unless it is further already. */
export function finish(clock: GateClock, to: EpochMs): void {
  moveClock(clock, to)
  for (const source of clock.sources) source.watermark = Math.max(source.watermark, to)
  clock.watermark = Math.max(clock.watermark, to)
}

function moveToLeast(clock: GateClock): void {
  let least = Number.MAX_SAFE_INTEGER
  for (const { watermark } of clock.sources) if (watermark < least) least = watermark
  if (least > clock.watermark) clock.watermark = least
}

export function encodeClock(clock: GateClock, writer: ByteWriter): void {
  writer.int(clock.now)
  writer.int(clock.watermark)
  writer.uint(clock.sources.length)
  for (const { id, newest, arrival, watermark } of clock.sources) {
    writer.text(id)
    writer.int(newest)
    writer.int(arrival)
    writer.int(watermark)
  }
}

/**
 * Reads what {@link encodeClock} wrote into a clock of the sources that there are now. A source that was not there before is
 * silent from now on: it may become idle, and is not at once.
 */
export function decodeClock(clock: GateClock, reader: ByteReader): void {
  clock.now = reader.int()
  clock.watermark = reader.int()
  for (const source of clock.sources) source.arrival = clock.now
  for (let left = reader.uint(); left > 0; left--) {
    const id = reader.text()
    const newest = reader.int()
    const arrival = reader.int()
    const watermark = reader.int()
    const source = clock.sources.find((one) => one.id === id)
    if (source === undefined) continue
    source.newest = newest
    source.arrival = arrival
    source.watermark = watermark
  }
}
