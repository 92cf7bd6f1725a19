/**
 * Tasks at work, one at a time. A task stands before each of its calls to the outside until the world lets it make the call; so the
 * world chooses every interleaving, and a seed says it all.
 */
import { AdapterError } from '../../src/model/errors.ts'
import { Crash } from '../../src/adapters/embedded/faults.ts'

/** What a task is about to do. `start` and `again` stand before its opening. */
export const CALLS = [
  'start',
  'again',
  'take-over',
  'store-open',
  'replay',
  'read',
  'load',
  'scan',
  'due',
  'commit',
  'apply',
] as const
export type Call = (typeof CALLS)[number]

/** What becomes of a call. `before`: it has no effect. `behind`: it has one, which the task does not learn. */
export interface Fate {
  readonly kind: 'go' | 'crash' | 'fail'
  readonly when: 'before' | 'behind'
}

export const GO: Fate = { kind: 'go', when: 'before' }

export interface Thread {
  readonly number: number
  /** The id of its task. */
  readonly task: string
  readonly process: number
  call: Call
  resume: ((fate: Fate) => void) | undefined
  ended: boolean
  /** Calls that it still makes although its process is gone: sent, and on their way. Undefined: it lives. */
  lastCalls: number | undefined
  /** The number of changes of the world that it had seen when it last found nothing to do. */
  quietAt: number
  /** It stands still until this step. */
  stillUntil: number
}

export interface Threads {
  /** Runs `life` until its first call. */
  start(thread: Thread, life: () => Promise<void>): Promise<void>
  /** Lets it make its call, and go on to the next one or to its end. */
  resume(thread: Thread, fate: Fate): Promise<void>
  /** Called by the thread: stands before a call; what it is to become is the answer. */
  stand(thread: Thread, call: Call): Promise<Fate>
}

export function createThreads(): Threads {
  let stopped: () => void = () => {}

  const untilStopped = (go: () => void): Promise<void> =>
    new Promise((resolve) => {
      stopped = resolve
      go()
    })

  return {
    start: (thread, life) =>
      untilStopped(() => {
        void life().finally(() => {
          thread.ended = true
          stopped()
        })
      }),
    resume: (thread, fate) =>
      untilStopped(() => {
        const go = thread.resume
        thread.resume = undefined
        if (thread.lastCalls !== undefined) thread.lastCalls--
        go?.(fate)
      }),
    stand(thread, call) {
      thread.call = call
      return new Promise((resolve) => {
        if (thread.lastCalls !== undefined && thread.lastCalls <= 0) thread.ended = true
        else thread.resume = resolve
        stopped()
      })
    },
  }
}

/** What is thrown at a fate that is none to go on with. */
export const troubleOf = ({ kind, when }: Fate, at: string): Error =>
  kind === 'crash'
    ? new Crash(`${when} ${at}`)
    : new AdapterError('simulated', `no answer: ${when} ${at}`, true)
