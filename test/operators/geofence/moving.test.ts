/** geofence, places that move: who comes near whom, and who goes (contracts, G7 to G12). */
import { describe, expect, test } from '@jest/globals'
import { MOVING_PLACES_MAX } from '../../../src/model/limits.ts'
import { geofence } from '../../../src/operators/geofence/operator.ts'
import { given, iso, wiringOf } from '../../support/given.ts'
import { entered, left, moved, mover, northOf, place, seen } from './positions.ts'

const END = '1d00:00'
const STAFF = mover('staff', 20, 'staff')
const near = (config: object = {}) =>
  given(geofence, { places: [STAFF, place('mill', 500, 50)], ...config }, { world: true })

describe('the person moves', () => {
  test('a position is measured against where the place was then, not where it is by now', () => {
    near()
      .factIs(moved('10:00', 'staff', 0), moved('10:05', 'staff', 300))
      .when(seen('10:02', 10), seen('10:06', 10))
      .timePasses(END)
      .thenEmits(entered('10:02', 'staff'), left('10:05', 'staff', 180))
  })

  test('accuracy, edge and the way out are those of places that stay', () => {
    const at = (metres: number, accuracy: number) =>
      near()
        .factIs(moved('09:00', 'staff', 0))
        .when(seen('10:00', metres, accuracy))
        .timePasses(END)
    at(12, 7.99).thenEmits(entered('10:00', 'staff'))
    at(12, 8.01).thenNothing()
    near()
      .factIs(moved('09:00', 'staff', 0))
      .when(seen('10:00', 0), seen('10:01', 23.99), seen('10:02', 24.01))
      .timePasses(END)
      .thenEmits(entered('10:00', 'staff'), left('10:02', 'staff', 120))
  })

  test('what was said of the place before anybody was there counts', () => {
    near()
      .factIs(moved('06:00', 'staff', 0))
      .timePasses('10:00')
      .when(seen('10:00', 5))
      .timePasses(END)
      .thenEmits(entered('10:00', 'staff'))
  })

  test('until something is said it is at home, or nowhere', () => {
    near().when(seen('10:00', 0)).timePasses(END).thenNothing()
    given(geofence, { places: [{ ...STAFF, ...northOf(0) }] }, { world: true })
      .when(seen('10:00', 0))
      .factIs(moved('10:01', 'staff', 900))
      .timePasses(END)
      .thenEmits(entered('10:00', 'staff'), left('10:01', 'staff', 60))
  })

  test('from a place that moves into one that stays: out before in', () => {
    near()
      .factIs(moved('10:00', 'staff', 0))
      .when(seen('10:00', 0), seen('10:05', 500))
      .timePasses(END)
      .thenEmits(entered('10:00', 'staff'), left('10:05', 'staff', 300), entered('10:05', 'mill'))
  })
})

describe('the place moves', () => {
  test('it comes to somebody who stands still, and goes', () => {
    const emitted = near()
      .when(seen('10:00', 0))
      .factIs(moved('10:04', 'staff', 15), moved('10:05', 'staff', 23), moved('10:06:30', 'staff', 200))
      .timePasses(END)
      .emitted()
    const about = { place_id: 'staff', zone_id: 'staff', kind: 'staff' }
    expect(emitted.map(({ type, time, data }) => ({ type, at: iso(time ?? 0), data }))).toEqual([
      { type: 'zone.entered', at: iso('10:04'), data: about },
      { type: 'zone.left', at: iso('10:06:30'), data: { ...about, dwell_seconds: 150 } },
    ])
  })

  test('a position counts for `positionFor`, right border excluded', () => {
    const after = (at: string) =>
      near({ positionFor: '5m' })
        .when(seen('10:00', 0))
        .factIs(moved(at, 'staff', 0))
        .timePasses(END)
    after('10:04:59.999').thenEmits(entered('10:04:59.999', 'staff'))
    after('10:05').thenNothing()
  })

  test('whoever was seen lately watches; nobody else, and coordinates are forgotten', () => {
    const chain = near({ positionFor: '5m' })
      .when(seen('10:00', 0))
      .thenWatches('place:staff')
      .thenTimer('watch', '10:05')
      .when(seen('10:03', 0))
      .timePasses('10:05')
      .thenWatches('place:staff')
      .thenTimer('watch', '10:08')
      .timePasses('10:08')
      .thenWatches()
      .thenTimer('watch', undefined)
    expect(chain.now()).toMatchObject({ watch: undefined, waiting: [] })
    chain.when(seen('10:20', 0)).thenWatches('place:staff')
  })

  test('a position of the very moment is measured once the moment is over', () => {
    near()
      .when(seen('10:00', 0), seen('10:01', 300))
      .factIs(moved('10:01', 'staff', 0))
      .timePasses(END)
      .thenEmits(entered('10:01', 'staff'), left('10:01', 'staff', 0))
  })

  test('`confirm` counts positions of both', () => {
    near({ confirm: 3 })
      .factIs(moved('10:00', 'staff', 0))
      .when(seen('10:00', 0), seen('10:02', 0))
      .factIs(moved('10:01', 'staff', 5), moved('10:03', 'staff', 100))
      .timePasses(END)
      .thenEmits(entered('10:02', 'staff'), left('10:03', 'staff', 60))
    near({ confirm: 3 })
      .factIs(moved('10:00', 'staff', 0))
      .when(seen('10:00', 0), seen('10:02', 0))
      .factIs(moved('10:01', 'staff', 100), moved('10:01:30', 'staff', 0))
      .timePasses(END)
      .thenNothing()
  })

  test('a measurement of the queue at that place says nothing', () => {
    near()
      .when(seen('10:00', 0))
      .factIs(moved('10:01', 'other', 0))
      .timePasses(END)
      .thenNothing()
  })
})

