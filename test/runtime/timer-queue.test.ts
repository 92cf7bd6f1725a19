/** Whoever is due first comes up first, at the due time told or before it, and never twice. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { TimerQueue } from '../../src/runtime/timer-queue.ts'

/** A queue of people of one letter, whose numbers run against the order of their names. */
function queueOf() {
  const names = ['e', 'd', 'c', 'b', 'a', 'never']
  const number = (key: string): number => names.indexOf(key)
  const name = (of: number): string => names[of] as string
  const queue = new TimerQueue((one, other) => name(one) < name(other))
  return {
    get size() {
      return queue.size
    },
    arm: (key: string, due: number) => queue.arm(number(key), due),
    disarm: (key: string) => queue.disarm(number(key)),
    isArmed: (key: string) => queue.isArmed(number(key)),
    earliest: () => queue.earliest(),
    mayBeDue: (limit: number) => queue.mayBeDue(limit),
    clear: () => queue.clear(),
    peek: (limit: number, most: number) => queue.peek(limit, most).map(name),
    pop(limit: number) {
      const found = queue.pop(limit)
      return found < 0 ? undefined : { key: name(found), due: queue.due }
    },
  }
}

const drained = (queue: ReturnType<typeof queueOf>, limit: number): readonly string[] => {
  const found: string[] = []
  for (let next = queue.pop(limit); next !== undefined; next = queue.pop(limit))
    found.push(`${next.due} ${next.key}`)
  return found
}

describe('TimerQueue', () => {
  test('pops by due time, then by key; equality is due', () => {
    const queue = queueOf()
    for (const [key, due] of [
      ['b', 5],
      ['c', 3],
      ['a', 5],
      ['d', 6],
    ] as const)
      queue.arm(key, due)
    expect(drained(queue, 5)).toEqual(['3 c', '5 a', '5 b'])
    expect([queue.size, queue.earliest()]).toEqual([1, 6])
  })

  test('keeps the earlier of two due times of a key', () => {
    const queue = queueOf()
    for (const due of [5, 9, 3, 4]) queue.arm('a', due)
    expect(drained(queue, 100)).toEqual(['3 a'])
  })

  test('what was disarmed comes up no more, until it is armed again', () => {
    const queue = queueOf()
    queue.arm('a', 5)
    queue.disarm('a')
    queue.disarm('never')
    expect([queue.earliest(), drained(queue, 9)]).toEqual([undefined, []])
    queue.arm('a', 5)
    queue.arm('a', 7)
    expect(drained(queue, 9)).toEqual(['5 a'])
  })

  test('what was popped can be armed at the same time again', () => {
    const queue = queueOf()
    queue.arm('a', 5)
    expect(queue.pop(5)).toEqual({ key: 'a', due: 5 })
    queue.arm('a', 5)
    expect(drained(queue, 5)).toEqual(['5 a'])
  })

  test('a peek takes nothing away', () => {
    const queue = queueOf()
    for (const [i, key] of ['d', 'c', 'b', 'a'].entries()) queue.arm(key, 10 - i)
    expect([queue.peek(9, 2), queue.peek(9, 9), queue.peek(6, 9), queue.peek(9, 0)]).toEqual([
      ['a', 'b'],
      ['a', 'b', 'c'],
      [],
      [],
    ])
    expect(drained(queue, 10)).toEqual(['7 a', '8 b', '9 c', '10 d'])
  })

  test('clear leaves nothing', () => {
    const queue = queueOf()
    queue.arm('a', 1)
    queue.clear()
    expect([queue.size, queue.earliest(), drained(queue, 9)]).toEqual([0, undefined, []])
  })

  test('does what a sorted list does, whatever is asked', () => {
    const act = fc.record({
      kind: fc.constantFrom('arm', 'arm', 'disarm', 'pop', 'peek'),
      key: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      due: fc.nat(9),
    })
    fc.assert(
      fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
        const queue = queueOf()
        const list = new Map<string, number>()
        const sorted = () => [...list].sort((a, b) => a[1] - b[1] || (a[0] < b[0] ? -1 : 1))
        for (const { kind, key, due } of acts) {
          const first = sorted()[0]
          if (kind === 'arm') {
            queue.arm(key, due)
            list.set(key, Math.min(due, list.get(key) ?? due))
          } else if (kind === 'disarm') {
            queue.disarm(key)
            list.delete(key)
          } else if (kind === 'peek') {
            const expected = sorted().filter(([, at]) => at <= due)
            expect(queue.peek(due, 3)).toEqual(expected.slice(0, 3).map(([name]) => name))
          } else {
            const expected =
              first !== undefined && first[1] <= due ? { key: first[0], due: first[1] } : undefined
            expect(queue.pop(due)).toEqual(expected)
            if (expected !== undefined) list.delete(expected.key)
          }
          expect([queue.size, queue.earliest()]).toEqual([list.size, sorted()[0]?.[1]])
          expect(queue.isArmed(key)).toBe(list.has(key))
          expect(queue.mayBeDue(due)).toBe((sorted()[0]?.[1] ?? Number.NaN) <= due)
        }
      }),
    )
  })
})

test('a hundred thousand people come up in order', () => {
  const count = 100_000
  const queue = new TimerQueue((one, other) => one < other)
  for (let i = 0; i < count; i++) queue.arm(i, (i * 7919) % 1000)
  let last = -1
  let popped = 0
  let early = 0
  for (let next = queue.pop(1000); next >= 0; next = queue.pop(1000), popped++) {
    const place = queue.due * count + next
    if (place <= last) early++
    last = place
  }
  expect([popped, early, queue.size]).toEqual([count, 0, 0])
})

test('a timer that is far off leaves no more entries than people, however many nearer ones fire', () => {
  const queue = new TimerQueue((one, other) => one < other)
  const people = 100
  let astray = 0
  for (let now = 0; now < 1000; now++)
    for (let number = 0; number < people; number++) {
      queue.arm(number, 1e6 + number)
      queue.arm(number, now)
      if (number % 2 === 0) queue.arm(people + number, 2e6)
      if (queue.pop(now) !== number) astray++
    }
  expect([astray, queue.size, queue.length <= 4 * people]).toEqual([0, people / 2, true])
  for (let number = 0; number < people; number++) queue.arm(number, 1e6 + number)
  const found: number[] = []
  for (let next = queue.pop(3e6); next >= 0; next = queue.pop(3e6)) found.push(next)
  const far = Array.from({ length: people }, (_, number) => number)
  expect(found).toEqual([
    ...far,
    ...far.filter((number) => number % 2 === 0).map((number) => people + number),
  ])
})
