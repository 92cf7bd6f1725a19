/**
 * A task ends as if nothing had ever failed, whatever fails and wherever: what is committed is committed once, what is not leaves no
 * trace, and the store is never believed when it does not carry the task's own last commit.
 */
import { describe, expect, test } from '@jest/globals'
import { Crash, type FaultPoint } from '../../src/adapters/embedded/faults.ts'
import { AdapterError, Fenced, InvariantError } from '../../src/model/errors.ts'
import { type Bench, type BenchOptions, createBench, mark, merge, note, of, play, taskOf } from './bench.ts'
import { journal, planOf, slot } from './journal.ts'
import { atCall } from './schedules.ts'

const STORY = [
  note(1, 'ann', 'a1', { set: { ring: 4, long: 9 } }),
  note(2, 'cat', 'c1'),
  ...Array.from({ length: 17 }, (_, i) => note(3, 'ann', `more${i}`)),
  mark(5),
  merge(6, 'ann', 'cat'),
  note(7, 'dan', 'd1', { forget: true }),
  note(7, 'ann', 'a1'),
  mark(10),
]
const ONE = { partitions: 1 }
const straight = async () => (await play(STORY, ONE)).outcome()
const TASK = taskOf(0)

/** A bench whose fault hook can be set later on. */
function faulty(options: Partial<BenchOptions> = {}): Bench & { fault: (point: FaultPoint) => void } {
  const hook = { fault: (_point: FaultPoint): void => {} }
  const bench = createBench({ ...ONE, ...options, fault: (point) => hook.fault(point) })
  return Object.defineProperty(bench, 'fault', {
    get: () => hook.fault,
    set(fault: (point: FaultPoint) => void) {
      hook.fault = fault
    },
  }) as ReturnType<typeof faulty>
}
/** At the next call of that point, once. */
function once(point: FaultPoint, act: () => void): (here: FaultPoint) => void {
  let armed = true
  return (here) => {
    if (!armed || here !== point) return
    armed = false
    act()
  }
}
const trouble = () => new AdapterError('no-answer', 'no answer came', true)

describe('whatever fails, wherever', () => {
  test.each([
    ['the process dies', () => new Crash('here')],
    ['an answer does not come', trouble],
  ])('%s: outputs, states and counts are those of a straight run', async (_name, error) => {
    const expected = await straight()
    const counts = (await play(STORY, ONE)).tasks[0]?.committed()
    for (let place = 1, more = true; more; place++) {
      const fail = atCall(place, error)
      const bench = await play(STORY, { ...ONE, turnRecordsMax: 1 + (place % 4), fault: fail.hook })
      expect({ place, ...(await bench.outcome()) }).toEqual({ place, ...expected })
      expect(bench.tasks[0]?.committed()).toEqual(counts)
      await bench.expectStoreIsLog()
      more = fail.done()
      expect(place).toBeLessThan(300)
    }
  })

  test.each<[FaultPoint, number]>([
    ['commit-before', 0],
    ['commit-after', 1],
    ['apply-before', 1],
    ['apply-after', 1],
  ])('%s: so many outputs are out (%d), and opening again adds none that was there', async (point, out) => {
    for (const error of [() => new Crash('here'), trouble]) {
      const bench = faulty()
      await bench.write([note(1, 'ann', 'a1')])
      await bench.restart()
      bench.fault = once(point, () => {
        throw error()
      })
      await expect(bench.tasks[0]?.turn(0)).rejects.toThrow()
      expect(bench.outputs).toHaveLength(out)
      await (error() instanceof Crash ? bench.restart() : bench.reopen(bench.tasks[0]!, trouble()))
      await bench.run()
      expect(bench.outputs).toHaveLength(1)
      expect(await bench.journalOf('ann')).toMatchObject({ lines: ['a1@1'] })
    }
  })
})

