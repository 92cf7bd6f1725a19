/**
 * What every Log must do, as one table of cases: `logContract('embedded', open)` runs them against an adapter. Nothing but the
 * port is used, except to see what the outside world would see.
 */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { Fenced } from '../../src/model/errors.ts'
import { Appends } from '../../src/runtime/appends.ts'
import type { Lane, Log, LogReader, Owner, Position, RecordBatch } from '../../src/runtime/ports/log.ts'

/** A log with empty lanes, all of them ready. */
export interface LogUnderTest {
  readonly log: Log
  /** Two lanes that can be read. */
  readonly lanes: readonly [Lane, Lane]
  readonly compacted: Lane
  /** A topic for those outside. */
  readonly outputTopic: string
  /** Records that a turn of a reader may bring at most. */
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

/** The records of a batch as text, from a walk of their own. */
function recordsOf(batch: RecordBatch): readonly (Rec & { readonly offset: number })[] {
  const cursor = batch.walk()
  const found: (Rec & { readonly offset: number })[] = []
  while (cursor.next()) {
    const { buffer, keyStart, keyEnd, valueStart, valueEnd, offset, timestamp } = cursor
    const key = keyEnd < 0 ? null : buffer.toString('utf8', keyStart, keyEnd)
    const value = valueEnd < 0 ? null : buffer.toString('utf8', valueStart, valueEnd)
    found.push({ key, value, offset, ...(timestamp === undefined ? {} : { at: timestamp }) })
  }
  return found
}

/** Turns until the reader stands at the end; empty ones in between are allowed, a bounded number of them. */
async function turnsToEnd(reader: LogReader): Promise<readonly (readonly RecordBatch[])[]> {
  const turns: (readonly RecordBatch[])[] = []
  for (let waits = 0; waits < 100; ) {
    const turn = await reader.next(100)
    if (turn.kind === 'records') turns.push(turn.batches)
    else if (turn.atEnd.length > 0) return turns
    else waits++
  }
  throw new Error('the reader never stood at the end')
}

const all = async (reader: LogReader) => (await turnsToEnd(reader)).flat().flatMap(recordsOf)
const values = async (reader: LogReader) => (await all(reader)).map(({ value }) => value)

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
      log.commit({ task, owner, appends, positions })
    /** What an upstream does. */
    async function put(lane: Lane, ...list: readonly (string | Rec)[]): Promise<void> {
      const { owner } = await log.takeOver('contract.upstream')
      const records = list.map((one) => (typeof one === 'string' ? { key: null, value: one } : one))
      await commit(owner, appendsOf(lane, records), [], 'contract.upstream')
    }
    async function newest(): Promise<Readonly<Record<string, string>>> {
      const found = new Map<string, string>()
      await log.replay(world.compacted, (key, value) =>
        value === undefined ? found.delete(key) : found.set(key, value.toString()),
      )
      return Object.fromEntries(found)
    }

    describe('take-over', () => {
      test('a task that never was has no positions', async () => {
        expect((await log.takeOver(TASK)).positions).toEqual([])
      })

      test('no owner is given twice', async () => {
        const owners: string[] = []
        for (const task of [TASK, TASK, 'contract.other', TASK])
          owners.push(`${task} ${JSON.stringify((await log.takeOver(task)).owner)}`)
        expect(new Set(owners).size).toBe(4)
      })

      test('fences the predecessor, whose commit changes nothing', async () => {
        const first = await log.takeOver(TASK)
        await commit(first.owner, appendsOf(input, [{ key: null, value: 'a' }]), [{ ...input, offset: 1 }])
        const second = await log.takeOver(TASK)
        const late = appendsOf(input, [{ key: null, value: 'late' }])
        appendsOf(world.compacted, [{ key: 'k', value: 'late' }], late)
        appendsOf({ topic: world.outputTopic, partition: -1 }, [{ key: 'k', value: 'late' }], late)
        await expect(commit(first.owner, late, [{ ...input, offset: 7 }])).rejects.toBeInstanceOf(Fenced)
        await commit(second.owner, new Appends(), [{ ...input, offset: 2 }])
        expect(await values(log.read([{ ...input, offset: 0 }]))).not.toContain('late')
        expect(await newest()).toEqual({})
        expect(await world.outputs()).toEqual([])
        expect((await log.takeOver(TASK)).positions).toEqual([{ ...input, offset: 2 }])
      })

      test('leaves other tasks alone', async () => {
        const mine = await log.takeOver(TASK)
        await log.takeOver('contract.other')
        await commit(mine.owner, appendsOf(input, [{ key: null, value: 'a' }]))
        expect(await values(log.read([{ ...input, offset: 0 }]))).toEqual(['a'])
      })
    })

