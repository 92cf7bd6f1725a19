/** geofence: in when within, accuracy and all, out when beyond, in the order of event time (contracts, section 5 and G1 to G6). */
import { describe, expect, test } from '@jest/globals'
import { PLACES_PER_READING_MAX, READINGS_WAITING_MAX } from '../../../src/model/limits.ts'
import { MINUTE_MS, SECOND_MS } from '../../../src/model/time.ts'
import { geofence } from '../../../src/operators/geofence/operator.ts'
import { event, given, time, wiringOf } from '../../support/given.ts'
import { entered, left, northOf, place, seen } from './positions.ts'

const MILL = place('mill', 0, 100, 'ride')
const SHOP = place('shop', 1000, 100)
const END = '1d00:00'
const places = (config: object = {}) => given(geofence, { places: [MILL, SHOP], ...config })

describe('in and out', () => {
  test('says the place under both names, its kind, and how long the person was there', () => {
    const emitted = places().when(seen('10:00', 0), seen('10:07:30.900', 500)).timePasses(END).emitted()
    expect(emitted).toEqual([
      {
        type: 'zone.entered',
        time: time('10:00'),
        data: { place_id: 'mill', zone_id: 'mill', kind: 'ride' },
      },
      {
        type: 'zone.left',
        time: time('10:07:30.900'),
        data: { place_id: 'mill', zone_id: 'mill', kind: 'ride', dwell_seconds: 450 },
      },
    ])
  })

  test('distance and accuracy together are within the radius; the edge is', () => {
    places()
      .when(seen('10:00', 70, 29.99))
      .timePasses(END)
      .thenEmits(entered('10:00', 'mill'))
    places()
      .when(seen('10:00', 70, 30.01))
      .timePasses(END)
      .thenNothing()
    places().when(seen('10:00', 99.99)).timePasses(END).thenEmits(entered('10:00', 'mill'))
    places().when(seen('10:00', 100.01)).timePasses(END).thenNothing()
  })

  test('between the radius and radius x exitFactor nothing is said', () => {
    places()
      .when(seen('10:00', 90), seen('10:01', 110), seen('10:02', 119.99), seen('10:03', 95))
      .timePasses('10:30')
      .thenEmits(entered('10:00', 'mill'))
      .when(seen('10:40', 120.01))
      .timePasses(END)
      .thenEmits(left('10:40', 'mill', 40 * 60))
  })

  test('how accurate a position is says nothing about leaving', () => {
    places()
      .when(seen('10:00', 0), seen('10:01', 119.99, 300), seen('10:02', 120.01, 300))
      .timePasses(END)
      .thenEmits(entered('10:00', 'mill'), left('10:02', 'mill', 120))
  })

  test('with exitFactor 1 the edge is one line', () => {
    places({ exitFactor: 1 })
      .when(seen('10:00', 99), seen('10:01', 101))
      .timePasses(END)
      .thenEmits(entered('10:00', 'mill'), left('10:01', 'mill', 60))
  })

  test('from one place into another: out before in', () => {
    places()
      .when(seen('10:00', 0), seen('10:05', 1000))
      .timePasses(END)
      .thenEmits(entered('10:00', 'mill'), left('10:05', 'mill', 300), entered('10:05', 'shop'))
  })

  test('places that overlap are entered and left each by itself', () => {
    given(geofence, { places: [place('ring', 0, 300), place('core', 0, 50)] })
      .when(seen('10:00', 200), seen('10:01', 10), seen('10:02', 100), seen('10:03', 400))
      .timePasses(END)
      .thenEmits(
        entered('10:00', 'ring'),
        entered('10:01', 'core'),
        left('10:02', 'core', 60),
        left('10:03', 'ring', 180),
      )
  })

  test('who comes back is in again', () => {
    places()
      .when(seen('10:00', 0), seen('10:01', 300), seen('10:02', 0))
      .timePasses(END)
      .thenEmits(entered('10:00', 'mill'), left('10:01', 'mill', 60), entered('10:02', 'mill'))
  })

  test('a place across the date line', () => {
    const edge = { id: 'island', lat: -16.8, lon: 179.9999, radius_m: 100 }
    given(geofence, { places: [edge] })
      .when(event('10:00 location.updated', { lat: -16.8, lon: -179.9999 }))
      .timePasses(END)
      .thenEmits(entered('10:00', 'island'))
  })

  test('a position without numbers says nothing', () => {
    places()
      .when(event('10:00 location.updated', { lat: null, lon: 12.5 }))
      .timePasses(END)
      .thenNothing()
  })
})

