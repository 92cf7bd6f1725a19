/**
 * The live supervisor: runs the tasks of the lanes that the group gives this process, each in a loop of its own.
 *
 * 1. A new assignment starts and stops what differs; a task whose lanes stay is not disturbed. One that comes back waits for the end of
 *    its former life.
 * 2. A task that is fenced, or fails in a way that trying again may mend, is closed and opened again, each time after a longer wait, as
 *    long as its lanes are this process's. What another has taken over comes back by itself as soon as the group says so.
 * 3. Any other error is a bug or a wrong setting: everything stops, and the error goes to who started it. The restart resumes exactly.
 */
import { AdapterError, Fenced } from '../model/errors.ts'
import type { DurationMs } from '../model/time.ts'
import type { Clock } from './ports/clock.ts'
import type { Assignment, Lane, Membership } from './ports/log.ts'
import type { Observer, TaskStatus } from './ports/observer.ts'
import type { Task } from './task.ts'

const ASSIGNMENT_WAIT_MS = 1000
/** A task without records looks up at least as often, to hear that it is to stop. */
const TURN_WAIT_MS = 200
const PACE_MIN_MS = 10
const PACE_PER_TASK_MS = 2
const PACE_MAX_MS = 100
const BACKOFF_FIRST_MS = 50
const BACKOFF_MAX_MS = 5000
/**
 * Before a fenced task is opened again: longer than the group takes to say whose the lane is. One that was stopped for a while and wakes up
 * would else take its task back from the process that has it now.
 */
const FENCED_WAIT_MS = 2000

/** A task as an assignment calls for it: the same id with other inputs is another one. */
export interface TaskCall {
  readonly id: string
  readonly inputs: readonly Lane[]
  create(): Task
}

export interface LiveSupervisorOptions {
  readonly membership: Membership
  /** The tasks that these lanes make. */
  readonly tasksOf: (lanes: readonly Lane[]) => readonly TaskCall[]
  readonly clock: Clock
  readonly observe: Observer
}

/** One task from the assignment that started it to the one that ends it. */
interface Life {
  readonly call: TaskCall
  readonly task: Task
  /** Why it is to end; undefined: it goes on. */
  end: 'stopped' | 'revoked' | undefined
  /** What went wrong, while it waits to be opened again. */
  waitsFor: string | undefined
  done: Promise<void>
}

export class LiveSupervisor {
  private readonly options: LiveSupervisorOptions
  private readonly lives = new Map<string, Life>()
  private stopping = false
  /** Ends the waiting for an assignment. */
  private wake: () => void = () => {}
  private failure: { readonly error: unknown } | undefined
  private lanesHeld = 0
  private generation = -1

  constructor(options: LiveSupervisorOptions) {
    this.options = options
  }

  /** Until {@link stop}. @throws whatever no opening mends. */
  async run(): Promise<void> {
    try {
      while (!this.stopping) {
        const assignment = await this.nextAssignment()
        if (assignment !== undefined && !this.stopping) this.take(assignment)
      }
    } catch (error) {
      // The group is lost for good; the tasks still end behind their commits.
      this.failure ??= { error }
      this.stop()
    }
    await Promise.all([...this.lives.values()].map(({ done }) => done))
    if (this.failure !== undefined) throw this.failure.error
  }

  /** Every task ends behind the commit under way; {@link run} returns then. */
  stop(): void {
    this.stopping = true
    for (const life of this.lives.values()) life.end ??= 'stopped'
    this.wake()
  }

  /** Of the newest assignment; -1 before the first. */
  joined(): { readonly generation: number; readonly lanes: number } {
    return { generation: this.generation, lanes: this.lanesHeld }
  }

  status(): readonly TaskStatus[] {
    return [...this.lives.values()].map(({ task, waitsFor }) => {
      const status = task.status()
      return waitsFor === undefined ? status : { ...status, state: 'waiting', reason: waitsFor }
    })
  }

  /** Undefined: there is none yet, or it is to stop. Who leaves, leaves at once: until the group knows, nobody takes its tasks. */
  private nextAssignment(): Promise<Assignment | undefined> {
    return new Promise((resolve, reject) => {
      this.wake = () => resolve(undefined)
      this.options.membership.next(ASSIGNMENT_WAIT_MS).then(resolve, reject)
    })
  }

  private take({ generation, lanes }: Assignment): void {
    const calls = new Map(this.options.tasksOf(lanes).map((call) => [keyOf(call), call]))
    let lost = 0
    for (const [key, life] of this.lives) {
      if (calls.has(key) || life.end !== undefined) continue
      life.end = 'revoked'
      lost++
    }
    let gained = 0
    for (const [key, call] of calls) {
      const present = this.lives.get(key)
      if (present !== undefined && present.end === undefined) continue
      this.begin(key, call)
      gained++
    }
    this.generation = generation
    this.lanesHeld = lanes.length
    this.options.observe({ kind: 'assigned', generation, lanes: lanes.length, gained, lost })
  }

  private begin(key: string, call: TaskCall): void {
    // The same task may still be ending, under this key or with other inputs: its states and its id are the same.
    const before = [...this.lives.values()].filter((life) => life.call.id === call.id).map(({ done }) => done)
    const life: Life = {
      call,
      task: call.create(),
      end: undefined,
      waitsFor: undefined,
      done: Promise.resolve(),
    }
    this.lives.set(key, life)
    life.done = Promise.all(before)
      .then(() => this.live(life))
      .catch((error: unknown) => {
        this.failure ??= { error }
        this.stop()
      })
      .finally(() => {
        if (this.lives.get(key) === life) this.lives.delete(key)
      })
  }

  private async live(life: Life): Promise<void> {
    const { clock } = this.options
    const { task } = life
    let wait: DurationMs = 0
    for (let tries = 0; life.end === undefined; tries++) {
      if (wait > 0) await this.wait(life, wait)
      if (life.end !== undefined) return
      try {
        await task.open(() => life.end !== undefined)
        life.waitsFor = undefined
        while (life.end === undefined) {
          const began = clock.now()
          if (!(await task.turn(TURN_WAIT_MS))) continue
          tries = 0
          const rest = paceMs(this.lives.size) - (clock.now() - began)
          if (rest > 0) await clock.sleep(rest)
        }
        await task.close(life.end, life.end === 'revoked' ? 'its lanes went to another' : 'stopped')
      } catch (error) {
        const fenced = error instanceof Fenced
        const message = error instanceof Error ? error.message : String(error)
        life.waitsFor = message
        await task.close(fenced ? 'fenced' : 'failed', message)
        if (!fenced && !(error instanceof AdapterError && error.retryable)) throw error
        wait = fenced ? FENCED_WAIT_MS : Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** tries)
      }
    }
  }

  /** Sleeps, and looks up now and then whether the life is to end. */
  private async wait(life: Life, ms: DurationMs): Promise<void> {
    const { clock } = this.options
    for (let left = ms; left > 0 && life.end === undefined; left -= TURN_WAIT_MS)
      await clock.sleep(Math.min(left, TURN_WAIT_MS))
  }
}

const keyOf = ({ id, inputs }: TaskCall): string =>
  `${id} ${inputs.map(({ topic, partition }) => `${topic}/${partition}`).join(' ')}`

/**
 * How far apart commits of one task are at least, so that what trickles in is committed together. Further where a process has many
 * tasks: a transaction costs about as much as a hundred events, and what the gate writes wakes all of them.
 */
export const paceMs = (tasks: number): DurationMs =>
  Math.min(PACE_MAX_MS, Math.max(PACE_MIN_MS, PACE_PER_TASK_MS * tasks))