    describe('commit', () => {
      test('shows outputs, changelog, input of others and positions together', async () => {
        const { owner } = await log.takeOver(TASK)
        const appends = appendsOf(input, [{ key: 'k', value: 'in' }])
        appendsOf(world.compacted, [{ key: 'k', value: 'state' }], appends)
        appendsOf({ topic: world.outputTopic, partition: -1 }, [{ key: 'k', value: 'out' }], appends)
        await commit(owner, appends, [{ ...world.lanes[1], offset: 3 }])
        expect(await values(log.read([{ ...input, offset: 0 }]))).toEqual(['in'])
        expect(await newest()).toEqual({ k: 'state' })
        expect(await world.outputs()).toEqual(['out'])
        expect((await log.takeOver(TASK)).positions).toEqual([{ ...world.lanes[1], offset: 3 }])
      })

      test('leaves the builder empty for the next one', async () => {
        const { owner } = await log.takeOver(TASK)
        const appends = appendsOf(input, [{ key: null, value: 'a' }])
        await commit(owner, appends)
        expect([appends.count, appends.bytes]).toEqual([0, 0])
        await commit(owner, appendsOf(input, [{ key: null, value: 'b' }], appends))
        expect(await values(log.read([{ ...input, offset: 0 }]))).toEqual(['a', 'b'])
      })

      test('of positions alone moves them', async () => {
        const { owner } = await log.takeOver(TASK)
        for (const offset of [1, 5]) await commit(owner, new Appends(), [{ ...input, offset }])
        expect((await log.takeOver(TASK)).positions).toEqual([{ ...input, offset: 5 }])
      })

      test('keeps the positions of tasks apart', async () => {
        for (const [task, offset] of [
          ['contract.a', 1],
          ['contract.b', 2],
        ] as const) {
          const { owner } = await log.takeOver(task)
          await commit(owner, new Appends(), [{ ...input, offset }], task)
        }
        expect((await log.takeOver('contract.a')).positions).toEqual([{ ...input, offset: 1 }])
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
        expect(
          (await all(log.read([{ ...input, offset: 0 }]))).map(({ offset: _, ...rest }) => rest),
        ).toEqual(list)
      })

      test('starts anywhere', async () => {
        await put(input, 'a', 'b')
        await put(input, 'c', 'd', 'e')
        const records = await all(log.read([{ ...input, offset: 0 }]))
        for (const [i, { offset }] of records.entries()) {
          expect(await values(log.read([{ ...input, offset }]))).toEqual(
            records.slice(i).map(({ value }) => value),
          )
        }
        const behind = log.read([{ ...input, offset: (records.at(-1)?.offset ?? 0) + 1 }])
        expect(await values(behind)).toEqual([])
      })

      test('offsets rise, and every batch says where the next one begins', async () => {
        await put(input, 'a', 'b')
        await put(input, 'c')
        const batches = (await turnsToEnd(log.read([{ ...input, offset: 0 }]))).flat()
        let last = -1
        for (const batch of batches) {
          for (const { offset } of recordsOf(batch)) {
            expect(offset).toBeGreaterThan(last)
            last = offset
          }
          expect(batch.nextOffset).toBeGreaterThan(last)
          last = batch.nextOffset - 1
          expect([batch.topic, batch.partition]).toEqual([input.topic, input.partition])
        }
        expect(batches.map(({ atEnd }) => atEnd).at(-1)).toBe(true)
      })

      test('a batch can be walked twice, and by two cursors in turns', async () => {
        await put(input, 'a', 'b', 'c')
        const [batch] = (await turnsToEnd(log.read([{ ...input, offset: 0 }]))).flat()
        expect(recordsOf(batch as RecordBatch)).toEqual(recordsOf(batch as RecordBatch))
        const [one, two] = [batch?.walk(), batch?.walk()]
        expect([one?.next(), one?.next(), two?.next()]).toEqual([true, true, true])
        expect(two?.offset).toBeLessThan(one?.offset as number)
      })

      test('no turn brings more than its bound, and all turns together bring everything once', async () => {
        const list = Array.from({ length: 3 * world.turnRecordsMax + 1 }, (_, i) => `${i}`)
        await put(input, ...list.slice(0, world.turnRecordsMax - 1))
        await put(input, ...list.slice(world.turnRecordsMax - 1))
        const turns = await turnsToEnd(log.read([{ ...input, offset: 0 }]))
        const sizes = turns.map((batches) => batches.flatMap(recordsOf).length)
        expect(Math.max(...sizes)).toBeLessThanOrEqual(world.turnRecordsMax)
        expect(
          turns
            .flat()
            .flatMap(recordsOf)
            .map(({ value }) => value),
        ).toEqual(list)
      })

      test('goes on when more comes, and says so at the end of the lane', async () => {
        const reader = log.read([{ ...input, offset: 0 }])
        expect(await values(reader)).toEqual([])
        await put(input, 'a')
        expect(await values(reader)).toEqual(['a'])
        const turn = await reader.next(0)
        expect(turn.kind === 'nothing' && turn.atEnd).toMatchObject([input])
      })

      test('seeks back and forth', async () => {
        await put(input, 'a', 'b', 'c')
        const reader = log.read([{ ...input, offset: 0 }])
        const records = await all(reader)
        reader.seek({ ...input, offset: records[1]?.offset ?? -1 })
        expect(await values(reader)).toEqual(['b', 'c'])
      })

      test('two lanes, and two readers, do not disturb each other', async () => {
        await put(input, 'a')
        await put(world.lanes[1], 'b')
        const both = log.read(world.lanes.map((lane) => ({ ...lane, offset: 0 })))
        const one = log.read([{ ...world.lanes[1], offset: 0 }])
        expect(new Set(await values(both))).toEqual(new Set(['a', 'b']))
        await both.close()
        expect(await values(one)).toEqual(['b'])
      })
    })
  })
}
