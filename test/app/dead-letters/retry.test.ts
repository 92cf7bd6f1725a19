/** Dead letters go back at most once, whatever happens in between: on the log in memory. */
import { beforeEach, describe, expect, test } from '@jest/globals'
import { Crash, type FaultPoint } from '../../../src/adapters/embedded/faults.ts'
import { EmbeddedLog } from '../../../src/adapters/embedded/log.ts'
import { createSchemaBook } from '../../../src/adapters/formats/avro/schema-book.ts'
import { createDecoder } from '../../../src/adapters/formats/decoder.ts'
import type { LaneSpan } from '../../../src/app/lane-records.ts'
import { listLetters } from '../../../src/app/dead-letters/list.ts'
import { prospectOf } from '../../../src/app/dead-letters/prospect.ts'
import { createRetry, type Retry } from '../../../src/app/dead-letters/retry.ts'
import { parseTime } from '../../../src/model/time.ts'
import { EARLIEST } from '../../../src/runtime/ports/log.ts'
import { namesOf } from '../../../src/topology/topics-needed.ts'
import { planOf } from '../../support/replayed.ts'

const PLAN = planOf({
  topology: 'shop',
  sources: { web: { topic: 'web', grace: '10m' }, app: { topic: 'app', format: 'avro' } },
  operators: [{ id: 'identity', type: 'identity', from: ['web', 'app'] }],
})
const NAMES = namesOf('my', 'shop')
const LETTERS = { topic: 'dead-letters', partition: 0 }
const SOURCES = [
  { topic: 'web', partition: 0 },
  { topic: 'web', partition: 1 },
]
const NOW = parseTime('2026-05-02T12:00:00Z') as number
const clock = { now: () => NOW, sleep: async () => {} }

let log: EmbeddedLog
let fault: (point: FaultPoint, task: string) => void
let letters = 0

beforeEach(() => {
  fault = () => {}
  letters = 0
  log = new EmbeddedLog({
    inputs: [LETTERS, ...SOURCES],
    changelogs: [{ topic: NAMES.retried, partition: 0 }],
    turnRecordsMax: 3,
    onCommitted: () => {},
    fault: (point, task) => fault(point, task),
    retain: true,
  })
})

const event = (id: string, time = '2026-05-02T11:59:00Z', email = 'ann@example.org'): string =>
  JSON.stringify({ id, type: 'page.viewed', time, identifiers: [{ type: 'email', value: email }], data: {} })

function refuse(bytes: string, more: object = {}): void {
  const offset = letters++
  const value = JSON.stringify({
    reason: 'invalid-event',
    detail: 'was so',
    topic: 'web',
    partition: offset % 2,
    offset,
    bytes: Buffer.from(bytes).toString('base64'),
    ...more,
  })
  log.append(LETTERS, Buffer.from(value), [0, Buffer.byteLength(value)], NOW + offset)
}

const lanes = (): readonly LaneSpan[] => [{ ...LETTERS, begin: 0, end: letters }]

function retryOf(
  filter: { topic?: string; reason?: string } = {},
  watermark: number | undefined = NOW,
): Retry {
  const decoder = createDecoder(createSchemaBook(), PLAN.sources)
  return createRetry({
    log,
    names: NAMES,
    lanes: lanes(),
    filter,
    clock,
    prospect: async (letter, retried) =>
      prospectOf(letter, { plan: PLAN, decoder, retried, now: NOW, watermark }),
  })
}

/** What came to the source topics: partition and id. */
async function cameBack(): Promise<readonly string[]> {
  const found: string[] = []
  const reader = log.read(SOURCES.map((lane) => ({ ...lane, offset: EARLIEST })))
  for (let { batches } = await reader.next(0); batches.length > 0; { batches } = await reader.next(0))
    for (const batch of batches)
      for (const cursor = batch.walk(); cursor.next(); ) {
        const value = cursor.buffer.toString('utf8', cursor.valueStart, cursor.valueEnd)
        found.push(`${batch.partition} ${(JSON.parse(value) as { id: string }).id}`)
      }
  return found.toSorted()
}

