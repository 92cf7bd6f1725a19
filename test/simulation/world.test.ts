/** The world of the simulation: seeds hold, a seed is always the same, and what is broken on purpose is found. */
import { describe, expect, test } from '@jest/globals'
import type { Log, Owner } from '../../src/runtime/ports/log.ts'
import type { Sabotage } from './world.ts'
import { runSeed } from './world-seed.ts'

const SEEDS_MAX = 40

/** Puts other methods before those of an object. */
const instead = <T extends object>(of: T, methods: Partial<T>): T =>
  new Proxy(of, {
    get(target, name) {
      const method = methods[name as keyof T] ?? target[name as keyof T]
      return typeof method === 'function' ? (method as (...args: unknown[]) => unknown).bind(target) : method
    },
  })

test.each([1, 2, 3, 5, 8, 13, 21, 34])('seed %d holds', async (seed) => {
  expect((await runSeed(seed)).problems).toEqual([])
})

test('a seed is always the same', async () => {
  const lines = async (): Promise<readonly string[]> => {
    const said: string[] = []
    const { tally, counts } = await runSeed(4, { trace: (line) => said.push(line) })
    return [...said, JSON.stringify([tally, counts])]
  }
  expect(await lines()).toEqual(await lines())
})

const BREAKAGES: readonly (readonly [string, Sabotage, RegExp])[] = [
  [
    'a log that fences nobody',
    {
      log: (log: Log): Log => {
        const newest = new Map<string, Owner>()
        return instead(log, {
          async takeOver(task, inputs) {
            const answer = await log.takeOver(task, inputs)
            newest.set(task, answer.owner)
            return answer
          },
          commit: (commit) => log.commit({ ...commit, owner: newest.get(commit.task) ?? commit.owner }),
        })
      },
    },
    /behind a take-over|begins at|went back/,
  ],
  [
    'a log that moves a position too far',
    {
      log: (log) =>
        instead(log, {
          commit: (commit) =>
            log.commit({
              ...commit,
              positions: commit.positions.map((one) => ({ ...one, offset: one.offset + 1 })),
            }),
        }),
    },
    /begins at|the group stands at/,
  ],
  [
    'a store that answers everybody',
    {
      store: (store) =>
        instead(store, {
          async load(task, expected, keys) {
            return (await store.load(task, expected, keys)) ?? keys.map(() => undefined)
          },
        }),
    },
    /came out twice|straight: |another one in the store|broke/,
  ],
  [
    'a store that tells at opening what it was told, and not what it has',
    {
      store: (store) => {
        const told = new Map<string, number>()
        return instead(store, {
          async apply(task, expected, next, changes) {
            if (next.chain >= 0) told.set(task, next.chain)
            return store.apply(task, expected, next, changes)
          },
          async open(task, owner) {
            const { chain, resume } = await store.open(task, owner)
            return { chain: told.get(task) ?? chain, page: 0, resume }
          },
        })
      },
    },
    /no progress/,
  ],
  [
    'a store that forgets a change',
    {
      store: (store) =>
        instead(store, {
          apply: (task, expected, next, changes) =>
            store.apply(task, expected, next, {
              ...changes,
              changes: changes.changes.slice(changes.clear ? 0 : 1),
            }),
        }),
    },
    /came out twice|straight: |another one in the store|broke/,
  ],
]

describe('it finds', () => {
  test.each(BREAKAGES)('%s', async (_name, sabotage, says) => {
    for (let seed = 1; seed <= SEEDS_MAX; seed++) {
      const { problems } = await runSeed(seed, { sabotage })
      if (problems.length === 0) continue
      expect(problems.join('\n')).toMatch(says)
      return
    }
    throw new Error(`not in ${SEEDS_MAX} seeds`)
  })
})
