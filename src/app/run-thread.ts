/**
 * One thread of `run --threads N`: a complete member of the group, with connections of its own. It shares nothing with the others; what
 * it sees goes to the main thread, which has the HTTP face and the log.
 */
import { readFile } from 'node:fs/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { UsageError } from '../model/errors.ts'
import type { Observation, ProcessStatus } from '../runtime/ports/observer.ts'
import { compile } from '../topology/compile.ts'
import { parseTopology } from '../topology/document.ts'
import { createLiveRun } from './live-run.ts'
import type { Level } from './run-log.ts'
import type { Flags } from './setting-table.ts'
import { serverSettingsOf } from './settings.ts'

/** What a thread is told when it begins. */
export interface ThreadTask {
  /** Of the topology. */
  readonly file: string
  /** Of the command; they go before the environment. */
  readonly flags: Flags
}

export type ThreadMessage =
  | { readonly kind: 'observed'; readonly observation: Observation }
  | { readonly kind: 'status'; readonly status: ProcessStatus }
  | { readonly kind: 'said'; readonly level: Level; readonly text: string }
  /** It is over; with a failure, why. */
  | { readonly kind: 'ended'; readonly failure: ThreadFailure | undefined }

export interface ThreadFailure {
  readonly message: string
  readonly stack: string | undefined
  /** Of a user's mistake. */
  readonly hint: string | undefined
  /** Of an AdapterError. */
  readonly code: string | undefined
}

/** How often the main thread hears how this one is. */
const STATUS_MS = 500

async function work({ file, flags }: ThreadTask): Promise<void> {
  const settings = serverSettingsOf(process.env, flags)
  const plan = compile(parseTopology({ file, text: await readFile(file, 'utf8') }), { key: settings.idKey })
  const run = createLiveRun({
    plan,
    settings,
    observe: (observation) => tell({ kind: 'observed', observation }),
    say: (level, text) => tell({ kind: 'said', level, text }),
  })
  parentPort?.once('message', () => run.stop())
  const telling = setInterval(() => tell({ kind: 'status', status: run.status() }), STATUS_MS)
  try {
    await run.run()
  } finally {
    clearInterval(telling)
    tell({ kind: 'status', status: run.status() })
  }
}

const tell = (message: ThreadMessage): void => parentPort?.postMessage(message)

function failureOf(error: unknown): ThreadFailure {
  const known = error instanceof Error ? error : new Error(String(error))
  const code = 'code' in known && typeof known.code === 'string' ? known.code : undefined
  const hint = known instanceof UsageError ? known.hint : undefined
  return { message: known.message, stack: known.stack, hint, code }
}

work(workerData as ThreadTask).then(
  () => tell({ kind: 'ended', failure: undefined }),
  (error: unknown) => tell({ kind: 'ended', failure: failureOf(error) }),
)
