/** The Kafka Streams program of `bench/streams`, built by Maven once for each state of its sources. */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type CartFacts, cartLine, type Oracle, type SessionFacts, sessionLine } from '../oracle.ts'
import { type Engine, readJson, type Run } from './engine.ts'
import { judgedByOutputs } from './outputs.ts'

const SOURCES = fileURLToPath(new URL('../streams', import.meta.url))
const JAVA_OPTIONS = [
  '-Xms3g',
  '-Xmx3g',
  '-XX:+UseParallelGC',
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=error',
]

export type StreamsStore = 'mem' | 'rocks'

/** Why it cannot be built here; undefined: it can. */
export function streamsMissing(): string | undefined {
  for (const [program, argument] of [
    ['java', '-version'],
    ['mvn', '-version'],
  ] as const)
    if (spawnSync(program, [argument]).status !== 0) return `${program} is not there`
  return undefined
}

/** The folder with the jar and what it needs. @throws with what Maven says. */
export function buildStreams(say: (line: string) => void): string {
  const hash = createHash('sha256')
  const files = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })
    .filter((file) => file === 'pom.xml' || file.endsWith('.java'))
    .sort()
  for (const file of files) hash.update(file).update(readFileSync(join(SOURCES, file)))
  const folder = join(tmpdir(), `shopkeeper-bench-streams-${hash.digest('hex').slice(0, 12)}`)
  if (existsSync(join(folder, 'lib'))) return folder
  say('building bench/streams with Maven')
  const work = `${folder}-${process.pid}`
  mkdirSync(work, { recursive: true })
  for (const file of files) cpSync(join(SOURCES, file), join(work, file))
  const built = spawnSync('mvn', ['-q', '-B', 'package'], { cwd: work, encoding: 'utf8' })
  if (built.status !== 0) throw new Error(`mvn package: ${built.stdout}${built.stderr}`)
  mkdirSync(folder, { recursive: true })
  renameSync(join(work, 'target/bench-streams-1.jar'), join(folder, 'bench-streams-1.jar'))
  renameSync(join(work, 'target/lib'), join(folder, 'lib'))
  spawnSync('rm', ['-r', work])
  return folder
}

export const createStreams = (store: StreamsStore, folder: string, threads = 1): Engine => ({
  name: `streams-${store}`,
  title: `Kafka Streams, ${store === 'mem' ? 'in-memory store' : 'RocksDB'}`,
  async prepare(run) {
    const internal = `${run.name}-people`
    await run.client.createTopics([internal], run.partitions)
    return {
      program: 'java',
      args: [
        ...JAVA_OPTIONS,
        '-cp',
        `${folder}/bench-streams-1.jar:${folder}/lib/*`,
        'shopkeeper.bench.CartJob',
      ],
      env: {
        APP: run.name,
        BROKERS: run.site.brokers,
        INPUT: run.input,
        INTERNAL: internal,
        SESSIONS: run.sessions,
        OFFERS: run.offers,
        STORE: store,
        STATE_DIR: join(run.folder, 'state'),
        PARTITIONS: String(run.partitions),
        SCHEMA_ID: String(run.schemaId),
        COMMIT_MS: String(run.commitMs),
        THREADS: String(threads),
      },
    }
  },
  ...judgedByOutputs(tellAll),
})

async function tellAll(run: Run, _oracle: Oracle, tell: (line: string) => void): Promise<void> {
  for (const topic of [run.sessions, run.offers])
    await readJson(run, topic, (value) => {
      const { kind } = value
      if (kind === 'session.closed') {
        const { value: cents } = value as { readonly value: number }
        tell(sessionLine({ ...(value as unknown as SessionFacts), cents }))
        return
      }
      const { product_id: product, basket_id: basket } = value as {
        readonly product_id: string
        readonly basket_id: string
      }
      const cart: CartFacts = { ...(value as unknown as CartFacts), product, basket }
      tell(cartLine(kind === 'offer.made' ? 'offer' : 'abandoned', cart))
    })
}
