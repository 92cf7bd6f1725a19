/** One event or timer of one person, through all operators that it concerns: in an order, with ids, that are the same on every run. */
import { describe, expect, test } from '@jest/globals'
import type { StreamEvent } from '../../src/model/event.ts'
import type { Moment } from '../../src/model/operator.ts'
import { IDENTITY_ATTACHED } from '../../src/runtime/step.ts'
import { journal, planOf, slot } from './journal.ts'
import { operator, sourceEvent, stepBench, wireEvent } from './step-bench.ts'

const note = (id: string, at: number, set: Record<string, number | null> = {}) =>
  sourceEvent(id, at, { data: { set } })
const linesOf = (out: readonly { readonly data: Readonly<Record<string, unknown>> }[]) =>
  out.map(({ data }) => data['lines'])

describe('the order of a step', () => {
  /** Emits what is told for each type, and writes down what came. */
  const scribe = (seen: string[], name: string, emits: Readonly<Record<string, readonly string[]>>) =>
    operator({
      accepts: ['note.taken', ...Object.values(emits).flat(), 'x', 'y'],
      onEvent(count: number, event: StreamEvent) {
        seen.push(`${name}:${event.type}`)
        return { state: count + 1, emit: (emits[event.type] ?? []).map((type) => ({ type, data: {} })) }
      },
    })

  test('a source event reaches everybody before anything made of it does; that goes down in the order it was made', () => {
    const seen: string[] = []
    const slots = [
      slot(0, 'a', scribe(seen, 'a', { 'note.taken': ['x', 'y'] }), [1, 2]),
      slot(1, 'b', scribe(seen, 'b', { x: ['y'] }), [2]),
      slot(2, 'c', scribe(seen, 'c', {})),
    ]
    const bench = stepBench(planOf({ slots }))
    const person = bench.person()
    bench.stepper.event(person, wireEvent('p', note('e', 1)))
    expect(seen).toEqual(['a:note.taken', 'b:note.taken', 'c:note.taken', 'b:x', 'c:x', 'b:y', 'c:y', 'c:y'])
  })

  test('ids tell operators, ordinals, people and causes apart, and are the same on every run', () => {
    const twice = operator({
      accepts: ['note.taken'],
      onEvent: (n: number) => ({
        state: n,
        emit: [
          { type: 'x', data: {} },
          { type: 'x', data: {} },
        ],
      }),
    })
    const run = (id: string, event: string) => {
      const bench = stepBench(planOf({ slots: [slot(0, 'a', twice), slot(1, 'b', twice)] }))
      bench.stepper.event(bench.person(id), wireEvent(id, note(event, 1)))
      return bench.out().map((one) => one.id)
    }
    const all = [...run('p', 'e'), ...run('q', 'e'), ...run('p', 'f')]
    expect(new Set(all).size).toBe(12)
    expect(run('p', 'e')).toEqual(all.slice(0, 4))
  })

  test('a timer that is set for a time that is over has ids of its own, though one of its name fired for that time before', () => {
    const bench = stepBench(planOf({ slots: [slot(0, 'j', journal)] }))
    const person = bench.person()
    for (const id of ['e', 'f'])
      bench.stepper.event(person, wireEvent('p', note(id, 1, { ring: 2 }), { watermark: 5 }))
    const rang = bench.out().filter(({ type }) => type === 'rang')
    expect(linesOf(rang)).toEqual([
      ['e@5', 'ring!2'],
      ['e@5', 'ring!2', 'f@5', 'ring!2'],
    ])
    expect(new Set(rang.map(({ id }) => id)).size).toBe(2)
  })

  test('an emission carries channel and context of the event at the root of it, and none behind a timer', () => {
    const met: unknown[] = []
    const listener = operator({
      accepts: ['noted', 'rang'],
      onEvent(n: number, { channel, context, cause }: StreamEvent) {
        met.push({ channel, context, cause })
        return { state: n }
      },
    })
    const bench = stepBench(planOf({ slots: [slot(0, 'j', journal, [1]), slot(1, 'l', listener)] }))
    const context = { channel: 'web', page: 1 }
    const event = sourceEvent('e', 1, { context, data: { set: { ring: 1 } } })
    bench.stepper.event(bench.person(), wireEvent('p', event))
    expect(met).toEqual([
      { channel: 'web', context, cause: { source: 'web', id: 'e' } },
      { channel: undefined, context: undefined, cause: { timer: 'ring', due: 1 } },
    ])
  })
})

