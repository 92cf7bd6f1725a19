/** Times read from bytes: those of one hour, as most of a stream are, cost a third of making a text of each. */
import { asciiText } from './bytes.ts'
import { type EpochMs, parseTime } from './time.ts'

/** `2026-05-02T10:00:00.000Z`, the form that nearly everybody writes. */
const FORM_BYTES = 24
/** `2026-05-02T10:` */
const HOUR_BYTES = 14
const COLON = 58
const POINT = 46
const ZULU = 90

/** The hour that was read last. */
const hourBytes = new Uint8Array(HOUR_BYTES)
let hourAt: EpochMs = 0

/** What `parseTime` says of the text that these bytes of ASCII are. */
export function timeOfBytes(buffer: Buffer, start: number, end: number): EpochMs | undefined {
  const ofHour = end - start === FORM_BYTES ? msOfHour(buffer, start) : -1
  if (ofHour >= 0 && isLastHour(buffer, start)) return hourAt + ofHour
  const time = parseTime(asciiText(buffer, start, end))
  if (ofHour < 0 || time === undefined) return time
  hourAt = time - ofHour
  for (let i = 0; i < HOUR_BYTES; i++) hourBytes[i] = buffer[start + i] as number
  return time
}

function isLastHour(buffer: Buffer, start: number): boolean {
  for (let i = HOUR_BYTES - 1; i >= 0; i--) if (buffer[start + i] !== hourBytes[i]) return false
  return true
}

/** -1: it is written otherwise, or has a leap second. */
function msOfHour(buffer: Buffer, start: number): number {
  if (buffer[start + 16] !== COLON || buffer[start + 19] !== POINT || buffer[start + 23] !== ZULU) return -1
  const minute = two(buffer, start + 14)
  const second = two(buffer, start + 17)
  const hundredths = two(buffer, start + 20)
  const last = (buffer[start + 22] as number) - 48
  if (minute < 0 || minute > 59 || second < 0 || second > 59 || hundredths < 0 || last < 0 || last > 9)
    return -1
  return minute * 60_000 + second * 1000 + hundredths * 10 + last
}

function two(buffer: Buffer, at: number): number {
  const tens = (buffer[at] as number) - 48
  const ones = (buffer[at + 1] as number) - 48
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? 10 * tens + ones : -1
}
