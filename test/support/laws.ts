/**
 * Laws that operators keep, checked over made-up arrivals: the order of arrival within the lateness changes no emission, and
 * merging in any order ends equal.
 */
import { expect } from '@jest/globals'
import fc from 'fast-check'
import type { StreamEvent } from '../../src/model/event.ts'
import type { Operator } from '../../src/model/operator.ts'
import { BEGINNING, type DurationMs, type EpochMs } from '../../src/model/time.ts'
import { encoded, given } from './given.ts'

/** Every event and the watermark it meets: the newest event time in front of it, less the lateness. */
export function arrivals(
  events: readonly StreamEvent[],
  latenessMs: DurationMs,
): readonly { readonly event: StreamEvent; readonly watermark: EpochMs }[] {
  let newest = BEGINNING
  return events.map((event) => {
    newest = Math.max(newest, event.time)
    return { event, watermark: newest === BEGINNING ? BEGINNING : newest - latenessMs }
  })
}

/** Orders of arrival in which no event is older than the watermark it meets. */
export function inAnyArrival(
  events: readonly StreamEvent[],
  latenessMs: DurationMs,
): fc.Arbitrary<readonly StreamEvent[]> {
  return fc
    .array(fc.integer({ min: 0, max: latenessMs }), { minLength: events.length, maxLength: events.length })
    .map((delays) => {
      const late = events.map((event, i) => ({ event, arrives: event.time + (delays[i] as number) }))
      return late.sort((a, b) => a.arrives - b.arrives).map(({ event }) => event)
    })
}

/** All that is emitted when the events arrive so and time passes to the end, as sorted text. */
export function emissionsOf<C, S, R>(
  operator: Operator<C, S, R>,
  config: unknown,
  events: readonly StreamEvent[],
  latenessMs: DurationMs,
  until: EpochMs,
): readonly string[] {
  const chain = given(operator, config)
  for (const { event, watermark } of arrivals(events, latenessMs)) chain.when(event).at(watermark)
  return chain
    .timePasses(until)
    .emitted()
    .map((draft) => JSON.stringify(draft))
    .sort()
}

/** (a + b) + c, a + (b + c) and c + (b + a) have the same bytes and the same timers. */
export function expectMergeInAnyOrder<C, S, R>(
  operator: Operator<C, S, R>,
  config: unknown,
  people: readonly (readonly StreamEvent[])[],
  watermark: EpochMs,
): void {
  const person = (i: number) =>
    given(operator, config)
      .timePasses(watermark)
      .when(...(people[i] ?? []))
  const left = person(0).merges(person(1), watermark).merges(person(2), watermark)
  const right = person(0).merges(person(1).merges(person(2), watermark), watermark)
  const swapped = person(2).merges(person(1), watermark).merges(person(0), watermark)
  const bytes = encoded(operator.state, left.now()).toString('hex')
  expect(encoded(operator.state, right.now()).toString('hex')).toBe(bytes)
  expect(encoded(operator.state, swapped.now()).toString('hex')).toBe(bytes)
  const end = watermark + 1e9
  const rest = (chain: typeof left) => {
    const before = chain.emitted().length
    return chain.timePasses(end).emitted().slice(before)
  }
  const emitted = rest(left)
  expect(rest(right)).toEqual(emitted)
  expect(rest(swapped)).toEqual(emitted)
}
