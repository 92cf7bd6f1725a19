/** Passing trouble is mended with patience, lasting trouble and bugs are not hidden, and draining leaves nothing over. */
import { describe, expect, test } from '@jest/globals'
import { AdapterError, Fenced, InvariantError } from '../../src/model/errors.ts'
import { Supervisor } from '../../src/runtime/supervisor.ts'
import type { Task } from '../../src/runtime/task.ts'

/** A task that has `left` turns of work, answers as told, and writes down what was asked of it. */
function fakeTask(
  name: string,
  calls: string[],
  left: number,
  answers: Record<string, readonly unknown[]> = {},
) {
  const queue = new Map(Object.entries(answers).map(([call, list]) => [call, [...list]]))
  const answer = (call: string): void => {
    calls.push(`${name}.${call}`)
    const next = queue.get(call)?.shift()
    if (next instanceof Error) throw next
  }
  const task = {
    left,
    async open() {
      answer('open')
    },
    async turn() {
      answer('turn')
      return task.left > 0 && task.left-- > 0
    },
    async close() {
      answer('close')
    },
  }
  return task
}
const passing = () => new AdapterError('no-answer', 'no answer came', true)

function supervise(gate: object, ...profiles: readonly object[]) {
  const slept: number[] = []
  const supervisor = new Supervisor({
    gate: gate as Task,
    profiles: profiles as readonly Task[],
    clock: { now: () => 0, sleep: async (ms) => void slept.push(ms) },
  })
  return { supervisor, slept }
}

describe('draining', () => {
  test('works off all that a turn of the gate caused before the next one', async () => {
    const calls: string[] = []
    const profile = fakeTask('p', calls, 3)
    await supervise(fakeTask('g', calls, 2), profile).supervisor.drain()
    expect(profile.left).toBe(0)
    expect(calls.slice(0, 6)).toEqual(['g.turn', 'p.turn', 'p.turn', 'p.turn', 'p.turn', 'p.turn'])
    expect(calls.filter((call) => call === 'g.turn')).toHaveLength(3)
  })

  test('comes back to a partition that another one gave work', async () => {
    const calls: string[] = []
    const first = fakeTask('p', calls, 1)
    const plain = fakeTask('q', calls, 1)
    const second = { ...plain }
    second.turn = async () => {
      const worked = await plain.turn()
      if (worked) first.left++
      return worked
    }
    await supervise(fakeTask('g', calls, 0), first, second).supervisor.drain()
    expect([first.left, plain.left]).toEqual([0, 0])
  })
})

describe('trouble', () => {
  test('that passes: the task is closed, opened, and goes on, each time with more patience', async () => {
    const calls: string[] = []
    const gate = fakeTask('g', calls, 1, { turn: [passing(), passing()], open: [passing()] })
    const { supervisor, slept } = supervise(gate)
    await supervisor.drain()
    expect(calls).toEqual([
      'g.turn',
      'g.close',
      'g.open',
      'g.close',
      'g.open',
      'g.turn',
      'g.close',
      'g.open',
      'g.turn',
      'g.turn',
    ])
    expect(slept).toEqual([...slept].sort((a, b) => a - b))
    expect(new Set(slept).size).toBe(3)
  })

  test('that does not pass is given up after a bounded number of tries', async () => {
    const calls: string[] = []
    const { supervisor, slept } = supervise(
      fakeTask('g', calls, 1, { open: Array.from({ length: 99 }, passing) }),
    )
    await expect(supervisor.open()).rejects.toMatchObject({ code: 'no-answer' })
    expect(slept.length).toBeLessThan(20)
  })

  test.each<[string, Error]>([
    ['a take-over by another', new Fenced('taken')],
    ['what trying again does not mend', new AdapterError('unknown-topic', 'no', false)],
    ['a bug', new InvariantError('one is two')],
    ['whatever else', new TypeError('x')],
  ])('that is %s ends it at once', async (_name, error) => {
    const calls: string[] = []
    const { supervisor } = supervise(fakeTask('g', calls, 1, { turn: [error] }))
    await expect(supervisor.drain()).rejects.toBe(error)
    expect(calls).toEqual(['g.turn'])
  })
})

test('opens the gate first, and closes everybody', async () => {
  const calls: string[] = []
  const { supervisor } = supervise(fakeTask('g', calls, 0), fakeTask('p', calls, 0), fakeTask('q', calls, 0))
  await supervisor.open()
  await supervisor.close()
  expect(calls).toEqual(['g.open', 'p.open', 'q.open', 'g.close', 'p.close', 'q.close'])
})
