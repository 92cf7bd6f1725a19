/**
 * What every StateStore must do, as one table of cases: `stateStoreContract('embedded', open)` runs them against an adapter.
 */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { Owner } from '../../src/runtime/ports/log.ts'
import type { Stamp, StateChanges, StateStore } from '../../src/runtime/ports/state-store.ts'

export interface StateStoreUnderTest {
  /** Empty. */
  readonly store: StateStore
  /** What a flush or a lost disk does. */
  lose(): Promise<void>
  close(): Promise<void>
}

/** A change as a test says it; no value: deleted. */
type Change = readonly [key: string, value?: string, due?: number]

/** The values in one buffer, one behind the other, as a task hands them over. */
export function changesOf(list: readonly Change[], clear = false): StateChanges {
  let at = 0
  const changes = list.map(([key, value, due]) => {
    if (value === undefined) return { key, start: 0, end: -1, due }
    const start = at
    at += Buffer.byteLength(value)
    return { key, start, end: at, due }
  })
  return { clear, buffer: Buffer.from(list.map(([, value]) => value ?? '').join('')), changes }
}

const TASK = 'contract.task'
const OWNER: Owner = { producerId: 7, epoch: 3 }
const at = (chain: number, page = 0, owner = OWNER): Stamp => ({ owner, chain, page })

