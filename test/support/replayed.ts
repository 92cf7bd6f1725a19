/** One recorded stream through the embedded runtime, in whatever way, and what came out as a set that can be compared. */
import { openEmbedded, type EndOfInput, type Output, type Summary } from '../../src/app/embed.ts'
import { linesOf } from '../../src/app/lines.ts'
import { settingsOf } from '../../src/app/settings.ts'
import type { IdKey } from '../../src/model/hash.ts'
import { addCounts, type Counts, newCounts } from '../../src/runtime/ports/observer.ts'
import { compile } from '../../src/topology/compile.ts'
import { parseTopology } from '../../src/topology/document.ts'
import type { Plan } from '../../src/topology/plan.ts'

/** The key of `replay` without settings. */
export const KEY: IdKey = settingsOf({}).idKey

/** How a stream is worked off; none of it may change the set of outputs. */
export interface Way {
  readonly partitions?: number
  readonly batch?: number
  readonly crashEvery?: number
}

export interface Replayed {
  readonly outputs: readonly Output[]
  readonly summary: Summary
}

/** A document's text, or the document itself. */
export function planOf(document: string | object): Plan {
  const text = typeof document === 'string' ? document : JSON.stringify(document)
  return compile(parseTopology({ file: 'topology.yaml', text }), { key: KEY })
}

/** `input`: the bytes of a whole recording. `end` as `--until`. */
export async function replayed(
  plan: Plan,
  input: Buffer,
  end: EndOfInput | undefined,
  way: Way = {},
): Promise<Replayed> {
  const outputs: Output[] = []
  const runtime = await openEmbedded(plan, { key: KEY, ...way, onOutput: (output) => outputs.push(output) })
  const { buffer, ranges } = linesOf(input)
  await runtime.feedBytes(buffer, ranges)
  const summary = await runtime.finish(end)
  await runtime.close()
  return { outputs, summary }
}

/** The same, with everything that the tasks counted. Only for a run that does not crash: it adds up what was observed. */
export async function counted(plan: Plan, input: Buffer, end: EndOfInput | undefined): Promise<Counts> {
  const total = newCounts()
  const runtime = await openEmbedded(plan, {
    key: KEY,
    onOutput: () => {},
    observe: (observation) => {
      if (observation.kind === 'committed') addCounts(total, observation.counts)
    },
  })
  const { buffer, ranges } = linesOf(input)
  await runtime.feedBytes(buffer, ranges)
  await runtime.finish(end)
  await runtime.close()
  return total
}

/** Outputs as sorted lines. Where a refused line stood in the log says nothing about what was done with it, so that is left out. */
export function setOf(outputs: readonly Output[]): readonly string[] {
  return outputs
    .map(({ topic, key, value }) => {
      const place = /"partition":\d+,"offset":\d+,"bytes":/
      return `${topic} ${key} ${value.startsWith('{"reason":') ? value.replace(place, '"bytes":') : value}`
    })
    .sort()
}