describe('late', () => {
  test('a move that is late counts as of the newest position, and changes nothing that was said', () => {
    near()
      .factIs(moved('10:00', 'staff', 300))
      .when(seen('10:00', 0), seen('10:05', 0))
      .timePasses('10:10')
      .thenNothing()
      .factIs(moved('10:02', 'staff', 0))
      .thenEmits(entered('10:05', 'staff'))
  })

  test('a position that is late meets a place that has moved since at the time of that move', () => {
    near()
      .when(seen('09:50', 900))
      .factIs(moved('10:00', 'staff', 300), moved('10:03', 'staff', 0))
      .timePasses('10:10')
      .when(seen('10:02', 0))
      .thenEmits(entered('10:03', 'staff'))
  })
})

describe('two people become one', () => {
  test('the newest position of either counts, and rows towards places that move begin anew', () => {
    const other = near().when(seen('10:02', 0)).timePasses('10:03')
    near()
      .when(seen('10:01', 400))
      .timePasses('10:03')
      .merges(other, '10:03')
      .thenWatches('place:staff')
      .thenTimer('watch', '10:17')
      .factIs(moved('10:04', 'staff', 5))
      .timePasses(END)
      .thenEmits(entered('10:04', 'staff'))
    const row = near({ confirm: 2 })
      .factIs(moved('10:00', 'staff', 0))
      .when(seen('10:02', 0))
    near({ confirm: 2 })
      .factIs(moved('10:00', 'staff', 0))
      .when(seen('10:01', 400))
      .timePasses('10:03')
      .merges(row.timePasses('10:03'), '10:03')
      .when(seen('10:04', 0))
      .timePasses('10:05')
      .thenNothing()
      .when(seen('10:06', 0))
      .timePasses(END)
      .thenEmits(entered('10:06', 'staff'))
  })

  test('the row of one stays where the other was seen nowhere', () => {
    const row = near({ confirm: 2 })
      .factIs(moved('10:00', 'staff', 0))
      .when(seen('10:02', 0))
    near({ confirm: 2 })
      .factIs(moved('10:00', 'staff', 0))
      .timePasses('10:03')
      .merges(row.timePasses('10:03'), '10:03')
      .when(seen('10:04', 0))
      .timePasses(END)
      .thenEmits(entered('10:04', 'staff'))
  })
})

test('where no place moves nothing of it is there: no coordinates, no watch, no timer for what changes nothing', () => {
  const chain = given(geofence, { places: [place('mill', 0, 50)] })
    .when(seen('10:00', 0), seen('10:01', 0))
    .timePasses('10:01')
    .when(seen('10:02', 5))
    .thenWatches()
    .thenTimer('zones', undefined)
    .thenTimer('watch', undefined)
  expect(chain.now()).toMatchObject({ watch: undefined, armed: undefined })
  expect(chain.now().waiting.map(({ point }) => point)).toEqual([undefined, undefined])
  const config = geofence.config.parse({ places: [place('mill', 0, 50)] })
  expect([geofence.watches?.(config), geofence.asks?.(config)]).toEqual([[], []])
})

describe('what lint says', () => {
  const problems = (places: readonly object[], wiring: object = { world: true }) =>
    geofence
      .check?.(geofence.config.parse({ places }), wiringOf('near', wiring))
      .map(({ path, code, hint }) => `${path.join('.')} ${code}: ${hint}`)

  test('a place that moves needs somebody who says where it is', () => {
    const missing = [
      'places.1.moves no-input: add to sources: movers: { topic: positions, world: true, types: [place.moved] }',
    ]
    const places = [place('mill', 0, 50), STAFF]
    expect(problems(places, { world: false })).toEqual(missing)
    expect(problems(places, { world: true, worldTypes: ['queue.measured'] })).toEqual(missing)
    expect(problems(places, { world: true, worldTypes: ['place.moved'] })).toEqual([])
    expect(problems(places, { world: true, worldTypes: undefined })).toEqual([])
    expect(problems([place('mill', 0, 50)], { world: false })).toEqual([])
  })

  test('a place that stays has a centre, one that moves both coordinates of it or none', () => {
    expect(problems([{ id: 'mill', lat: 1, radius_m: 5 }])).toEqual([
      'places.0 missing-key: add lon in degrees, or moves: true if place.moved says where it is',
    ])
    expect(problems([{ id: 'staff', lat: 1, radius_m: 5, moves: true }])).toEqual([
      'places.0 missing-key: give it lon too, or neither: then it is nowhere until place.moved says where',
    ])
  })

  test('only so many move', () => {
    const many = (count: number) => Array.from({ length: count }, (_, i) => mover(`staff-${i}`, 5))
    expect(problems(many(MOVING_PLACES_MAX))).toEqual([])
    expect(problems(many(MOVING_PLACES_MAX + 1))?.[0]).toMatch(/^places bad-value: /)
  })
})
