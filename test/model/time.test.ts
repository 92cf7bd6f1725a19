/** Text becomes milliseconds and comes back, the same on every machine; what is no RFC 3339 is no time. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { ByteWriter } from '../../src/model/bytes.ts'
import { DURATION_MAX_MS } from '../../src/model/limits.ts'
import {
  BEGINNING,
  civilFromDays,
  daysFromCivil,
  formatDuration,
  formatTime,
  parseDuration,
  parseRfc3339,
  parseTime,
  writeTime,
} from '../../src/model/time.ts'

const YEAR_0 = Date.parse('0000-01-01T00:00:00Z')
const YEAR_9999 = Date.UTC(9999, 11, 31, 23, 59, 59, 999)
const anyTime = fc.integer({ min: YEAR_0, max: YEAR_9999 })

describe('parseRfc3339', () => {
  test.each([
    ['2026-05-02T10:00:00Z', '2026-05-02T10:00:00.000Z'],
    ['2026-05-02t10:00:00z', '2026-05-02T10:00:00.000Z'],
    ['2026-05-02T10:00:00.1Z', '2026-05-02T10:00:00.100Z'],
    ['2026-05-02T10:00:00.12Z', '2026-05-02T10:00:00.120Z'],
    ['2026-05-02T10:00:00.1239999999999Z', '2026-05-02T10:00:00.123Z'],
    ['2026-05-02T10:00:00+02:00', '2026-05-02T08:00:00.000Z'],
    ['2026-05-02T10:00:00.5-05:30', '2026-05-02T15:30:00.500Z'],
    ['2026-05-02T10:00:00-00:00', '2026-05-02T10:00:00.000Z'],
    ['2026-05-02T23:59:59+23:59', '2026-05-02T00:00:59.000Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
    ['2000-02-29T00:00:00Z', '2000-02-29T00:00:00.000Z'],
    ['0000-01-01T00:00:00Z', '0000-01-01T00:00:00.000Z'],
    ['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'],
  ])('%s is %s', (text, expected) => {
    expect(formatTime(parseRfc3339(text) as number)).toBe(expected)
  })

  test.each([
    ['2016-12-31T23:59:60Z', '2016-12-31T23:59:59.999Z'],
    ['2016-12-31T23:59:60.700Z', '2016-12-31T23:59:59.999Z'],
    ['2017-01-01T00:59:60+01:00', '2016-12-31T23:59:59.999Z'],
    ['1969-12-31T23:59:60Z', '1969-12-31T23:59:59.999Z'],
  ])('a leap second, %s, is the last millisecond of its minute', (text, expected) => {
    expect(formatTime(parseRfc3339(text) as number)).toBe(expected)
  })

  test.each([
    ['a leap second in the middle of a day', '2016-12-31T12:00:60Z'],
    ['a leap second that is none in UTC', '2016-12-31T23:59:60+01:00'],
    ['second 61', '2016-12-31T23:59:61Z'],
    ['no offset', '2026-05-02T10:00:00'],
    ['a date', '2026-05-02'],
    ['a space for T', '2026-05-02 10:00:00Z'],
    ['no seconds', '2026-05-02T10:00Z'],
    ['an empty fraction', '2026-05-02T10:00:00.Z'],
    ['a comma', '2026-05-02T10:00:00,5Z'],
    ['hour 24', '2026-05-02T24:00:00Z'],
    ['minute 60', '2026-05-02T10:60:00Z'],
    ['month 0', '2026-00-02T10:00:00Z'],
    ['month 13', '2026-13-02T10:00:00Z'],
    ['day 0', '2026-05-00T10:00:00Z'],
    ['April 31', '2026-04-31T10:00:00Z'],
    ['February 29 of no leap year', '2026-02-29T10:00:00Z'],
    ['February 29 of 1900', '1900-02-29T10:00:00Z'],
    ['an offset without a colon', '2026-05-02T10:00:00+0200'],
    ['an offset of hours only', '2026-05-02T10:00:00+02'],
    ['an offset of 24 hours', '2026-05-02T10:00:00+24:00'],
    ['an offset of 60 minutes', '2026-05-02T10:00:00+01:60'],
    ['something behind', '2026-05-02T10:00:00Z '],
    ['something behind an offset', '2026-05-02T10:00:00+02:00Z'],
    ['something in front', ' 2026-05-02T10:00:00Z'],
    ['five digits of year', '12026-05-02T10:00:00Z'],
    ['a sign', '-2026-05-02T10:00:00Z'],
    ['digits of another script', '２０２６-05-02T10:00:00Z'],
    ['before the year 0 by its offset', '0000-01-01T00:00:00+00:01'],
    ['past the year 9999 by its offset', '9999-12-31T23:59:59-00:01'],
    ['nothing', ''],
  ])('refuses %s', (_name, text) => {
    expect(parseRfc3339(text)).toBeUndefined()
  })

  test('reads every time that formatTime writes', () => {
    fc.assert(fc.property(anyTime, (at) => expect(parseRfc3339(formatTime(at))).toBe(at)))
  })

  test('reads the same in every offset', () => {
    const offset = fc.integer({ min: -1439, max: 1439 })
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4e12 }), offset, (at, minutes) => {
        const local = formatTime(at + minutes * 60_000).slice(0, -1)
        const [hours, rest] = [Math.trunc(Math.abs(minutes) / 60), Math.abs(minutes) % 60]
        const two = (n: number): string => String(n).padStart(2, '0')
        expect(parseRfc3339(`${local}${minutes < 0 ? '-' : '+'}${two(hours)}:${two(rest)}`)).toBe(at)
      }),
    )
  })

  test('one changed character makes another time or none, and never throws', () => {
    fc.assert(
      fc.property(anyTime, fc.nat(23), fc.string({ minLength: 1, maxLength: 1 }), (at, place, by) => {
        const text = formatTime(at)
        const changed = text.slice(0, place) + by + text.slice(place + 1)
        const read = parseRfc3339(changed)
        if (read !== undefined && !/[.tz+-]/i.test(by))
          expect(formatTime(read) === changed || changed.includes(':60')).toBe(true)
      }),
    )
  })
})

function written(at: number): string {
  const writer = new ByteWriter(1)
  writeTime(writer, at)
  return writer.view().toString()
}

describe('formatTime', () => {
  test('is what the standard library writes', () => {
    fc.assert(
      fc.property(anyTime, (at) => {
        expect(formatTime(at)).toBe(new Date(at).toISOString())
        expect(written(at)).toBe(formatTime(at))
      }),
    )
  })

  test('keeps hours apart that come in turn', () => {
    const hours = [0, 64, 128, -64, 64, 65, 0]
    for (const at of hours.map((hour) => hour * 3_600_000 + 61_001))
      expect(formatTime(at)).toBe(new Date(at).toISOString())
  })

  test('says years beyond four digits as they are', () => {
    expect(formatTime(YEAR_9999 + 1)).toBe('10000-01-01T00:00:00.000Z')
    expect(formatTime(YEAR_0 - 1)).toBe('00-1-12-31T23:59:59.999Z')
    expect(formatTime(BEGINNING)).toBe('-69387-04-22T03:45:14.752Z')
    expect(written(BEGINNING)).toBe(formatTime(BEGINNING))
  })
})

describe('the calendar', () => {
  test('days and dates are inverse of each other', () => {
    fc.assert(
      fc.property(fc.integer({ min: -800_000, max: 3_000_000 }), (days) => {
        const { year, month, day } = civilFromDays(days)
        expect(daysFromCivil(year, month, day)).toBe(days)
      }),
    )
  })
})

describe('parseTime', () => {
  test.each<[unknown, number | undefined]>([
    ['1970-01-01T00:00:01Z', 1000],
    [1000, 1000],
    [-1, -1],
    [YEAR_0, YEAR_0],
    [YEAR_9999, YEAR_9999],
    [YEAR_0 - 1, undefined],
    [YEAR_9999 + 1, undefined],
    [1.5, undefined],
    [Number.NaN, undefined],
    [Number.POSITIVE_INFINITY, undefined],
    ['1000', undefined],
    [null, undefined],
    [undefined, undefined],
    [true, undefined],
    [[1000], undefined],
  ])('of %p is %p', (value, expected) => {
    expect(parseTime(value)).toBe(expected)
  })

  test('the beginning is before every time', () => {
    expect(BEGINNING).toBeLessThan(YEAR_0)
  })
})

describe('durations', () => {
  test.each([
    ['500ms', 500],
    ['0s', 0],
    ['5s', 5000],
    ['10m', 600_000],
    ['24h', 86_400_000],
    ['7d', 604_800_000],
    ['3650d', DURATION_MAX_MS],
  ])('%s is %d ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms)
  })

  test.each([
    '',
    '5',
    's',
    '5 s',
    '-5s',
    '1.5h',
    '5S',
    '5sec',
    '1h30m',
    '3651d',
    '9999999999ms',
    '5s\n',
    '٥s',
  ])('refuses %j', (text) => {
    expect(parseDuration(text)).toBeUndefined()
  })

  test('the shortest text reads back as the same', () => {
    const anyMs = fc.oneof(
      fc.integer({ min: 0, max: 999_999_999 }),
      fc.integer({ min: 0, max: 3650 }).map((days) => days * 86_400_000),
    )
    fc.assert(fc.property(anyMs, (ms) => expect(parseDuration(formatDuration(ms))).toBe(ms)))
    expect([500, 60_000, 5_400_000, 86_400_000].map(formatDuration)).toEqual(['500ms', '1m', '90m', '1d'])
  })
})
