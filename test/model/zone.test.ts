import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { DAY_MS, daysFromCivil, formatTime, HOUR_MS, MINUTE_MS, parseRfc3339 } from '../../src/model/time.ts'
import {
  isWithinWindow,
  isZone,
  localDay,
  localMinutes,
  nextWallClock,
  offsetMs,
  parseWallClock,
  startOfLocalDay,
} from '../../src/model/zone.ts'

const at = (text: string): number => {
  const ms = parseRfc3339(text)
  if (ms === undefined) throw new Error(text)
  return ms
}
const minutes = (text: string): number => parseWallClock(text) ?? Number.NaN

test.each([
  ['Europe/Copenhagen', true],
  ['UTC', true],
  ['America/New_York', true],
  ['Asia/Kolkata', true],
  ['Etc/GMT+5', true],
  ['Europe/Kopenhagen', false],
  ['', false],
  ['+01:00', false],
  ['CET+1', false],
  ['../x', false],
])('%s is a zone: %p', (name, expected) => {
  expect(isZone(name)).toBe(expected)
  expect(isZone(name)).toBe(expected)
})

test('an unknown zone is refused', () => {
  expect(() => localMinutes(0, 'Nowhere/Atall')).toThrow(RangeError)
})

test.each([
  ['2026-05-04T22:30:00Z', 'Europe/Copenhagen', '00:30'],
  ['2026-01-04T22:30:00Z', 'Europe/Copenhagen', '23:30'],
  ['2026-05-04T22:30:59.999Z', 'America/New_York', '18:30'],
  ['2026-05-04T22:30:00Z', 'Asia/Tokyo', '07:30'],
  ['2026-05-04T22:30:00Z', 'Asia/Kolkata', '04:00'],
  ['2026-05-04T22:31:00Z', 'Asia/Kathmandu', '04:16'],
  ['2026-03-29T00:59:59.999Z', 'Europe/Copenhagen', '01:59'],
  ['2026-03-29T01:00:00Z', 'Europe/Copenhagen', '03:00'],
  ['1960-05-04T22:30:00Z', 'UTC', '22:30'],
  ['0001-01-01T00:00:00Z', 'UTC', '00:00'],
  ['0000-03-01T12:00:00Z', 'UTC', '12:00'],
])('%s in %s shows %s', (instant, zone, wall) => {
  expect(localMinutes(at(instant), zone)).toBe(minutes(wall))
})

describe('the next time that the wall shows', () => {
  test.each([
    // Copenhagen goes from 02:00 to 03:00 on 2026-03-29, at 01:00Z, and from 03:00 back to 02:00 on 2026-10-25, at 01:00Z.
    ['an ordinary night', '2026-05-04T22:30:00Z', '08:00', 'Europe/Copenhagen', '2026-05-05T06:00:00.000Z'],
    [
      'exactly then: a day later',
      '2026-05-05T06:00:00Z',
      '08:00',
      'Europe/Copenhagen',
      '2026-05-06T06:00:00.000Z',
    ],
    [
      'a millisecond before',
      '2026-05-05T05:59:59.999Z',
      '08:00',
      'Europe/Copenhagen',
      '2026-05-05T06:00:00.000Z',
    ],
    ['across the gap', '2026-03-28T22:00:00Z', '08:00', 'Europe/Copenhagen', '2026-03-29T06:00:00.000Z'],
    [
      'within the gap: what follows it',
      '2026-03-28T22:00:00Z',
      '02:30',
      'Europe/Copenhagen',
      '2026-03-29T01:00:00.000Z',
    ],
    [
      'at the end of the gap',
      '2026-03-28T22:00:00Z',
      '03:00',
      'Europe/Copenhagen',
      '2026-03-29T01:00:00.000Z',
    ],
    ['twice: the first', '2026-10-24T22:00:00Z', '02:30', 'Europe/Copenhagen', '2026-10-25T00:30:00.000Z'],
    ['twice: the second', '2026-10-25T00:30:00Z', '02:30', 'Europe/Copenhagen', '2026-10-25T01:30:00.000Z'],
    ['twice and over', '2026-10-25T01:30:00Z', '02:30', 'Europe/Copenhagen', '2026-10-26T01:30:00.000Z'],
    [
      'across the autumn night',
      '2026-10-24T22:00:00Z',
      '08:00',
      'Europe/Copenhagen',
      '2026-10-25T07:00:00.000Z',
    ],
    ['New York, spring', '2026-03-08T03:00:00Z', '02:15', 'America/New_York', '2026-03-08T07:00:00.000Z'],
    [
      'New York, autumn, the first',
      '2026-11-01T03:00:00Z',
      '01:30',
      'America/New_York',
      '2026-11-01T05:30:00.000Z',
    ],
    [
      'New York, autumn, the second',
      '2026-11-01T05:31:00Z',
      '01:30',
      'America/New_York',
      '2026-11-01T06:30:00.000Z',
    ],
    ['half an hour off', '2026-05-04T22:30:00Z', '08:00', 'Asia/Kolkata', '2026-05-05T02:30:00.000Z'],
    [
      'a gap of half an hour',
      '2026-10-03T12:00:00Z',
      '02:10',
      'Australia/Lord_Howe',
      '2026-10-03T15:30:00.000Z',
    ],
    ['no summer time', '2026-03-28T22:00:00Z', '08:00', 'Asia/Tokyo', '2026-03-28T23:00:00.000Z'],
    ['a day that was left out', '2011-12-30T09:00:00Z', '08:00', 'Pacific/Apia', '2011-12-30T10:00:00.000Z'],
    [
      'midnight again, by clocks set back over it',
      '2026-11-01T04:30:00Z',
      '00:30',
      'America/Havana',
      '2026-11-01T05:30:00.000Z',
    ],
  ])('%s', (_name, from, wall, zone, expected) => {
    expect(formatTime(nextWallClock(at(from), minutes(wall), zone))).toBe(expected)
  })
})

