/**
 * Given a state, when an event comes or time passes, then this: the form in which an operator's promise is tested.
 *
 *     given(cartAbandonment, { after: '60m' })
 *       .when(event('10:00 product.added', { product_id: 'p1' })).at('09:59:50')
 *       .timePasses('11:00')
 *       .thenEmits(emission('11:00 trigger.fired', { instance: 'default' }))
 *
 * 1. Timers fire as the runtime fires them: in due order, when the watermark reaches them, before the next event steps.
 * 2. Every state is deep-frozen, and must come back equal from its bytes; what goes on is the one that came back.
 * 3. Facts of the world wake the operator when the watermark reaches them, before timers of the same moment, if the person watches then.
 * 4. A `then` looks at what happened since the `then` before.
 */
import { isDeepStrictEqual } from 'node:util'
import { expect } from '@jest/globals'
import { ByteReader, ByteWriter } from '../../src/model/bytes.ts'
import type { Draft, Json, StreamEvent } from '../../src/model/event.ts'
import { idKeyOf } from '../../src/model/hash.ts'
import { type Known, NOTHING_KNOWN } from '../../src/model/known.ts'
import type { Operator, Step, StateShape, Wiring } from '../../src/model/operator.ts'
import {
  entityOf,
  kindOf,
  type Measured,
  measuredOf,
  NOTHING_MEASURED,
  typeOfField,
  type WorldField,
  type WorldView,
} from '../../src/model/world.ts'
import {
  BEGINNING,
  DAY_MS,
  formatTime,
  MINUTE_MS,
  parseRfc3339,
  SECOND_MS,
  type EpochMs,
} from '../../src/model/time.ts'

/** `10:00`, `10:00:05.120`, `1d09:30` (of 2026-05-04 and the days after it, UTC), RFC 3339, or milliseconds as they are. */
export function time(text: string | EpochMs): EpochMs {
  if (typeof text === 'number') return text
  const short = /^(?:(\d+)d)?(\d\d:\d\d)(:\d\d(?:\.\d+)?)?$/.exec(text)
  const at = parseRfc3339(short === null ? text : `2026-05-04T${short[2]}${short[3] ?? ':00'}Z`)
  if (at === undefined) throw new Error(`no time: ${text}`)
  return at + Number(short?.[1] ?? 0) * DAY_MS
}

/** The time as outputs show it. */
export const iso = (text: string | EpochMs): string => formatTime(time(text))

export const PERSON = 'person-1'
let events = 0

/** `fact('10:00 price.changed', { product_id: 'p1', price: 8 })` */
export interface Fact {
  readonly time: EpochMs
  readonly measured: Measured
}

export function fact(text: string, data: Json): Fact {
  const [at = '', type = ''] = text.split(' ')
  const measured = measuredOf({ type, data })
  if (measured === undefined) throw new Error(`no fact of the world: ${text}`)
  return { time: time(at), measured }
}

const keyOf = ({ measured }: Fact): string => `${measured.field}:${measured.id}`

/** `event('10:00 product.added', { product_id: 'p1' }, { channel: 'web' })`; `late` is set when it meets its watermark. */
export function event(text: string, data: Json = {}, rest: Partial<StreamEvent> = {}): StreamEvent {
  const [at = '', type = ''] = text.split(' ')
  const id = `e${++events}`
  return {
    id,
    source: 'web',
    type,
    time: time(at),
    person: PERSON,
    channel: undefined,
    context: undefined,
    data,
    late: false,
    attached: [],
    shared: false,
    cause: undefined,
    ...rest,
  }
}

/** An emission as a `then` expects it: without data any will do, with data those fields must be so. */
export interface Expected {
  readonly type: string
  readonly time: EpochMs
  readonly data: Json
}

/** `emission('11:00 trigger.fired', { instance: 'k1' })` */
export function emission(text: string, data: Json = {}): Expected {
  const [at = '', type = ''] = text.split(' ')
  return { type, time: time(at), data }
}

/** A wiring as good as any: id = type, UTC, 10 s of lateness and 10 min of grace. */
export const wiringOf = (operatorId: string, part: Partial<Wiring> = {}): Wiring => ({
  operatorId,
  topology: 'test',
  timezone: 'UTC',
  horizonMs: 10 * MINUTE_MS + 10 * SECOND_MS,
  graceMs: 10 * MINUTE_MS,
  upstream: [],
  sourceTypes: undefined,
  profile: { told: {}, untold: new Map() },
  world: false,
  key: idKeyOf('test'),
  ...part,
})

