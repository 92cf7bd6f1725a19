/** docker-compose.yml and the servers that tests start without containers are the same servers. */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { COMPOSED } from './compose.ts'
import { SERVER_NAMES } from './kinds.ts'
import { ROOT } from './programs.ts'

interface Service {
  readonly image: string
  readonly volumes?: readonly string[]
  readonly ports?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
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

  const noCompose = spawnSync('docker', ['compose', 'version']).status !== 0
  const title = noCompose ? 'is one that compose takes [needs docker compose]' : 'is one that compose takes'
  ;(noCompose ? test.skip : test)(title, () => {
    const { status, stderr } = spawnSync('docker', ['compose', 'config', '--quiet'], {
      cwd: ROOT,
      encoding: 'utf8',
    })
    expect([status, stderr]).toEqual([0, ''])
  })
})
