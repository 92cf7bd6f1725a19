/**
 * Walks JSON text as bytes, making nothing of what nobody asks for.
 *
 * 1. It takes plain ASCII without escapes; whatever else comes, or is no JSON, sets `failed`, and the rest of the text is gone. The text
 *    is then for the general way, which knows the words for what is wrong. So nothing here has to be said, only found.
 * 2. What it passes it has judged: text that it walks to its end is JSON, and `JSON.parse` makes the same of it.
 */
import { sameBytes, viewOf } from '../../model/byte-words.ts'
import { asciiText, type ByteWriter } from '../../model/bytes.ts'
import { type KnownName, isPlain, knownName, parsed } from './json-words.ts'

const SPACE = 32
const QUOTE = 34
const COMMA = 44
const MINUS = 45
const POINT = 46
const ZERO = 48
const COLON = 58
const OPEN_LIST = 91
const BACKSLASH = 92
const CLOSE_LIST = 93
const OPEN_OBJECT = 123
const CLOSE_OBJECT = 125
const ASCII_MAX = 127
/** Whole numbers of so many digits are exact, as are the powers of ten up to there; so their quotient is the nearest number. */
const EXACT_DIGITS = 15
const POWERS = Array.from({ length: EXACT_DIGITS + 1 }, (_, power) => 10 ** power)
/** A length that is one byte as a zigzag varint. */
const SHORT_TEXT = 64

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= ZERO && byte <= 57

export class JsonScanner {
  buffer: Buffer = Buffer.alloc(0)
  at = 0
  end = 0
  private view = viewOf(this.buffer)
  /** Of the writer that texts are taken into. */
  private into = this.buffer
  private intoView = this.view
  failed = false
  /** Where the text passed last ends, its quotes left out. */
  textEnd = 0

  reset(buffer: Buffer, start: number, end: number): void {
    if (buffer !== this.buffer) {
      this.buffer = buffer
      this.view = viewOf(buffer)
    }
    this.at = start
    this.end = end
    this.failed = false
  }

  fail(): void {
    this.failed = true
    this.at = this.end
  }

  /** The next byte that is no white space; 0 at the end. */
  peek(): number {
    const { buffer, end } = this
    let { at } = this
    let byte = 0
    for (; at < end; at++) {
      byte = buffer[at] as number
      if (byte > SPACE || (byte !== SPACE && byte !== 9 && byte !== 10 && byte !== 13)) break
    }
    this.at = at
    return at < end ? byte : 0
  }

  /** Goes into an object; false: it is empty, and passed. */
  enter(): boolean {
    return this.enterInto(OPEN_OBJECT, CLOSE_OBJECT)
  }

  /** Behind a member: whether there is another one; else the object is passed. */
  moreMembers(): boolean {
    return this.more(CLOSE_OBJECT)
  }

  /** The same of a list. */
  moreItems(): boolean {
    return this.more(CLOSE_LIST)
  }

  private more(close: number): boolean {
    const byte = this.peek()
    this.at++
    if (byte === COMMA) return true
    if (byte !== close) this.fail()
    return false
  }

  /** Goes into a list; false: it is empty, and passed. */
  enterList(): boolean {
    return this.enterInto(OPEN_LIST, CLOSE_LIST)
  }

  private enterInto(open: number, close: number): boolean {
    this.pass(open)
    if (this.peek() !== close) return !this.failed
    this.at++
    return false
  }

  /** Passes a member's name and its colon, if they are these bytes. */
  passKnown({ view, size }: KnownName): boolean {
    this.peek()
    const to = this.at + size
    if (to > this.end || !sameBytes(this.view, this.at, to, view, 0)) return false
    this.at = to
    return true
  }

  /** What was passed from a name on, which begins there. */
  known(name: number): KnownName {
    return knownName(Buffer.from(this.buffer.subarray(name - 1, this.at)))
  }

  /** Passes a member's name and its colon; answers where the name begins, `textEnd` where it ends. */
  passName(): number {
    const start = this.passText()
    const { textEnd } = this
    this.pass(COLON)
    this.textEnd = textEnd
    return start
  }

  /** Passes a text; answers where it begins. */
  passText(): number {
    if (this.peek() !== QUOTE) {
      this.fail()
      return 0
    }
    const { buffer, view, end } = this
    const start = this.at + 1
    let at = start
    while (at + 4 <= end && isPlain(view.getInt32(at, true))) at += 4
    for (; at < end; at++) {
      const byte = buffer[at] as number
      if (byte === QUOTE) break
      if (byte < SPACE || byte > ASCII_MAX || byte === BACKSLASH) at = end
    }
    if (at >= end) {
      this.fail()
      return 0
    }
    this.textEnd = at
    this.at = at + 1
    return start
  }