describe('what would happen', () => {
  test('is said of each letter, and changes nothing', async () => {
    refuse(event('good'))
    refuse(event('too-late', '2026-05-02T11:49:59Z'))
    refuse(event('just-in-time', '2026-05-02T11:50:00Z'))
    refuse('no json')
    refuse(event('ahead', '2026-05-02T12:06:00Z'))
    refuse(event('nobody', '2026-05-02T11:59:00Z', 'null'))
    refuse(event('cut'), { cut: true })
    refuse(event('other'), { topic: 'of-another-topology' })
    refuse('\0\0\0\0\x09x', { topic: 'app' })
    const outlook = await retryOf().look()
    expect({ ...outlook, refused: Object.fromEntries(outlook.refused) }).toEqual({
      letters: 9,
      retried: 0,
      cut: 1,
      noSource: 1,
      refused: { 'not-json': 1, 'time-ahead': 1, 'no-identifier': 1, 'schema-unknown': 1 },
      events: 3,
      late: 1,
      lateUnknown: 0,
    })
    expect(await cameBack()).toEqual([])
  })

  test('without a watermark how many are late is not known', async () => {
    refuse(event('good'))
    const retry = createRetry({
      log,
      names: NAMES,
      lanes: lanes(),
      filter: {},
      clock,
      prospect: async () => ({ kind: 'event', late: undefined }),
    })
    expect(await retry.look()).toMatchObject({ events: 1, late: 0, lateUnknown: 1 })
  })

  test('of a topic and a reason alone', async () => {
    refuse(event('a'), { reason: 'no-identifier' })
    refuse(event('b'), { topic: 'elsewhere' })
    refuse(event('c'))
    expect(await retryOf({ reason: 'no-identifier' }).look()).toMatchObject({ letters: 1 })
    expect(await retryOf({ topic: 'web' }).look()).toMatchObject({ letters: 2 })
    expect(await retryOf({ topic: 'web' }).retry()).toBe(2)
    expect(await cameBack()).toEqual(['0 a', '0 c'])
  })

  test('what is no dead letter is passed over', async () => {
    for (const value of ['', '{', 'null', '{"reason":1}', '{"reason":"a","topic":"web","bytes":""}']) {
      log.append(LETTERS, Buffer.from(value), [0, value.length], NOW)
      letters++
    }
    expect(await retryOf().look()).toMatchObject({ letters: 0 })
  })
})

describe('at most once', () => {
  test('each goes back to its partition, and not again', async () => {
    for (let i = 0; i < 10; i++) refuse(event(`e-${i}`))
    expect(await retryOf().retry()).toBe(10)
    const back = await cameBack()
    expect(back).toEqual(Array.from({ length: 10 }, (_, i) => `${i % 2} e-${i}`).toSorted())
    expect(await retryOf().look()).toMatchObject({ letters: 10, retried: 10, events: 0 })
    expect(await retryOf().retry()).toBe(0)
    expect(await cameBack()).toEqual(back)
  })

  test('a record that is on the topic of dead letters twice', async () => {
    refuse(event('once'), { offset: 7 })
    refuse(event('once'), { offset: 7, partition: 0 })
    expect(await retryOf().retry()).toBe(1)
  })

  test.each<FaultPoint>(['take-over', 'commit-before', 'commit-after'])('killed at %s', async (where) => {
    for (let i = 0; i < 1200; i++) refuse(event(`e-${i}`))
    let times = 0
    fault = (point) => {
      // In the middle: at the second commit, of three.
      if (point === where && (where === 'take-over' || ++times === 2)) throw new Crash(where)
    }
    await expect(retryOf().retry()).rejects.toThrow(Crash)
    fault = () => {}
    await retryOf().retry()
    const back = await cameBack()
    expect(back).toHaveLength(1200)
    expect(new Set(back).size).toBe(1200)
  })

  test('two at once: the first ends, and none goes back twice', async () => {
    for (let i = 0; i < 1200; i++) refuse(event(`e-${i}`))
    let second: Promise<number> | undefined
    let commits = 0
    fault = (point) => {
      if (point === 'commit-after' && ++commits === 1) second = retryOf().retry()
    }
    await expect(retryOf().retry()).rejects.toMatchObject({ code: 'taken-over' })
    await second
    const back = await cameBack()
    expect(back).toHaveLength(1200)
    expect(new Set(back).size).toBe(1200)
  })
})

describe('list', () => {
  test('the newest, with what is said of them', async () => {
    for (let i = 0; i < 7; i++) refuse(event(`e-${i}`), { reason: i < 3 ? 'not-json' : 'invalid-event' })
    await retryOf({ reason: 'not-json' }).retry()
    const list = await listLetters({ log, names: NAMES, lanes: lanes(), filter: {}, limit: 5 })
    expect(list).toMatchObject({ total: 7, by_reason: { 'invalid-event': 4, 'not-json': 3 } })
    expect(list.letters.map(({ offset, retried }) => [offset, retried])).toEqual([
      [2, true],
      [3, false],
      [4, false],
      [5, false],
      [6, false],
    ])
    expect(list.letters[0]).toMatchObject({
      topic: 'web',
      partition: 0,
      refused_at: '2026-05-02T12:00:00.002Z',
    })
  })

  test('bytes that no terminal should see are dots', async () => {
    refuse('\u001b[31mred\u0000\u009b')
    const { letters: listed } = await listLetters({ log, names: NAMES, lanes: lanes(), filter: {}, limit: 5 })
    expect(listed[0]?.beginning).toBe('.[31mred..')
  })
})
