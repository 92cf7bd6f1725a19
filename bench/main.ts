/**
 * `npm run bench -- [--quick] [--measure NAME,NAME] ...`: how fast the product is, beside another engine that does the same job, and what
 * becomes of it as work grows. See bench/README.md.
 */
import { loadavg } from 'node:os'
import type { Measure, Scene } from './measures/measure.ts'
import { MEASURES } from './measures/all.ts'
import { nodeBinary } from './node-binary.ts'
import { readOptions, usageOf } from './options.ts'
import { circumstancesOf, writePicture, writeSection } from './report.ts'
import { openSite } from './site.ts'

const names = MEASURES.map(({ name }) => name)
const args = process.argv.slice(2)
const options = readOptions(args, names)
if (options === undefined) {
  process.stderr.write(usageOf(names))
  process.exit(2)
}
const { write, runs, verbose } = options

const begun = performance.now()
const say = (line: string): void =>
  void process.stderr.write(`${((performance.now() - begun) / 1000).toFixed(0)} s: ${line}\n`)

async function tell(measure: Measure, scene: Scene): Promise<void> {
  const { name, title, once } = measure
  say(`${name}, load ${(loadavg()[0] as number).toFixed(1)}`)
  const draw = (svg: string): string => (write ? writePicture(name, title, svg) : '')
  const found = await measure.run(scene, draw)
  const { version } = scene.node
  const redis = await scene.site.redisVersion()
  const section = `${circumstancesOf({ node: version, redis, runs: once === true ? 1 : runs, args })}\n\n${found.trim()}`
  if (write) writeSection(name, section)
  process.stdout.write(`\n${title}\n\n${section}\n`)
}

const node = nodeBinary(options.node, say)
const site = await openSite(verbose)
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    void site.close().finally(() => process.exit(1))
  })
try {
  for (const measure of MEASURES)
    if (options.measures.includes(measure.name)) await tell(measure, { site, options, node, say })
} finally {
  await site.close()
}
// A client of Kafka that is closed may leave something open that keeps a process alive.
process.exit()