describe('a store that went back in time', () => {
  /** Ann has two events committed; the snapshot is from between them. */
  async function rolledBackOnce(): Promise<ReturnType<typeof faulty> & { back: () => void }> {
    const bench = faulty({
      bounds: { cachedPersonsMax: 0, activePersonsMax: 0, timersPerFoldMax: 100, bytesPerFoldMax: 1e6 },
    })
    await bench.write([note(1, 'ann', 'a1'), note(1, 'cat', 'c1')])
    await bench.restart()
    await bench.run()
    const then = bench.store.snapshot()
    await bench.write([note(2, 'ann', 'a2'), note(2, 'cat', 'c2')])
    await bench.run()
    return Object.assign(bench, { back: () => bench.store.restore(then) })
  }
  const LINES = ['a1@1', 'a2@2', 'a3@3']

  test('is found out by the load: nothing of the turn is sent', async () => {
    for (const lost of [false, true]) {
      const bench = await rolledBackOnce()
      await bench.restart()
      await bench.write([note(3, 'ann', 'a3')])
      if (lost) bench.store.restore(undefined)
      else bench.back()
      const before = bench.outputs.length
      await expect(bench.tasks[0]?.turn(0)).rejects.toMatchObject({ code: 'store-moved', retryable: true })
      expect(bench.outputs).toHaveLength(before)
      await bench.reopen(bench.tasks[0]!, trouble())
      await bench.run()
      expect(await bench.journalOf('ann')).toMatchObject({ lines: LINES })
      await bench.expectStoreIsLog()
    }
  })

  test.each<FaultPoint>(['commit-before', 'commit-after', 'apply-before'])(
    'behind the load, at %s: the commit stands, the store is brought up to it, nothing comes twice',
    async (point) => {
      const bench = await rolledBackOnce()
      await bench.restart()
      await bench.write([note(3, 'ann', 'a3')])
      bench.fault = once(point, bench.back)
      await expect(bench.tasks[0]?.turn(0)).rejects.toMatchObject({ code: 'store-moved' })
      await bench.reopen(bench.tasks[0]!, trouble())
      expect(bench.observed.at(-1)).toMatchObject({ kind: 'opened', rebuilt: false })
      await bench.run()
      expect(await bench.journalOf('ann')).toMatchObject({ lines: LINES })
      expect(bench.outputs.map(({ data }) => data['lines']).at(-1)).toEqual(LINES)
      expect(new Set(bench.outputs.map(({ id }) => id)).size).toBe(bench.outputs.length)
    },
  )

  test('to before its owner, and is opened by it: told what came after', async () => {
    const bench = await rolledBackOnce()
    bench.back()
    await bench.restart()
    expect(bench.observed.at(-1)).toMatchObject({ kind: 'opened', rebuilt: false, restored: 4 })
    expect(await bench.journalOf('ann')).toMatchObject({ lines: ['a1@1', 'a2@2'] })
  })
})

