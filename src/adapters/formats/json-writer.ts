/**
 * JSON values as text, straight into bytes: what `JSON.stringify` writes, to the byte, in one walk over the value.
 *
 * 1. What nearly all values are made of, short ASCII texts that need no escape, small integers and amounts in cents, is written by
 *    loops; what is not goes through `JSON.stringify`, each text or number by itself.
 * 2. Room is made once, before the walk, so that nothing moves while it lasts. A value that does not fit goes the general way as a whole.
 * 3. Names are kept as bytes with their quotes and colon, and each knows which one followed it last time: mostly the one that follows.
 */
import { type ByteWriter, utf8Write } from '../../model/bytes.ts'

const QUOTE = 34
const COMMA = 44
const POINT = 46
const ZERO = 48
const OPEN_LIST = 91
const BACKSLASH = 92
const CLOSE_LIST = 93
const OPEN = 123
const CLOSE = 125
const SPACE = 32
const TILDE = 126

/** Of a value written so, and what may be written behind the last look at what is left. */
const VALUE_BYTES_MAX = 1 << 14
const SLACK_BYTES = 128
const UTF8_BYTES_MAX = 3
/** Up to here a loop over the characters costs less than native code and a look at what it wrote (measured, Node 20 and 24). */
const SHORT_TEXT = 12
const NAMES_MAX = 1000
const AMOUNT_MAX = 1e7

/** In place of a position: it does not fit, or is no JSON. */
export const UNUSUAL = -1

/** A text that is written often. */
export class Fragment {
  readonly text: string
  readonly size: number
  /** Four bytes a word, and zeros behind the last. */
  readonly words: Int32Array
  /** Of a name: what followed it last time. */
  next: Fragment | undefined

  constructor(text: string, written: string) {
    const source = Buffer.from(written)
    this.text = text
    this.size = source.length
    this.words = new Int32Array((source.length + 3) >> 2)
    const view = new DataView(this.words.buffer)
    for (let i = 0; i < source.length; i++) view.setUint8(i, source[i] as number)
    for (let i = 0; i < this.words.length; i++) this.words[i] = view.getInt32(4 * i)
  }
}

const TRUE = new Fragment('', 'true')
const FALSE = new Fragment('', 'false')
const NULL = new Fragment('', 'null')
const names = new Map<string, Fragment>()
let before: Fragment = NULL

/** What is written into, from {@link beginJson} to the next. */
let bytes: Buffer = Buffer.alloc(0)
let view: DataView = new DataView(new ArrayBuffer(0))
let limit = 0

/** Makes room for a value; answers where it begins. */
export function beginJson(writer: ByteWriter): number {
  writer.reserve(VALUE_BYTES_MAX + SLACK_BYTES)
  const { buffer, length } = writer
  if (bytes !== buffer) {
    bytes = buffer
    view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length)
  }
  limit = length + VALUE_BYTES_MAX
  return length
}

/** Each of these writes at `at` and answers where it ended, or {@link UNUSUAL}, and passes that on. */
export function putValue(value: unknown, at: number): number {
  switch (typeof value) {
    case 'string':
      return putText(value, at)
    case 'number':
      return putNumber(value, at)
    case 'boolean':
      return putFragment(value ? TRUE : FALSE, at)
    case 'object':
      if (value === null) return putFragment(NULL, at)
      return Array.isArray(value) ? putList(value, at) : putObject(value as Record<string, unknown>, at)
    case 'bigint':
    case 'function':
    case 'symbol':
    case 'undefined':
      return UNUSUAL
  }
}

export function putFragment({ words, size }: Fragment, at: number): number {
  if (at < 0 || at + size > limit) return UNUSUAL
  for (let i = 0; i < words.length; i++) view.setInt32(at + 4 * i, words[i] as number)
  return at + size
}

function putList(values: readonly unknown[], start: number): number {
  if (start < 0 || start > limit) return UNUSUAL
  let at = start
  bytes[at++] = OPEN_LIST
  for (let i = 0; i < values.length; i++) {
    if (i > 0) bytes[at++] = COMMA
    at = putValue(values[i] ?? null, at)
    if (at < 0) return UNUSUAL
  }
  if (at > limit) return UNUSUAL
  bytes[at] = CLOSE_LIST
  return at + 1
}

