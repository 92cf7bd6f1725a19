/** All engines that there are, by the name that the command line has for them. */
import type { NodeBinary } from '../node-binary.ts'
import type { Engine } from './engine.ts'
import { createRaw } from './raw.ts'
import { createShopkeeper } from './shopkeeper.ts'
import { buildStreams, createStreams, streamsMissing } from './streams.ts'

export const ENGINES = [
  'shopkeeper',
  'shopkeeper-features-off',
  'streams-mem',
  'streams-rocks',
  'raw-kafkajs',
  'raw-cursor',
] as const
export type EngineName = (typeof ENGINES)[number]

/** Those of them that can run here, in this order; `say` is told of the others. @throws with what Maven says */
export function enginesOf(
  names: readonly EngineName[],
  node: NodeBinary,
  say: (line: string) => void,
): readonly Engine[] {
  const wantsStreams = names.some((name) => name.startsWith('streams'))
  const missing = wantsStreams ? streamsMissing() : undefined
  const built = wantsStreams && missing === undefined ? buildStreams(say) : ''
  return names.flatMap((name) => {
    if (name.startsWith('streams') && missing !== undefined) {
      say(`SKIPPED: ${name}: ${missing}`)
      return []
    }
    return [engineOf(name, node, built)]
  })
}

function engineOf(name: EngineName, { path, version }: NodeBinary, built: string): Engine {
  const own = { name, node: path }
  switch (name) {
    case 'shopkeeper':
      return createShopkeeper({ ...own, title: `Shopkeeper, Node ${version}`, topology: 'topology.yaml' })
    case 'shopkeeper-features-off':
      return createShopkeeper({
        ...own,
        title: `Shopkeeper without dedupe, Node ${version}`,
        topology: 'topology-features-off.yaml',
      })
    case 'streams-mem':
      return createStreams('mem', built)
    case 'streams-rocks':
      return createStreams('rocks', built)
    case 'raw-kafkajs':
      return createRaw({
        ...own,
        title: `kafkajs \`eachBatch\` and avsc, reading only, Node ${version}`,
        loop: 'kafkajs-loop',
      })
    case 'raw-cursor':
      return createRaw({
        ...own,
        title: `batches and a cursor, reading only, Node ${version}`,
        loop: 'cursor-loop',
      })
  }
}
