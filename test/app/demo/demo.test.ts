import { describe, expect, test } from '@jest/globals'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { UsageError } from '../../../src/model/errors.ts'
import {
  businessNamed,
  demoSummary,
  summaryTable,
  wholeNumber,
  writeDay,
} from '../../../src/app/demo/demo.ts'
import { generateDay } from '../../../src/app/demo/generate.ts'

async function play(
  name: string,
): Promise<{ readonly story: readonly string[]; readonly table: string; readonly counts: unknown }> {
  const story: string[] = []
  const done: number[] = []
  const summary = await demoSummary({
    business: businessNamed(name),
    events: 1500,
    seed: 5,
    tell: (line) => story.push(line),
    progress: (count) => done.push(count),
    speed: undefined,
  })
  expect(done.at(-1)).toBe(1500)
  const { seconds: _seconds, events_per_second: _rate, ...counts } = summary
  return { story, table: summaryTable(summary), counts }
}

describe('the demo', () => {
  test('of the theme park tells what was offered to whom, and why not, the same each time', async () => {
    const first = await play('theme-park')
    const told = first.story.join('\n')
    expect(told).toContain(
      'Shopkeeper offers the Lindgrens the nearer parking spot P2 for EUR 7.50, by push.',
    )
    expect(told).toContain('Shopkeeper offers the Okafors a skip-the-line pass at 10 % off, by push.')
    expect(told).toContain(
      'Shopkeeper offers Paul a coffee on the house, and says that queues are short, on the screen at the gate.',
    )
    expect(told).toContain('No offer for Marta: she did not agree to be contacted.')
    expect(told).toContain('No offer for the Novaks: they are among the five in a hundred who get none')
    expect(told).toContain('Shopkeeper takes the offer for the Jensens back.')
    const second = await play('theme-park')
    expect([second.story, second.counts]).toEqual([first.story, first.counts])
    expect(
      new Set(
        first.table
          .trimEnd()
          .split('\n')
          .map((line) => line.length),
      ).size,
    ).toBe(1)
  })

  test('of the shop: one person on two devices, an order by phone, a nudge', async () => {
    const told = (await play('shop')).story.join('\n')
    expect(told).toContain('Shopkeeper: these are one person, Ann.')
    expect(told).toContain('Shopkeeper offers Ann free shipping, by push.')
    expect(told.match(/Shopkeeper offers Ann/g)).toHaveLength(1)
    expect(told).not.toContain('Shopkeeper offers Greta')
    expect(told).toContain('No offer for Kim: they are among')
  })

  test('writes its events for replay, compressed if the name says so', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'shopkeeper-demo-'))
    try {
      const business = businessNamed('shop')
      const day = { events: 300, seed: 2 }
      const expected = [...generateDay(business, day)].map(({ line }) => `${line}\n`).join('')
      await writeDay(business, day, join(folder, 'a.ndjson'))
      await writeDay(business, day, join(folder, 'a.ndjson.gz'))
      expect(await readFile(join(folder, 'a.ndjson'), 'utf8')).toBe(expected)
      expect(gunzipSync(await readFile(join(folder, 'a.ndjson.gz'))).toString()).toBe(expected)
      await expect(writeDay(business, day, join(folder, 'no', 'a.ndjson'))).rejects.toThrow(UsageError)
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  test('refuses names and numbers that are none', () => {
    expect(() => businessNamed('zoo')).toThrow('no demo called "zoo"')
    expect(() => wholeNumber('--events', 'many', { min: 1, max: 9 })).toThrow('--events is "many"')
    expect(() => wholeNumber('--events', '10', { min: 1, max: 9 })).toThrow(UsageError)
    expect(wholeNumber('--events', '9', { min: 1, max: 9 })).toBe(9)
  })
})
