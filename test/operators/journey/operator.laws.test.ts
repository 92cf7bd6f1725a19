/** journey: what holds of any stream of events, against a model that sorts all of them and goes through them once. */
/* oxlint-disable unicorn/no-thenable -- the key is the contract's. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { StreamEvent } from '../../../src/model/event.ts'
import { MINUTE_MS } from '../../../src/model/time.ts'
import { journey } from '../../../src/operators/journey/operator.ts'
import { encoded, event, given, iso, time, wiringOf } from '../../support/given.ts'
import { arrivals, inAnyArrival } from '../../support/laws.ts'

const START = time('10:00')
const LATENESS = 10 * MINUTE_MS
const END = time('2d00:00')
const GATE = { id: 'identity', type: 'identity', emits: ['a.done', 'b.done', 'c.done'], fields: {} }
const WIRING = { operatorId: 'j', upstream: [GATE] }

const STEPS = [
  { id: 'ask', waitFor: { type: 'b.done', where: 'event.n > 1', within: '7m' }, then: 'fork', else: 'rest' },
  { id: 'rest', wait: { for: '3m' } },
  { id: 'fork', branch: [{ when: 'entered.n > 1', go: 'fire' }, { go: 'again' }] },
  { id: 'fire', trigger: true },
  { id: 'again', waitFor: { type: 'b.done' } },
]
const config = (reenter: string) => ({
  enter: { type: 'a.done' },
  key: 'event.k',
  reenter,
  exit: [{ type: 'c.done', where: 'event.k == key', outcome: 'gone' }],
  for: '25m',
  steps: STEPS,
})

type Stop = 'ask' | 'rest' | 'again'
interface Place {
  readonly enteredAt: number
  readonly n: number
  stop: Stop | undefined
  due: number | undefined
  done: string[]
}

/** `KEY TIME WHAT`, sorted: goes minute by minute through everything, and asks at each who is where. */
function model(all: readonly StreamEvent[], reenter: string): readonly string[] {
  const events = [...all].sort((a, b) => a.time - b.time || (a.type + a.id < b.type + b.id ? -1 : 1))
  const places = new Map<string, Place>()
  const out: string[] = []
  const say = (key: string, at: number, what: string): void => void out.push(`${key} ${iso(at)} ${what}`)
  const end = (key: string, place: Place, at: number, outcome: string): void => {
    say(key, at, `ended ${outcome} ${place.done.join(',')}`)
    place.stop = undefined
    place.due = undefined
  }
  const fork = (key: string, place: Place, at: number): void => {
    place.done.push('fork')
    if (place.n > 1) {
      say(key, at, 'fired')
      place.done.push('fire')
    }
    place.stop = 'again'
    place.due = undefined
  }
  for (let at = START; at <= END; at += MINUTE_MS) {
    for (const [key, place] of [...places].sort(([a], [b]) => (a < b ? -1 : 1))) {
      if (place.stop === undefined) continue
      if (at === place.enteredAt + 25 * MINUTE_MS) end(key, place, at, 'timeout')
      else if (at === place.due) {
        place.done.push(place.stop)
        if (place.stop === 'rest') fork(key, place, at)
        else {
          place.stop = 'rest'
          place.due = at + 3 * MINUTE_MS
        }
      }
    }
    for (const { time: when, type, data } of events) {
      if (when !== at) continue
      const n = Number(data['n'])
      const k = data['k'] as string
      for (const [key, place] of places) {
        if (place.stop === undefined) continue
        if (type === 'c.done' && k === key) end(key, place, at, 'gone')
        else if (type === 'b.done' && place.stop === 'ask' && n > 1) {
          place.done.push('ask')
          fork(key, place, at)
        } else if (type === 'b.done' && place.stop === 'again') {
          place.done.push('again')
          end(key, place, at, 'completed')
        }
      }
      if (type !== 'a.done') continue
      const before = places.get(k)
      if (
        before !== undefined &&
        (reenter === 'never' || (before.stop !== undefined && reenter !== 'always'))
      )
        continue
      if (before?.stop !== undefined) end(k, before, at, 'reentered')
      say(k, at, 'entered')
      places.set(k, { enteredAt: at, n, stop: 'ask', due: at + 7 * MINUTE_MS, done: [] })
    }
  }
  return out.sort()
}

