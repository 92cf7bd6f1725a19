/**
 * What every Log must do, as one table of cases: `logContract('embedded', open)` runs them against an adapter. Nothing but the
 * port is used, except to see what the outside world would see.
 */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { Fenced } from '../../src/model/errors.ts'
import { Appends } from '../../src/runtime/appends.ts'
import {
  EARLIEST,
  type Lane,
  type Log,
  type LogReader,
  type Owner,
  type Position,
  type RecordBatch,
} from '../../src/runtime/ports/log.ts'

/** A log with empty lanes, all of them ready. */
export interface LogUnderTest {
  readonly log: Log
  /** Two lanes that can be read. */
  readonly lanes: readonly [Lane, Lane]
  readonly compacted: Lane
  /** A topic for those outside. */
  readonly outputTopic: string
  /** Records that a turn of a reader may bring at most, where each was committed alone. */
  readonly turnRecordsMax: number
  /** Values on the output topic, as those outside see them. */
  outputs(): Promise<readonly string[]>
  close(): Promise<void>
}

interface Rec {
  readonly key: string | null
  readonly value: string | null
  readonly at?: number
}

const TASK = 'contract.task'

/** Appends with these records in them; the lane's partition of -1 is for the adapter to choose. */
function appendsOf(lane: Lane, records: readonly Rec[], into = new Appends()): Appends {
  for (const { key, value, at = 0 } of records)
    into.record(lane.topic, lane.partition, at, key, value === null ? null : Buffer.from(value))
  return into
}

type FoundRec = Rec & { readonly offset: number }

/** The records of a batch as text, from a walk of their own. */
function recordsOf(batch: RecordBatch): readonly FoundRec[] {
  const cursor = batch.walk()
  const found: FoundRec[] = []
  while (cursor.next()) {
    const { buffer, keyStart, keyEnd, valueStart, valueEnd, offset, timestamp } = cursor
    const key = keyEnd < 0 ? null : buffer.toString('utf8', keyStart, keyEnd)
    const value = valueEnd < 0 ? null : buffer.toString('utf8', valueStart, valueEnd)
    found.push({ key, value, offset, ...(timestamp === undefined ? {} : { at: timestamp }) })
  }
  return found
}

const WAITS_MAX = 100

/** What a turn brings; batches are good until the next one only, so they are read at once. */
interface TurnRead {
  readonly batches: readonly {
    readonly lane: Lane
    readonly records: readonly FoundRec[]
    readonly nextOffset: number
  }[]
  readonly atEnd: readonly Lane[]
}

/** Turns until all lanes stand at the end; empty ones in between are allowed, a bounded number of them. */
async function turnsToEnd(reader: LogReader, lanes = 1): Promise<readonly TurnRead[]> {
  const turns: TurnRead[] = []
  const ended = new Set<string>()
  for (let waits = 0; waits < WAITS_MAX; waits++) {
    const { batches, atEnd } = await reader.next(100)
    for (const { topic, partition } of batches) ended.delete(`${topic}/${partition}`)
    for (const { topic, partition } of atEnd) ended.add(`${topic}/${partition}`)
    turns.push({
      batches: batches.map((batch) => ({
        lane: { topic: batch.topic, partition: batch.partition },
        records: recordsOf(batch),
        nextOffset: batch.nextOffset,
      })),
      atEnd,
    })
    if (ended.size >= lanes) return turns
    if (batches.length > 0) waits = 0
  }
  throw new Error('the reader never stood at the end')
}

/** Every record up to the end; the reader is closed. */
async function all(reader: LogReader, lanes = 1): Promise<readonly FoundRec[]> {
  const turns = await turnsToEnd(reader, lanes)
  await reader.close()
  return turns.flatMap(({ batches }) => batches.flatMap(({ records }) => records))
}
const values = async (reader: LogReader, lanes = 1) => (await all(reader, lanes)).map(({ value }) => value)