describe('repeats', () => {
  test('have no effect, and are counted', () => {
    const bench = stepBench(planOf())
    const person = bench.person()
    for (const id of ['e', 'e', 'f']) bench.stepper.event(person, wireEvent('p', note(id, 1)))
    expect(linesOf(bench.out())).toEqual([['e@1'], ['e@1', 'f@1']])
    expect(bench.counts).toMatchObject({ processed: 2, duplicates: 1 })
  })

  test('step where the source says that there are none', () => {
    const bench = stepBench(planOf())
    const person = bench.person()
    for (let i = 0; i < 2; i++) bench.stepper.event(person, wireEvent('p', note('e', 1), { dedupe: false }))
    expect(bench.counts).toMatchObject({ processed: 2, duplicates: 0 })
    expect(person.seen.keys).toEqual([])
  })

  test('still hand on what the gate attached, to those who hear it, and to nobody else', () => {
    const heard: StreamEvent[] = []
    const ear = operator({
      accepts: [],
      hears: [IDENTITY_ATTACHED],
      onEvent(n: number, event: StreamEvent) {
        heard.push(event)
        return { state: n + 1 }
      },
    })
    const bench = stepBench(planOf({ slots: [slot(0, 'j', journal), slot(1, 'ear', ear)] }))
    const person = bench.person()
    const attached = [{ type: 'email', value: 'a@b.c' }]
    bench.stepper.event(person, wireEvent('p', note('e', 1)))
    bench.stepper.event(person, wireEvent('p', note('e', 1), { attached }))
    expect(heard.map(({ type, attached: to }) => [type, to])).toEqual([[IDENTITY_ATTACHED, attached]])
    expect(linesOf(bench.out())).toEqual([['e@1']])
  })
})

describe('timers', () => {
  test('are set, moved, taken away, and gone when they fire', () => {
    const bench = stepBench(planOf())
    const person = bench.person()
    const timers = () => person.timers.map(({ name, due }) => `${name} ${due}`).sort()
    bench.stepper.event(person, wireEvent('p', note('e', 1, { a: 5, b: 6, c: 7 })))
    expect([timers(), bench.timers.earliest()]).toEqual([['a 5', 'b 6', 'c 7'], 5])
    bench.stepper.event(person, wireEvent('p', note('f', 2, { a: 8, b: null })))
    expect(timers()).toEqual(['a 8', 'c 7'])
    bench.stepper.timersOf(person, 7)
    expect([timers(), bench.counts.timersFired]).toEqual([['a 8'], 1])
  })

  test('that are due at or below the watermark fire at once, behind the step', () => {
    const bench = stepBench(planOf({ slots: [slot(0, 'j', journal)] }))
    bench.stepper.event(bench.person(), wireEvent('p', note('e', 5, { at: 5, before: 3, after: 6 })))
    expect(linesOf(bench.out()).at(-1)).toEqual(['e@5', 'before!3', 'at!5'])
  })

  test('fire by due time, then by operator, then by name', () => {
    const bench = stepBench(planOf({ slots: [slot(0, 'j', journal), slot(1, 'k', journal)] }))
    const person = bench.person()
    bench.stepper.event(person, wireEvent('p', note('e', 1, { b: 5, a: 5, z: 4 })))
    bench.out()
    bench.stepper.timersOf(person, 9)
    const fired = bench
      .out()
      .map(
        ({ data, ...one }) =>
          `${(one as unknown as StreamEvent).source} ${(data['lines'] as string[]).at(-1)}`,
      )
    expect(fired).toEqual(['j z!4', 'k z!4', 'j a!5', 'j b!5', 'k a!5', 'k b!5'])
  })

  test('meet their own due time as moment, wherever the watermark has got to', () => {
    const moments: Moment[] = []
    const waker = operator({
      accepts: ['note.taken'],
      onEvent: (n: number) => ({ state: n, timers: [{ name: 't', due: 10 }] }),
      onTimer(n: number, _name: string, moment: Moment) {
        moments.push(moment)
        return { state: n }
      },
    })
    const bench = stepBench(planOf({ slots: [slot(0, 'w', waker)] }))
    const person = bench.person()
    bench.stepper.event(person, wireEvent('p', note('e', 1)))
    bench.stepper.timersOf(person, 99)
    expect(moments).toMatchObject([{ at: 10, watermark: 10, person: 'p' }])
  })
})

