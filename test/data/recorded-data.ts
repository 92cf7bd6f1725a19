/** Real recordings beside the project, where they are: read only, never copied. */
import { test } from '@jest/globals'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { Output } from '../../src/app/embed.ts'
import type { Summary } from '../../src/app/embed.ts'
import { HOUR_MS } from '../../src/model/time.ts'
import { planOf, replayed } from '../support/replayed.ts'

/** `SHOPKEEPER_DATA`, else the folder that stands beside the project. */
export const DATA =
  process.env['SHOPKEEPER_DATA'] ?? fileURLToPath(new URL('../../../shared/data', import.meta.url))

type Body = () => Promise<void>

/** A test that needs a recording; skipped where it is missing, with the reason in its name: the recordings may not be copied here. */
export function testWith(file: string): (name: string, body: Body, timeoutMs?: number) => void {
  if (existsSync(join(DATA, file))) return test
  const reason = `there is no ${file} in ${DATA}; SHOPKEEPER_DATA names the folder of recorded data`
  return (name) => {
    test.skip(`${name} (${reason})`, () => undefined)
  }
}

export const bytesOf = (file: string): Buffer => gunzipSync(readFileSync(join(DATA, file)))

export const figuresOf = <T>(folder: string): T =>
  JSON.parse(readFileSync(join(DATA, folder, 'expected.json'), 'utf8')) as T

interface Operator {
  readonly id: string
  readonly type: string
  readonly config: object
}

/** Operators behind one identity, each with a sink of its name. */
export const documentWith = (
  operators: readonly Operator[],
  source: object = {},
  identity: object = {},
): object => ({
  topology: 'recorded',
  timezone: 'UTC',
  sources: { all: { topic: 'in', lateness: '10s', grace: '10m', idle: '30s', ...source } },
  operators: [
    { id: 'identity', type: 'identity', from: ['all'], config: identity },
    ...operators.map((operator) => ({ ...operator, from: 'identity' })),
  ],
  sinks: Object.fromEntries(operators.map(({ id }) => [id, { from: id, topic: id }])),
})

export interface Outcome {
  readonly topic: string
  readonly value: {
    readonly type: string
    readonly time: string
    readonly person_id: string
    readonly data: Readonly<Record<string, unknown>>
  }
}

export interface DataRun {
  readonly summary: Summary
  readonly outcomes: readonly Outcome[]
}

/** Replays a recording to two hours after its newest event. */
export async function replay(document: object, file: string, endAfterMs = 2 * HOUR_MS): Promise<DataRun> {
  const { outputs, summary } = await replayed(planOf(document), bytesOf(file), { afterMs: endAfterMs })
  return { summary, outcomes: outputs.map(outcomeOf) }
}

const outcomeOf = ({ topic, value }: Output): Outcome => ({
  topic,
  value: JSON.parse(value) as Outcome['value'],
})
