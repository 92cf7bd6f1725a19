/** Facts at the gate and in a task: what is read as of when, who falls out, and that a task comes back from the topic as it was. */
import { describe, expect, test } from '@jest/globals'
import { ByteReader, ByteWriter } from '../../src/model/bytes.ts'
import type { SourceEvent } from '../../src/model/event.ts'
import { WORLD_SURPLUS_BYTES_MAX, WORLD_VALUES_MAX } from '../../src/model/limits.ts'
import { MINUTE_MS } from '../../src/model/time.ts'
import { measuredOf, type WorldKind } from '../../src/model/world.ts'
import { Appends } from '../../src/runtime/appends.ts'
import type { Fact } from '../../src/runtime/facts.ts'
import { createGateWorld } from '../../src/runtime/gate-world.ts'
import { createProfileWorld, medianOf, worldFactOf } from '../../src/runtime/profile-world.ts'

const ALL = new Set<WorldKind>(['place', 'product', 'weather'])
const NONE = new Set<WorldKind>()
let ids = 0

function factEvent(type: string, time: number, data: SourceEvent['data'], id = `f${++ids}`): SourceEvent {
  return { id, source: 'world', type, time, identifiers: [], context: undefined, data }
}

/** A gate, and the records of its topic in the order of their commits. */
function gateOf(entitiesMax?: number) {
  const appends = new Appends()
  const gate = createGateWorld({ topic: 'world', appends, ...(entitiesMax && { entitiesMax }) })
  return {
    gate,
    takes(event: SourceEvent, watermark = 0): Fact | undefined {
      const measured = measuredOf(event)
      return measured && gate.take(event, measured, watermark, true)
    },
    records() {
      const { buffer, count, keyStart, keyEnd, valueStart, valueEnd } = appends.take()
      return Array.from({ length: count }, (_, i) => ({
        key: buffer.toString('utf8', keyStart[i], keyEnd[i]),
        buffer,
        start: valueStart[i] as number,
        end: valueEnd[i] as number,
      }))
    },
  }
}

const price = (time: number, value: number, product = 'p', id?: string) =>
  factEvent('price.changed', time, { product_id: product, price: value }, id)
const wait = (time: number, place: string, minutes: number) =>
  factEvent('queue.measured', time, { place_id: place, wait_minutes: minutes })

