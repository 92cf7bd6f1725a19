/** Events at a rate: a transaction every few milliseconds, with as many as are due by the clock. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Trial } from './trial.ts'

const TICK_MS = 50
/** What could not be sent in time is sent later, but no more than so much of it. */
const DEBT_MS_MAX = 1000

export class LiveFeed {
  sent = 0
  private readonly trial: Trial
  private going = false
  private beating: Promise<void> | undefined
  private startedAt = 0
  private endedAt = 0

  constructor(trial: Trial) {
    this.trial = trial
  }

  /** @param rate events a second */
  begin(rate: number): void {
    this.going = true
    this.sent = 0
    this.startedAt = performance.now()
    this.beating = this.beat(rate)
    // It is told by `rest`, not to nobody.
    this.beating.catch(() => {})
  }

  /** Events a second that really went out; less than it was told where the machine did not do more. */
  get achieved(): number {
    const until = this.going ? performance.now() : this.endedAt
    return this.sent / ((until - this.startedAt) / 1000)
  }

  /** Visits that have begun come to their end at once; answers {@link achieved}. @throws what went wrong on the way */
  async rest(): Promise<number> {
    this.going = false
    await this.beating
    return this.achieved
  }

  /** Whatever went wrong was told already. */
  async end(): Promise<void> {
    await this.rest().catch(() => {})
  }

  private async beat(rate: number): Promise<void> {
    const { trial } = this
    const records = trial.load.live()
    let from = this.startedAt
    let ofThese = 0
    while (this.going) {
      const now = performance.now()
      from = Math.max(from, now - DEBT_MS_MAX - (ofThese / rate) * 1000)
      const due = Math.floor(((now - from) / 1000) * rate) - ofThese
      await trial.some(records, due)
      ofThese += due
      this.sent += due
      await pause(Math.max(0, now + TICK_MS - performance.now()))
    }
    this.endedAt = performance.now()
    trial.load.finish()
    await trial.comes(records)
  }
}
