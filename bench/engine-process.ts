/** An engine at work: one process or several, what they have used, and that they end when they are asked to. */
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Command } from './engines/engine.ts'
import { cpuOf, type Memory, memoryOf } from './processes.ts'

const STOP_MS_MAX = 30_000
const LOG_LINES = 15

export interface EngineProcesses {
  readonly pids: readonly number[]
  /** Seconds, all processes together. */
  cpu(): number
  memory(): Memory
  /** @throws with its last words when one has ended. */
  alive(): void
  /** Asks them to end; kills those that do not. */
  stop(): Promise<void>
  kill(): Promise<void>
}

/** Nobody is left behind when the bench itself is ended. */
const everybody = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of everybody) child.kill('SIGKILL')
})

export function startEngine(command: Command, count: number, folder: string): EngineProcesses {
  const children = Array.from({ length: count }, (_, i) => start(command, i, folder))
  const pids = children.map(({ pid }) => pid ?? 0)
  const isOver = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode !== null || signalCode !== null
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    for (const child of children) if (!isOver(child)) child.kill(signal)
    for (const give = Date.now() + STOP_MS_MAX; children.some((child) => !isOver(child)); await pause(20))
      if (Date.now() > give) for (const child of children) child.kill('SIGKILL')
  }
  return {
    pids,
    cpu: () => pids.reduce((sum, pid) => sum + cpuOf(pid), 0),
    memory() {
      const all = pids.map(memoryOf)
      const sumOf = (key: keyof Memory): number => all.reduce((sum, one) => sum + one[key], 0)
      return { nowMb: sumOf('nowMb'), peakMb: sumOf('peakMb') }
    },
    alive() {
      const place = children.findIndex(isOver)
      if (place >= 0) throw new Error(`the engine has ended:\n${lastWords(folder, place)}`)
    },
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
  }
}

/** What one of them says goes there. */
export const logOf = (folder: string, place: number): string => join(folder, `engine-${place}.log`)

function start({ program, args, env }: Command, place: number, folder: string): ChildProcess {
  const log = openSync(logOf(folder, place), 'a')
  const own = env['STATE_DIR'] === undefined ? {} : { STATE_DIR: `${env['STATE_DIR']}-${place}` }
  const child = spawn(program, args, {
    env: { ...process.env, NODE_OPTIONS: '', ...env, ...own },
    stdio: ['ignore', log, log],
  })
  child.on('error', () => {})
  child.once('exit', () => everybody.delete(child))
  everybody.add(child)
  closeSync(log)
  return child
}

const lastWords = (folder: string, place: number): string =>
  readFileSync(logOf(folder, place), 'utf8').trimEnd().split('\n').slice(-LOG_LINES).join('\n')
