/**
 * Time as the whole house speaks of it: integer milliseconds since 1970-01-01T00:00:00Z.
 * No clock is read here; text becomes a number and a number becomes text, the same on every machine.
 */
import type { ByteWriter } from './bytes.ts'
import { DURATION_MAX_MS } from './limits.ts'

/** Milliseconds since the epoch, an integer. */
export type EpochMs = number
/** A span in milliseconds, an integer, never negative. */
export type DurationMs = number

/** Before everything: the watermark of a source that has not spoken yet. Within what a varint of `bytes.ts` holds. */
export const BEGINNING: EpochMs = -(2 ** 51)

export const SECOND_MS = 1000
export const MINUTE_MS = 60_000
export const HOUR_MS = 3_600_000
export const DAY_MS = 86_400_000

/** 0000-01-01T00:00:00.000Z and 9999-12-31T23:59:59.999Z: what RFC 3339 text can say. */
const TIME_MIN: EpochMs = -62_167_219_200_000
const TIME_MAX: EpochMs = 253_402_300_799_999

/** Days since 1970-01-01 of a date in the proleptic Gregorian calendar (Hinnant's algorithm). */
export function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}

/** The inverse of {@link daysFromCivil}. */
export function civilFromDays(days: number): {
  readonly year: number
  readonly month: number
  readonly day: number
} {
  const z = days + 719_468
  const era = Math.floor(z / 146_097)
  const doe = z - era * 146_097
  const yoe = Math.floor(
    (doe - Math.floor(doe / 1460) + Math.floor(doe / 36_524) - Math.floor(doe / 146_096)) / 365,
  )
  const doy = doe - (365 * yoe + Math.floor(yoe / 4) - Math.floor(yoe / 100))
  const mp = Math.floor((5 * doy + 2) / 153)
  const month = mp + (mp < 10 ? 3 : -9)
  return {
    year: yoe + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: doy - Math.floor((153 * mp + 2) / 5) + 1,
  }
}

const DAYS_IN_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
function daysInMonth(year: number, month: number): number {
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  return month === 2 && leap ? 29 : (DAYS_IN_MONTH[month - 1] ?? 0)
}

/** Two digits of `text` at `at`, or -1. By char code: this runs once per event, and a regular expression costs five times as much. */
function two(text: string, at: number): number {
  const a = text.charCodeAt(at) - 48
  const b = text.charCodeAt(at + 1) - 48
  return a >= 0 && a <= 9 && b >= 0 && b <= 9 ? a * 10 + b : -1
}

/**
 * RFC 3339 date-time with an offset, to milliseconds; `undefined` if it is none. Digits beyond the third of a second's
 * fraction are cut; a leap second (23:59:60 UTC) is the last millisecond of its minute; `t` and `z` may be lower case.
 */
export function parseRfc3339(text: string): EpochMs | undefined {
  const length = text.length
  if (length < 20 || text.charCodeAt(4) !== 45 || text.charCodeAt(7) !== 45) return undefined
  const century = two(text, 0)
  const years = two(text, 2)
  const month = two(text, 5)
  const day = two(text, 8)
  const separator = text.charCodeAt(10) | 32
  const hour = two(text, 11)
  const minute = two(text, 14)
  const second = two(text, 17)
  if (
    century < 0 ||
    years < 0 ||
    separator !== 116 ||
    text.charCodeAt(13) !== 58 ||
    text.charCodeAt(16) !== 58
  )
    return undefined
  const year = century * 100 + years
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) return undefined
  let at = 19
  let ms = 0
  if (text.charCodeAt(at) === 46) {
    const from = ++at
    let scale = 100
    for (; at < length; at++) {
      const digit = text.charCodeAt(at) - 48
      if (digit < 0 || digit > 9) break
      ms += digit * scale
      scale = Math.floor(scale / 10)
    }
    if (at === from) return undefined
  }
  const offsetMs = parseOffset(text, at)
  if (offsetMs === undefined) return undefined
  const leap = second === 60
  const minuteStart =
    daysFromCivil(year, month, day) * DAY_MS + hour * HOUR_MS + minute * MINUTE_MS - offsetMs
  if (leap) {
    const ofDay = (((minuteStart % DAY_MS) + DAY_MS) % DAY_MS) / MINUTE_MS
    return ofDay === 1439 ? minuteStart + 59_999 : undefined
  }
  const result = minuteStart + second * SECOND_MS + ms
  return result < TIME_MIN || result > TIME_MAX ? undefined : result
}

/** `Z` or `+hh:mm` that ends the text, in milliseconds; `undefined` if it is neither. */
function parseOffset(text: string, at: number): number | undefined {
  const sign = text.charCodeAt(at)
  if ((sign | 32) === 122) return text.length === at + 1 ? 0 : undefined
  if ((sign !== 43 && sign !== 45) || text.length !== at + 6 || text.charCodeAt(at + 3) !== 58)
    return undefined
  const hours = two(text, at + 1)
  const minutes = two(text, at + 4)
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return undefined
  const ms = hours * HOUR_MS + minutes * MINUTE_MS
  return sign === 45 ? -ms : ms
}

/** The `time` of an event: RFC 3339 text, or an integer of epoch milliseconds within the years 0000 to 9999. */
export function parseTime(value: unknown): EpochMs | undefined {
  if (typeof value === 'string') return parseRfc3339(value)
  if (typeof value === 'number' && Number.isInteger(value) && value >= TIME_MIN && value <= TIME_MAX)
    return value
  return undefined
}

