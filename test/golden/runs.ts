/**
 * The golden runs: a document, a recorded input, and what comes out of it, as files beside this one in recordings/.
 *
 * The expected files hold sorted lines, so that a difference is one of content. `npm run golden:update` writes inputs and expected
 * outputs anew; look at the difference (`gunzip -c`) before it is committed.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { businessNamed } from '../../src/app/demo/demo.ts'
import { generateDay } from '../../src/app/demo/generate.ts'
import type { EndOfInput } from '../../src/app/embed.ts'
import { DAY_MS, HOUR_MS } from '../../src/model/time.ts'
import { planOf, replayed, setOf } from '../support/replayed.ts'
import {
  asking,
  buyerLines,
  dayOutLines,
  farmLines,
  ferryLines,
  saverLines,
  strollerLines,
  showroomLines,
  studioLines,
  troubled,
} from './crowds.ts'

export interface GoldenRun {
  readonly name: string
  /** From the root of the project. */
  readonly document: string
  readonly end: EndOfInput
  /** How the input was made. */
  readonly record: () => readonly string[]
}

const dayOf = (name: string, seed: number) => (): readonly string[] =>
  troubled([...generateDay(businessNamed(name), { events: 420, seed })].map(({ line }) => line))

export const GOLDEN_RUNS: readonly GoldenRun[] = [
  {
    name: 'shop',
    document: 'topologies/shop.yaml',
    end: { afterMs: 2 * DAY_MS },
    record: dayOf('shop', 11),
  },
  {
    name: 'theme-park',
    document: 'topologies/theme-park.yaml',
    end: { afterMs: 2 * DAY_MS },
    record: dayOf('theme-park', 12),
  },
  {
    name: 'studio',
    document: 'test/golden/documents/studio.yaml',
    end: { afterMs: 12 * HOUR_MS },
    record: () => troubled(studioLines()),
  },
  {
    name: 'ferry',
    document: 'test/golden/documents/ferry.yaml',
    end: { afterMs: 12 * HOUR_MS },
    record: () => troubled(ferryLines()),
  },
  {
    name: 'forgetful',
    document: 'test/golden/documents/forgetful.yaml',
    end: { afterMs: 2 * DAY_MS },
    record: () => asking(dayOf('shop', 13)()),
  },
  {
    name: 'high-street',
    document: 'topologies/high-street.yaml',
    end: { afterMs: 2 * HOUR_MS },
    record: () => troubled(strollerLines()),
  },
  {
    name: 'day-out',
    document: 'topologies/day-out.yaml',
    end: { afterMs: 60 * DAY_MS },
    record: () => troubled(dayOutLines()),
  },
  {
    name: 'dairy-shop',
    document: 'topologies/dairy-shop.yaml',
    end: { afterMs: 12 * HOUR_MS },
    record: () => troubled(farmLines()),
  },
  {
    name: 'sales-floor',
    document: 'topologies/sales-floor.yaml',
    end: { afterMs: 2 * HOUR_MS },
    record: () => troubled(buyerLines()),
  },
  {
    name: 'showroom',
    document: 'topologies/showroom.yaml',
    end: { afterMs: 9 * DAY_MS },
    record: () => troubled(showroomLines()),
  },
  {
    name: 'scratchpad',
    document: 'topologies/scratchpad.yaml',
    end: { afterMs: 2 * DAY_MS },
    record: () => troubled(saverLines()),
  },
]

const fileOf = (root: string, name: string, part: 'input' | 'expected'): string =>
  join(root, 'test', 'golden', 'recordings', `${name}.${part}.ndjson.gz`)

export const documentOf = (root: string, { document }: GoldenRun): string =>
  readFileSync(join(root, document), 'utf8')

export const inputOf = (root: string, { name }: GoldenRun): Buffer =>
  gunzipSync(readFileSync(fileOf(root, name, 'input')))

/** Lines as `setOf` gives them. */
export const expectedOf = (root: string, { name }: GoldenRun): readonly string[] =>
  gunzipSync(readFileSync(fileOf(root, name, 'expected')))
    .toString()
    .trimEnd()
    .split('\n')

/** Writes input and expected output of a run. */
export async function record(root: string, run: GoldenRun): Promise<void> {
  const lines = run.record()
  const input = Buffer.from(lines.map((line) => `${line}\n`).join(''))
  const { outputs } = await replayed(planOf(documentOf(root, run)), input, run.end)
  const expected = setOf(outputs)
  writeFileSync(fileOf(root, run.name, 'input'), gzipSync(input, { level: 9 }))
  writeFileSync(
    fileOf(root, run.name, 'expected'),
    gzipSync(expected.map((line) => `${line}\n`).join(''), { level: 9 }),
  )
}