/** Freezes a value and all it holds; a Map or Set refuses changes from then on. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || Object.isFrozen(value))
    return value
  if (value instanceof Map || value instanceof Set) {
    const refuse = (): never => {
      throw new TypeError('a state was changed in place')
    }
    Object.assign(value, { set: refuse, add: refuse, delete: refuse, clear: refuse })
    for (const item of value.values()) deepFreeze(item)
  }
  for (const item of Object.values(value)) deepFreeze(item)
  return Object.freeze(value)
}

export function encoded<S>(shape: StateShape<S>, state: S): Buffer {
  const writer = new ByteWriter()
  shape.encode(state, writer)
  return writer.copy()
}

/** The state that comes back from the bytes of `state`, which must be equal to it, to the last byte. */
export function roundTrip<S>(shape: StateShape<S>, state: S): S {
  const bytes = encoded(shape, state)
  const reader = new ByteReader(bytes)
  const back = shape.decode(reader, shape.version)
  // The matcher costs a hundred times the comparison, and is here for its diff.
  if (!isDeepStrictEqual(back, state)) expect(back).toStrictEqual(state)
  if (!reader.done || !encoded(shape, back).equals(bytes))
    throw new Error('a state has not the same bytes when it comes back')
  return deepFreeze(back)
}

/** Of each thing the newest value up to a time. */
function worldOf(facts: readonly Fact[], at: EpochMs): WorldView {
  const newest = (field: WorldField, id: string): Fact | undefined =>
    facts
      .filter((one) => keyOf(one) === `${field}:${id}` && one.time <= at)
      .sort((a, b) => b.time - a.time)[0]
  return {
    ...NOTHING_MEASURED,
    place: (id) => ({ wait_minutes: newest('wait_minutes', id)?.measured.value }),
    position(id) {
      const fact = newest('position', id)
      return fact && { lat: fact.measured.value, lon: fact.measured.more as number, since: fact.time }
    },
  }
}