describe('an operator that calls an event late', () => {
  test('has it written out whole under its own id', () => {
    const bench = stepBench(planOf({ slots: [slot(0, 'j', journal)] }))
    const identifiers = [{ type: 'email', value: 'A@b.c' }]
    const event = sourceEvent('e', 5, { identifiers, context: { channel: 'web' }, data: { late: true } })
    bench.stepper.event(bench.person(), wireEvent('p', event, { watermark: 9 }))
    expect(bench.out()).toEqual([
      {
        topic: 'late',
        event: {
          id: 'e',
          source: 'web',
          type: 'note.taken',
          time: '1970-01-01T00:00:00.005Z',
          identifiers,
          context: { channel: 'web' },
          data: { late: true },
        },
        late_by_ms: 4,
        watermark: '1970-01-01T00:00:00.009Z',
        operator: 'j',
      },
    ])
    expect(bench.counts.operatorLate).toBe(1)
  })

  test('says how much of a state fell out, and that is counted', () => {
    const bounded = operator({
      accepts: ['note.taken'],
      onEvent: (n: number) => ({ state: n + 1, fellOut: n }),
    })
    const bench = stepBench(planOf({ slots: [slot(0, 'b', bounded)] }))
    const person = bench.person()
    for (const id of ['e', 'f', 'g']) bench.stepper.event(person, wireEvent('p', note(id, 1)))
    expect(bench.counts.fellOut).toBe(3)
  })

  test('cannot say so of a timer', () => {
    const confused = operator({
      accepts: ['note.taken'],
      onEvent: (n: number) => ({ state: n, timers: [{ name: 't', due: 1 }] }),
      onTimer: (n: number) => ({ state: n, late: true }),
    })
    const bench = stepBench(planOf({ slots: [slot(0, 'c', confused)] }))
    expect(() => bench.stepper.event(bench.person(), wireEvent('p', note('e', 1)))).toThrow(
      '"c" calls something late',
    )
  })
})

test('a person that an operator forgot begins anew', () => {
  const bench = stepBench(planOf({ slots: [slot(0, 'j', journal)] }))
  const person = bench.person()
  bench.stepper.event(person, wireEvent('p', note('e', 1)))
  bench.stepper.event(person, wireEvent('p', sourceEvent('f', 2, { data: { forget: true } })))
  expect(person.states).toEqual([undefined])
  bench.stepper.event(person, wireEvent('p', note('g', 3)))
  expect(linesOf(bench.out()).at(-1)).toEqual(['g@3'])
})

test("a merge leaves alone what the absorbed person had nothing of, and brings its timers by the operator's word", () => {
  const bench = stepBench(planOf({ slots: [slot(0, 'j', journal), slot(1, 'k', journal)] }))
  const [kept, absorbed] = [bench.person('p'), bench.person('q')]
  bench.stepper.event(kept, wireEvent('p', note('e', 1, { mine: 50 })))
  bench.stepper.event(absorbed, wireEvent('q', note('f', 1, { theirs: 40 })))
  absorbed.states[1] = undefined
  bench.stepper.merge(kept, absorbed, {
    kept: 'p',
    absorbed: 'q',
    watermark: 2,
    at: 2,
    cause: { source: 'web', id: 'm' },
  })
  const timers = kept.timers.map((timer) => `${timer.slot} ${timer.name} ${timer.due}`).sort()
  expect(timers).toEqual(['0 mine 50', '0 theirs 40', '1 mine 50'])
  expect(kept.states[1]).toMatchObject({ lines: ['e@1'] })
  bench.stepper.event(kept, wireEvent('p', note('f', 3)))
  expect(bench.counts.duplicates).toBe(1)
})
