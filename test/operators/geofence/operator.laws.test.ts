/** geofence: what holds of any walk, against a model that sorts all readings and goes through them once. */
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { distanceM } from '../../../src/operators/geofence/distance.ts'
import { geofence } from '../../../src/operators/geofence/operator.ts'
import type { StreamEvent } from '../../../src/model/event.ts'
import { MINUTE_MS } from '../../../src/model/time.ts'
import { event, given, iso, time } from '../../support/given.ts'
import { emissionsOf, expectMergeInAnyOrder, inAnyArrival } from '../../support/laws.ts'
import { northOf, place } from './positions.ts'

const START = time('10:00')
const LATENESS = 10 * MINUTE_MS
const END = time('2d00:00')
const PLACES = [place('mill', 0, 100), place('ring', 50, 250), place('shop', 600, 80)]
const EXIT_FACTOR = 1.2

const positions = (maxLength: number, spreadM = 700): fc.Arbitrary<readonly StreamEvent[]> =>
  fc
    .array(
      fc.record({
        minute: fc.integer({ min: 0, max: 40 }),
        metres: fc.integer({ min: -200, max: spreadM }),
        accuracy: fc.constantFrom(undefined, 0, 10, 60, 400),
      }),
      { minLength: 1, maxLength },
    )
    .map((list) =>
      list
        .map(({ minute, metres, accuracy }) =>
          event(`${iso(START + minute * MINUTE_MS)} location.updated`, {
            // Half a metre, so that nothing is exactly on an edge.
            ...northOf(metres + 0.5),
            ...(accuracy === undefined ? {} : { accuracy_m: accuracy }),
          }),
        )
        .sort((a, b) => a.time - b.time),
    )

/** Of each moment the most accurate one; walks where equally accurate ones say different things are left to the unit tests. */
function ofEachMoment(walk: readonly StreamEvent[]): readonly StreamEvent[] {
  const accuracy = ({ data }: StreamEvent): number => Number(data['accuracy_m'] ?? 0)
  return walk.filter(
    (one) => !walk.some((other) => other.time === one.time && accuracy(other) < accuracy(one)),
  )
}

const isSettled = (walk: readonly StreamEvent[]): boolean => {
  const times = ofEachMoment(walk).map((one) => one.time)
  return new Set(times).size === times.length
}

/** `in mill 10:00`, `out mill 10:05 300`, sorted. */
function model(walk: readonly StreamEvent[], confirm: number): readonly string[] {
  const out: string[] = []
  for (const { id, radius_m: radiusM, lat, lon } of PLACES) {
    let since: number | undefined
    let row = 0
    for (const { time: at, data } of ofEachMoment(walk)) {
      const point = { lat: Number(data['lat']), lon: Number(data['lon']) }
      const metres = distanceM(point, { lat, lon })
      row = metres + Number(data['accuracy_m'] ?? 0) <= radiusM ? row + 1 : 0
      if (since === undefined && row >= confirm) {
        since = at
        out.push(`in ${id} ${iso(at)}`)
      } else if (since !== undefined && metres > radiusM * EXIT_FACTOR) {
        out.push(`out ${id} ${iso(at)} ${(at - since) / 1000}`)
        since = undefined
      }
    }
  }
  return out.sort()
}

const said = (emitted: readonly string[]): readonly string[] =>
  emitted
    .map((text) => {
      const {
        type,
        time: at,
        data,
      } = JSON.parse(text) as {
        type: string
        time: number
        data: Record<string, unknown>
      }
      const where = `${String(data['place_id'])} ${iso(at)}`
      return type === 'zone.entered' ? `in ${where}` : `out ${where} ${String(data['dwell_seconds'])}`
    })
    .sort()

test('any arrival within the lateness gives what the sorted walk says', () => {
  const walks = positions(25)
    .filter(isSettled)
    .chain((walk) =>
      fc.record({
        walk: fc.constant(walk),
        arrived: inAnyArrival(walk, LATENESS),
        confirm: fc.integer({ min: 1, max: 3 }),
      }),
    )
  fc.assert(
    fc.property(walks, ({ walk, arrived, confirm }) => {
      const emitted = emissionsOf(geofence, { places: PLACES, confirm }, arrived, LATENESS, END)
      expect(said(emitted)).toEqual(model(walk, confirm))
    }),
    { numRuns: 300 },
  )
})

test('equally accurate readings of one moment: any arrival gives the same', () => {
  const walks = positions(12).chain((walk) => fc.tuple(fc.constant(walk), inAnyArrival(walk, 0)))
  fc.assert(
    fc.property(walks, fc.integer({ min: 0, max: 1 }), ([walk, arrived], lateness) => {
      const config = { places: PLACES }
      expect(emissionsOf(geofence, config, arrived, lateness, END)).toEqual(
        emissionsOf(
          geofence,
          config,
          walk.toReversed().toSorted((a, b) => a.time - b.time),
          lateness,
          END,
        ),
      )
    }),
  )
})

test('a merge before anything counted gives the walk of both', () => {
  fc.assert(
    fc.property(positions(12), positions(12), fc.integer({ min: 1, max: 3 }), (a, b, confirm) => {
      const walk = [...a, ...b].sort((x, y) => x.time - y.time)
      fc.pre(isSettled(walk))
      const config = { places: PLACES, confirm }
      const chain = given(geofence, config)
        .when(...a)
        .merges(given(geofence, config).when(...b), '10:00')
        .timePasses(END)
      expect(said(chain.emitted().map((draft) => JSON.stringify(draft)))).toEqual(model(walk, confirm))
    }),
  )
})

test.each([1, 2, 3])('merging in any order ends equal, with %i in a row', (confirm) => {
  fc.assert(
    fc.property(
      fc.tuple(positions(8), positions(8), positions(8), fc.integer({ min: 0, max: 45 })),
      ([a, b, c, minutes]) =>
        expectMergeInAnyOrder(geofence, { places: PLACES, confirm }, [a, b, c], START + minutes * MINUTE_MS),
    ),
  )
})

test('whatever is entered is left at most once, and by whoever is in it, through merges at any moment', () => {
  const steps = fc.array(
    fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 6 }), fc.integer({ min: -200, max: 700 })),
    {
      minLength: 4,
      maxLength: 40,
    },
  )
  fc.assert(
    fc.property(steps, fc.nat(40), (list, mergeAt) => {
      const chains = [given(geofence, { places: PLACES }), given(geofence, { places: PLACES })] as const
      let watermark = START
      list.forEach(([who, minutes, metres], i) => {
        if (i === mergeAt) chains[0].merges(chains[1], watermark)
        watermark += minutes * MINUTE_MS
        chains[0].timePasses(watermark)
        if (i < mergeAt) chains[1].timePasses(watermark)
        const at = iso(watermark + 5 * MINUTE_MS)
        chains[who || i >= mergeAt ? 0 : 1].when(event(`${at} location.updated`, northOf(metres)))
      })
      chains[0].timePasses(END)
      if (mergeAt >= list.length) chains[1].timePasses(END)
      const emitted = [...chains[0].emitted(), ...chains[1].emitted()]
      for (const { id } of PLACES) {
        const count = (type: string): number =>
          emitted.filter((draft) => draft.type === type && draft.data['place_id'] === id).length
        expect(count('zone.left')).toBeLessThanOrEqual(count('zone.entered'))
      }
    }),
  )
})