describe('confirm: so many readings in a row', () => {
  const CONFIRM = { confirm: 3 }

  test('the one that confirms is the entering; the dwell counts from there', () => {
    places(CONFIRM)
      .when(seen('10:00', 0), seen('10:01', 10), seen('10:02', 20), seen('10:10', 500))
      .timePasses(END)
      .thenEmits(entered('10:02', 'mill'), left('10:10', 'mill', 480))
  })

  test('one that is not surely within begins the row anew, an unsure one too', () => {
    for (const metres of [500, 105])
      places(CONFIRM)
        .when(seen('10:00', 0), seen('10:01', 0), seen('10:02', metres), seen('10:03', 0), seen('10:04', 0))
        .timePasses('10:30')
        .thenNothing()
        .when(seen('10:31', 0))
        .timePasses(END)
        .thenEmits(entered('10:31', 'mill'))
  })

  test('a row is of one place', () => {
    places(CONFIRM)
      .when(seen('10:00', 0), seen('10:01', 0), seen('10:02', 1000), seen('10:03', 1000))
      .timePasses('10:30')
      .thenNothing()
      .when(seen('10:31', 1000))
      .timePasses(END)
      .thenEmits(entered('10:31', 'shop'))
  })

  test('leaving needs one reading', () => {
    places(CONFIRM)
      .when(seen('10:00', 0), seen('10:01', 0), seen('10:02', 0), seen('10:03', 500), seen('10:04', 0))
      .timePasses(END)
      .thenEmits(entered('10:02', 'mill'), left('10:03', 'mill', 60))
  })
})

describe('the watermark decides', () => {
  test('nothing before it has passed the reading', () => {
    places()
      .when(seen('10:00', 0))
      .timePasses('10:00')
      .thenNothing()
      .timePasses('10:00:00.001')
      .thenEmits(entered('10:00', 'mill'))
  })

  test('of one moment all that are on time count, also where nothing may be out of order', () => {
    const both = [seen('10:00', 0, 50), seen('10:00', 1000, 10)]
    for (const order of [both, both.toReversed()])
      places()
        .timePasses('10:00')
        .when(...order)
        .timePasses(END)
        .thenEmits(entered('10:00', 'shop'))
  })

  test('the timer is set to what would be said first, and to nothing else', () => {
    places()
      .when(seen('10:00', 300))
      .thenTimer('zones', undefined)
      .when(seen('10:02', 0))
      .thenTimer('zones', '10:02:00.001')
      .when(seen('10:03', 0), seen('10:01', 10))
      .thenTimer('zones', '10:01:00.001')
      .timePasses('10:01:00.001')
      .thenEmits(entered('10:01', 'mill'))
      .thenTimer('zones', undefined)
      .when(seen('10:02:30', 700))
      .thenTimer('zones', '10:02:30.001')
  })

  test('readings in the wrong order count in the right one', () => {
    places()
      .when(seen('10:02', 500), seen('10:01', 0), seen('10:03', 0))
      .timePasses(END)
      .thenEmits(entered('10:01', 'mill'), left('10:02', 'mill', 60), entered('10:03', 'mill'))
  })

  test('of one moment the more accurate counts, whichever came first', () => {
    const sharp = seen('10:00', 0, 5)
    const vague = seen('10:00', 0, 50)
    const elsewhere = seen('10:00', 1000, 20)
    for (const order of [
      [sharp, vague, elsewhere],
      [elsewhere, vague, sharp],
      [vague, sharp, elsewhere],
    ])
      places()
        .when(...order)
        .timePasses(END)
        .thenEmits(entered('10:00', 'mill'))
  })

  test('of one moment and equally accurate it is always the same one', () => {
    const both = [seen('10:00', 0), seen('10:00', 1000)]
    const first = places()
      .when(...both)
      .timePasses(END)
      .emitted()
    expect(first).toHaveLength(1)
    expect(
      places()
        .when(...both.toReversed())
        .timePasses(END)
        .emitted(),
    ).toEqual(first)
  })
})

