import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { lateArrival } from '../../../src/operators/late-arrival/operator.ts'
import { emission, event, given, iso, time } from '../../support/given.ts'
import { expectMergeInAnyOrder } from '../../support/laws.ts'

const started = (at: string, more = {}) =>
  event(`${at} trip.started`, { trip_id: 't1', scheduled_arrival_at: iso('10:00'), ...more })
const eta = (at: string, to: string, more = {}) =>
  event(`${at} trip.eta_updated`, { trip_id: 't1', eta_at: iso(to), ...more })
const arrived = (at: string) => event(`${at} trip.arrived`, { trip_id: 't1' })
const stopped = (at: string) => event(`${at} trip.stopped`, { trip_id: 't1' })
const fired = (at: string, lateMinutes: number, phase = 'en-route') =>
  emission(`${at} trigger.fired`, {
    trigger: 'late-arrival',
    instance: 't1',
    phase,
    late_minutes: lateMinutes,
  })
const retracted = (at: string) =>
  emission(`${at} trigger.retracted`, { trigger: 'late-arrival', instance: 't1', reason: 'on-time-again' })

describe('on the way', () => {
  test('two updates in a row that show it late', () => {
    given(lateArrival)
      .when(started('08:00'), eta('08:30', '10:12'))
      .thenNothing()
      .when(eta('08:40', '10:15'))
      .thenEmits(
        emission('08:40 trigger.fired', {
          trigger: 'late-arrival',
          instance: 't1',
          phase: 'en-route',
          late_minutes: 15,
          eta_at: iso('10:15'),
          scheduled_arrival_at: iso('10:00'),
        }),
      )
  })
  test('one late update is jitter', () => {
    given(lateArrival)
      .when(started('08:00'), eta('08:30', '10:20'), eta('08:40', '10:05'), eta('08:50', '10:20'))
      .thenNothing()
  })
  test('exactly lateBy counts, a millisecond less does not', () => {
    given(lateArrival)
      .when(started('08:00'), eta('08:30', '10:10'), eta('08:40', '10:10'))
      .thenEmits(fired('08:40', 10))
    given(lateArrival)
      .when(started('08:00'), eta('08:30', '10:09:59.999'), eta('08:40', '10:09:59.999'))
      .thenNothing()
  })
  test('an eta in trip.started is the first update (L1)', () => {
    given(lateArrival)
      .when(started('08:00', { eta_at: iso('10:30') }), eta('08:30', '10:31'))
      .thenEmits(fired('08:30', 31))
  })
  test('times as epoch milliseconds count alike', () => {
    given(lateArrival)
      .when(
        started('08:00', { scheduled_arrival_at: time('10:00') }),
        eta('08:30', '10:12', { eta_at: time('10:12') }),
        eta('08:40', '10:12'),
      )
      .thenEmits(fired('08:40', 12))
  })
  test('again only when it grew by a step since the last firing (L2)', () => {
    given(lateArrival)
      .when(
        started('08:00'),
        eta('08:10', '10:12'),
        eta('08:20', '10:12'),
        eta('08:30', '10:26'),
        eta('08:40', '10:27'),
        eta('08:50', '10:41'),
      )
      .thenEmits(fired('08:20', 12), fired('08:40', 27))
  })
  test('on time again, at clearBy exactly, once; then all starts anew', () => {
    given(lateArrival)
      .when(started('08:00'), eta('08:10', '10:12'), eta('08:20', '10:12'))
      .thenEmits(fired('08:20', 12))
      .when(eta('08:30', '10:06'))
      .thenNothing()
      .when(eta('08:40', '10:05'))
      .thenEmits(retracted('08:40'))
      .when(eta('08:50', '10:01'), eta('08:51', '10:13'))
      .thenNothing()
      .when(eta('08:52', '10:13'))
      .thenEmits(fired('08:52', 13))
  })
  test('an older update neither confirms nor clears; equal times count in arrival order (L5)', () => {
    given(lateArrival)
      .when(started('08:00'), eta('08:30', '10:12'), eta('08:25', '10:20'), eta('08:26', '10:00'))
      .thenNothing()
      .when(eta('08:30', '10:14'))
      .thenEmits(fired('08:30', 14))
  })
  test('the schedule moves with an update', () => {
    given(lateArrival)
      .when(
        started('08:00'),
        eta('08:30', '10:12'),
        eta('08:40', '10:12', { scheduled_arrival_at: iso('10:30') }),
        eta('08:50', '10:45'),
      )
      .thenNothing()
      .when(eta('08:55', '10:45'))
      .thenEmits(fired('08:55', 15))
  })
  test('an update without a known schedule is remembered and counts for nothing (L5)', () => {
    given(lateArrival)
      .when(eta('08:30', '10:20'), started('08:00'), eta('08:20', '10:20'), eta('08:40', '10:20'))
      .thenNothing()
      .when(eta('08:50', '10:20'))
      .thenEmits(fired('08:50', 20))
  })
  test('trips of one person are kept apart', () => {
    given(lateArrival)
      .when(
        started('08:00'),
        started('08:00', { trip_id: 't2' }),
        eta('08:30', '10:12'),
        eta('08:31', '10:12', { trip_id: 't2' }),
      )
      .thenNothing()
      .when(eta('08:40', '10:12', { trip_id: 't2' }))
      .thenEmits(emission('08:40 trigger.fired', { instance: 't2' }))
  })
  test('other settings', () => {
    given(lateArrival, { lateBy: '5m', confirm: 1, clearBy: '0m', step: '1m' })
      .when(
        started('08:00'),
        eta('08:30', '10:05'),
        eta('08:31', '10:06'),
        eta('08:32', '10:00:01'),
        eta('08:33', '10:00'),
      )
      .thenEmits(fired('08:30', 5), fired('08:31', 6), retracted('08:33'))
  })
})

