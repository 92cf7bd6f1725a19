/** A store is brought up to its changelog so that it never looks whole too early, whatever is sent late, and however long it takes. */
import { describe, expect, test } from '@jest/globals'
import { EmbeddedLog } from '../../src/adapters/embedded/log.ts'
import { EmbeddedStateStore } from '../../src/adapters/embedded/state-store.ts'
import { ByteWriter } from '../../src/model/bytes.ts'
import { Appends } from '../../src/runtime/appends.ts'
import { encodeHead, TASK_KEY } from '../../src/runtime/changelog.ts'
import type { Owner } from '../../src/runtime/ports/log.ts'
import type { Found, StateStore } from '../../src/runtime/ports/state-store.ts'
import { bringUp, firstPage, RESUME_AGE_MAX_MS, type Restored } from '../../src/runtime/restore-task.ts'

const TASK = 'shop.profile.0'
const CHANGELOG = { topic: 'changelog', partition: 0 }
const P0: Owner = { producerId: 7, epoch: 1 }
const P1: Owner = { producerId: 7, epoch: 2 }
const HOUR_MS = 3_600_000

/** A changelog of so many commits, each of which writes its own key and counts `n` up. */
async function world(commits: number, { taskRecord = true } = {}) {
  const log = new EmbeddedLog({
    inputs: [],
    changelogs: [CHANGELOG],
    turnRecordsMax: 10,
    onCommitted: () => {},
  })
  const { owner } = await log.takeOver(TASK, [])
  const ends = [0]
  for (let chain = 1; chain <= commits; chain++) {
    const appends = new Appends()
    for (const key of [`k${chain}`, 'n', ...(taskRecord ? [TASK_KEY] : [])]) {
      const value = new ByteWriter()
      encodeHead(value, chain, undefined)
      value.raw(Buffer.from(`${chain}`))
      appends.record(CHANGELOG.topic, 0, undefined, key, value.copy())
    }
    ends.push(await log.commit({ task: TASK, owner, appends, positions: [], changelog: CHANGELOG }))
  }
  const store = new EmbeddedStateStore()
  let now = 1_777_777_777_777
  return {
    log,
    store,
    ends,
    now: () => now,
    pass(ms: number): void {
      now += ms
    },
    up: (owner: Owner, found: Found, on: StateStore = store, onPage = (): void => {}): Promise<Restored> =>
      bringUp({
        task: TASK,
        owner,
        changelog: CHANGELOG,
        log,
        store: on,
        found,
        clock: { now: () => now, sleep: async () => {} },
        pageChangesMax: 2,
        progress: onPage,
      }),
    states: async (): Promise<Readonly<Record<string, string>>> => {
      const { owner, chain, page } = store.snapshot().get(TASK)!
      const scan = await store.scan(TASK, { owner, chain, page })
      return Object.fromEntries(scan!.keys.map((key, i) => [key, String(scan!.values[i])]))
    },
  }
}

/** The pages that an opening asks the store to put on it. */
function pagesOf(store: StateStore, into: number[]): StateStore {
  return new Proxy(store, {
    get(target, name) {
      if (name !== 'apply') return Reflect.get(target, name) as unknown
      return (...args: Parameters<StateStore['apply']>) => {
        into.push(args[2].page)
        return target.apply(...args)
      }
    },
  })
}