describe('what is read', () => {
  test('is the newest value at or before the moment, whatever came first', () => {
    const gate = gateOf()
    const world = createProfileWorld({ named: ALL, watched: NONE }, () => false)
    for (const event of [
      price(30, 3),
      price(10, 1),
      price(20, 2),
      factEvent('weather.measured', 15, { temperature_c: 21 }),
    ])
      world.take(gate.takes(event) as Fact)
    const at = (time: number) => world.view(time).product('p')
    expect([at(9), at(10), at(29), at(30)].map((view) => view.price)).toEqual([undefined, 1, 2, 3])
    expect([at(10), at(29), at(30)].map((view) => view.price_before)).toEqual([undefined, 1, 2])
    expect([world.view(14).temperature_c, world.view(15).temperature_c]).toEqual([undefined, 21])
    expect(world.view(30).place('p')).toEqual({ wait_minutes: undefined })
  })

  test('of whoever waits for a handoff is what was known then, however much came since, also after a restart', () => {
    const gate = gateOf()
    const world = createProfileWorld({ named: ALL, watched: NONE }, () => false)
    world.take(gate.takes(price(1, 10)) as Fact)
    world.waiters(1)
    const then = world.taken()
    for (let time = 2; time < 2 + WORLD_VALUES_MAX; time++) world.take(gate.takes(price(time, 20)) as Fact)
    const priceIn = (one: typeof world, taken: number | undefined) => {
      one.readUpTo(taken)
      return one.view(1).product('p').price
    }
    expect([priceIn(world, then), priceIn(world, undefined)]).toEqual([10, undefined])
    const writer = new ByteWriter()
    world.encode(writer)
    const after = createProfileWorld({ named: ALL, watched: NONE }, () => false)
    after.opened()
    after.decode(new ByteReader(writer.copy()))
    for (const { key, buffer, start, end } of gate.records()) after.recall(key, buffer, start, end)
    after.recalled()
    expect([priceIn(after, then), priceIn(after, undefined)]).toEqual([10, undefined])
    for (const one of [world, after]) one.waiters(-1)
    expect([priceIn(world, then), priceIn(after, then)]).toEqual([undefined, undefined])
  })

  test('what is kept for who waits is bounded, and who waited before they were counted does no harm', () => {
    const gate = gateOf()
    const world = createProfileWorld({ named: ALL, watched: NONE }, () => false)
    world.waiters(1)
    const values = 2 * WORLD_VALUES_MAX + Math.ceil(WORLD_SURPLUS_BYTES_MAX / 64)
    for (let time = 1; time <= values; time++) world.take(gate.takes(price(time, time)) as Fact)
    const writer = new ByteWriter()
    world.encode(writer)
    expect(writer.length).toBeLessThan(WORLD_SURPLUS_BYTES_MAX + 1000)
    world.readUpTo(values - 1000)
    expect(world.view(values - 1000).product('p').price).toBe(values - 1000)
    world.waiters(-1)
    world.waiters(-1)
    const before = new ByteWriter()
    world.encode(before)
    const after = createProfileWorld({ named: ALL, watched: NONE }, () => false)
    after.opened()
    after.decode(new ByteReader(before.copy()))
    expect(after.taken()).toBe(values)
    after.waiters(1)
    const again = new ByteWriter()
    after.encode(again)
    expect(again.length).toBe(before.length)
  })

  test('the median is of places measured in the last half hour', () => {
    const gate = gateOf()
    const world = createProfileWorld({ named: ALL, watched: NONE }, () => false)
    for (const event of [wait(0, 'a', 40), wait(1, 'b', 10), wait(2, 'c', 20), wait(29 * MINUTE_MS, 'c', 30)])
      world.take(gate.takes(event) as Fact)
    expect(world.view(2).median_wait_minutes).toBe(20)
    expect(world.view(30 * MINUTE_MS).median_wait_minutes).toBe(20)
    expect(world.view(30 * MINUTE_MS + 1).median_wait_minutes).toBe(30)
    expect(world.view(60 * MINUTE_MS).median_wait_minutes).toBeUndefined()
    expect(medianOf([])).toBeUndefined()
  })

  test('of two of one moment one counts, whichever came first; a repeat is none', () => {
    const values = [
      [price(10, 1, 'p', 'x'), price(10, 2, 'p', 'y')],
      [price(10, 2, 'p', 'y'), price(10, 1, 'p', 'x')],
    ].map((events) => {
      const gate = gateOf()
      const world = createProfileWorld({ named: ALL, watched: NONE }, () => false)
      for (const event of events) world.take(gate.takes(event) as Fact)
      expect(gate.takes(events.find(({ id }) => id === 'y') as SourceEvent)).toBeUndefined()
      return world.view(10).product('p').price
    })
    expect(values).toEqual([2, 2])
  })
})

describe('a timer of somebody who waited knows what it would have known when it was due', () => {
  const seen = (world: ReturnType<typeof createProfileWorld>, due: number) =>
    world.view(due, due).product('p').price
  const plan = { named: ALL, watched: NONE }

  test.each<
    [string, readonly [time: number, value: number, watermark: number][], readonly [number, number][]]
  >([
    [
      'on time',
      [
        [10, 1, 0],
        [20, 2, 15],
      ],
      [
        [19, 1],
        [20, 2],
      ],
    ],
    [
      'late, and the newest',
      [
        [10, 1, 0],
        [20, 2, 25],
      ],
      [
        [24, 1],
        [25, 1],
        [26, 2],
      ],
    ],
    [
      'late, and older than another',
      [
        [10, 1, 0],
        [30, 3, 20],
        [15, 2, 25],
      ],
      [
        [24, 1],
        [25, 1],
        [26, 2],
        [30, 3],
      ],
    ],
    [
      'at the very watermark',
      [
        [10, 1, 0],
        [20, 2, 20],
      ],
      [
        [20, 1],
        [21, 2],
      ],
    ],
  ])('a fact that comes %s', (_name, came, expected) => {
    const gate = gateOf()
    const world = createProfileWorld(plan, () => false)
    for (const [time, value, watermark] of came) world.take(gate.takes(price(time, value), watermark) as Fact)
    const again = createProfileWorld(plan, () => false)
    const to = new ByteWriter()
    world.encode(to)
    again.opened()
    again.decode(new ByteReader(to.copy()))
    for (const { key, buffer, start, end } of gate.records()) again.recall(key, buffer, start, end)
    again.recalled()
    for (const one of [world, again]) {
      one.readUpTo(came.length)
      expect(expected.map(([due]) => [due, seen(one, due)])).toEqual(expected)
    }
  })
})

