/** `run --threads N`: so many members of the group in one process, each in a thread of its own, seen from outside as one. */
import { Worker } from 'node:worker_threads'
import { AdapterError, UsageError } from '../model/errors.ts'
import type { GroupStatus, Observer, ProcessStatus } from '../runtime/ports/observer.ts'
import type { LiveRun } from './live-run.ts'
import type { RunLog } from './run-log.ts'
import type { Flags } from './setting-table.ts'
import type { ThreadFailure, ThreadMessage, ThreadTask } from './run-thread.ts'

export interface ThreadsOptions {
  readonly count: number
  /** Of the topology. */
  readonly file: string
  readonly flags: Flags
  readonly observe: Observer
  readonly say: RunLog['say']
}

/** The file beside this one, built or as it is. */
const THREAD = new URL(import.meta.url.replace(/run-threads(?=\.[jt]s$)/, 'run-thread'))

const NOTHING: ProcessStatus = {
  tasks: [],
  group: { member: false, reason: undefined, generation: -1, lanes: 0 },
  store: undefined,
  ending: undefined,
}

export function createThreads({ count, file, flags, observe, say }: ThreadsOptions): LiveRun {
  const statuses: ProcessStatus[] = Array.from({ length: count }, () => NOTHING)
  const workers: Worker[] = []
  let stopping = false

  /** One thread to its end; when one fails, all are to end. */
  function thread(index: number): Promise<void> {
    const task: ThreadTask = { file, flags }
    const worker = new Worker(THREAD, { workerData: task })
    workers.push(worker)
    return new Promise((done, fail) => {
      worker.on('message', (message: ThreadMessage) => {
        if (message.kind === 'observed') observe(message.observation)
        else if (message.kind === 'status') statuses[index] = message.status
        else if (message.kind === 'said') say(message.level, message.text)
        else if (message.failure === undefined) done()
        else fail(errorOf(message.failure))
      })
      worker.once('error', fail)
      worker.once('exit', (code) => fail(new Error(`thread ${index} ended with ${code}, without a word`)))
    })
  }

  function stop(): void {
    stopping = true
    for (const worker of workers) worker.postMessage('stop')
  }

  return {
    async run() {
      const ends = await Promise.allSettled(
        Array.from({ length: count }, (_, index) =>
          thread(index).catch((error: unknown) => {
            stop()
            throw error
          }),
        ),
      )
      await Promise.all(workers.map((worker) => worker.terminate()))
      for (const end of ends) if (end.status === 'rejected') throw end.reason
    },
    stop,
    status: () => ({
      tasks: statuses.flatMap(({ tasks }) => tasks),
      group: together(statuses.map(({ group }) => group)),
      store: statuses.find(({ store }) => store !== undefined)?.store,
      ending: stopping ? 'it is stopping' : undefined,
    }),
  }
}

/** A process is a member when all its threads are. */
function together(groups: readonly (GroupStatus | undefined)[]): GroupStatus {
  return {
    member: groups.every((group) => group?.member === true),
    reason: groups.find((group) => group?.reason !== undefined)?.reason,
    generation: Math.max(...groups.map((group) => group?.generation ?? -1)),
    lanes: groups.reduce((sum, group) => sum + (group?.lanes ?? 0), 0),
  }
}

/** The error as it was thrown, as far as what it says and how the command ends go. */
function errorOf({ message, stack, hint, code }: ThreadFailure): Error {
  const error =
    hint !== undefined
      ? new UsageError(message, hint)
      : code === undefined
        ? new Error(message)
        : new AdapterError(code, message, false)
  if (stack !== undefined) error.stack = stack
  return error
}
