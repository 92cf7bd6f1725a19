/**
 * One server as a process: started, waited for, killed, stopped, started again in the same place.
 *
 * 1. It outlives whoever started it; it is ended by its pid, and only when its command line still names its data folder.
 * 2. What it says goes to `log` in its data folder; the last lines of it are part of every failure.
 * 3. Where SHOPKEEPER_TRACES names a file, every process is written down there as soon as it is started, so that a run of
 *    tests can end what a test that broke off has left behind.
 * 4. `kill` leaves port and data as they are, for `restart`; `stop` removes a data folder that was made here.
 */
import { execFileSync, spawn } from 'node:child_process'
import { appendFileSync, closeSync, existsSync, openSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { portIsTaken } from './free-port.ts'

const READY_MS_MAX = 90_000
const STOP_MS_MAX = 10_000
const LOOK_AGAIN_MS = 100
const LOG_LINES = 15

/** What must be known to end a server from another process. */
export interface ServerTrace {
  readonly name: string
  readonly pid: number
  readonly dataFolder: string
  readonly ownsData: boolean
}

export interface Server extends ServerTrace {
  /** As the environment variables say it: `127.0.0.1:9092`, `redis://127.0.0.1:6379`, `http://127.0.0.1:9090`. */
  readonly address: string
  readonly port: number
  /** SIGSTOP: it takes connections, and says nothing. */
  freeze(): void
  thaw(): void
  /** SIGKILL; answers when the process is gone. */
  kill(): Promise<void>
  /** SIGTERM, and SIGKILL after 10 s; answers when the process is gone. */
  stop(): Promise<void>
  /** Starts the process again, after a `kill` or by one, at the same port and data; answers when it is ready. */
  restart(): Promise<void>
}

/** A test wants a Java server that is there soon and small, not one that is fast for hours. */
export const JAVA_OPTIONS = ['-Xms64m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xshare:auto']

export interface ServerPlan {
  readonly name: string
  readonly address: string
  /** The ports it will listen on; the first is the one of the address. */
  readonly ports: readonly [number, ...number[]]
  /** Without one a folder is made in the system's temporary one. It must stand in the command line. */
  readonly dataFolder?: string | undefined
  readonly command: (dataFolder: string) => readonly [string, ...string[]]
  /** Writes what the process reads. Called before every start. */
  readonly prepare?: (dataFolder: string) => Promise<void>
  /** Resolves when it can be used; a rejection means not yet. */
  readonly ready: () => Promise<unknown>
}

export async function startServer(plan: ServerPlan): Promise<Server> {
  const ownsData = plan.dataFolder === undefined
  const dataFolder = plan.dataFolder ?? (await mkdtemp(join(tmpdir(), `shopkeeper-${plan.name}-`)))
  await mkdir(dataFolder, { recursive: true })
  const trace = (pid: number): ServerTrace => ({ name: plan.name, pid, dataFolder, ownsData })
  let pid: number
  try {
    pid = await launch(plan, dataFolder, ownsData)
  } catch (error) {
    if (ownsData) await rm(dataFolder, { recursive: true, force: true })
    throw error
  }
  return {
    ...trace(pid),
    get pid() {
      return pid
    },
    address: plan.address,
    port: plan.ports[0],
    freeze: () => signalTo(pid, 'SIGSTOP'),
    thaw: () => signalTo(pid, 'SIGCONT'),
    kill: () => end(trace(pid), 'SIGKILL'),
    stop: () => stopServer(trace(pid)),
    async restart() {
      await end(trace(pid), 'SIGKILL')
      pid = await launch(plan, dataFolder, ownsData)
    },
  }
}

/** Ends a server, from whatever process, and removes the data that were made for it. One that is gone already is no error. */
export async function stopServer(trace: ServerTrace): Promise<void> {
  await end(trace, 'SIGTERM')
  if (trace.ownsData) await rm(trace.dataFolder, { recursive: true, force: true })
}

/** Whether this very server still runs: a pid that now belongs to another program is not it. */
export function runs({ pid, dataFolder }: ServerTrace): boolean {
  return commandLine(pid).includes(dataFolder)
}

async function launch(plan: ServerPlan, dataFolder: string, ownsData: boolean): Promise<number> {
  for (const port of plan.ports) {
    if (await portIsTaken(port)) throw new Error(`${plan.name}: port ${port} is taken by another program`)
  }
  await plan.prepare?.(dataFolder)
  const [program, ...args] = plan.command(dataFolder)
  const log = openSync(join(dataFolder, 'log'), 'a')
  const child = spawn(program, args, { cwd: dataFolder, detached: true, stdio: ['ignore', log, log] })
  closeSync(log)
  let failure: Error | undefined
  child.once('error', (error) => {
    failure = error
  })
  child.unref()
  if (child.pid !== undefined) writeDown({ name: plan.name, pid: child.pid, dataFolder, ownsData })
  try {
    await untilReady(plan, () => {
      if (failure !== undefined) throw failure
      if (child.exitCode !== null || child.signalCode !== null) throw new Error('it ended')
    })
  } catch (error) {
    if (child.pid !== undefined) await end({ pid: child.pid, dataFolder }, 'SIGKILL')
    throw new Error(`${plan.name} did not start: ${(error as Error).message}\n${lastLines(dataFolder)}`, {
      cause: error,
    })
  }
  return child.pid ?? 0
}

function writeDown(trace: ServerTrace): void {
  const file = process.env.SHOPKEEPER_TRACES
  if (file) appendFileSync(file, `${JSON.stringify(trace)}\n`)
}

/** Asks until it is ready; throws what `alive` throws, or the last refusal after 90 s. */
async function untilReady({ ready }: ServerPlan, alive: () => void): Promise<void> {
  const giveUpAt = performance.now() + READY_MS_MAX
  for (;;) {
    alive()
    try {
      await ready()
      return
    } catch (error) {
      if (performance.now() > giveUpAt) throw error
    }
    await pause(LOOK_AGAIN_MS)
  }
}

async function end(
  trace: Pick<ServerTrace, 'pid' | 'dataFolder'>,
  signal: 'SIGTERM' | 'SIGKILL',
): Promise<void> {
  const giveUpAt = performance.now() + STOP_MS_MAX
  let next: NodeJS.Signals | undefined = signal
  while (runs({ ...trace, name: '', ownsData: false })) {
    if (performance.now() > giveUpAt) next = 'SIGKILL'
    if (next !== undefined) signalTo(trace.pid, next)
    // A stopped process takes no SIGTERM before it goes on.
    if (next === 'SIGTERM') signalTo(trace.pid, 'SIGCONT')
    next = undefined
    await pause(LOOK_AGAIN_MS / 2)
  }
}

function signalTo(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** Empty for a process that is gone, or ended and not yet buried. */
function commandLine(pid: number): string {
  try {
    if (existsSync('/proc/self/cmdline')) return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
    return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' })
  } catch {
    return ''
  }
}

function lastLines(dataFolder: string): string {
  const lines = readFileSync(join(dataFolder, 'log'), 'utf8').trimEnd().split('\n')
  return lines
    .slice(-LOG_LINES)
    .map((line) => `  | ${line}`)
    .join('\n')
}
