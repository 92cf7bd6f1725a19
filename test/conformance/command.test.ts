/** Promises of the command itself: how it ends, and what it says last. test/cli/replay.test.ts has its edges. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type CapturedRun, runCaptured } from '../support/captured-run.ts'
import { DOCUMENTS } from './documents.ts'
import { readPromise } from './promise-text.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'command-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function file(name: string, content: string | Buffer): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

const document = (): string => file('carts.yaml', JSON.stringify(DOCUMENTS['carts']))
const UNTIL = '2026-09-14T12:00:00Z'

/** Lines of a recording, written as in promises. */
function recording(...events: readonly string[]): string {
  const { cases } = readPromise(`A command.\n\n- it\n  on carts\n  ${events.join('\n  ')}`)
  return cases.flatMap(({ lines }) => lines.map(({ text }) => `${text}\n`)).join('')
}
const ONE = recording('10:00 product.added cookie:x product_id=p1 price=1')

const replay = (...flags: readonly string[]): Promise<CapturedRun> =>
  runCaptured('replay', '--topology', document(), ...flags)
const fired = ({ stdout }: CapturedRun): number => stdout.split('"trigger.fired"').length - 1

test('an end that is no time is refused by name', async () => {
  const run = await replay('--input', file('one.ndjson', ONE), '--until', 'later')
  expect(run.code).toBe(2)
  expect(run.stderr).toContain('--until later')
  expect(run.stdout).toBe('')
})

test('an input that is not there is refused by name', async () => {
  const run = await replay('--input', join(folder, 'gone.ndjson'))
  expect(run.code).toBe(2)
  expect(run.stderr).toContain('gone.ndjson')
})

test('a document that cannot be right starts nothing', async () => {
  const bad = { ...DOCUMENTS['carts'], sinks: { triggers: { from: 'crat', topic: 'triggers' } } }
  const run = await runCaptured(
    'replay',
    '--topology',
    file('bad.yaml', JSON.stringify(bad)),
    '--input',
    file('one.ndjson', ONE),
  )
  expect(run.code).toBe(2)
  expect(run.stderr).toContain('crat')
  expect(run.stdout).toBe('')
})

test('a compressed input is read', async () => {
  const run = await replay('--input', file('one.ndjson.gz', gzipSync(ONE)), '--until', UNTIL)
  expect([run.code, fired(run)]).toEqual([0, 1])
})

test('the last line says what was done, as JSON if asked', async () => {
  const input = recording(
    '10:00 product.added cookie:x product_id=p1 price=1 #one',
    'again #one',
    '10:00 page.viewed cookie:y',
    '10:01 page.viewed cookie:x cookie:y',
    'raw "?"',
  )
  const run = await replay('--input', file('five.ndjson', input), '--until', UNTIL, '--json')
  expect([run.code, fired(run)]).toEqual([0, 1])
  expect(JSON.parse(run.stderr.trim().split('\n').at(-1) ?? '')).toMatchObject({
    events: 5,
    duplicates: 1,
    people: 1,
    merges: 1,
    triggers: 1,
    late: 0,
    dead_letters: { 'not-json': 1 },
  })
})
