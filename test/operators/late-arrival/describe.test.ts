import { expect, test } from '@jest/globals'
import { describe } from '../../../src/operators/late-arrival/describe.ts'
import { lateArrival } from '../../../src/operators/late-arrival/operator.ts'
import { event, given, iso, time } from '../../support/given.ts'

const trip = (text: string, data: object = {}) => event(text, { trip_id: 't1', ...data })

test('trips, from what is planned to what is over', () => {
  const chain = given(lateArrival, { lateBy: '10m', confirm: 1 })
  const told = (at: string) => describe(chain.now(), time(at))
  chain.when(trip('09:00 trip.started', { scheduled_arrival_at: iso('10:00') }))
  expect(told('09:00')).toEqual([`trip t1 is due at ${iso('10:00')}; nothing was heard of it yet`])
  expect(told('08:59')).toEqual([])
  chain.when(trip('09:10 trip.eta_updated', { eta_at: iso('10:05') }))
  expect(told('09:10')[0]).toContain(`heard of last at ${iso('09:10')}; on time as far as is known`)
  chain.when(trip('09:20 trip.eta_updated', { eta_at: iso('10:25') }))
  expect(told('09:20')[0]).toContain('told 25 minutes late')
  chain.when(trip('10:30 trip.stopped'))
  expect(told('10:30')).toEqual([`trip t1 is over since ${iso('10:30')}`])
})
