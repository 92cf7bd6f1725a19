/** Metres on the globe, against distances that are known. */
import { expect, test } from '@jest/globals'
import { distanceM, METRES_PER_DEGREE } from '../../../src/operators/geofence/distance.ts'

const at = (lat: number, lon: number) => ({ lat, lon })

test.each([
  ['a point and itself', at(55.6736, 12.5681), at(55.6736, 12.5681), 0],
  ['a degree of latitude', at(0, 0), at(1, 0), 111_195.08],
  ['a degree of longitude at the equator', at(0, 0), at(0, 1), 111_195.08],
  ['a degree of longitude at 60 north: half of it', at(60, 0), at(60, 1), 55_595.4],
  ['across the date line', at(0, 179.5), at(0, -179.5), 111_195.08],
  ['to the other side of the globe', at(0, 0), at(0, 180), 20_015_114.4],
  ['from pole to pole', at(90, 0), at(-90, 77), 20_015_114.4],
  ['Copenhagen to Berlin', at(55.6761, 12.5683), at(52.52, 13.405), 355_000],
])('%s', (_name, a, b, metres) => {
  expect(Math.abs(distanceM(a, b) - metres)).toBeLessThanOrEqual(metres / 500)
  expect(distanceM(b, a)).toBeCloseTo(distanceM(a, b), 6)
})

test('close together it is exact to a millimetre', () => {
  expect(distanceM(at(55.6736, 12.5681), at(55.6736 + 10 / METRES_PER_DEGREE, 12.5681))).toBeCloseTo(10, 3)
})

test('no two points are closer than their latitudes say', () => {
  for (let lat = -90; lat < 90; lat += 7)
    for (let lon = -180; lon < 180; lon += 31)
      expect(distanceM(at(lat, lon), at(lat / 3, 11)) + 1e-6).toBeGreaterThanOrEqual(
        Math.abs(lat - lat / 3) * METRES_PER_DEGREE,
      )
})