test.each([
  ['2026-05-04', 'Europe/Copenhagen', '2026-05-03T22:00:00.000Z'],
  ['2026-03-29', 'Europe/Copenhagen', '2026-03-28T23:00:00.000Z'],
  ['2026-10-26', 'Europe/Copenhagen', '2026-10-25T23:00:00.000Z'],
  ['2026-05-04', 'Asia/Kolkata', '2026-05-03T18:30:00.000Z'],
  // Clocks skip midnight in Havana on 2026-03-08, and show it twice on 2026-11-01.
  ['2026-03-08', 'America/Havana', '2026-03-08T05:00:00.000Z'],
  ['2026-11-01', 'America/Havana', '2026-11-01T04:00:00.000Z'],
])('%s begins in %s at %s', (date, zone, expected) => {
  const [year = 0, month = 0, day = 0] = date.split('-').map(Number)
  expect(formatTime(startOfLocalDay(daysFromCivil(year, month, day), zone))).toBe(expected)
})

const someZone = fc.constantFrom(
  'Europe/Copenhagen',
  'America/New_York',
  'Asia/Kolkata',
  'Asia/Tokyo',
  'Australia/Lord_Howe',
  'America/Havana',
  'Africa/Casablanca',
  'UTC',
)
const instant = fc.integer({ min: at('2024-01-01T00:00:00Z'), max: at('2028-01-01T00:00:00Z') })

test('the next wall clock comes after, shows what was asked except after a gap, and nothing comes between', () => {
  fc.assert(
    fc.property(instant, someZone, fc.integer({ min: 0, max: 1439 }), (from, zone, wall) => {
      const next = nextWallClock(from, wall, zone)
      expect(next).toBeGreaterThan(from)
      expect(next - from).toBeLessThanOrEqual(DAY_MS + HOUR_MS)
      if (localMinutes(next, zone) !== wall)
        expect(offsetMs(next, zone)).toBeGreaterThan(offsetMs(next - 1, zone))
      for (let t = Math.floor(from / MINUTE_MS + 1) * MINUTE_MS; t < next; t += MINUTE_MS)
        expect(localMinutes(t, zone)).not.toBe(wall)
    }),
    { numRuns: 60 },
  )
})

test('a local day begins at its first instant', () => {
  fc.assert(
    fc.property(instant, someZone, (t, zone) => {
      const day = localDay(t, zone)
      const start = startOfLocalDay(day, zone)
      expect(localDay(start, zone)).toBe(day)
      expect(localDay(start - 1, zone)).toBe(day - 1)
    }),
  )
})

test.each([
  ['22:00', '08:00', '21:59', false],
  ['22:00', '08:00', '22:00', true],
  ['22:00', '08:00', '07:59', true],
  ['22:00', '08:00', '08:00', false],
  ['07:00', '09:00', '07:00', true],
  ['07:00', '09:00', '09:00', false],
  ['07:00', '07:00', '07:00', false],
])('%s to %s at %s: %p', (from, to, wall, expected) => {
  expect(isWithinWindow(minutes(wall), minutes(from), minutes(to))).toBe(expected)
})

test.each([
  ['00:00', 0],
  ['23:59', 1439],
  ['24:00', undefined],
  ['25:00', undefined],
  ['8:00', undefined],
  ['08:60', undefined],
  ['', undefined],
])('wall clock %s: %p', (text, expected) => {
  expect(parseWallClock(text)).toBe(expected)
})