/** `config` is what a document would say; `wiring` what of {@link wiringOf} should differ; `person` whose state it is; `known` what conditions may read. */
export function given<C, S, R>(
  operator: Operator<C, S, R>,
  config: unknown = {},
  {
    person = PERSON,
    known: knownInstead,
    ...wiring
  }: Partial<Wiring> & { readonly person?: string; readonly known?: Known } = {},
) {
  const parsed = operator.config.parse(config)
  const ready = operator.prepare(parsed, wiringOf(operator.type, wiring))
  const emits = [...operator.emits, ...(operator.says?.(parsed).emits ?? [])]
  const timers = new Map<string, EpochMs>()
  const all: Draft[] = []
  const late: StreamEvent[] = []
  const waiting: StreamEvent[] = []
  const watched = new Set<string>()
  const facts: Fact[] = []
  const known = knownInstead ?? { ...NOTHING_KNOWN, world: (at) => worldOf(facts, at) }
  const pending: { readonly fact: Fact; readonly wakesAt: EpochMs }[] = []
  let seen = 0
  let seenLate = 0
  let watermark = BEGINNING
  let state = deepFreeze(operator.state.initial())

  function take(step: Step<S> | undefined, at: EpochMs): void {
    if (step === undefined) return
    state =
      step.state === undefined
        ? deepFreeze(operator.state.initial())
        : roundTrip(operator.state, deepFreeze(step.state))
    for (const draft of step.emit ?? []) {
      expect(emits).toContain(draft.type)
      all.push(deepFreeze({ type: draft.type, time: draft.time ?? at, data: draft.data }))
    }
    for (const { name, due } of step.timers ?? []) {
      if (due === undefined) timers.delete(name)
      else timers.set(name, due)
    }
    for (const { entity, on } of step.watch ?? []) {
      if (watched.has(entity) === on) throw new Error(`${entity} is said to be watched as it is already`)
      if (on) watched.add(entity)
      else watched.delete(entity)
    }
  }

  function wake({ fact: one, wakesAt }: (typeof pending)[number]): void {
    const { time: at, measured } = one
    const { field, id, more } = measured
    const entity = entityOf(kindOf(field), id)
    if (!watched.has(entity)) return
    const [last] = facts
      .filter((other) => keyOf(other) === keyOf(one) && other.time < at)
      .sort((a, b) => b.time - a.time)
    const before = last?.measured.value ?? (field === 'price' ? more : undefined)
    const prices = facts
      .filter((other) => other.measured.id === id && other.measured.field === 'price' && other.time <= at)
      .sort((a, b) => b.time - a.time)
      .map((other) => other.measured.value)
    const told = deepFreeze({
      ...measured,
      type: typeOfField(field),
      entity,
      time: at,
      before,
      price: field === 'price' ? measured.value : prices[0],
      price_before: field === 'price' ? before : prices[1],
    })
    take(operator.onWorld?.(state, told, { at, watermark: wakesAt, person, known }, ready), at)
  }

  function fireDue(): void {
    for (let left = 100_000; left > 0; left--) {
      const [next] = pending.sort((a, b) => a.wakesAt - b.wakesAt)
      const [first] = [...timers]
        .filter(([, due]) => due <= watermark)
        .sort((a, b) => a[1] - b[1] || (a[0] < b[0] ? -1 : 1))
      if (next !== undefined && next.wakesAt <= watermark && next.wakesAt <= (first?.[1] ?? watermark)) {
        pending.shift()
        wake(next)
        continue
      }
      if (first === undefined) return
      const [name, at] = first
      timers.delete(name)
      take(operator.onTimer?.(state, name, { at, watermark: at, person, known }, ready), at)
    }
    throw new Error('timers fire without end')
  }

  function stepWaiting(): void {
    for (const one of waiting.splice(0)) {
      const taken = [operator.accepts, operator.hears ?? []].some(
        (types) => types === '*' || types.includes(one.type),
      )
      if (!taken) throw new Error(`${operator.type} takes no ${one.type}`)
      const met = deepFreeze({ ...one, person, late: one.time < watermark })
      const step = operator.onEvent(state, met, { at: one.time, watermark, person, known }, ready)
      if (step?.late === true) late.push(met)
      take(step, one.time)
      fireDue()
    }
  }

  const chain = {
    state(value: S) {
      state = deepFreeze(value)
      return chain
    },
    /** Events in arrival order; they meet the watermark as it stands, or as the `at` behind says. */
    when(...more: readonly StreamEvent[]) {
      stepWaiting()
      waiting.push(...more)
      return chain
    },
    /** Facts in arrival order, behind the events so far; one that is late wakes at once, if it is the newest of its kind. */
    factIs(...more: readonly Fact[]) {
      stepWaiting()
      for (const one of more) {
        const newest = facts.every((other) => keyOf(other) !== keyOf(one) || other.time < one.time)
        facts.push(one)
        if (one.time >= watermark || newest)
          pending.push({ fact: one, wakesAt: Math.max(one.time, watermark) })
        fireDue()
      }
      return chain
    },
    /** The watermark moves before the events of the `when` in front of it step. */
    at(to: string | EpochMs) {
      watermark = Math.max(watermark, time(to))
      fireDue()
      stepWaiting()
      return chain
    },
    /** Emissions of others that it only listens to. */
    overhears(...emissions: readonly StreamEvent[]) {
      stepWaiting()
      for (const one of emissions) {
        const next = operator.onOverheard?.(state, deepFreeze(one), ready)
        if (next !== undefined) state = roundTrip(operator.state, deepFreeze(next))
      }
      return chain
    },
    timePasses(to: string | EpochMs) {
      stepWaiting()
      watermark = Math.max(watermark, time(to))
      fireDue()
      return chain
    },
    /** Another person's state of the same operator comes in; the timers of both go, those of the step come. */
    merges(absorbed: { readonly now: () => S }, at: string | EpochMs) {
      stepWaiting()
      const step = operator.merge(state, absorbed.now(), { at: time(at), watermark, person, known }, ready)
      timers.clear()
      watched.clear()
      take(step, time(at))
      fireDue()
      return chain
    },
    /** The person is erased: what the operator says of it then; its state and timers go. */
    erased(at: string | EpochMs) {
      stepWaiting()
      for (const draft of operator.erased?.(state, { at: time(at), watermark, person, known }, ready) ?? []) {
        expect(operator.emits).toContain(draft.type)
        all.push(deepFreeze({ type: draft.type, time: draft.time ?? time(at), data: draft.data }))
      }
      state = operator.state.initial()
      timers.clear()
      return chain
    },
    thenEmits(...expected: readonly Expected[]) {
      stepWaiting()
      const got = all.slice(seen)
      seen = all.length
      expect(got.map((draft) => `${iso(draft.time ?? 0)} ${draft.type}`)).toEqual(
        expected.map((one) => `${iso(one.time)} ${one.type}`),
      )
      for (const [i, one] of expected.entries()) expect(got[i]?.data).toMatchObject(one.data)
      return chain
    },
    /** No emission, and nothing late. */
    thenNothing() {
      chain.thenEmits()
      expect(late.slice(seenLate)).toEqual([])
      return chain
    },
    /** The newest events were too late for the operator, by its own word. */
    thenLate(count = 1) {
      stepWaiting()
      expect(late.length - seenLate).toBe(count)
      seenLate = late.length
      return chain
    },
    /** A timer is set to `due`; `undefined`: there is none of that name. */
    thenTimer(name: string, due: string | EpochMs | undefined) {
      stepWaiting()
      expect(timers.get(name)).toBe(due === undefined ? undefined : time(due))
      return chain
    },
    /** What the person watches, sorted. */
    thenWatches(...entities: readonly string[]) {
      stepWaiting()
      expect([...watched].sort()).toEqual(entities)
      return chain
    },
    /** The state as it is now, everything emitted so far, and the events refused as late. */
    now(): S {
      stepWaiting()
      return state
    },
    emitted(): readonly Draft[] {
      stepWaiting()
      return all
    },
    late: (): readonly StreamEvent[] => late,
  }
  return chain
}