type Chain = ReturnType<typeof given>
const said = (chain: Pick<Chain, 'emitted'>): readonly string[] =>
  chain
    .emitted()
    .map(({ type, time: at, data }) => {
      const what =
        type === 'journey.entered'
          ? 'entered'
          : type === 'trigger.fired'
            ? 'fired'
            : `ended ${String(data['outcome'])} ${(data['steps'] as readonly string[]).join(',')}`
      return `${String(data['instance'])} ${iso(at as number)} ${what}`
    })
    .sort()

const streams = (maxLength: number): fc.Arbitrary<readonly StreamEvent[]> =>
  fc
    .array(
      fc.record({
        minute: fc.integer({ min: 0, max: 60 }),
        type: fc.constantFrom('a.done', 'a.done', 'b.done', 'b.done', 'c.done'),
        k: fc.constantFrom('x', 'y'),
        n: fc.integer({ min: 1, max: 2 }),
      }),
      { minLength: 1, maxLength },
    )
    .map((list) =>
      list
        .map(({ minute, type, k, n }) => event(`${iso(START + minute * MINUTE_MS)} ${type}`, { k, n }))
        .sort((a, b) => a.time - b.time),
    )

describe.each(['never', 'always', 'after-exit'])('reenter: %s', (reenter) => {
  const fresh = () => given(journey, config(reenter), WIRING)

  test('any arrival within the lateness gives what the sorted events say', () => {
    // Exactly the lateness is on time, too; then something of that moment has been decided without it.
    const arrived = streams(24).chain((all) => fc.tuple(fc.constant(all), inAnyArrival(all, LATENESS - 1)))
    fc.assert(
      fc.property(arrived, ([all, order]) => {
        const chain = fresh()
        for (const { event: one, watermark } of arrivals(order, LATENESS)) chain.when(one).at(watermark)
        expect(said(chain.timePasses(END))).toEqual(model(all, reenter))
      }),
      { numRuns: 200 },
    )
  })

  test('a merge before anything was decided gives the journeys of both', () => {
    fc.assert(
      fc.property(streams(10), streams(10), (a, b) => {
        const chain = fresh()
          .when(...a)
          .merges(fresh().when(...b), '09:59')
        expect(said(chain.timePasses(END))).toEqual(model([...a, ...b], reenter))
      }),
    )
  })

  test('merging in any order ends equal, in state and in what comes of it', () => {
    const people = fc.tuple(streams(8), streams(8), streams(8), fc.integer({ min: 0, max: 70 }))
    fc.assert(
      fc.property(people, ([a, b, c, minute]) => {
        const at = START + minute * MINUTE_MS
        const person = (events: readonly StreamEvent[]) =>
          fresh()
            .when(...events)
            .timePasses(at)
        const ways = [
          person(a).merges(person(b), at).merges(person(c), at),
          person(a).merges(person(b).merges(person(c), at), at),
          person(c).merges(person(b), at).merges(person(a), at),
        ]
        const [first, ...others] = ways.map((chain) => {
          const bytes = encoded(journey.state, chain.now()).toString('hex')
          const before = chain.emitted().length
          return { bytes, rest: chain.timePasses(END).emitted().slice(before) }
        })
        for (const other of others) expect(other).toEqual(first)
      }),
    )
  })
})

test('late events, at any moment: each entry ends once, and nothing is said of a time before its entry', () => {
  const steps = fc.array(
    fc.record({
      forth: fc.integer({ min: 0, max: 4 }),
      back: fc.integer({ min: -8, max: 12 }),
      type: fc.constantFrom('a.done', 'b.done', 'c.done'),
    }),
    { minLength: 3, maxLength: 40 },
  )
  fc.assert(
    fc.property(steps, (list) => {
      const chain = given(journey, config('always'), WIRING)
      let watermark = START
      for (const { forth, back, type } of list) {
        watermark += forth * MINUTE_MS
        const at = iso(watermark - back * MINUTE_MS)
        chain.timePasses(watermark).when(event(`${at} ${type}`, { k: 'x', n: 2 }))
      }
      const emitted = chain.timePasses(END).emitted()
      let enteredAt: number | undefined
      for (const { type, time: at } of emitted) {
        if (type === 'journey.entered') {
          expect(enteredAt).toBeUndefined()
          enteredAt = at as number
        }
        expect(at).toBeGreaterThanOrEqual(enteredAt as number)
        if (type === 'journey.ended') enteredAt = undefined
      }
      expect(enteredAt).toBeUndefined()
    }),
  )
})

test('the model and the operator speak of one document', () => {
  expect(journey.check?.(journey.config.parse(config('never')), wiringOf('j', WIRING))).toEqual([])
})