describe('open', () => {
  async function twelvePeople(options: Partial<BenchOptions> = {}) {
    const bench = faulty({ ...options, turnRecordsMax: 100 })
    await bench.write([
      note(1, 'ann', 'a1', { set: { ring: 50 } }),
      note(1, 'cat', 'c1'),
      note(1, 'dan', 'd1'),
    ])
    await bench.restart()
    await bench.run()
    return bench
  }
  const openings = (bench: Bench) => bench.observed.flatMap((one) => (one.kind === 'opened' ? [one] : []))

  test('keeps a store that carries the last commit', async () => {
    const bench = await twelvePeople()
    await bench.restart()
    expect(openings(bench).at(-1)).toMatchObject({ rebuilt: false, restored: 0 })
  })

  test.each<[string, { chain: number; page: number }]>([
    ['ahead of the log', { chain: 99, page: 0 }],
    ['behind the log', { chain: 0, page: 0 }],
    ['left in the middle of an opening, with the very chain', { chain: 1, page: 2 }],
  ])('rebuilds a store that is %s, and believes nothing in it', async (_name, mark) => {
    const bench = await twelvePeople()
    const states = bench.store.snapshot().get(TASK)!
    const junk = { key: of('bob'), start: 0, end: 4, due: 2 }
    const from = { owner: states.owner, chain: states.chain, page: states.page }
    const stamp = { ...mark, resume: undefined }
    await bench.store.apply(TASK, from, stamp, { clear: false, buffer: Buffer.from('junk'), changes: [junk] })
    await bench.restart()
    expect(openings(bench).at(-1)).toMatchObject({ rebuilt: true, restored: 4 })
    await bench.expectStoreIsLog()
    expect(bench.store.snapshot().get(TASK)).toMatchObject({ chain: states.chain, page: 0 })
  })

  test('goes on where an opening that died at any of its pages left off: from the start', async () => {
    for (let place = 1, more = true; more; place++) {
      const bench = await twelvePeople({ pageChangesMax: 1 })
      bench.store.restore(undefined)
      const die = atCall(place, () => new Crash(`at ${place}`))
      bench.fault = (point) => {
        if (point.startsWith('apply')) die.hook()
      }
      await bench.restart()
      bench.fault = () => {}
      await bench.expectStoreIsLog()
      await bench.write([mark(60)])
      await bench.run()
      expect(await bench.journalOf('ann')).toMatchObject({ lines: ['a1@1', 'ring!50'] })
      more = die.done()
    }
  })

  test('refuses a store that another opened meanwhile', async () => {
    const bench = await twelvePeople()
    bench.store.restore(undefined)
    bench.fault = once('apply-before', () => void bench.store.open(TASK, { producerId: 999, epoch: 0 }))
    await bench.tasks[0]?.close('stopped', 'test')
    await expect(bench.tasks[0]?.open()).rejects.toThrow(Fenced)
  })

  test('refuses states of a newer program, and commits nothing', async () => {
    const newer = { ...journal, state: { ...journal.state, version: 2 } }
    const older = {
      ...journal,
      state: {
        ...journal.state,
        decode(reader: Parameters<typeof journal.state.decode>[0], version: number) {
          if (version !== 1) throw new InvariantError(`journal has no state of version ${version}`)
          return journal.state.decode(reader, version)
        },
      },
    }
    const bench = createBench({ ...ONE, plan: planOf({ slots: [slot(0, 'j', newer)] }) })
    await bench.write([note(1, 'ann', 'a1')])
    await bench.restart()
    await bench.run()
    await bench.restart(planOf({ slots: [slot(0, 'j', older)] }))
    await bench.write([note(2, 'ann', 'a2')])
    await expect(bench.run()).rejects.toThrow('journal has no state of version 2')
    expect(bench.outputs).toHaveLength(1)
  })
})

test('an opening that is to end brings no whole store up first', async () => {
  const bench = createBench({ ...ONE, turnRecordsMax: 100 })
  await bench.write([note(1, 'ann', 'a1'), note(1, 'cat', 'c1')])
  await bench.restart()
  await bench.run()
  bench.store.restore(undefined)
  const [task] = bench.tasks
  await task?.close('stopped', 'test')
  await expect(task?.open(() => true)).rejects.toMatchObject({ code: 'ended', retryable: true })
  await task?.open()
  expect(await bench.journalOf('ann')).toMatchObject({ lines: ['a1@1'] })
})

describe('positions', () => {
  /** A log whose group says that the task stands so far from where it committed. */
  const off = (by: number) =>
    createBench({
      ...ONE,
      spoil: (log) =>
        Object.assign(Object.create(log) as typeof log, {
          async takeOver(task: string, inputs: Parameters<typeof log.takeOver>[1]) {
            const answer = await log.takeOver(task, inputs)
            return {
              ...answer,
              positions: answer.positions.map((one) => ({ ...one, offset: one.offset + by })),
            }
          },
        }),
    })

  test('that the log has lost are those of the task: nothing comes twice', async () => {
    const bench = off(-1)
    await bench.write([note(1, 'ann', 'a1'), note(2, 'ann', 'a2')])
    await bench.restart()
    await bench.run()
    await bench.restart()
    await bench.run()
    expect(bench.outputs).toHaveLength(2)
    expect(await bench.journalOf('ann')).toMatchObject({ lines: ['a1@1', 'a2@2'] })
  })

  test('of a log that is ahead of the task again and again stop it', async () => {
    const bench = off(1)
    await bench.write([note(1, 'ann', 'a1')])
    await bench.restart()
    await bench.run()
    await bench.tasks[0]?.close('stopped', 'test')
    await expect(bench.tasks[0]?.open()).rejects.toMatchObject({ code: 'overtaken' })
    await expect(bench.tasks[0]?.open()).rejects.toBeInstanceOf(InvariantError)
  })
})