  /**
   * Passes a text and writes it with its length in front, as a zigzag varint; answers its length.
   * Four bytes at a time: a call into native code costs more than most texts are long (measured, Node 20 and 24).
   */
  takeText(to: ByteWriter): number {
    if (this.peek() !== QUOTE) {
      this.fail()
      return 0
    }
    const { buffer, view, end } = this
    to.reserve(end - this.at)
    const into = to.buffer
    if (into !== this.into) {
      this.into = into
      this.intoView = viewOf(into)
    }
    const { intoView } = this
    const start = this.at + 1
    const shift = to.length + 1 - start
    let at = start
    for (; at + 4 <= end; at += 4) {
      const word = view.getInt32(at, true)
      if (!isPlain(word)) break
      intoView.setInt32(at + shift, word, true)
    }
    for (; at < end; at++) {
      const byte = buffer[at] as number
      if (byte === QUOTE) break
      if (byte < SPACE || byte > ASCII_MAX || byte === BACKSLASH) at = end
      else into[at + shift] = byte
    }
    if (at >= end) {
      this.fail()
      return 0
    }
    this.at = at + 1
    const size = at - start
    if (size < SHORT_TEXT) {
      into[to.length] = 2 * size
      to.length += size + 1
      return size
    }
    to.int(size)
    to.raw(buffer, start, at)
    return size
  }

  /** Passes a number, where one begins. */
  takeNumber(): number {
    const { buffer } = this
    const from = this.at
    let at = from
    if (buffer[at] === MINUS) at++
    const first = at
    let digits = 0
    for (; isDigit(buffer[at]); at++) digits = digits * 10 + (buffer[at] as number) - ZERO
    const whole = at - first
    if (whole === 0 || (whole > 1 && buffer[first] === ZERO)) {
      this.fail()
      return 0
    }
    let scale = 0
    if (buffer[at] === POINT) {
      const point = at++
      for (; isDigit(buffer[at]); at++) digits = digits * 10 + (buffer[at] as number) - ZERO
      scale = at - point - 1
      if (scale === 0) {
        this.fail()
        return 0
      }
    }
    this.at = at
    const next = (buffer[at] as number) | 32
    if (next === 101 || whole + scale > EXACT_DIGITS) return this.unusualNumber(from)
    const value = scale === 0 ? digits : digits / (POWERS[scale] as number)
    return first === from ? value : -value
  }

  /** With an exponent, or more digits than are exact. */
  private unusualNumber(from: number): number {
    const { buffer, end } = this
    let { at } = this
    for (; at < end; at++) {
      const byte = buffer[at] as number
      if (!isDigit(byte) && (byte | 32) !== 101 && byte !== 43 && byte !== MINUS) break
    }
    this.at = at
    const value = parsed(asciiText(buffer, from, at))
    if (typeof value === 'number') return value
    this.fail()
    return 0
  }

  /** Passes `true`, `false` or `null`; anything else is undefined. */
  takeWord(): boolean | null | undefined {
    if (this.passWord('true')) return true
    if (this.passWord('false')) return false
    if (this.passWord('null')) return null
    this.fail()
    return undefined
  }

  /** Passes an object or a list, and makes it; undefined: it is unusual. */
  takeNested(): unknown {
    const { buffer, end } = this
    const from = this.at
    let depth = 0
    for (let at = from; at < end; at++) {
      const byte = buffer[at] as number
      if (byte === QUOTE) {
        this.at = at
        this.passText()
        if (this.failed) return undefined
        at = this.at - 1
      } else if (byte === OPEN_OBJECT || byte === OPEN_LIST) depth++
      else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) {
        depth--
        if (depth === 0) {
          this.at = at + 1
          const value = parsed(asciiText(buffer, from, at + 1))
          if (value === undefined) this.fail()
          return value
        }
      } else if (byte > ASCII_MAX) break
    }
    this.fail()
    return undefined
  }

  /** Passes a value of any kind. */
  passValue(): void {
    const byte = this.peek()
    if (byte === QUOTE) this.passText()
    else if (byte === OPEN_OBJECT || byte === OPEN_LIST) this.takeNested()
    else if (byte === MINUS || isDigit(byte)) this.takeNumber()
    else this.takeWord()
  }

  private pass(byte: number): void {
    if (this.peek() === byte) this.at++
    else this.fail()
  }

  private passWord(word: string): boolean {
    const { buffer, at } = this
    if (at + word.length > this.end) return false
    for (let i = 0; i < word.length; i++) if (buffer[at + i] !== word.charCodeAt(i)) return false
    this.at = at + word.length
    return true
  }
}
