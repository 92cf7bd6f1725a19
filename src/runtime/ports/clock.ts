/** The Clock port: clock time, for what looks at the world. Nothing that is emitted depends on it. */
import type { DurationMs, EpochMs } from '../../model/time.ts'

export interface Clock {
  now(): EpochMs
  sleep(ms: DurationMs): Promise<void>
}