function putObject(value: Readonly<Record<string, unknown>>, start: number): number {
  if (start < 0 || start > limit) return UNUSUAL
  let at = start
  bytes[at++] = OPEN
  let first = true
  for (const name in value) {
    const member = value[name]
    if (member === undefined) continue
    if (first) first = false
    else bytes[at++] = COMMA
    const guess = before.next
    const fragment = guess !== undefined && guess.text === name ? guess : nameOf(name)
    before = fragment
    at = putValue(member, putFragment(fragment, at))
    if (at < 0) return UNUSUAL
  }
  if (at > limit) return UNUSUAL
  bytes[at] = CLOSE
  return at + 1
}

function nameOf(name: string): Fragment {
  let fragment = names.get(name)
  if (fragment === undefined) {
    // Names are few, unless somebody makes them up.
    if (names.size >= NAMES_MAX) names.clear()
    names.set(name, (fragment = new Fragment(name, `${JSON.stringify(name)}:`)))
  }
  before.next = fragment
  return fragment
}

/** The next name is the one that followed this fragment last time, most likely. */
export function nameBehind(fragment: Fragment): void {
  before = fragment
}

/** A text with its quotes. */
export function putText(text: string, start: number): number {
  const size = text.length
  if (start < 0 || start + UTF8_BYTES_MAX * size > limit) return UNUSUAL
  let at = start
  bytes[at++] = QUOTE
  if (size <= SHORT_TEXT) {
    for (let i = 0; i < size; i++) {
      const code = text.charCodeAt(i)
      if (code < SPACE || code > TILDE || code === QUOTE || code === BACKSLASH) return putWritten(text, start)
      bytes[at++] = code
    }
  } else {
    // As many bytes as characters: ASCII.
    if (utf8Write(bytes, text, at) !== size || !isPlain(at, at + size)) return putWritten(text, start)
    at += size
  }
  bytes[at] = QUOTE
  return at + 1
}

/** Of ASCII: four bytes a step; nothing below a space, no quote, no backslash. Each of the differences borrows from its byte's top bit. */
function isPlain(start: number, end: number): boolean {
  let at = start
  for (; at + 4 <= end; at += 4) {
    const word = view.getInt32(at)
    const low = (word - 0x20202020) | ((word ^ 0x22222222) - 0x01010101) | ((word ^ 0x5c5c5c5c) - 0x01010101)
    if ((low & 0x80808080) !== 0) return false
  }
  for (; at < end; at++) {
    const code = bytes[at] as number
    if (code < SPACE || code === QUOTE || code === BACKSLASH) return false
  }
  return true
}

/** The general way of a text or a number. */
function putWritten(value: string | number, at: number): number {
  const written = JSON.stringify(value)
  return at + UTF8_BYTES_MAX * written.length > limit ? UNUSUAL : at + utf8Write(bytes, written, at)
}

function putNumber(value: number, start: number): number {
  if (start < 0 || start > limit) return UNUSUAL
  if (!(value >= 0 && value < AMOUNT_MAX)) return putWritten(value, start)
  const whole = value | 0
  if (whole === value) return putDigits(whole, start)
  // The shortest text of a number that is so many hundredths is theirs: no two texts of fifteen digits mean the same number.
  const cents = Math.round(value * 100)
  if (cents / 100 !== value) return putWritten(value, start)
  let at = putDigits(whole, start)
  const rest = cents - 100 * whole
  const tens = (rest / 10) | 0
  const ones = rest - 10 * tens
  bytes[at++] = POINT
  bytes[at++] = ZERO + tens
  if (ones > 0) bytes[at++] = ZERO + ones
  return at
}

function putDigits(value: number, start: number): number {
  let end = start + 1
  for (let least = 10; value >= least; least *= 10) end++
  let rest = value
  for (let at = end; at > start; ) {
    const tenth = (rest / 10) | 0
    bytes[--at] = ZERO + rest - 10 * tenth
    rest = tenth
  }
  return end
}
