/** The store on one real Redis: the contract of every store, and what a large or odd commit needs. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { RedisConnection } from '../../../src/adapters/redis/connect.ts'
import type { StateStore } from '../../../src/runtime/ports/state-store.ts'
import {
  changesOf,
  stateStoreContract,
  type StateStoreUnderTest,
} from '../../contracts/state-store.contract.ts'
import { scopedStore } from '../../support/scoped-store.ts'
import { describeWith } from '../../support/real-servers.ts'

const TASK = 'large'
const OWNER = { producerId: 2, epoch: 0 }
const at = (chain: number) => ({ owner: OWNER, chain, page: 0 })
const to = (chain: number) => ({ chain, page: 0, resume: undefined })

describeWith(['redis'], 'the store on a real Redis', ({ redis }) => {
  const scoped = async () => scopedStore(new RedisConnection({ url: redis }))
  stateStoreContract('redis', scoped)

  describe('in one apply', () => {
    let world: StateStoreUnderTest
    let store: StateStore
    beforeEach(async () => {
      world = await scoped()
      store = world.store
      await store.open(TASK, OWNER)
    })
    afterEach(() => world.close())

    test('20,000 changes, and then as many deletions, timers among them', async () => {
      const names = Array.from({ length: 20_000 }, (_, i) => `person-${i}`)
      const large = changesOf(names.map((name, i) => [name, `${'x'.repeat(300)}${i}`, i % 3 ? i : undefined]))
      expect(await store.apply(TASK, at(-1), to(0), large)).toBe(true)
      const values = await store.load(TASK, at(0), names)
      expect(values?.map(String)).toEqual(names.map((_, i) => `${'x'.repeat(300)}${i}`))
      const due = (await store.due(TASK, at(0), 0, 20_000)) ?? []
      expect([due.length, due[0], due.at(-1)]).toEqual([
        13_333,
        { key: 'person-1', due: 1 },
        { key: 'person-19999', due: 19_999 },
      ])
      const none = changesOf(names.map((name) => [name]))
      expect(await store.apply(TASK, at(0), to(1), none)).toBe(true)
      expect(await store.scan(TASK, at(1), undefined)).toEqual({ keys: [], values: [], cursor: undefined })
      expect(await store.due(TASK, at(1), 0, 10)).toEqual([])
    })

    test('8 MB in one value', async () => {
      const buffer = Buffer.alloc(8 << 20, 7)
      const changes = [{ key: 'large', start: 0, end: buffer.length, due: undefined }]
      expect(await store.apply(TASK, at(-1), to(0), { clear: false, buffer, changes })).toBe(true)
      expect((await store.load(TASK, at(0), ['large']))?.[0]?.equals(buffer)).toBe(true)
    })

    test('timers of one due time come in the order of their keys as bytes, before zero too', async () => {
      const keys = ['b', 'a', 'é', 'B', '10', '9', 'ab', ' ']
      await store.apply(TASK, at(-1), to(0), changesOf(keys.map((key) => [key, 'x', -5])))
      const sorted = keys.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
      expect(await store.due(TASK, at(0), 0, 100)).toEqual(sorted.map((key) => ({ key, due: -5 })))
      expect(await store.due(TASK, at(0), 2, 0)).toEqual([])
    })
  })
})
