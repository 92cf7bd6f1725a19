/**
 * A Kafka broker of a test's own, with the settings of services/kafka.properties.
 *
 * 1. Ready means: it has made its own topics, a transaction was committed and a group was joined. The first of each takes
 *    a new broker a second or two, which no test should measure or time out on.
 * 2. Behind a proxy it has a second listener, which tells its clients to come through the proxy.
 */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort } from './free-port.ts'
import { kafkaAnswers, warmUp } from './kafka-ready.ts'
import { kafkaProgram, programOf, ROOT } from './programs.ts'
import { JAVA_OPTIONS, type Server, startServer } from './server-process.ts'

export interface KafkaOptions {
  readonly port?: number
  /** Kept on `stop` when given. */
  readonly dataFolder?: string
  /** On top of services/kafka.properties, by the names used there. */
  readonly settings?: Readonly<Record<string, string>>
  /** Another listener at `port`, whose clients are told that this broker is at `address`: `host:port` of a proxy. */
  readonly behind?: { readonly port: number; readonly address: string }
  /** Options of the virtual machine behind the standard ones, of which it takes the last: `-Xmx1g`. */
  readonly java?: readonly string[]
}

export async function startKafka(options: KafkaOptions = {}): Promise<Server> {
  const port = options.port ?? (await freePort())
  const controllerPort = await freePort()
  const program = programOf('kafka', kafkaProgram())
  const address = `127.0.0.1:${port}`
  const settings = { ...listeners(port, controllerPort, options.behind), ...options.settings }
  let warm = false
  return startServer({
    name: 'kafka',
    address,
    ports: options.behind ? [port, controllerPort, options.behind.port] : [port, controllerPort],
    dataFolder: options.dataFolder,
    prepare: (dataFolder) => writeBroker(dataFolder, settings),
    command: (dataFolder) => [
      program[0],
      ...JAVA_OPTIONS,
      '-Xmx384m',
      ...(options.java ?? []),
      '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
      ...program.slice(1),
      'kafka.Kafka',
      join(dataFolder, 'server.properties'),
    ],
    async ready() {
      await kafkaAnswers(address)
      if (!warm) await warmUp(address)
      warm = true
    },
  })
}

function listeners(
  port: number,
  controllerPort: number,
  behind: KafkaOptions['behind'],
): Readonly<Record<string, string>> {
  const own = `PLAINTEXT://127.0.0.1:${port}`
  return {
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    listeners: [
      own,
      `CONTROLLER://127.0.0.1:${controllerPort}`,
      ...(behind ? [`OUTSIDE://127.0.0.1:${behind.port}`] : []),
    ].join(),
    'advertised.listeners': [own, ...(behind ? [`OUTSIDE://${behind.address}`] : [])].join(),
  }
}

/** Writes what the broker reads. A folder that holds data already keeps its identity, which stands in `meta.properties`. */
async function writeBroker(dataFolder: string, settings: Readonly<Record<string, string>>): Promise<void> {
  const logs = join(dataFolder, 'logs')
  await mkdir(logs, { recursive: true })
  const lines = Object.entries({ ...settings, 'log.dirs': logs }).map(([name, value]) => `${name}=${value}`)
  await writeFile(
    join(dataFolder, 'server.properties'),
    `${readFileSync(join(ROOT, 'services/kafka.properties'), 'utf8')}\n${lines.join('\n')}\n`,
  )
  const meta = join(logs, 'meta.properties')
  if ((await readFile(meta, 'utf8').catch(() => '')) !== '') return
  const id = (): string => randomBytes(16).toString('base64url')
  await writeFile(meta, `version=1\ncluster.id=${id()}\nnode.id=1\ndirectory.id=${id()}\n`)
}