test('the thing measured longest ago falls out, at the gate, in the topic and in the tasks', () => {
  const gate = gateOf(2)
  const world = createProfileWorld({ named: ALL, watched: NONE }, () => false)
  const facts = [price(1, 1, 'a'), price(2, 2, 'b'), price(3, 3, 'a'), price(4, 4, 'c')].map(
    (e) => gate.takes(e) as Fact,
  )
  expect(facts.map(({ fellOut }) => fellOut)).toEqual([[], [], [], ['product:b']])
  for (const fact of facts) world.take(fact)
  expect(world.view(9).product('b').price).toBeUndefined()
  expect(world.view(9).product('a').price).toBe(3)
  expect(
    gate
      .records()
      .filter(({ end }) => end < 0)
      .map(({ key }) => key),
  ).toEqual(['price:b'])
})

describe('a task that is opened again', () => {
  const watched = (entity: string) => entity === 'product:w'
  const plan = { named: NONE, watched: new Set<WorldKind>(['product']) }

  /** The task as of each fact of a story, opened again from everything that the topic has at the end of it. */
  test('knows and tells what it would have, however far the gate is ahead', () => {
    const gate = gateOf()
    const events = [
      price(10, 1, 'w'),
      price(20, 2, 'x'),
      price(5, 9, 'w'),
      price(30, 3, 'w'),
      price(40, 4, 'w'),
    ]
    const facts = events.map((event, i) => gate.takes(event, i === 4 ? 50 : 0) as Fact)
    const records = gate.records()
    for (let taken = 1; taken <= facts.length; taken++)
      for (let told = 0; told <= 2; told++) {
        const before = createProfileWorld(plan, watched)
        for (const fact of facts.slice(0, taken)) before.take(fact)
        for (let i = 0; i < Math.min(told, taken); i++) before.done()
        const writer = new ByteWriter()
        before.encode(writer)
        const after = createProfileWorld(plan, watched)
        after.opened()
        after.decode(new ByteReader(writer.copy()))
        for (const { key, buffer, start, end } of records) after.recall(key, buffer, start, end)
        after.recalled()
        const seen = (world: typeof before) => ({
          waits: world.dueUpTo(100).map((one) => [one.measure.wakesAt, worldFactOf(world.factOf(one))]),
          prices: [4, 5, 10, 30, 40].map((at) => world.view(at).product('w').price),
          other: world.view(100).product('x').price,
        })
        expect(seen(after)).toEqual(seen(before))
      }
  })

  test('begins behind the person whom it told last', () => {
    const gate = gateOf()
    const world = createProfileWorld(plan, watched)
    world.take(gate.takes(price(10, 1, 'w')) as Fact)
    expect(world.reachedPerson()).toBe('')
    world.reach('person-5')
    const writer = new ByteWriter()
    world.encode(writer)
    const after = createProfileWorld(plan, watched)
    after.decode(new ByteReader(writer.copy()))
    for (const { key, buffer, start, end } of gate.records()) after.recall(key, buffer, start, end)
    after.recalled()
    expect([after.due(), after.reachedPerson()]).toEqual([10, 'person-5'])
  })

  test('keeps no thing that nobody watches, once nothing of it waits', () => {
    const gate = gateOf()
    const world = createProfileWorld(plan, watched)
    world.take(gate.takes(price(10, 1, 'x')) as Fact)
    expect(world.view(10).product('x').price).toBe(1)
    world.done()
    expect(world.view(10).product('x').price).toBeUndefined()
  })
})
