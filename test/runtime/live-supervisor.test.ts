/**
 * The live supervisor over the log and the store in memory: what the group gives it runs, what the group takes ends, what fails is
 * opened again, and a bug stops everything.
 */
import { afterEach, describe, expect, test } from '@jest/globals'
import { EmbeddedLog } from '../../src/adapters/embedded/log.ts'
import { EmbeddedStateStore } from '../../src/adapters/embedded/state-store.ts'
import { jsonEncoder } from '../../src/adapters/formats/json-output.ts'
import { AdapterError, Fenced } from '../../src/model/errors.ts'
import { idKeyOf } from '../../src/model/hash.ts'
import { LiveSupervisor, paceMs } from '../../src/runtime/live-supervisor.ts'
import type { Clock } from '../../src/runtime/ports/clock.ts'
import type { Assignment, Lane, Log, LogReader, Membership } from '../../src/runtime/ports/log.ts'
import type { Observation } from '../../src/runtime/ports/observer.ts'
import { createProfileStage } from '../../src/runtime/profile-stage.ts'
import { Task } from '../../src/runtime/task.ts'
import { planOf } from './journal.ts'

const LANES = [0, 1, 2].map((partition): Lane => ({ topic: 'people', partition }))
const key = idKeyOf('test')

/** Time passes only by sleeping; every sleep lets the others go on. */
function createClock(): Clock {
  let now = 1_777_777_777_777
  return {
    now: () => now,
    async sleep(ms) {
      now += ms
      await new Promise((done) => setImmediate(done))
    },
  }
}

/** A supervisor whose group is the test, and whose log may be spoilt. */
function createLive(spoil: (log: Log) => Log = (log) => log) {
  const clock = createClock()
  const embedded = new EmbeddedLog({
    inputs: LANES,
    changelogs: LANES.map(({ partition }) => ({ topic: 'changelog', partition })),
    turnRecordsMax: 10,
    onCommitted: () => {},
  })
  const log = spoil({
    takeOver: (task, inputs) => embedded.takeOver(task, inputs),
    replay: (lane, from) => embedded.replay(lane, from),
    commit: (commit) => embedded.commit(commit),
    close: () => embedded.close(),
    // The reader in memory never waits, and a loop that never waits lets nobody else go on.
    read(positions): LogReader {
      const reader = embedded.read(positions)
      return {
        async next(waitMs) {
          await clock.sleep(waitMs / 10)
          return reader.next(waitMs)
        },
        progress: () => reader.progress(),
        close: () => reader.close(),
      }
    },
  })
  const store = new EmbeddedStateStore()
  const observed: Observation[] = []
  const assignments: Assignment[] = []
  let silent = false
  let broken: Error | undefined
  const membership: Membership = {
    async next(waitMs) {
      if (broken !== undefined) throw broken
      if (silent) await new Promise(() => {})
      await clock.sleep(waitMs / 10)
      return assignments.shift()
    },
    close: async () => {},
  }
  const supervisor = new LiveSupervisor({
    membership,
    clock,
    observe: (observation) => observed.push(observation),
    tasksOf: (lanes) =>
      lanes.map((lane) => ({
        id: `profile.${lane.partition}`,
        inputs: [lane],
        create: () =>
          new Task({
            id: `profile.${lane.partition}`,
            stage: 'profile',
            partition: lane.partition,
            inputs: [lane],
            changelog: { topic: 'changelog', partition: lane.partition },
            log,
            store,
            clock,
            preload: false,
            idleMs: 1000,
            observe: (observation) => observed.push(observation),
            createStage: (appends) =>
              createProfileStage(
                {
                  plan: planOf(),
                  key,
                  partition: lane.partition,
                  partitions: LANES.length,
                  internalTopic: 'people',
                  encoder: jsonEncoder,
                },
                appends,
              ),
          }),
      })),
  })
  let generation = 0
  return {
    supervisor,
    observed,
    clock,
    assign(...partitions: readonly number[]): void {
      assignments.push({ generation: ++generation, lanes: partitions.map((p) => LANES[p] as Lane) })
    },
    /** The group is lost for good. */
    breakGroup(error: Error): void {
      broken = error
    },
    /** The group says nothing more, for ever. */
    silence(): void {
      silent = true
    },
    /** Another process opens the task of a partition, though the group has not told so here. */
    async takenOver(partition: number): Promise<void> {
      const task = `profile.${partition}`
      const { owner } = await embedded.takeOver(task, [LANES[partition] as Lane])
      await store.open(task, owner)
    },
    /** Lets everything go on until it holds. */
    async until(holds: () => boolean): Promise<void> {
      for (let i = 0; i < 2000 && !holds(); i++) await new Promise((done) => setImmediate(done))
      expect(holds()).toBe(true)
    },
    running: () =>
      supervisor
        .status()
        .filter(({ state }) => state === 'running')
        .map(({ partition }) => partition)
        .sort((a, b) => a - b),
    kinds: (kind: Observation['kind']) => observed.filter((one) => one.kind === kind),
  }
}

let live: ReturnType<typeof createLive>
let ended: Promise<unknown>
function start(spoil?: (log: Log) => Log): void {
  live = createLive(spoil)
  ended = live.supervisor.run().then(
    () => 'ended',
    (error: unknown) => error,
  )
}
afterEach(async () => {
  live.supervisor.stop()
  await ended
})
const isRunning = (...partitions: readonly number[]) => {
  const wanted = partitions.join()
  return () => live.running().join() === wanted
}

