/** docker-compose.yml and the servers that tests start without containers are the same servers. */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { createProgram } from '../../../src/cli/program.ts'
import { COMPOSED, noEngine } from './compose.ts'
import { SERVER_NAMES } from './kinds.ts'
import { ROOT } from './programs.ts'

interface Service {
  readonly image: string
  readonly volumes?: readonly string[]
  readonly ports?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  readonly command?: readonly string[]
  readonly depends_on?: readonly string[] | Readonly<Record<string, unknown>>
}

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')
const { services } = parse(read('docker-compose.yml'), { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>
}
const property = (name: string): string =>
  new RegExp(`<${name}>(.*)</${name}>`).exec(read('services/pom.xml'))?.[1] ?? ''

describe('docker-compose.yml', () => {
  test('has the versions of services/pom.xml', () => {
    expect([services.kafka?.image, services.registry?.image]).toEqual([
      `apache/kafka:${property('kafka.version')}`,
      `apicurio/apicurio-registry-mem:${property('apicurio.version')}`,
    ])
  })

  test('gives broker and Redis the files that they read elsewhere', () => {
    expect(services.kafka?.volumes).toContain(
      './services/kafka.properties:/mnt/shared/config/server.properties:ro',
    )
    expect(services.redis?.volumes).toContain('./services/redis.conf:/etc/redis.conf:ro')
  })

  test('says of the broker only where it is, which no file can', () => {
    expect(Object.keys(services.kafka?.environment ?? {})).toEqual([
      'KAFKA_LISTENERS',
      'KAFKA_ADVERTISED_LISTENERS',
      'KAFKA_CONTROLLER_QUORUM_VOTERS',
      'KAFKA_LOG_DIRS',
    ])
  })

  test.each(SERVER_NAMES)('lets tests choose the port of %s', (name) => {
    const [port = ''] = services[name]?.ports ?? []
    expect(port).toMatch(new RegExp(`^127\\.0\\.0\\.1:\\$\\{${COMPOSED[name].portVariable}:-\\d+\\}:\\d+$`))
  })

  test('mounts nothing that is not there', () => {
    const mounted = Object.values(services)
      .flatMap(({ volumes = [] }) => volumes)
      .map((volume) => volume.split(':')[0] ?? '')
      .filter((path) => path.startsWith('.'))
    expect(mounted.filter((path) => !existsSync(join(ROOT, path)))).toEqual([])
  })

  const own = Object.entries(services).filter(([, { image }]) => image === 'shopkeeper')
  test.each(own)(
    '%s is a command of this program, with flags that it has and files that are there',
    (_, one) => {
      const words = one.command ?? []
      let found = createProgram()
      for (const word of words) found = found.commands.find((command) => command.name() === word) ?? found
      expect(found.parent).not.toBeNull()
      const flags = words.filter((word) => word.startsWith('--'))
      expect(found.options.map(({ long }) => long)).toEqual(expect.arrayContaining(flags))
      const files = words.filter((word) => word.endsWith('.yaml'))
      expect(files).toEqual([expect.any(String)])
      expect(files.filter((path) => !existsSync(join(ROOT, path)))).toEqual([])
    },
  )

  test('has an upstream, and two instances of one topology that wait for its topics and schemas', () => {
    expect(own.map(([name]) => name)).toEqual([
      'topics',
      'schemas',
      'shopkeeper-1',
      'shopkeeper-2',
      'publisher',
    ])
    expect(new Set(own.map(([, { command = [] }]) => command[command.indexOf('--topology') + 1])).size).toBe(
      1,
    )
    for (const [name, { depends_on: before = {} }] of own.slice(2))
      expect([name, Object.keys(before)]).toEqual([name, expect.arrayContaining(['topics', 'schemas'])])
  })

  const noPlugin = spawnSync('docker', ['compose', 'version']).status !== 0
  const engine = noEngine() === undefined ? '' : ' and no engine answers'
  const title = 'is one that compose takes'
  ;(noPlugin ? test.skip : test)(
    noPlugin ? `${title} [docker has no compose plugin here${engine}]` : title,
    () => {
      const { status, stderr } = spawnSync('docker', ['compose', 'config', '--quiet'], {
        cwd: ROOT,
        encoding: 'utf8',
      })
      expect([status, stderr]).toEqual([0, ''])
    },
  )
})