describe('a task', () => {
  test('notes in its store a time from before its commit, however late the apply arrives', async () => {
    const bench = faulty()
    await bench.write([note(1, 'ann', 'a1')])
    await bench.restart()
    let committedAt = Number.POSITIVE_INFINITY
    bench.fault = once('commit-before', () => {
      committedAt = Date.now()
      while (Date.now() < committedAt + 5) continue
    })
    await bench.run()
    expect(bench.store.snapshot().get(TASK)?.resume?.at).toBeLessThanOrEqual(committedAt)
  })

  test('whose successor has opened commits nothing more, whatever it had loaded', async () => {
    const bench = createBench({ ...ONE })
    await bench.write([note(1, 'ann', 'a1'), note(2, 'ann', 'a2')])
    await bench.restart()
    const [first] = bench.tasks
    await first?.turn(0)
    await bench.restart()
    await expect(first?.turn(0)).rejects.toBeInstanceOf(Fenced)
    await bench.run()
    expect(bench.outputs).toHaveLength(2)
    expect(await bench.journalOf('ann')).toMatchObject({ lines: ['a1@1', 'a2@2'] })
  })

  test('must be open to take a turn, and may be closed twice', async () => {
    const bench = createBench(ONE)
    const [task] = bench.tasks
    await expect(task?.turn(0)).rejects.toThrow(InvariantError)
    await bench.restart()
    await bench.tasks[0]?.close('stopped', 'once')
    await bench.tasks[0]?.close('stopped', 'twice')
    await expect(bench.tasks[0]?.turn(0)).rejects.toThrow('not open')
  })

  test('that finds nothing to do commits nothing', async () => {
    const bench = await play(STORY, ONE)
    const seen = bench.observed.length
    expect(await bench.tasks[0]?.turn(0)).toBe(false)
    expect(bench.observed).toHaveLength(seen)
  })

  test('tells the observer of every commit once, and the counts add up to its own', async () => {
    const bench = await play(STORY, ONE)
    const processed = bench.observed.flatMap((one) =>
      one.kind === 'committed' ? [one.counts.processed] : [],
    )
    expect(processed.reduce((a, b) => a + b)).toBe(bench.tasks[0]?.committed().processed)
    expect(bench.tasks[0]?.committed()).toMatchObject({ processed: 20, duplicates: 1, timersFired: 2 })
  })

  test('tells of a transaction of which no commit was heard: whether another has the task, or nobody knows', async () => {
    for (const [error, outcome] of [
      [new Fenced('another has it'), 'fenced'],
      [trouble(), 'unknown'],
    ] as const) {
      const bench = faulty()
      await bench.write([note(1, 'ann', 'a1')])
      await bench.restart()
      bench.fault = once('commit-after', () => {
        throw error
      })
      await expect(bench.tasks[0]?.turn(0)).rejects.toThrow()
      expect(bench.observed.filter(({ kind }) => kind === 'uncommitted')).toEqual([
        { kind: 'uncommitted', task: TASK, outcome },
      ])
    }
  })

  test('says when it moved last: with its opening, and with every turn, also one that brings nothing', async () => {
    const before = Date.now()
    const bench = await play([], ONE)
    const task = bench.tasks[0]!
    const first = task.status().movedAt
    expect(first).toBeGreaterThanOrEqual(before)
    while (Date.now() <= first) await new Promise((done) => setTimeout(done, 1))
    await task.turn(0)
    expect(task.status().movedAt).toBeGreaterThan(first)
  })
})
