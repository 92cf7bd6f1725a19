/** geofence, places that move: any arrival within the lateness gives what a model says that sorts everything and keeps all of it. */
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { StreamEvent } from '../../../src/model/event.ts'
import { MINUTE_MS } from '../../../src/model/time.ts'
import { distanceM } from '../../../src/operators/geofence/distance.ts'
import { geofence } from '../../../src/operators/geofence/operator.ts'
import { event, type Fact, fact, given, iso, time } from '../../support/given.ts'
import { expectMergeInAnyOrder } from '../../support/laws.ts'
import { mover, northOf, place } from './positions.ts'

const START = time('10:00')
const LATENESS = 10 * MINUTE_MS
const END = time('2d00:00')
const POSITION_FOR = 8 * MINUTE_MS
const CONFIG = { places: [mover('ann', 100), mover('bo', 60), place('mill', 0, 100)], positionFor: '8m' }

type Doing = StreamEvent | Fact
const isFact = (one: Doing): one is Fact => 'measured' in one

const doing: fc.Arbitrary<Doing> = fc
  .record({
    minute: fc.integer({ min: 0, max: 60 }),
    metres: fc.integer({ min: -200, max: 200 }),
    who: fc.constantFrom('person', 'person', 'ann', 'bo'),
  })
  .map(({ minute, metres, who }) => {
    const at = iso(START + minute * MINUTE_MS)
    // Half a metre, so that nothing is exactly on an edge.
    const where = northOf(metres + 0.5)
    return who === 'person'
      ? event(`${at} location.updated`, where)
      : fact(`${at} place.moved`, { place_id: who, ...where })
  })

/** Of each moment one of each. */
function distinct(all: readonly Doing[]): readonly Doing[] {
  const seen = new Set<string>()
  return all.filter((one) => {
    const key = `${isFact(one) ? one.measured.id : 'person'} ${one.time}`
    if (seen.has(key)) return false
    seen.add(key)
    return true
  })
}

const stories = (maxLength: number) => fc.array(doing, { minLength: 1, maxLength }).map(distinct)

const pointOf = (one: Doing) =>
  isFact(one)
    ? { lat: one.measured.value, lon: one.measured.more as number }
    : { lat: Number(one.data['lat']), lon: Number(one.data['lon']) }

/** Moments at which somebody was seen or a place moved, in their order: of one moment the move before the position. */
function model(all: readonly Doing[], confirm: number): readonly string[] {
  const out: string[] = []
  for (const [id, radiusM] of [
    ['ann', 100],
    ['bo', 60],
  ] as const) {
    const moments = all
      .filter((one) => !isFact(one) || one.measured.id === id)
      .toSorted((a, b) => a.time - b.time || Number(isFact(b)) - Number(isFact(a)))
    let since: number | undefined
    let row = 0
    moments.forEach((one, i) => {
      const before = moments.slice(0, i).findLast((other) => isFact(other) !== isFact(one))
      const person = isFact(one) ? before : one
      const centre = isFact(one) ? one : before
      const isKnown = person !== undefined && (!isFact(one) || one.time < person.time + POSITION_FOR)
      if (!isKnown) return
      const metres = centre && distanceM(pointOf(person), pointOf(centre))
      row = metres !== undefined && metres <= radiusM ? row + 1 : 0
      if (since === undefined && row >= confirm) {
        since = one.time
        out.push(`in ${id} ${iso(one.time)}`)
      } else if (since !== undefined && metres !== undefined && metres > radiusM * 1.2) {
        out.push(`out ${id} ${iso(one.time)} ${(one.time - since) / 1000}`)
        since = undefined
      }
    })
  }
  return out.sort()
}

function said(all: readonly Doing[], confirm: number): readonly string[] {
  const chain = given(geofence, { ...CONFIG, confirm }, { world: true })
  let newest = START
  for (const one of all) {
    newest = Math.max(newest, one.time)
    chain.timePasses(newest - LATENESS)
    if (isFact(one)) chain.factIs(one)
    else chain.when(one)
  }
  return chain
    .timePasses(END)
    .emitted()
    .filter(({ data }) => data['place_id'] !== 'mill')
    .map(({ type, time: at, data }) => {
      const where = `${String(data['place_id'])} ${iso(at ?? 0)}`
      return type === 'zone.entered' ? `in ${where}` : `out ${where} ${String(data['dwell_seconds'])}`
    })
    .sort()
}

test('any arrival within the lateness gives what the sorted story says', () => {
  const arrivals = stories(30).chain((all) =>
    fc.record({
      all: fc.constant(all),
      delays: fc.array(fc.integer({ min: 0, max: LATENESS }), {
        minLength: all.length,
        maxLength: all.length,
      }),
      confirm: fc.integer({ min: 1, max: 3 }),
    }),
  )
  let count = 0
  fc.assert(
    fc.property(arrivals, ({ all, delays, confirm }) => {
      const arrives = new Map(all.map((one, i) => [one, one.time + (delays[i] as number)]))
      const arrived = all.toSorted((a, b) => (arrives.get(a) as number) - (arrives.get(b) as number))
      const expected = model(all, confirm)
      count += expected.length
      expect(said(arrived, confirm)).toEqual(expected)
    }),
    { numRuns: 400 },
  )
  expect(count).toBeGreaterThan(80)
})

test.each([1, 2])('merging in any order ends equal, with %i in a row', (confirm) => {
  const walk = stories(8).map((all) => all.filter((one): one is StreamEvent => !isFact(one)))
  fc.assert(
    fc.property(fc.tuple(walk, walk, walk), fc.integer({ min: 0, max: 70 }), (people, minutes) =>
      expectMergeInAnyOrder(
        geofence,
        {
          ...CONFIG,
          places: CONFIG.places.map((one) => ('moves' in one ? { ...one, ...northOf(0) } : one)),
          confirm,
        },
        people.map((list) => list.toSorted((a, b) => a.time - b.time)),
        START + minutes * MINUTE_MS,
      ),
    ),
  )
})