const PAIRS = Array.from({ length: 100 }, (_, n) => String(n).padStart(2, '0'))
const pair = (value: number): string => PAIRS[value] as string

/** `2026-05-02T10:`, of any hour that a number can say. */
function hourText(hour: number): string {
  const days = Math.floor(hour / 24)
  const { year, month, day } = civilFromDays(days)
  return `${String(year).padStart(4, '0')}-${pair(month)}-${pair(day)}T${pair(hour - days * 24)}:`
}

/** Hours that were written lately, each at its place: outputs of a time share a few, and the calendar costs more than the rest. */
const HOURS_KEPT = 64
const HOUR_CODES = 14
const keptHours = new Float64Array(HOURS_KEPT).fill(Number.NaN)
const keptCodes = new Uint8Array(HOURS_KEPT * HOUR_CODES)

/** Where the codes of an hour begin; -1: a year of more than four digits. */
function codesOf(hour: number): number {
  const place = hour & (HOURS_KEPT - 1)
  const start = place * HOUR_CODES
  if (keptHours[place] === hour) return start
  const text = hourText(hour)
  if (text.length !== HOUR_CODES) return -1
  keptHours[place] = hour
  for (let i = 0; i < HOUR_CODES; i++) keptCodes[start + i] = text.charCodeAt(i)
  return start
}

/**
 * RFC 3339 in UTC with milliseconds and `Z`: the form of every time in an output. From its codes in one go: put together of
 * pieces it is made as fast, but reading it the first time then costs twice as much (measured, Node 20 and 24).
 */
export function formatTime(at: EpochMs): string {
  const hour = Math.floor(at / HOUR_MS)
  const ofHour = at - hour * HOUR_MS
  const seconds = (ofHour / SECOND_MS) | 0
  const ms = ofHour - seconds * SECOND_MS
  const minute = (seconds / 60) | 0
  const second = seconds - minute * 60
  const from = codesOf(hour)
  if (from < 0) return `${hourText(hour)}${pair(minute)}:${pair(second)}.${String(ms).padStart(3, '0')}Z`
  const tenMinutes = (minute / 10) | 0
  const tenSeconds = (second / 10) | 0
  const tenth = (ms / 100) | 0
  const hundredth = (ms / 10) | 0
  const codes = keptCodes
  return String.fromCharCode(
    codes[from] as number,
    codes[from + 1] as number,
    codes[from + 2] as number,
    codes[from + 3] as number,
    codes[from + 4] as number,
    codes[from + 5] as number,
    codes[from + 6] as number,
    codes[from + 7] as number,
    codes[from + 8] as number,
    codes[from + 9] as number,
    codes[from + 10] as number,
    codes[from + 11] as number,
    codes[from + 12] as number,
    codes[from + 13] as number,
    ZERO + tenMinutes,
    ZERO + minute - 10 * tenMinutes,
    COLON,
    ZERO + tenSeconds,
    ZERO + second - 10 * tenSeconds,
    POINT,
    ZERO + tenth,
    ZERO + hundredth - 10 * tenth,
    ZERO + ms - 10 * hundredth,
    ZULU,
  )
}

/** {@link formatTime} into bytes: a third of the price of a text that is written. */
export function writeTime(writer: ByteWriter, at: EpochMs): void {
  const hour = Math.floor(at / HOUR_MS)
  const from = codesOf(hour)
  if (from < 0) {
    writer.characters(formatTime(at))
    return
  }
  const ofHour = at - hour * HOUR_MS
  const seconds = (ofHour / SECOND_MS) | 0
  const ms = ofHour - seconds * SECOND_MS
  const minute = (seconds / 60) | 0
  const hundredth = (ms / 10) | 0
  writer.reserve(TIME_CODES)
  const { buffer, length: to } = writer
  for (let i = 0; i < HOUR_CODES; i++) buffer[to + i] = keptCodes[from + i] as number
  putPair(buffer, to + 14, minute)
  buffer[to + 16] = COLON
  putPair(buffer, to + 17, seconds - minute * 60)
  buffer[to + 19] = POINT
  putPair(buffer, to + 20, hundredth)
  buffer[to + 22] = ZERO + ms - 10 * hundredth
  buffer[to + 23] = ZULU
  writer.length = to + TIME_CODES
}

function putPair(buffer: Buffer, at: number, value: number): void {
  const tens = (value / 10) | 0
  buffer[at] = ZERO + tens
  buffer[at + 1] = ZERO + value - 10 * tens
}

const TIME_CODES = 24
const ZERO = 48
const COLON = 58
const POINT = 46
const ZULU = 90

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: SECOND_MS, m: MINUTE_MS, h: HOUR_MS, d: DAY_MS }

/** `500ms 5s 10m 24h 7d` to milliseconds; `undefined` if it is no such text or longer than ten years. */
export function parseDuration(text: string): DurationMs | undefined {
  const match = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text)
  if (match === null) return undefined
  const ms = Number(match[1]) * (UNIT_MS[match[2] as string] as number)
  return ms <= DURATION_MAX_MS ? ms : undefined
}

/** The shortest text that {@link parseDuration} reads back as `ms`. */
export function formatDuration(ms: DurationMs): string {
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    const size = UNIT_MS[unit] as number
    if (ms >= size && ms % size === 0) return `${ms / size}${unit}`
  }
  return `${ms}ms`
}