describe('late readings', () => {
  test('newer than all that are decided: at once', () => {
    places()
      .when(seen('10:00', 0))
      .timePasses('11:00')
      .thenEmits(entered('10:00', 'mill'))
      .when(seen('10:55', 500))
      .thenEmits(left('10:55', 'mill', 55 * 60))
      .thenLate(0)
  })

  test('not newer: too late for this operator, and nothing changes', () => {
    const chain = places()
      .when(seen('10:00', 0), seen('10:20', 10))
      .timePasses('11:00')
      .thenEmits(entered('10:00', 'mill'))
    const before = chain.now().stays
    chain.when(seen('10:10', 500), seen('10:20', 500)).thenEmits().thenLate(2)
    expect(chain.now().stays).toEqual(before)
  })

  test('one in front of what waits changes what that will say', () => {
    places()
      .when(seen('10:00', 300))
      .timePasses('11:00')
      .when(seen('11:00:05', 0))
      .thenTimer('zones', '11:00:05.001')
      .when(seen('10:59', 0))
      .thenEmits(entered('10:59', 'mill'))
      .thenTimer('zones', undefined)
      .timePasses(END)
      .thenNothing()
  })

  test('what an operator upstream says of the past is no late event of a source', () => {
    places()
      .when(seen('10:00', 0))
      .timePasses('11:00')
      .thenEmits(entered('10:00', 'mill'))
      .when({ ...seen('09:00', 0), cause: { timer: 't', due: 0 } })
      .thenNothing()
  })
})

describe('two people who become one', () => {
  test('are where either was; the next reading says where they are', () => {
    const other = places().when(seen('09:00', 1000)).timePasses('10:30')
    places()
      .when(seen('10:00', 0))
      .timePasses('10:30')
      .thenEmits(entered('10:00', 'mill'))
      .merges(other, '10:30')
      .thenNothing()
      .when(seen('10:40', 10))
      .timePasses(END)
      .thenEmits(left('10:40', 'shop', 100 * 60))
  })

  test('in one place since the earlier of the two, and out of it once', () => {
    const other = places().when(seen('09:00', 0)).timePasses('10:30')
    places()
      .when(seen('10:00', 0))
      .timePasses('10:30')
      .thenEmits(entered('10:00', 'mill'))
      .merges(other, '10:30')
      .when(seen('11:00', 500))
      .timePasses(END)
      .thenEmits(left('11:00', 'mill', 120 * 60))
  })

  test('what waited on either side is decided as one walk', () => {
    const other = places().when(seen('10:31', 500), seen('10:35', 0)).timePasses('10:30')
    places()
      .when(seen('10:00', 0), seen('10:33', 1000))
      .timePasses('10:30')
      .thenEmits(entered('10:00', 'mill'))
      .merges(other, '10:30')
      .thenNothing()
      .thenTimer('zones', '10:31:00.001')
      .timePasses(END)
      .thenEmits(
        left('10:31', 'mill', 31 * 60),
        entered('10:33', 'shop'),
        left('10:35', 'shop', 120),
        entered('10:35', 'mill'),
      )
  })

  test('what was decided in passing on one side says nothing to the other', () => {
    const other = places().when(seen('10:20', 500)).timePasses('10:30')
    places()
      .when(seen('10:00', 0))
      .timePasses('10:30')
      .thenEmits(entered('10:00', 'mill'))
      .merges(other, '10:30')
      .thenNothing()
      .timePasses(END)
      .thenNothing()
  })

  test('rows join, and a merge confirms nothing by itself', () => {
    const other = places({ confirm: 2 }).when(seen('10:01', 0)).timePasses('10:30')
    places({ confirm: 2 })
      .when(seen('10:00', 0))
      .timePasses('10:30')
      .merges(other, '10:30')
      .timePasses('10:40')
      .thenNothing()
      .when(seen('10:41', 0))
      .timePasses(END)
      .thenEmits(entered('10:41', 'mill'))
  })

  test('a row is broken by what the other was seen at since', () => {
    for (const [at, confirms] of [
      ['10:05', false],
      ['09:55', true],
    ] as const) {
      const other = places({ confirm: 2 }).when(seen(at, 500)).timePasses('10:30')
      const chain = places({ confirm: 2 })
        .when(seen('10:00', 0))
        .timePasses('10:30')
        .merges(other, '10:30')
        .when(seen('10:41', 0))
        .timePasses(END)
      if (confirms) chain.thenEmits(entered('10:41', 'mill'))
      else chain.thenNothing()
    }
  })
})

