/** The store in memory keeps the contract of every store, and goes back in time when a test says so. */
import { describe, expect, test } from '@jest/globals'
import { Crash, type FaultPoint } from '../../../src/adapters/embedded/faults.ts'
import { EmbeddedStateStore } from '../../../src/adapters/embedded/state-store.ts'
import { changesOf, stateStoreContract } from '../../contracts/state-store.contract.ts'

stateStoreContract('embedded', async () => {
  const store = new EmbeddedStateStore()
  return { store, lose: async () => store.restore(undefined), close: () => store.close() }
})

const OWNER = { producerId: 1, epoch: 0 }
const at = (chain: number) => ({ owner: OWNER, chain, page: 0 })
const text = async (store: EmbeddedStateStore, chain: number, ...keys: readonly string[]) =>
  (await store.load('t', at(chain), keys))?.map((value) => value?.toString())

describe('the embedded store', () => {
  test('goes back to a snapshot with everything in it, stamp included, as often as asked', async () => {
    const store = new EmbeddedStateStore()
    await store.open('t', OWNER)
    await store.apply('t', at(-1), { chain: 1, page: 0, resume: undefined }, changesOf([['a', 'one', 5]]))
    const then = store.snapshot()
    for (let round = 0; round < 2; round++) {
      await store.apply(
        't',
        at(1),
        { chain: 2, page: 0, resume: undefined },
        changesOf([
          ['a', 'two'],
          ['b', 'two'],
        ]),
      )
      await store.open('t', { producerId: 2, epoch: 0 })
      store.restore(then)
      expect(await text(store, 2, 'a')).toBeUndefined()
      expect(await text(store, 1, 'a', 'b')).toEqual(['one', undefined])
      expect(await store.due('t', at(1), 0, 10)).toEqual([{ key: 'a', due: 5 }])
    }
  })

  test('values survive that what was overwritten beside them is let go', async () => {
    const store = new EmbeddedStateStore()
    await store.open('t', OWNER)
    const large = 'x'.repeat(4 << 20)
    await store.apply(
      't',
      at(-1),
      { chain: 0, page: 0, resume: undefined },
      changesOf([
        ['keep', 'kept'],
        ['big', large],
      ]),
    )
    const then = store.snapshot()
    for (let chain = 0; chain < 20; chain++) {
      const changes = changesOf([
        [`small${chain}`, `${chain}`],
        ['big', `${chain}${large}`],
        ['keep2', `${chain}`],
      ])
      await store.apply('t', at(chain), { chain: chain + 1, page: 0, resume: undefined }, changes)
    }
    expect(await text(store, 20, 'keep', 'small0', 'small19', 'keep2')).toEqual(['kept', '0', '19', '19'])
    expect((await text(store, 20, 'big'))?.[0]?.slice(0, 4)).toBe('19xx')
    store.restore(then)
    expect(await text(store, 0, 'keep', 'keep2')).toEqual(['kept', undefined])
  })

  test.each<[FaultPoint, string | undefined]>([
    ['apply-before', undefined],
    ['apply-after', 'one'],
  ])('a crash at %s leaves %p behind', async (point, left) => {
    let armed = true
    const store = new EmbeddedStateStore((here) => {
      if (armed && here === point) throw new Crash('here')
    })
    await store.open('t', OWNER)
    const apply = store.apply(
      't',
      at(-1),
      { chain: 1, page: 0, resume: undefined },
      changesOf([['a', 'one']]),
    )
    await expect(apply).rejects.toBeInstanceOf(Crash)
    armed = false
    expect(await text(store, left === undefined ? -1 : 1, 'a')).toEqual([left])
  })
})
