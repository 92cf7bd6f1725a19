/** `shopkeeper doctor` where nothing answers, or nothing is set rightly. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { SETTING_TABLE } from '../../src/app/setting-table.ts'
import { clockFindings } from '../../src/app/doctor/clock.ts'
import { serverFindings } from '../../src/app/doctor/redis.ts'
import { runCaptured } from '../support/captured-run.ts'

const before = { ...process.env }
beforeEach(() => {
  for (const { variable } of SETTING_TABLE) delete process.env[variable]
})
afterEach(() => {
  process.env = { ...before }
})

interface Said {
  readonly ok: boolean
  readonly examined: readonly string[]
  readonly settings: readonly { readonly variable: string; readonly value: string }[]
  readonly findings: readonly {
    readonly level: string
    readonly code: string
    readonly about: string
    readonly hint: string
  }[]
}

async function examined(
  environment: Readonly<Record<string, string>>,
): Promise<Said & { code: number; text: string }> {
  Object.assign(process.env, environment)
  const { code, stdout, stderr } = await runCaptured('doctor', '--json')
  return { ...(JSON.parse(stdout) as Said), code, text: stdout + stderr }
}

// Nobody listens on port 1.
const NOBODY = {
  KAFKA_BROKERS: '127.0.0.1:1',
  REDIS_URL: 'redis://ann:hidden@127.0.0.1:1',
  SCHEMA_REGISTRY_URL: 'http://ann:hidden@127.0.0.1:1',
}

describe('doctor', () => {
  test('finds all three servers away, each with what to do, and shows no password', async () => {
    const { ok, code, findings, text } = await examined(NOBODY)
    expect([ok, code]).toEqual([false, 1])
    expect(findings.filter(({ level }) => level === 'error').map((finding) => finding.code)).toEqual([
      expect.stringMatching(/unreachable/),
      'redis-unreachable',
      'registry-unreachable',
    ])
    expect(findings.every(({ hint }) => hint !== '')).toBe(true)
    expect(text).not.toContain('hidden')
  }, 30_000)

  test('finds every bad setting, and asks no server whose settings are bad', async () => {
    const {
      code,
      findings,
      examined: looked,
    } = await examined({
      KAFKA_SSL: 'yes',
      REDIS_URL: 'hidden',
      SCHEMA_REGISTRY_URL: 'hidden',
      LOG_LEVEL: 'loud',
    })
    expect(code).toBe(1)
    expect(findings.map(({ code: word, about }) => `${word} ${about}`).toSorted()).toEqual([
      'bad-setting KAFKA_SSL',
      'bad-setting LOG_LEVEL',
      'bad-setting REDIS_URL',
      'bad-setting SCHEMA_REGISTRY_URL',
    ])
    expect(looked).toEqual(['settings'])
  })

  test("warns of the developers' key away from this machine", async () => {
    const { findings } = await examined({ KAFKA_BROKERS: 'broker.invalid:9092', REDIS_URL: 'bad' })
    expect(findings.map(({ code }) => code)).toContain('developer-key')
  }, 30_000)

  test('a topology that is not there is the mistake of the user', async () => {
    expect(await runCaptured('doctor', '--topology', 'nowhere.yaml')).toMatchObject({ code: 2 })
  })
})

describe('clocks', () => {
  test.each([
    [undefined, []],
    [0, []],
    [1999, []],
    [-1999, []],
    [2000, ['warning']],
    [-9999, ['warning']],
    [10_000, ['error']],
    [-3_600_000, ['error']],
  ])('%s ms ahead: %j', (aheadMs, levels) => {
    expect(clockFindings('Redis', aheadMs).map(({ level }) => level)).toEqual(levels)
  })
})

describe('a Redis server', () => {
  const GOOD = {
    version: '7.0.15',
    role: 'master',
    usedMemoryBytes: 50,
    maxMemoryBytes: 0,
    evictionPolicy: 'noeviction',
    evictedKeys: 0,
    loading: false,
    aofEnabled: true,
    lastSaveOk: true,
  }
  test.each<[Partial<typeof GOOD>, readonly string[]]>([
    [{}, []],
    [{ version: '5.0.7' }, ['error redis-too-old']],
    [{ role: 'slave' }, ['error redis-replica']],
    [{ evictionPolicy: 'allkeys-lru' }, ['error redis-evicts']],
    [{ evictionPolicy: 'volatile-ttl', maxMemoryBytes: 100 }, ['error redis-evicts']],
    [{ usedMemoryBytes: 95, maxMemoryBytes: 100 }, ['warning redis-nearly-full']],
    [{ loading: true }, ['warning redis-loading']],
    [{ lastSaveOk: false }, ['warning redis-save-failed']],
    [{ aofEnabled: false }, ['note redis-not-persistent']],
  ])('with %j: %j', (change, findings) => {
    const found = serverFindings('Redis', { ...GOOD, ...change })
    expect(found.map(({ level, code }) => `${level} ${code}`)).toEqual(findings)
  })
})
