/**
 * A task that commits one chain after the other through failovers: whatever the store tells is what one of its commits has written,
 * and never a mixture, nor more than was written.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { expect } from '@jest/globals'
import type { RedisStateStore } from '../../../src/adapters/redis/state-store.ts'
import { AdapterError } from '../../../src/model/errors.ts'
import { changesOf } from '../../contracts/state-store.contract.ts'

const KEYS = ['a', 'b', 'c'] as const

export interface History {
  readonly acknowledged: () => number
  /** Commits once more; true: acknowledged. A call that fails is answered as a task does: it opens again. */
  commit(): Promise<boolean>
  /** What the store tells of the last acknowledged commit is that commit, or nothing at all. */
  checkLoad(): Promise<'told' | 'nothing'>
}

export async function historyOf(store: RedisStateStore, task: string): Promise<History> {
  let owner = { producerId: 1, epoch: 0 }
  let chain = -1
  const valuesOf = (number: number): readonly (string | undefined)[] =>
    KEYS.map((key) => (number < 0 ? undefined : `${key}${number}`))
  const load = async (number: number): Promise<readonly (string | undefined)[] | undefined> => {
    const told = await patiently(() => store.load(task, { owner, chain: number, page: 0 }, KEYS))
    return told?.map((value) => value?.toString())
  }
  /** The store stands at some commit of ours, with exactly its values. */
  async function open(): Promise<void> {
    owner = { producerId: owner.producerId + 1, epoch: 0 }
    const found = await patiently(() => store.open(task, owner))
    expect(found.chain).toBeLessThanOrEqual(chain + 1)
    expect(await load(found.chain)).toEqual(valuesOf(found.chain))
    chain = found.chain
  }
  await open()
  return {
    acknowledged: () => chain,
    async commit() {
      const next = { chain: chain + 1, page: 0, resume: undefined }
      const changes = changesOf(KEYS.map((key) => [key, `${key}${chain + 1}`] as const))
      try {
        if (await store.apply(task, { owner, chain, page: 0 }, next, changes)) {
          chain++
          return true
        }
      } catch (error) {
        if (!(error instanceof AdapterError && error.retryable)) throw error
      }
      await open()
      return false
    },
    async checkLoad() {
      const told = await load(chain)
      if (told !== undefined) expect(told).toEqual(valuesOf(chain))
      return told === undefined ? 'nothing' : 'told'
    },
  }
}

/** Tries again, as a task does, what may succeed later. */
export async function patiently<T>(call: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await call()
    } catch (error) {
      if (!(error instanceof AdapterError && error.retryable)) throw error
      await pause(50)
    }
  }
}