export function logContract(name: string, open: () => Promise<LogUnderTest>): void {
  describe(`the Log port, ${name}`, () => {
    let world: LogUnderTest
    let log: Log
    let input: Lane
    beforeEach(async () => {
      world = await open()
      log = world.log
      input = world.lanes[0]
    })
    afterEach(() => world.close())

    const commit = (owner: Owner, appends: Appends, positions: readonly Position[] = [], task = TASK) =>
      log.commit({ task, owner, appends, positions, changelog: world.compacted })
    const takeOver = (task = TASK) => log.takeOver(task, world.lanes)
    const from0 = (lane: Lane) => log.read([{ ...lane, offset: 0 }])
    /** What an upstream does. */
    async function put(lane: Lane, ...list: readonly (string | Rec)[]): Promise<void> {
      const { owner } = await takeOver('contract.upstream')
      const records = list.map((one) => (typeof one === 'string' ? { key: null, value: one } : one))
      await commit(owner, appendsOf(lane, records), [], 'contract.upstream')
    }
    /** What the compacted lane says from an offset on, in order; undefined: it cannot tell. */
    async function replayed(from = 0): Promise<readonly Rec[] | undefined> {
      const replay = await log.replay(world.compacted, from)
      if (replay === undefined) return undefined
      const found: Rec[] = []
      let next = from
      for await (const batch of replay.batches) {
        expect(batch.nextOffset).toBeGreaterThan(next)
        next = batch.nextOffset
        expect(next).toBeLessThanOrEqual(replay.end)
        for (const { key, value } of recordsOf(batch)) found.push({ key, value })
      }
      return found
    }
    async function newest(): Promise<Readonly<Record<string, string>>> {
      const found = new Map<string, string>()
      for (const { key, value } of (await replayed()) ?? []) {
        if (value === null) found.delete(String(key))
        else found.set(String(key), value)
      }
      return Object.fromEntries(found)
    }

    describe('take-over', () => {
      test('a task that never was has no positions', async () => {
        expect((await takeOver()).positions).toEqual([])
      })

      test('no owner is given twice', async () => {
        const owners: string[] = []
        for (const task of [TASK, TASK, 'contract.other', TASK])
          owners.push(`${task} ${JSON.stringify((await takeOver(task)).owner)}`)
        expect(new Set(owners).size).toBe(4)
      })

      test('fences the predecessor, whose commit changes nothing', async () => {
        const [, other] = world.lanes
        const first = await takeOver()
        await commit(first.owner, appendsOf(input, [{ key: null, value: 'a' }]), [{ ...other, offset: 1 }])
        const second = await takeOver()
        const late = appendsOf(input, [{ key: null, value: 'late' }])
        appendsOf(world.compacted, [{ key: 'k', value: 'late' }], late)
        appendsOf({ topic: world.outputTopic, partition: -1 }, [{ key: 'k', value: 'late' }], late)
        await expect(commit(first.owner, late, [{ ...other, offset: 7 }])).rejects.toBeInstanceOf(Fenced)
        await commit(second.owner, new Appends(), [{ ...other, offset: 2 }])
        expect(await values(from0(input))).not.toContain('late')
        expect(await newest()).toEqual({})
        expect(await world.outputs()).toEqual([])
        expect((await takeOver()).positions).toEqual([{ ...other, offset: 2 }])
      })

      test('leaves other tasks alone', async () => {
        const mine = await takeOver()
        await takeOver('contract.other')
        await commit(mine.owner, appendsOf(input, [{ key: null, value: 'a' }]))
        expect(await values(from0(input))).toEqual(['a'])
      })
    })

    describe('commit', () => {
      test('shows outputs, changelog, input of others and positions together', async () => {
        const { owner } = await takeOver()
        const appends = appendsOf(input, [{ key: 'k', value: 'in' }])
        appendsOf(world.compacted, [{ key: 'k', value: 'state' }], appends)
        appendsOf({ topic: world.outputTopic, partition: -1 }, [{ key: 'k', value: 'out' }], appends)
        await commit(owner, appends, [{ ...world.lanes[1], offset: 3 }])
        expect(await values(from0(input))).toEqual(['in'])
        expect(await newest()).toEqual({ k: 'state' })
        expect(await world.outputs()).toEqual(['out'])
        expect((await takeOver()).positions).toEqual([{ ...world.lanes[1], offset: 3 }])
      })

      test('leaves the builder empty for the next one', async () => {
        const { owner } = await takeOver()
        const appends = appendsOf(input, [{ key: null, value: 'a' }])
        await commit(owner, appends)
        expect([appends.count, appends.bytes]).toEqual([0, 0])
        await commit(owner, appendsOf(input, [{ key: null, value: 'b' }], appends))
        expect(await values(from0(input))).toEqual(['a', 'b'])
      })

      test('of positions alone moves them', async () => {
        const { owner } = await takeOver()
        for (const offset of [1, 5]) await commit(owner, new Appends(), [{ ...input, offset }])
        expect((await takeOver()).positions).toEqual([{ ...input, offset: 5 }])
      })

      test('keeps the positions of lanes apart, and tells a task those of its own', async () => {
        for (const [i, offset] of [5, 7].entries()) {
          const task = `contract.${i}`
          const { owner } = await takeOver(task)
          await commit(owner, new Appends(), [{ ...(world.lanes[i] as Lane), offset }], task)
        }
        expect((await log.takeOver('contract.0', [world.lanes[0]])).positions).toEqual([
          { ...world.lanes[0], offset: 5 },
        ])
        expect((await takeOver('contract.1')).positions).toEqual([
          { ...world.lanes[0], offset: 5 },
          { ...world.lanes[1], offset: 7 },
        ])
      })

      test('says where its changelog went on, from which it can be read again', async () => {
        const { owner } = await takeOver()
        const change = (value: string) => appendsOf(world.compacted, [{ key: 'k', value }])
        const first = await commit(owner, change('1'))
        const second = await commit(owner, change('2'))
        expect(second).toBeGreaterThan(first)
        expect(await replayed(first)).toEqual([{ key: 'k', value: '2' }])
        expect(await replayed(second)).toEqual([])
        expect(await commit(owner, new Appends(), [{ ...input, offset: 1 }])).toBe(0)
      })
    })

    describe('compacted lanes', () => {
      test('an empty one has nothing to tell', async () => {
        expect(await newest()).toEqual({})
      })

      test('keep the newest value of every key, over many commits', async () => {
        for (let round = 0; round < 5; round++) {
          const list = Array.from({ length: 200 }, (_, i) => ({ key: `k${i % 50}`, value: `${round}.${i}` }))
          await put(world.compacted, ...list)
        }
        const expected = Array.from({ length: 50 }, (_, i) => [`k${i}`, `4.${i + 150}`])
        expect(await newest()).toEqual(Object.fromEntries(expected))
      })

      test('a tombstone deletes, and a later value is there again', async () => {
        await put(
          world.compacted,
          { key: 'a', value: '1' },
          { key: 'b', value: '1' },
          { key: 'c', value: '1' },
        )
        await put(
          world.compacted,
          { key: 'a', value: null },
          { key: 'b', value: null },
          { key: 'gone', value: null },
        )
        await put(world.compacted, { key: 'b', value: '2' })
        expect(await newest()).toEqual({ b: '2', c: '1' })
      })

      test('an empty value is one', async () => {
        await put(world.compacted, { key: 'a', value: '' })
        expect(await newest()).toEqual({ a: '' })
      })

      test('read on from an offset tell deletions too', async () => {
        const { owner } = await takeOver()
        const at = await commit(
          owner,
          appendsOf(world.compacted, [
            { key: 'a', value: '1' },
            { key: 'b', value: '1' },
          ]),
        )
        await commit(owner, appendsOf(world.compacted, [{ key: 'a', value: null }]))
        expect(await replayed(at)).toEqual([{ key: 'a', value: null }])
      })

      test('cannot tell what is behind their end', async () => {
        const { owner } = await takeOver()
        const at = await commit(owner, appendsOf(world.compacted, [{ key: 'a', value: '1' }]))
        expect(await replayed(at + 1000)).toBeUndefined()
      })
    })

    describe('reading', () => {
      test('gives back keys, values, tombstones and timestamps, in order', async () => {
        const list = [
          { key: 'k', value: 'v', at: 5 },
          { key: null, value: 'no key', at: 3 },
          { key: '', value: '', at: 9 },
          { key: 'tombstone', value: null, at: 9 },
          { key: 'ü', value: '…', at: 1_777_777_777_777 },
        ]
        await put(input, ...list)
        expect((await all(from0(input))).map(({ offset: _, ...rest }) => rest)).toEqual(list)
      })

      test('starts anywhere', async () => {
        await put(input, 'a', 'b')
        await put(input, 'c', 'd', 'e')
        const records = await all(from0(input))
        for (const [i, { offset }] of records.entries()) {
          expect(await values(log.read([{ ...input, offset }]))).toEqual(
            records.slice(i).map(({ value }) => value),
          )
        }
        const behind = log.read([{ ...input, offset: (records.at(-1)?.offset ?? 0) + 1 }])
        expect(await values(behind)).toEqual([])
      })

      test('starts wherever the lane begins', async () => {
        await put(input, 'a', 'b')
        expect(await values(log.read([{ ...input, offset: EARLIEST }]))).toEqual(['a', 'b'])
      })

      test('offsets rise, and every batch says where the next one begins', async () => {
        await put(input, 'a', 'b')
        await put(input, 'c')
        const reader = from0(input)
        const turns = await turnsToEnd(reader)
        let last = -1
        for (const { lane, records, nextOffset } of turns.flatMap(({ batches }) => batches)) {
          for (const { offset } of records) {
            expect(offset).toBeGreaterThan(last)
            last = offset
          }
          expect(nextOffset).toBeGreaterThan(last)
          last = nextOffset - 1
          expect(lane).toEqual(input)
        }
        expect(reader.progress()).toMatchObject([{ ...input, position: last + 1, stable: last + 1 }])
        await reader.close()
      })

      test('a batch can be walked twice, and by two cursors in turns', async () => {
        await put(input, 'a', 'b', 'c')
        const reader = from0(input)
        let batch: RecordBatch | undefined
        for (let waits = 0; batch === undefined && waits < WAITS_MAX; waits++)
          batch = (await reader.next(100)).batches.find((one) => recordsOf(one).length > 0)
        expect(recordsOf(batch as RecordBatch)).toEqual(recordsOf(batch as RecordBatch))
        const [one, two] = [batch?.walk(), batch?.walk()]
        expect([one?.next(), one?.next(), two?.next()]).toEqual([true, true, true])
        expect(two?.offset).toBeLessThan(one?.offset as number)
        await reader.close()
      })

      test('no turn brings more than its bound, and all turns together bring everything once', async () => {
        const list = Array.from({ length: 3 * world.turnRecordsMax + 1 }, (_, i) => `${i}`)
        for (const value of list) await put(input, value)
        const reader = from0(input)
        const turns = (await turnsToEnd(reader)).map(({ batches }) =>
          batches.flatMap(({ records }) => records),
        )
        await reader.close()
        expect(Math.max(...turns.map(({ length }) => length))).toBeLessThanOrEqual(world.turnRecordsMax)
        expect(turns.flat().map(({ value }) => value)).toEqual(list)
      })

      test('goes on when more comes, and says so at the end of the lane', async () => {
        const reader = from0(input)
        await turnsToEnd(reader)
        await put(input, 'a')
        const turns = await turnsToEnd(reader)
        expect(turns.flatMap(({ batches }) => batches.flatMap(({ records }) => records))).toMatchObject([
          { value: 'a' },
        ])
        expect(turns.at(-1)?.atEnd).toEqual([input])
        await reader.close()
      })

      test('two lanes, and two readers, do not disturb each other', async () => {
        await put(input, 'a')
        await put(world.lanes[1], 'b')
        const both = log.read(world.lanes.map((lane) => ({ ...lane, offset: 0 })))
        const one = from0(world.lanes[1])
        expect(new Set(await values(both, 2))).toEqual(new Set(['a', 'b']))
        expect(await values(one)).toEqual(['b'])
      })
    })
  })
}
