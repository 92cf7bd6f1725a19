/** Loops that read and decode the input and do nothing else: what is left of the machine before any work is done. */
import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { logOf } from '../engine-process.ts'
import type { Engine, Goal, Run, Verdict } from './engine.ts'

const HOOK = fileURLToPath(new URL('../../test/support/run-typescript.mjs', import.meta.url))
const LOOK_MS = 10
const LINE_BYTES_MAX = 200
const WAIT_MS_MAX = 600_000

export interface RawOptions {
  readonly name: string
  readonly title: string
  readonly loop: 'kafkajs-loop' | 'cursor-loop'
  /** The Node that runs it. */
  readonly node: string
}

export const createRaw = ({ name, title, loop, node }: RawOptions): Engine => ({
  name,
  title,
  prepare: (run) =>
    Promise.resolve({
      program: node,
      args: ['--import', HOOK, fileURLToPath(new URL(`../raw/${loop}.ts`, import.meta.url))],
      env: {
        APP: run.name,
        BROKERS: run.site.brokers,
        INPUT: run.input,
        PARTITIONS: String(run.partitions),
        SCHEMA_ID: String(run.schemaId),
      },
    }),
  watch: (run) => ({
    async until<T>(goal: Goal, sample: () => T, alive: () => void): Promise<T> {
      for (const give = performance.now() + WAIT_MS_MAX; performance.now() < give; await pause(LOOK_MS)) {
        alive()
        if (told(run).records >= goal.records) return sample()
      }
      throw new Error(`${run.name}: ${told(run).records} of ${goal.records} records after ${WAIT_MS_MAX} ms`)
    },
  }),
  verdict(run, { oracle }): Promise<Verdict> {
    const { records, decoded, seconds, letters } = told(run)
    const wanted = oracle.decoded
    const sums = seconds === oracle.seconds && letters === oracle.letters ? 0 : 1
    return Promise.resolve({
      missing: Math.max(0, wanted - decoded) + sums,
      unexpected: Math.max(0, decoded - wanted, records - oracle.records),
    })
  },
})

interface Told {
  readonly records: number
  readonly decoded: number
  readonly seconds: number
  readonly letters: number
}

/** Its last whole line, without reading those before. */
function told({ folder }: Run): Told {
  const file = logOf(folder, 0)
  const { size } = statSync(file)
  const bytes = Buffer.alloc(Math.min(size, LINE_BYTES_MAX))
  const open = openSync(file, 'r')
  readSync(open, bytes, 0, bytes.length, size - bytes.length)
  closeSync(open)
  const text = bytes.toString('latin1')
  const line = text.slice(0, text.lastIndexOf('\n')).split('\n').at(-1) ?? ''
  const [records = 0, decoded = 0, seconds = 0, letters = 0] = line.split(' ').map(Number)
  return Number.isNaN(records)
    ? { records: 0, decoded: 0, seconds: 0, letters: 0 }
    : { records, decoded, seconds, letters }
}
