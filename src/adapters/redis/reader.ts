/** The StateReader port on Redis. */
import { readFileSync } from 'node:fs'
import type { StateReader } from '../../runtime/ports/state-reader.ts'
import type { RedisConnection } from './connect.ts'
import { keysOf } from './keys.ts'
import { scriptOf } from './scripts.ts'

const file = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8')
const READ = scriptOf(file('read.lua'))
const BROWSE = scriptOf(file('browse.lua'))

/** Redis answers others in between. */
const KEYS_AT_ONCE = 500

export function createStateReader(connection: RedisConnection): StateReader {
  async function read(task: string, keys: readonly string[]): Promise<[number, readonly (Buffer | null)[]]> {
    return (await connection.run(READ, keysOf(task), keys)) as [number, readonly (Buffer | null)[]]
  }
  return {
    async values(task, keys) {
      const values: (Buffer | undefined)[] = []
      for (let i = 0; i < keys.length; i += KEYS_AT_ONCE) {
        const [, page] = await read(task, keys.slice(i, i + KEYS_AT_ONCE))
        for (const value of page) values.push(value ?? undefined)
      }
      return values
    },
    count: async (task) => (await read(task, []))[0],
    async *entries(task) {
      let cursor = '0'
      do {
        const reply = await connection.run(BROWSE, keysOf(task), [cursor, KEYS_AT_ONCE])
        const [next, page] = reply as readonly [Buffer, readonly Buffer[]]
        for (let i = 0; i + 1 < page.length; i += 2)
          yield { key: String(page[i]), value: page[i + 1] as Buffer }
        cursor = String(next)
      } while (cursor !== '0')
    },
  }
}
