/**
 * The supervisor: keeps the tasks of one process going.
 *
 * 1. A task that fails in a way that trying again may mend is closed and opened again, with patience; a fenced one ends the process' part in it: the error goes to who started it.
 * 2. `drain` works everything off to the end: a turn of the gate, then whatever it caused in all partitions, handoffs
 *    included, before the gate's next turn.
 */
import { AdapterError, Fenced } from '../model/errors.ts'
import type { Clock } from './ports/clock.ts'
import type { Task } from './task.ts'

/** Openings in a row without a turn between them, after which it is no passing trouble. */
const OPENINGS_MAX = 10
const BACKOFF_MS = 50

export interface SupervisorOptions {
  readonly gate: Task
  readonly profiles: readonly Task[]
  readonly clock: Clock
}

export class Supervisor {
  private readonly gate: Task
  private readonly profiles: readonly Task[]
  private readonly clock: Clock

  constructor({ gate, profiles, clock }: SupervisorOptions) {
    this.gate = gate
    this.profiles = profiles
    this.clock = clock
  }

  async open(): Promise<void> {
    for (const task of [this.gate, ...this.profiles]) await this.mend(task, () => task.open(), false)
  }

  /** Works off everything that the log holds. */
  async drain(): Promise<void> {
    for (;;) {
      const moved = await this.turn(this.gate)
      await this.drainProfiles()
      if (!moved) return
    }
  }

  async close(): Promise<void> {
    for (const task of [this.gate, ...this.profiles]) await task.close('stopped', 'the runtime was closed')
  }

  private async drainProfiles(): Promise<void> {
    for (let more = true; more; ) {
      more = false
      for (const task of this.profiles) while (await this.turn(task)) more = true
    }
  }

  private async turn(task: Task): Promise<boolean> {
    let worked = false
    await this.mend(
      task,
      async () => {
        worked = await task.turn(0)
      },
      true,
    )
    return worked
  }

  /** Does it; where it fails retryably, closes and opens the task and does it again. */
  private async mend(task: Task, attempt: () => Promise<void>, reopen: boolean): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        if (tries > 1 && reopen) await task.open()
        await attempt()
        return
      } catch (error) {
        if (
          error instanceof Fenced ||
          !(error instanceof AdapterError) ||
          !error.retryable ||
          tries >= OPENINGS_MAX
        )
          throw error
        await task.close('failed', error.message)
        await this.clock.sleep(BACKOFF_MS * tries)
      }
    }
  }
}
