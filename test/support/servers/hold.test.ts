/** What a run of tests is told when the servers it needs are not to be had. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { ROOT } from './programs.ts'

let folder = ''

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'shopkeeper-hold-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** As a run does it whose files are these texts, on a machine with no program at all, and ends at once. */
function hold(texts: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const paths = texts.map((text, i) => {
    const path = join(folder, `${i}.int.test.ts`)
    writeFileSync(path, text)
    return path
  })
  const hook = join(ROOT, 'test/support/run-typescript.mjs')
  const main = join(ROOT, 'test/support/servers/main.ts')
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', hook, main, 'hold', ...paths], {
    env: { PATH: folder, ...environment },
    encoding: 'utf8',
    input: '',
  })
  return { status, told: stdout === '' ? undefined : (JSON.parse(stdout) as unknown), stderr }
}

const NOTHING = { SHOPKEEPER_STARTABLE: '', SHOPKEEPER_TRACES: expect.any(String) }

const asks = (...names: readonly string[]): string =>
  `describeWith([${names.map((n) => `'${n}'`).join()}], 'x', f)`

describe('a run of tests', () => {
  test('that needs no server starts none', () => {
    expect(hold(["describe('x', f)"])).toEqual({
      status: 0,
      told: NOTHING,
      stderr: '',
    })
  })

  test('goes on without what cannot be had, and says for each what would bring it', () => {
    const { status, told, stderr } = hold([asks('kafka', 'redis'), asks('registry', 'prometheus')])
    expect({ status, told }).toEqual({ status: 0, told: NOTHING })
    expect(stderr.trim().split('\n')).toEqual([
      expect.stringMatching(/^containers: none, no engine answers \(docker info: ENOENT\)/),
      expect.stringMatching(/^kafka: MISSING.*apt-get install default-jre-headless maven.*SHOPKEEPER_KAFKA/),
      expect.stringMatching(/^redis: MISSING.*apt-get install redis-server.*SHOPKEEPER_REDIS/),
      expect.stringMatching(/^registry: MISSING.*apt-get install default-jre-headless maven/),
      expect.stringMatching(/^prometheus: MISSING.*apt-get install prometheus/),
    ])
  })

  test('fails for it where CI is true', () => {
    const { status, told, stderr } = hold([asks('redis')], { CI: 'true' })
    expect({ status, told }).toEqual({ status: 1, told: undefined })
    expect(stderr).toMatch(/^CI needs every server: redis: MISSING/m)
  })

  test('fails for a server of its own that CI cannot start', () => {
    const { status, stderr } = hold(["describeWithOwn(['kafka'], 'x', f)"], { CI: 'true' })
    expect(status).toBe(1)
    expect(stderr).toMatch(/^kafka: MISSING for tests that start their own; .*default-jre-headless/m)
  })

  test.each([
    ['SHOPKEEPER_KAFKA', 'kafka', '127.0.0.1:1'],
    ['SHOPKEEPER_REDIS', 'redis', 'redis://127.0.0.1:1'],
    ['SHOPKEEPER_REGISTRY', 'registry', 'http://127.0.0.1:1'],
    ['SHOPKEEPER_PROMETHEUS', 'prometheus', 'http://127.0.0.1:1'],
  ])('fails when %s names a place where nothing answers', (variable, name, address) => {
    const { status, told, stderr } = hold([asks(name)], { [variable]: address })
    expect({ status, told }).toEqual({ status: 1, told: undefined })
    expect(stderr).toContain(`${name}: ${variable} names ${address}, which does not answer`)
    expect(stderr).toContain(`unset ${variable}`)
  })

  test('fails on a server that nobody knows', () => {
    const { status, stderr } = hold([asks('kafak')])
    expect([status, stderr]).toEqual([
      1,
      'a test asks for a server called "kafak": there are kafka, redis, registry, prometheus\n',
    ])
  })
})