describe('an assignment', () => {
  test('starts what it brings, ends what it takes, and leaves the rest alone', async () => {
    start()
    live.assign(0, 1)
    await live.until(isRunning(0, 1))
    live.assign(1, 2)
    await live.until(isRunning(1, 2))
    expect(live.kinds('opened').map((one) => 'task' in one && one.task)).toEqual([
      'profile.0',
      'profile.1',
      'profile.2',
    ])
    expect(live.kinds('closed')).toMatchObject([{ task: 'profile.0', outcome: 'revoked' }])
    expect(live.kinds('assigned')).toMatchObject([
      { generation: 1, lanes: 2, gained: 2, lost: 0 },
      { generation: 2, lanes: 2, gained: 1, lost: 1 },
    ])
    expect(live.supervisor.joined()).toEqual({ generation: 2, lanes: 2 })
  })

  test('that takes a lane and brings it back opens its task anew, behind the end of the former one', async () => {
    start()
    live.assign(0)
    await live.until(isRunning(0))
    live.assign()
    live.assign(0)
    await live.until(() => live.kinds('opened').length === 2)
    await live.until(isRunning(0))
    const order = live.observed.flatMap((one) => (one.kind === 'assigned' ? [] : [one.kind]))
    expect(order).toEqual(['opened', 'closed', 'opened'])
  })
})

test('stopping ends every task as asked, and then the run', async () => {
  start()
  live.assign(0, 1, 2)
  await live.until(isRunning(0, 1, 2))
  live.supervisor.stop()
  expect(await ended).toBe('ended')
  expect(live.kinds('closed').map((one) => 'outcome' in one && one.outcome)).toEqual([
    'stopped',
    'stopped',
    'stopped',
  ])
  expect(live.supervisor.status()).toEqual([])
})

test('stopping does not wait for what the group may have to say', async () => {
  start()
  live.assign(0)
  await live.until(isRunning(0))
  live.silence()
  const before = live.clock.now()
  await live.until(() => live.clock.now() > before + 1000)
  let over = false
  void ended.then(() => (over = true))
  live.supervisor.stop()
  await live.until(() => over)
})

/** A log whose take-over fails so many times. */
const failing =
  (times: number, error: () => Error) =>
  (log: Log): Log => {
    let left = times
    return {
      ...log,
      async takeOver(task, inputs) {
        if (left-- > 0) throw error()
        return log.takeOver(task, inputs)
      },
    }
  }

test('trouble that may pass is said, and the task is opened again, each time after a longer wait', async () => {
  start(failing(5, () => new AdapterError('broker-unreachable', 'no broker answers', true)))
  live.assign(0)
  await live.until(() => live.supervisor.status()[0]?.state === 'waiting')
  expect(live.supervisor.status()[0]?.reason).toBe('no broker answers')
  const before = live.clock.now()
  await live.until(isRunning(0))
  expect(live.kinds('closed')).toHaveLength(5)
  expect(live.clock.now() - before).toBeGreaterThan(100 + 200 + 400 + 800)
  expect(live.supervisor.status()[0]?.reason).toBeUndefined()
})

test('a fenced task waits long enough to hear that its lane went to another', async () => {
  start(failing(1, () => new Fenced('profile.0 was taken over')))
  live.assign(0)
  await live.until(() => live.kinds('closed').length === 1)
  const before = live.clock.now()
  live.assign()
  await live.until(() => live.supervisor.status().length === 0)
  expect(live.kinds('opened')).toEqual([])
  expect(live.kinds('closed')).toMatchObject([{ outcome: 'fenced' }])
  live.assign(0)
  await live.until(isRunning(0))
  expect(live.clock.now()).toBeGreaterThan(before)
})

test('a task whose store another has opened is fenced: it does not take back what the group is giving away', async () => {
  start()
  live.assign(0)
  await live.until(isRunning(0))
  await live.takenOver(0)
  await live.until(() => live.kinds('closed').length === 1)
  live.assign()
  await live.until(() => live.supervisor.status().length === 0)
  expect(live.kinds('closed')).toMatchObject([{ task: 'profile.0', outcome: 'fenced' }])
  expect(live.kinds('opened')).toHaveLength(1)
})

test('a group that is lost for good ends every task behind its commit, and is thrown', async () => {
  start()
  live.assign(0, 1)
  await live.until(isRunning(0, 1))
  live.breakGroup(new AdapterError('group-forbidden', 'not authorised for the group', false))
  expect(await ended).toMatchObject({ code: 'group-forbidden' })
  expect(live.kinds('closed')).toHaveLength(2)
  expect(live.supervisor.status()).toEqual([])
})

test('what no opening mends stops everything, and is thrown', async () => {
  start(failing(1, () => new AdapterError('newer-version', 'made by a newer version', false)))
  live.assign(0, 1)
  expect(await ended).toMatchObject({ code: 'newer-version' })
  expect(live.supervisor.status()).toEqual([])
})

test('the more tasks a process has, the further apart are the commits of each, up to a bound', () => {
  expect([1, 5, 17, 33, 65, 1000].map(paceMs)).toEqual([10, 10, 34, 66, 100, 100])
})
