/** The processes of the product in a chaos run: started, killed, frozen, asked to leave; nobody asks how they are doing inside. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createWriteStream, type WriteStream } from 'node:fs'
import { once } from 'node:events'
import { join } from 'node:path'
import { ROOT } from '../support/servers/programs.ts'

/** A process that was asked to leave ends within this, or something holds it. */
const LEAVE_MS = 30_000
/** At most, of a topology. */
const PROCESSES_EACH = 2

export interface CrewOptions {
  /** A process runs one of them; that of the fewest is started first. */
  readonly topologies: readonly string[]
  readonly environment: NodeJS.ProcessEnv
  /** Where what they say goes. */
  readonly log: string
  /** Is told each line of it: whose, and what. */
  readonly heard?: (process: number, line: string) => void
}

interface Mate {
  readonly number: number
  readonly topology: string
  readonly child: ChildProcess
  frozen: boolean
  /** It was killed, or asked to leave: its end is no surprise. */
  expected: boolean
  /** It has said that it listens; before that, being asked to leave ends it as it ends any program. */
  listening: boolean
}

export interface Crew {
  /** Processes that run, frozen ones not counted. */
  readonly size: number
  /** Of the topology that has the fewest. */
  readonly fewest: number
  /** At most so many are worth having. */
  readonly sizeMax: number
  /** Number of the process that was started last. */
  readonly started: number
  readonly problems: readonly string[]
  start(threads: number): void
  /** SIGKILL of the n-th that runs. */
  kill(n: number): void
  /** SIGSTOP of the n-th that runs, and SIGCONT after so long. */
  freeze(n: number, ms: number): Promise<void>
  /** SIGTERM of the n-th that runs; it must end with 0. */
  leave(n: number): Promise<void>
  killAll(): void
  leaveAll(): Promise<void>
}

export function createCrew({ topologies, environment, log, heard }: CrewOptions): Crew {
  const mates: Mate[] = []
  const problems: string[] = []
  const out: WriteStream = createWriteStream(log)
  let started = 0

  const running = (): readonly Mate[] => mates.filter(({ expected, frozen }) => !expected && !frozen)
  const pick = (n: number): Mate | undefined => running()[n % Math.max(1, running().length)]

  /** The topology that has the fewest processes, and how many those are. */
  function leastManned(): { readonly topology: string; readonly count: number } {
    const counts = topologies.map((topology) => ({
      topology,
      count: running().filter((mate) => mate.topology === topology).length,
    }))
    return counts.reduce((least, one) => (one.count < least.count ? one : least))
  }

  function start(threads: number): void {
    const number = ++started
    const topology = leastManned().topology
    const args = ['run', '--topology', topology, '--http', '0', '--threads', String(threads)]
    const child = spawn(process.execPath, [join(ROOT, 'dist/cli/main.js'), ...args], {
      env: { ...process.env, NODE_OPTIONS: '', ...environment },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const mate: Mate = { number, topology, child, frozen: false, expected: false, listening: false }
    mates.push(mate)
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      mate.listening ||= text.includes('listening on')
      for (const line of text.trimEnd().split('\n')) {
        out.write(`${stamp()} #${number} ${line}\n`)
        heard?.(number, line)
      }
    })
    child.once('exit', (code, signal) => {
      mates.splice(mates.indexOf(mate), 1)
      if (!mate.expected) problems.push(`process ${number} ended by itself: ${signal ?? code} (see ${log})`)
    })
  }

  async function leaving(mate: Mate): Promise<void> {
    mate.expected = true
    const ended = once(mate.child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>
    mate.child.kill('SIGCONT')
    mate.child.kill('SIGTERM')
    const impatience = setTimeout(() => mate.child.kill('SIGKILL'), LEAVE_MS)
    const [code, signal] = await ended
    clearTimeout(impatience)
    if (code !== 0 && (mate.listening || signal !== 'SIGTERM'))
      problems.push(`process ${mate.number} was asked to leave and ended with ${signal ?? code}`)
  }

  function killed(mate: Mate): void {
    mate.expected = true
    mate.child.kill('SIGKILL')
  }

  return {
    get size() {
      return running().length
    },
    get fewest() {
      return leastManned().count
    },
    sizeMax: PROCESSES_EACH * topologies.length,
    get started() {
      return started
    },
    problems,
    start,
    kill(n) {
      const mate = pick(n)
      if (mate !== undefined) killed(mate)
    },
    async freeze(n, ms) {
      const mate = pick(n)
      if (mate === undefined) return
      mate.frozen = true
      mate.child.kill('SIGSTOP')
      await new Promise((done) => setTimeout(done, ms))
      mate.child.kill('SIGCONT')
      mate.frozen = false
    },
    async leave(n) {
      const mate = pick(n)
      if (mate !== undefined) await leaving(mate)
    },
    killAll() {
      for (const mate of mates) killed(mate)
    },
    async leaveAll() {
      await Promise.all(mates.filter(({ expected }) => !expected).map(leaving))
    },
  }
}

export const stamp = (): string => new Date().toISOString().slice(11, 23)
