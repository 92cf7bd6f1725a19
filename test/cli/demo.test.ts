/** `shopkeeper demo`: a day that plays by itself, or is written down and replayed. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { runCaptured } from '../support/captured-run.ts'

jest.setTimeout(30_000)

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'demo-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

type Figures = Readonly<Record<string, unknown>>

async function played(...flags: readonly string[]): Promise<Figures> {
  const { code, stdout } = await runCaptured('demo', ...flags, '--json')
  expect(code).toBe(0)
  const { seconds: _seconds, events_per_second: _rate, ...figures } = JSON.parse(stdout) as Figures
  return figures
}

describe('demo', () => {
  test('tells a story, shows how far it is, and sums up', async () => {
    const { code, stdout, stderr } = await runCaptured('demo', '--events', '1200')
    expect(code).toBe(0)
    expect(stdout).toContain('Shopkeeper offers')
    expect(stdout).toMatch(/\nevents +1,200\n/)
    expect(stderr).toMatch(/100 % {2}1200 of 1200 events/)
  })

  test('--json says the same in figures, and nothing else', async () => {
    const { code, stdout } = await runCaptured('demo', 'shop', '--events', '800', '--seed', '3', '--json')
    expect(code).toBe(0)
    expect(stdout.trimEnd().split('\n')).toHaveLength(1)
    expect(JSON.parse(stdout)).toMatchObject({ demo: 'shop', seed: 3, events: 800 })
  })

  test('the same seed is the same day, another is another', async () => {
    const first = await played('--events', '900', '--seed', '4')
    expect(await played('--events', '900', '--seed', '4')).toEqual(first)
    expect(await played('--events', '900', '--seed', '5')).not.toEqual({ ...first, seed: 5 })
  })

  test.each(['theme-park', 'shop'])(
    '%s: what is written and replayed gives the offers that were played',
    async (name) => {
      const file = join(folder, `${name}.ndjson.gz`)
      const flags = [name, '--events', '1500', '--seed', '6']
      const figures = await played(...flags)
      const written = await runCaptured('demo', ...flags, '--write', file)
      expect([written.code, written.stdout]).toEqual([0, ''])
      const [, hint = ''] = /^replay them: shopkeeper (.*)$/m.exec(written.stderr) ?? []
      expect(gunzipSync(readFileSync(file)).toString().trimEnd().split('\n')).toHaveLength(1500)
      const replayed = await runCaptured(...hint.split(' '), '--until', '+3d', '--json')
      expect(replayed.code).toBe(0)
      const summary = JSON.parse(replayed.stderr.trimEnd().split('\n').at(-1) ?? '') as Figures
      for (const key of [
        'events',
        'people',
        'merges',
        'offers',
        'revoked',
        'decisions',
        'suppressed',
        'late',
        'dead_letters',
      ])
        expect({ [key]: summary[key] }).toEqual({ [key]: figures[key] })
    },
  )

  test.each<[string, readonly string[], string]>([
    ['a business that there is not', ['zoo'], 'no demo called "zoo"'],
    ['no events', ['--events', '0'], '--events is "0"'],
    ['a seed in words', ['--seed', 'spring'], '--seed is "spring"'],
    ['a speed of nothing', ['--speed', '0'], '--speed is "0"'],
  ])('refuses %s', async (_name, flags, says) => {
    const { code, stdout, stderr } = await runCaptured('demo', ...flags)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain(says)
    expect(stderr.trimEnd().split('\n')).toHaveLength(2)
  })

  test('refuses a file that cannot be written', async () => {
    const file = join(folder, 'no', 'day.ndjson')
    const { code, stderr } = await runCaptured('demo', '--events', '10', '--write', file)
    expect(code).toBe(2)
    expect(stderr).toContain(`cannot write ${file}`)
    expect(existsSync(file)).toBe(false)
  })
})
