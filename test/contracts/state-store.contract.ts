/**
 * What every StateStore must do, as one table of cases: `stateStoreContract('embedded', open)` runs them against an adapter.
 */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { Owner } from '../../src/runtime/ports/log.ts'
import type { Mark, Resume, Stamp, StateChanges, StateStore } from '../../src/runtime/ports/state-store.ts'

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
const RESUME: Resume = { offset: 41, at: 1_777_777_777_777 }
const at = (chain: number, page = 0, owner = OWNER): Stamp => ({ owner, chain, page })
interface Next extends Mark {
  readonly resume: Resume | undefined
}
const to = (chain: number, page = 0): Next => ({ chain, page, resume: RESUME })

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
      expect(await store.apply(TASK, at(-1), to(5), changesOf(list))).toBe(true)
    }
    async function load(stamp: Stamp, ...keys: readonly string[]) {
      const loaded = await store.load(TASK, stamp, keys)
      return loaded?.map((value) => value?.toString())
    }
    /** Every key with its value, over as many pages as it takes; undefined if a page was refused. */
    async function scan(stamp: Stamp): Promise<Readonly<Record<string, string>> | undefined> {
      const found: Record<string, string> = {}
      let cursor: string | undefined
      do {
        const page = await store.scan(TASK, stamp, cursor)
        if (page === undefined) return undefined
        page.keys.forEach((key, i) => (found[key] = String(page.values[i])))
        cursor = page.cursor
      } while (cursor !== undefined)
      return found
    }
    const due = (stamp: Stamp) => store.due(TASK, stamp, 0, 100)

    describe('open', () => {
      test('of a task that never was finds nothing', async () => {
        expect(await store.open(TASK, OWNER)).toEqual({ chain: -1, page: 0, resume: undefined })
        expect(await load(at(-1), 'a')).toEqual([undefined])
        expect(await scan(at(-1))).toEqual({})
        expect(await due(at(-1))).toEqual([])
      })

      test('finds what was left, and puts the new owner on it', async () => {
        await filled(['a', '1'])
        const next = { producerId: 8, epoch: 0 }
        expect(await store.open(TASK, next)).toEqual({ chain: 5, page: 0, resume: RESUME })
        expect(await load(at(5), 'a')).toBeUndefined()
        expect(await load(at(5, 0, next), 'a')).toEqual(['1'])
      })

      test('is told afterwards: who did it last, until everything is lost', async () => {
        expect(await store.ownerOf(TASK)).toBeUndefined()
        await filled(['a', '1'])
        expect(await store.ownerOf(TASK)).toEqual(OWNER)
        const next = { producerId: 8, epoch: 0 }
        await store.open(TASK, next)
        expect(await store.ownerOf(TASK)).toEqual(next)
        await world.lose()
        expect(await store.ownerOf(TASK)).toBeUndefined()
      })

      test('finds nothing where everything was lost', async () => {
        await filled(['a', '1'])
        await world.lose()
        expect(await load(at(5), 'a')).toBeUndefined()
        expect(await store.open(TASK, OWNER)).toEqual({ chain: -1, page: 0, resume: undefined })
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
        ['a chain far ahead', at(60)],
        ['no chain', at(-1)],
        ['a page of an opening', at(5, 1)],
      ]

      test.each(wrong)('%s: nothing is told', async (_name, stamp) => {
        await filled(['a', '1', 9])
        expect(await load(stamp, 'a')).toBeUndefined()
        expect(await scan(stamp)).toBeUndefined()
        expect(await due(stamp)).toBeUndefined()
      })

      test.each(wrong)('%s: a refused apply changes nothing', async (_name, stamp) => {
        await filled(['a', '1', 9], ['b', '1'])
        const refused = await store.apply(TASK, stamp, to(6), changesOf([['a'], ['c', '2', 1]], true))
        expect(refused).toBe(false)
        expect(await load(at(5), 'a', 'b', 'c')).toEqual(['1', '1', undefined])
        expect(await scan(at(5))).toEqual({ a: '1', b: '1' })
        expect(await due(at(5))).toEqual([{ key: 'a', due: 9 }])
      })

      test('a task that never was: nothing is told, nothing is taken', async () => {
        expect(await load(at(-1), 'a')).toBeUndefined()
        expect(await scan(at(-1))).toBeUndefined()
        expect(await due(at(-1))).toBeUndefined()
        expect(await store.apply(TASK, at(-1), to(1), changesOf([['a', '1']]))).toBe(false)
      })

      test('the same apply sent twice counts as applied, and changes nothing the second time', async () => {
        await filled()
        const send = (value: string) => store.apply(TASK, at(5), to(6), changesOf([['a', value]]))
        expect([await send('1'), await send('resent')]).toEqual([true, true])
        expect(await load(at(6), 'a')).toEqual(['1'])
      })

      test('an apply of another owner to the same number is refused', async () => {
        await filled()
        await store.apply(TASK, at(5), to(6), changesOf([['a', '1']]))
        const other = { producerId: 9, epoch: 0 }
        expect(await store.apply(TASK, at(5, 0, other), to(6), changesOf([['a', '2']]))).toBe(false)
        expect(await load(at(6), 'a')).toEqual(['1'])
      })
    })

    describe('apply', () => {
      test('writes, overwrites, deletes, and moves the chain', async () => {
        await filled(['a', '1'], ['b', '1'], ['c', '1'])
        const changes = changesOf([['b', 'two'], ['c'], ['never'], ['d', '1']])
        expect(await store.apply(TASK, at(5), to(6), changes)).toBe(true)
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
        await store.apply(TASK, at(-1), to(5), changes)
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
        await store.apply(TASK, at(-1), to(5), { clear: false, buffer, changes })
        expect(await load(at(5), 'a', 'b')).toEqual(['aa', 'bbb'])
      })

      test('that clears leaves nothing but what it brings', async () => {
        await filled(['a', '1', 3], ['b', '1', 4])
        await store.apply(TASK, at(5), to(6), changesOf([['b', '2']], true))
        expect(await load(at(6), 'a', 'b')).toEqual([undefined, '2'])
        expect(await scan(at(6))).toEqual({ b: '2' })
        expect(await due(at(6))).toEqual([])
      })

      test('touches no other task', async () => {
        await filled(['a', '1'])
        await store.open('contract.task2', OWNER)
        await store.apply('contract.task2', at(-1), to(5), changesOf([['a', '2']], true))
        expect(await load(at(5), 'a')).toEqual(['1'])
      })
    })

    test('timers come in order of due time, then key, and follow the earliest of each key', async () => {
      await filled(['a', '1', 10], ['b', '1'], ['c', '1', -(2 ** 40)], ['d', '1', 3], ['e', '1', 10])
      expect(await due(at(5))).toEqual([
        { key: 'c', due: -(2 ** 40) },
        { key: 'd', due: 3 },
        { key: 'a', due: 10 },
        { key: 'e', due: 10 },
      ])
      const changes = changesOf([['a', '2', 20], ['b', '2', 1], ['c', '2'], ['d']])
      await store.apply(TASK, at(5), to(6), changes)
      expect(await due(at(6))).toEqual([
        { key: 'b', due: 1 },
        { key: 'e', due: 10 },
        { key: 'a', due: 20 },
      ])
      expect(await store.due(TASK, at(6), 1, 1)).toEqual([{ key: 'e', due: 10 }])
      expect(await store.due(TASK, at(6), 3, 10)).toEqual([])
    })

    test('a scan of many keys tells each of them', async () => {
      const list = Array.from({ length: 5000 }, (_, i): Change => [`k${i}`, `v${i}`])
      await filled(...list)
      expect(await scan(at(5))).toEqual(Object.fromEntries(list.map(([key, value]) => [key, value])))
    })

    test('every byte comes back as it was', async () => {
      await store.open(TASK, OWNER)
      const buffer = Buffer.from(Array.from({ length: 512 }, (_, i) => i & 255))
      const changes = [{ key: 'bytes', start: 0, end: 512, due: undefined }]
      await store.apply(TASK, at(-1), to(5), { clear: false, buffer, changes })
      expect((await store.load(TASK, at(5), ['bytes']))?.[0]?.equals(buffer)).toBe(true)
      expect((await store.scan(TASK, at(5), undefined))?.values[0]?.equals(buffer)).toBe(true)
    })

    test('an opening goes page by page, and only its last page looks whole', async () => {
      await filled(['old', '1'])
      const page = (from: Stamp, next: Next, list: readonly Change[], clear = false) =>
        store.apply(TASK, from, next, changesOf(list, clear))
      const unfinished = (number: number) => ({ chain: -1, page: number, resume: undefined })
      expect(await page(at(5), unfinished(1), [], true)).toBe(true)
      expect(await page(at(-1, 1), unfinished(2), [['a', '1', 4]])).toBe(true)
      expect(await page(at(-1, 0), unfinished(1), [['a', 'from before']])).toBe(false)
      expect(await load(at(5), 'a')).toBeUndefined()
      expect(await store.open(TASK, OWNER)).toEqual(unfinished(2))
      expect(await page(at(-1, 2), to(9), [['b', '2']])).toBe(true)
      expect(await load(at(9), 'old', 'a', 'b')).toEqual([undefined, '1', '2'])
      expect(await store.open(TASK, OWNER)).toEqual({ chain: 9, page: 0, resume: RESUME })
    })
  })
}