describe('the end of a trip', () => {
  test('an arrival at schedule + lateBy fires with the arrival as eta (L3)', () => {
    given(lateArrival)
      .when(started('08:00'), arrived('10:10:59'))
      .thenEmits(
        emission('10:10:59 trigger.fired', { phase: 'arrived', late_minutes: 10, eta_at: iso('10:10:59') }),
      )
    given(lateArrival).when(started('08:00'), arrived('10:09:59.999')).thenNothing()
  })
  test('late on the way and at arrival, and then never again (L4)', () => {
    given(lateArrival)
      .when(started('08:00'), eta('08:10', '10:12'), eta('08:20', '10:12'))
      .thenEmits(fired('08:20', 12))
      .when(arrived('10:20'))
      .thenEmits(fired('10:20', 20, 'arrived'))
      .when(arrived('10:21'), eta('10:22', '11:00'), eta('10:23', '11:00'))
      .thenNothing()
  })
  test('in time after it was said to be late: no retraction (L4)', () => {
    given(lateArrival)
      .when(started('08:00'), eta('08:10', '10:12'), eta('08:20', '10:12'))
      .thenEmits(fired('08:20', 12))
      .when(arrived('10:00'))
      .thenNothing()
  })
  test('stopped in silence, also by a stop older than the newest update (L4)', () => {
    given(lateArrival)
      .when(
        started('08:00'),
        eta('08:10', '10:12'),
        stopped('08:05'),
        eta('08:20', '10:12'),
        eta('08:30', '10:30'),
        arrived('10:40'),
      )
      .thenNothing()
  })
  test('an arrival of a trip nobody knows says nothing, and closes it', () => {
    given(lateArrival)
      .when(arrived('10:40'), started('10:41', { eta_at: iso('11:00') }), eta('10:42', '11:00'))
      .thenNothing()
  })
  test('open and closed trips are bounded', () => {
    const many = (type: string) =>
      Array.from({ length: 250 }, (_, i) =>
        event(`${iso(time('08:00') + i)} ${type}`, { trip_id: `t${i}`, scheduled_arrival_at: iso('10:00') }),
      )
    const state = given(lateArrival)
      .when(...many('trip.started'))
      .now()
    expect(state.open).toHaveLength(200)
    expect(state.open.some((trip) => trip.id === 't49')).toBe(false)
    expect(
      given(lateArrival)
        .when(...many('trip.stopped'))
        .now()
        .closed.map((trip) => trip.id),
    ).not.toContain('t49')
  })
})

describe('two people who are one (L6)', () => {
  test.each([
    ['the elder', false],
    ['the other way', true],
  ])('confirmed across a merge: %s', (_name, swapped) => {
    const car = given(lateArrival).when(started('08:00'), eta('08:30', '10:12'))
    const phone = given(lateArrival).when(
      event('08:31 trip.started', { trip_id: 't9', scheduled_arrival_at: iso('12:00') }),
    )
    const both = swapped ? phone.merges(car, '08:32') : car.merges(phone, '08:32')
    both.thenNothing().when(eta('08:40', '10:12')).thenEmits(fired('08:40', 12))
  })
  test('the newest update wins, closed wins over open', () => {
    const old = () => given(lateArrival).when(started('08:00'), eta('08:10', '10:20'))
    const young = given(lateArrival).when(started('08:00'), eta('08:20', '10:00'))
    old().merges(young, '08:21').when(eta('08:30', '10:20')).thenNothing()
    old()
      .merges(given(lateArrival).when(stopped('08:05')), '08:21')
      .when(eta('08:30', '10:20'), arrived('11:00'))
      .thenNothing()
  })
  test('merging in any order ends equal', () => {
    const one = fc.record({
      at: fc.integer({ min: 0, max: 20 }),
      trip: fc.integer({ min: 0, max: 3 }),
      to: fc.integer({ min: 0, max: 40 }),
      type: fc.constantFrom('started', 'eta_updated', 'eta_updated', 'stopped'),
    })
    const events = fc.array(one, { maxLength: 8 }).map((list) =>
      list.map(({ at, trip, to, type }) =>
        event(`${iso(time('08:00') + at * 60_000)} trip.${type}`, {
          trip_id: `t${trip}`,
          eta_at: iso(time('10:00') + to * 60_000),
          ...(type === 'started' || to % 5 === 0
            ? { scheduled_arrival_at: iso(time('10:00') + (to % 3) * 60_000) }
            : {}),
        }),
      ),
    )
    fc.assert(
      fc.property(fc.tuple(events, events, events), (people) =>
        expectMergeInAnyOrder(lateArrival, {}, people, time('09:00')),
      ),
    )
  })
})

test('a config that would fire and retract in turns is a warning', () => {
  const check = (config: unknown) => lateArrival.check?.(lateArrival.config.parse(config), {} as never)
  expect(check({})).toEqual([])
  expect(check({ lateBy: '4m' })).toMatchObject([{ path: ['clearBy'], level: 'warning' }])
})
