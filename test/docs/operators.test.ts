/** docs/operators.md says what the registry says. */
import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { expect, test } from '@jest/globals'
import { parseUntil } from '../../src/app/replay.ts'
import { configKeys, configSchema } from '../../src/cli/config-keys.ts'
import { OPERATORS } from '../../src/topology/registry.ts'
import { planOf, replayed } from '../support/replayed.ts'
import { ROOT } from './fenced.ts'

type Replay = (topology: string, lines: readonly string[], until: string) => Promise<readonly object[]>
interface Script {
  readonly operatorsDocument: (parts: {
    readonly operators: Iterable<unknown>
    readonly configKeys: typeof configKeys
    readonly configSchema: typeof configSchema
    readonly replay: Replay
  }) => Promise<string>
}

const replay: Replay = async (topology, lines, until) => {
  const { outputs } = await replayed(planOf(topology), Buffer.from(lines.join('\n')), parseUntil(until))
  return outputs.map(({ value }) => JSON.parse(value) as object)
}

test('docs/operators.md is what the script writes: npm run build && node scripts/operators-doc.mjs', async () => {
  const script = pathToFileURL(`${ROOT}/scripts/operators-doc.mjs`).href
  const { operatorsDocument } = (await import(script)) as Script
  const text = await operatorsDocument({ operators: OPERATORS.values(), configKeys, configSchema, replay })
  expect(readFileSync(`${ROOT}/docs/operators.md`, 'utf8')).toBe(text)
})
