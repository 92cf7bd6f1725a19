import { expect, test } from '@jest/globals'
import { describe } from '../../../src/operators/geofence/describe.ts'
import { geofence } from '../../../src/operators/geofence/operator.ts'
import { event, given, iso, time } from '../../support/given.ts'

const at = (when: string, lat: number) => event(`${when} location.updated`, { lat, lon: 0 })

test('where somebody is, and what does not count yet', () => {
  const chain = given(geofence, { places: [{ id: 'mill', lat: 0, lon: 0, radius_m: 100 }] }).when(
    at('10:00', 0),
  )
  expect(describe(chain.now(), time('10:00'))).toEqual(['1 position not counted yet'])
  chain.timePasses('10:01')
  expect(describe(chain.now(), time('10:01'))).toEqual([`in mill since ${iso('10:00')}`])
  expect(describe(chain.now(), time('09:00'))).toEqual([])
  chain.when(at('10:05', 1)).timePasses('10:06')
  expect(describe(chain.now(), time('10:06'))).toEqual([`in none of the places at ${iso('10:05')}`])
})

test('with a place that moves: against which position it is measured', () => {
  const places = [{ id: 'guide', radius_m: 100, moves: true }]
  const chain = given(geofence, { places }, { world: true }).when(at('10:00', 0)).timePasses('10:01')
  expect(describe(chain.now(), time('10:01'))).toEqual([
    `in none of the places at ${iso('10:00')}`,
    `places that move are measured against where the person was at ${iso('10:00')}`,
  ])
})