describe('pages', () => {
  test('of two openings are never the same, so that no call of one counts as done by the other', async () => {
    const { store, up } = await world(5)
    const pages: number[] = []
    await up(P0, await store.open(TASK, P0), pagesOf(store, pages))
    const before = pages.filter((page) => page > 0)
    expect(before.length).toBeGreaterThan(3)
    pages.length = 0
    store.restore(undefined)
    await up(P1, await store.open(TASK, P1), pagesOf(store, pages))
    expect(pages.filter((page) => before.includes(page))).toEqual([])
    expect(firstPage({ producerId: 8, epoch: 1 })).not.toBe(firstPage(P0))
    expect(Number.isSafeInteger(firstPage({ producerId: 2 ** 40, epoch: 32_767 }) + 2 ** 31)).toBe(true)
  })

  test('of one that another overtook, and whose opening is heard again late, leave no hole', async () => {
    const { store, up } = await world(6)
    let calls = 0
    const found = await store.open(TASK, P0)
    // Behind the second page of P0, P1 opens the store and clears it; then P0's own opening arrives once more.
    const overtaken: StateStore = new Proxy(store, {
      get(target, name) {
        if (name !== 'apply') return Reflect.get(target, name) as unknown
        return async (...args: Parameters<StateStore['apply']>) => {
          const answer = await target.apply(...args)
          if (++calls === 2) {
            const other = await store.open(TASK, P1)
            const stamp = { owner: P1, chain: other.chain, page: other.page }
            const cleared = { chain: -1, page: firstPage(P1), resume: undefined }
            await store.apply(TASK, stamp, cleared, { clear: true, buffer: Buffer.alloc(0), changes: [] })
            await store.open(TASK, P0)
          }
          return answer
        }
      },
    })
    await expect(up(P0, found, overtaken)).rejects.toMatchObject({ code: 'store-moved' })
    expect(store.snapshot().get(TASK)?.page).toBeGreaterThan(0)
  })
})

describe('a note', () => {
  const noted = (offset: number, at: number, chain = 2): Found => ({ chain, page: 0, resume: { offset, at } })

  async function standing(at: (now: number) => number, chain = 2) {
    const made = await world(5)
    await made.store.open(TASK, P0)
    const note = noted(made.ends[2]!, at(made.now()), chain)
    const changes = [{ key: 'old', start: 0, end: 1, due: undefined }]
    await made.store.apply(TASK, { owner: P0, chain: -1, page: 0 }, note, {
      clear: false,
      buffer: Buffer.from('x'),
      changes,
    })
    return { ...made, found: await made.store.open(TASK, P1) }
  }

  test('says where to go on: only what came after it is read, and what was there stays', async () => {
    const { up, found, states } = await standing((now) => now - HOUR_MS)
    expect(await up(P1, found)).toEqual({ chain: 5, rebuilt: false, records: 9 })
    expect(await states()).toMatchObject({ old: 'x', k3: '3', k5: '5', n: '5' })
  })

  test('older than deletions are told is not believed when something came after it', async () => {
    const { up, found, states } = await standing((now) => now - RESUME_AGE_MAX_MS - 1)
    expect(await up(P1, found)).toMatchObject({ chain: 5, rebuilt: true })
    expect(await states()).not.toHaveProperty('old')
  })

  test('that is old is good when nothing came after it', async () => {
    const { up, store, ends } = await world(2)
    await store.open(TASK, P0)
    await store.apply(TASK, { owner: P0, chain: -1, page: 0 }, noted(ends[2]!, 0), {
      clear: false,
      buffer: Buffer.alloc(0),
      changes: [],
    })
    expect(await up(P1, await store.open(TASK, P1))).toEqual({ chain: 2, rebuilt: false, records: 0 })
  })

  test('of another changelog does not fit: what is told has lower numbers', async () => {
    const { up, found } = await standing((now) => now, 4)
    expect(await up(P1, found)).toMatchObject({ rebuilt: true, chain: 5 })
  })
})

test('an opening that took longer than deletions are told begins anew, and its store does not look whole', async () => {
  const made = await world(5)
  const found = await made.store.open(TASK, P0)
  const slow = made.up(P0, found, made.store, () => made.pass(RESUME_AGE_MAX_MS + 1))
  await expect(slow).rejects.toMatchObject({ code: 'restore-too-slow', retryable: true })
  expect(made.store.snapshot().get(TASK)?.page).toBeGreaterThan(0)
  expect(await made.up(P0, await made.store.open(TASK, P0))).toMatchObject({ chain: 5, rebuilt: true })
})

test('a changelog with states and without the task is not taken for one of a new task', async () => {
  const { up, store } = await world(3, { taskRecord: false })
  await expect(up(P0, await store.open(TASK, P0))).rejects.toMatchObject({
    code: 'overtaken',
    retryable: true,
  })
})
