import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { parseUntil, replay } from '../../src/app/replay.ts'
import { UsageError } from '../../src/model/errors.ts'
import { KEY, planOf } from '../support/replayed.ts'

describe('until', () => {
  test.each<[string, object]>([
    ['+2h', { afterMs: 7_200_000 }],
    ['+0s', { afterMs: 0 }],
    ['2026-05-02T12:00:00Z', { at: Date.UTC(2026, 4, 2, 12) }],
    ['2026-05-02t14:00:00.5+02:00', { at: Date.UTC(2026, 4, 2, 12) + 500 }],
  ])('%s', (text, end) => {
    expect(parseUntil(text)).toEqual(end)
  })

  test.each(['', '+', '2h', '+2 h', '-2h', '+2w', '2026-05-02', '2026-05-02T12:00:00', '1777723200000'])(
    '%j is none',
    (text) => {
      expect(() => parseUntil(text)).toThrow(UsageError)
    },
  )
})

describe('replay', () => {
  const plan = planOf({
    topology: 'r',
    sources: { web: { topic: 'web' } },
    operators: [{ id: 'who', type: 'identity', from: ['web'] }],
    sinks: {},
  })

  test('reads a file, writes a file, and keeps an output when the input is missing', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'replay-'))
    try {
      const [input, output] = [join(folder, 'in.ndjson'), join(folder, 'out.ndjson')]
      writeFileSync(
        input,
        '{"id":"1","type":"page.viewed","time":0,"identifiers":[{"type":"user_id","value":"u"}]}',
      )
      const summary = await replay(plan, { key: KEY, input, output, end: undefined })
      expect(summary).toMatchObject({ events: 1, people: 1 })
      const written = readFileSync(output, 'utf8')
      expect(written).toContain('identity.created')
      const gone = join(folder, 'gone.ndjson')
      await expect(replay(plan, { key: KEY, input: gone, output, end: undefined })).rejects.toThrow(
        UsageError,
      )
      expect(readFileSync(output, 'utf8')).toBe(written)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