describe('bounds', () => {
  test('of too many that wait the oldest is decided early; nothing is lost', () => {
    const start = time('10:00')
    const walk = Array.from({ length: READINGS_WAITING_MAX + 1 }, (_, i) =>
      event(`10:00 location.updated`, northOf(i === 0 ? 0 : 500), { time: start + i * SECOND_MS }),
    )
    const chain = places()
      .when(...walk)
      .thenEmits(entered('10:00', 'mill'))
    expect(chain.now().waiting).toHaveLength(READINGS_WAITING_MAX)
    chain.timePasses(END).thenEmits(left('10:00:01', 'mill', 1))
  })

  test('a position in too many places at once says nothing of any', () => {
    const pile = Array.from({ length: PLACES_PER_READING_MAX }, (_, i) => place(`p${i}`, i, 100))
    given(geofence, { places: [...pile, place('ring', 0, 500)] })
      .when(seen('10:00', 400), seen('10:01', 25), seen('10:02', 400), seen('10:03', 700))
      .timePasses(END)
      .thenEmits(entered('10:00', 'ring'), left('10:03', 'ring', 180))
  })

  test('who stands still for an hour is a handful of bytes', () => {
    const chain = places()
    for (let i = 0; i < 3600; i += 5)
      chain
        .when(event(`10:00 location.updated`, northOf(i % 50), { time: time('10:00') + i * SECOND_MS }))
        .at(time('10:00') + (i - 10) * SECOND_MS)
    expect(chain.now().waiting.length).toBeLessThanOrEqual(4)
    expect(chain.timePasses(END).emitted()).toHaveLength(1)
  })
})

test('what a document may say', () => {
  expect(geofence.config.parse({ places: [SHOP] })).toEqual({
    places: [{ ...SHOP, moves: false }],
    confirm: 1,
    exitFactor: 1.2,
    positionFor: 15 * MINUTE_MS,
  })
  const problem = (config: object) =>
    geofence.config.safeParse({ places: [SHOP], ...config }).error?.issues[0]
  expect(problem({ places: [] })).toMatchObject({ path: ['places'] })
  expect(problem({ places: [{ ...SHOP, radius_m: 0 }] })).toMatchObject({ path: ['places', 0, 'radius_m'] })
  expect(problem({ places: [{ ...SHOP, lat: 91 }] })).toMatchObject({ path: ['places', 0, 'lat'] })
  expect(problem({ confirm: 0 })).toMatchObject({ path: ['confirm'] })
  expect(problem({ exitFactor: 0.9 })).toMatchObject({ path: ['exitFactor'] })
  expect(problem({ radius: 5 })).toMatchObject({ code: 'unrecognized_keys' })
  const config = geofence.config.parse({ places: [SHOP, MILL, SHOP] })
  expect(geofence.check?.(config, wiringOf('places'))).toMatchObject([
    { path: ['places', 2, 'id'], code: 'duplicate-id' },
  ])
})

test('a place that is taken out of the document is left with the next reading', () => {
  const before = places().when(seen('10:00', 0)).timePasses('10:30')
  given(geofence, { places: [SHOP] })
    .state(before.now())
    .timePasses(time('10:30') + MINUTE_MS)
    .when(seen('10:40', 0))
    .timePasses(END)
    .thenEmits(left('10:40', 'mill', 40 * 60))
})
