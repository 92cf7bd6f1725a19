/** A store on a Redis that others use too: its tasks have a name of their own, and are deleted in the end. */
import type { RedisConnection } from '../../src/adapters/redis/connect.ts'
import { keysOf } from '../../src/adapters/redis/keys.ts'
import { scriptOf } from '../../src/adapters/redis/scripts.ts'
import { RedisStateStore } from '../../src/adapters/redis/state-store.ts'
import type { StateStore } from '../../src/runtime/ports/state-store.ts'
import type { StateStoreUnderTest } from '../contracts/state-store.contract.ts'
import { uniqueName } from './real-servers.ts'

export function scopedStore(connection: RedisConnection, app = uniqueName('contract')): StateStoreUnderTest {
  const store = new RedisStateStore(connection)
  const tasks = new Set<string>()
  const scoped = (task: string): string => {
    tasks.add(`${app}.${task}`)
    return `${app}.${task}`
  }
  const here: StateStore = {
    open: (task, ...rest) => store.open(scoped(task), ...rest),
    load: (task, ...rest) => store.load(scoped(task), ...rest),
    apply: (task, ...rest) => store.apply(scoped(task), ...rest),
    scan: (task, ...rest) => store.scan(scoped(task), ...rest),
    due: (task, ...rest) => store.due(scoped(task), ...rest),
    ownerOf: (task) => store.ownerOf(scoped(task)),
    close: () => store.close(),
  }
  const lose = async (): Promise<void> => {
    for (const task of tasks) await connection.run(FORGET, keysOf(task), [])
  }
  return {
    store: here,
    lose,
    close: async () => {
      await lose()
      await store.close()
    },
  }
}

const FORGET = scriptOf("return redis.call('UNLINK', unpack(KEYS))")