export function stateStoreContract(name: string, open: () => Promise<StateStoreUnderTest>): void {
  describe(`the StateStore port, ${name}`, () => {
    let world: StateStoreUnderTest
    let store: StateStore
    beforeEach(async () => {
      world = await open()
      store = world.store
    })
    afterEach(() => world.close())

    /** A task that has applied commit 5 with these states. */
    async function filled(...list: readonly Change[]): Promise<void> {
      await store.open(TASK, OWNER)
      expect(await store.apply(TASK, at(-1), { chain: 5, page: 0 }, changesOf(list))).toBe(true)
    }
    async function load(stamp: Stamp, ...keys: readonly string[]) {
      const loaded = await store.load(TASK, stamp, keys)
      return loaded?.values.map((value) => value?.toString())
    }
    const index = async (stamp: Stamp) =>
      [...((await store.index(TASK, stamp)) ?? [])].sort((a, b) => (a.key < b.key ? -1 : 1))

    describe('open', () => {
      test('of a task that never was finds nothing', async () => {
        expect(await store.open(TASK, OWNER)).toEqual({ chain: -1, page: 0 })
        expect(await load(at(-1), 'a')).toEqual([undefined])
        expect(await index(at(-1))).toEqual([])
      })

      test('finds what was left, and puts the new owner on it', async () => {
        await filled(['a', '1'])
        const next = { producerId: 8, epoch: 0 }
        expect(await store.open(TASK, next)).toEqual({ chain: 5, page: 0 })
        expect(await load(at(5), 'a')).toBeUndefined()
        expect(await load(at(5, 0, next), 'a')).toEqual(['1'])
      })

      test('finds nothing where everything was lost', async () => {
        await filled(['a', '1'])
        await world.lose()
        expect(await load(at(5), 'a')).toBeUndefined()
        expect(await store.open(TASK, OWNER)).toEqual({ chain: -1, page: 0 })
      })

      test('owners are equal or not, never newer: whoever opened last has it', async () => {
        await filled(['a', '1'])
        await store.open(TASK, { producerId: 100, epoch: 100 })
        await store.open(TASK, { producerId: 1, epoch: 0 })
        expect(await load(at(5, 0, { producerId: 100, epoch: 100 }), 'a')).toBeUndefined()
        expect(await load(at(5, 0, { producerId: 1, epoch: 0 }), 'a')).toEqual(['1'])
      })
    })

    describe('a stamp that the store does not carry', () => {
      const wrong: readonly (readonly [string, Stamp])[] = [
        ['another producer', at(5, 0, { producerId: 8, epoch: 3 })],
        ['an earlier epoch', at(5, 0, { producerId: 7, epoch: 2 })],
        ['a later epoch', at(5, 0, { producerId: 7, epoch: 4 })],
        ['the chain before', at(4)],
        ['the chain behind', at(6)],
        ['no chain', at(-1)],
        ['a page of an opening', at(5, 1)],
      ]

      test.each(wrong)('%s: nothing is told', async (_name, stamp) => {
        await filled(['a', '1', 9])
        expect(await load(stamp, 'a')).toBeUndefined()
        expect(await store.index(TASK, stamp)).toBeUndefined()
      })

      test.each(wrong)('%s: a refused apply changes nothing', async (_name, stamp) => {
        await filled(['a', '1', 9], ['b', '1'])
        const refused = await store.apply(
          TASK,
          stamp,
          { chain: 6, page: 0 },
          changesOf([['a'], ['c', '2', 1]], true),
        )
        expect(refused).toBe(false)
        expect(await load(at(5), 'a', 'b', 'c')).toEqual(['1', '1', undefined])
        expect(await index(at(5))).toEqual([
          { key: 'a', due: 9 },
          { key: 'b', due: undefined },
        ])
      })

      test('a task that never was: nothing is told, nothing is taken', async () => {
        expect(await load(at(-1), 'a')).toBeUndefined()
        expect(await store.index(TASK, at(-1))).toBeUndefined()
        expect(await store.apply(TASK, at(-1), { chain: 1, page: 0 }, changesOf([['a', '1']]))).toBe(false)
      })

      test('the same apply sent twice is refused the second time', async () => {
        await filled()
        const send = () => store.apply(TASK, at(5), { chain: 6, page: 0 }, changesOf([['a', '1']]))
        expect([await send(), await send()]).toEqual([true, false])
        expect(await load(at(6), 'a')).toEqual(['1'])
      })
    })

    describe('apply', () => {
      test('writes, overwrites, deletes, and moves the chain', async () => {
        await filled(['a', '1'], ['b', '1'], ['c', '1'])
        const changes = changesOf([['b', 'two'], ['c'], ['never'], ['d', '1']])
        expect(await store.apply(TASK, at(5), { chain: 6, page: 0 }, changes)).toBe(true)
        expect(await load(at(6), 'd', 'a', 'c', 'b', 'never')).toEqual([
          '1',
          '1',
          undefined,
          'two',
          undefined,
        ])
        expect(await load(at(5), 'a')).toBeUndefined()
      })

      test('an empty value is one', async () => {
        await filled(['a', ''])
        expect(await load(at(5), 'a')).toEqual([''])
      })

      test('of one key twice the later counts', async () => {
        await filled(['a', '1'], ['a'], ['a', '2'], ['b', '1'], ['b'])
        expect(await load(at(5), 'a', 'b')).toEqual(['2', undefined])
      })

      test('keeps its own copy', async () => {
        await store.open(TASK, OWNER)
        const changes = changesOf([['a', 'abc']])
        await store.apply(TASK, at(-1), { chain: 5, page: 0 }, changes)
        changes.buffer.fill(0)
        expect(await load(at(5), 'a')).toEqual(['abc'])
      })

      test('takes values from anywhere in the buffer, as long as they follow one another', async () => {
        await store.open(TASK, OWNER)
        const changes = [
          { key: 'gone', start: 0, end: -1, due: undefined },
          { key: 'a', start: 2, end: 4, due: undefined },
          { key: 'b', start: 5, end: 8, due: undefined },
        ]
        const buffer = Buffer.from('..aa.bbb..')
        await store.apply(TASK, at(-1), { chain: 5, page: 0 }, { clear: false, buffer, changes })
        expect(await load(at(5), 'a', 'b')).toEqual(['aa', 'bbb'])
      })

      test('that clears leaves nothing but what it brings', async () => {
        await filled(['a', '1', 3], ['b', '1', 4])
        await store.apply(TASK, at(5), { chain: 6, page: 0 }, changesOf([['b', '2']], true))
        expect(await load(at(6), 'a', 'b')).toEqual([undefined, '2'])
        expect(await index(at(6))).toEqual([{ key: 'b', due: undefined }])
      })

      test('touches no other task', async () => {
        await filled(['a', '1'])
        await store.open('contract.task2', OWNER)
        await store.apply('contract.task2', at(-1), { chain: 5, page: 0 }, changesOf([['a', '2']], true))
        expect(await load(at(5), 'a')).toEqual(['1'])
      })
    })

    test('the index follows the earliest timers', async () => {
      await filled(['a', '1', 10], ['b', '1'], ['c', '1', -(2 ** 40)], ['d', '1', 3])
      await store.apply(
        TASK,
        at(5),
        { chain: 6, page: 0 },
        changesOf([['a', '2', 20], ['b', '2', 1], ['c', '2'], ['d']]),
      )
      expect(await index(at(6))).toEqual([
        { key: 'a', due: 20 },
        { key: 'b', due: 1 },
        { key: 'c', due: undefined },
      ])
    })

    test('an opening goes page by page, and only its last page looks whole', async () => {
      await filled(['old', '1'])
      const page = (from: Stamp, to: Stamp, list: readonly Change[], clear = false) =>
        store.apply(TASK, from, { chain: to.chain, page: to.page }, changesOf(list, clear))
      expect(await page(at(5), at(-1, 1), [], true)).toBe(true)
      expect(await page(at(-1, 1), at(-1, 2), [['a', '1', 4]])).toBe(true)
      expect(await page(at(-1, 1), at(-1, 2), [['a', 'resent']])).toBe(false)
      expect(await load(at(5), 'a')).toBeUndefined()
      expect(await store.open(TASK, OWNER)).toEqual({ chain: -1, page: 2 })
      expect(await page(at(-1, 2), at(9), [['b', '2']])).toBe(true)
      expect(await load(at(9), 'old', 'a', 'b')).toEqual([undefined, '1', '2'])
      expect(await store.open(TASK, OWNER)).toEqual({ chain: 9, page: 0 })
    })
  })
}
