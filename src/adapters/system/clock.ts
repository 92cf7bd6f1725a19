/** The machine's clock. */
import type { Clock } from '../../runtime/ports/clock.ts'

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms) => new Promise((done) => setTimeout(done, ms)),
}
