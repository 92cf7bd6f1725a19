/**
 * Texts found by their bytes: the same names and words come again and again, and looking one up costs a third of the call into native
 * code that makes it anew. It is also one string then, so that comparing it is comparing pointers.
 */
import { asciiText } from './bytes.ts'

/** Longer texts are seldom the same ones. */
const BYTES_MAX = 24
/** Places of the look-up, each for the text that came last. */
const SLOTS = 1024
const texts: (string | undefined)[] = Array.from({ length: SLOTS }, () => undefined)

/** The text of a few bytes of ASCII; undefined: they are not that, and the text is to be made by who asks. */
export function knownText(buffer: Buffer, start: number, end: number): string | undefined {
  let hash = end - start
  if (hash > BYTES_MAX) return undefined
  for (let i = start; i < end; i++) {
    const byte = buffer[i] as number
    if (byte > 127) return undefined
    hash = (Math.imul(hash, 31) + byte) | 0
  }
  const slot = (hash ^ (hash >>> 10)) & (SLOTS - 1)
  const known = texts[slot]
  if (known !== undefined && isText(known, buffer, start, end)) return known
  const text = asciiText(buffer, start, end)
  texts[slot] = text
  return text
}

/** Whether a text is these bytes, which are ASCII. */
export function isText(text: string, buffer: Buffer, start: number, end: number): boolean {
  if (text.length !== end - start) return false
  for (let i = start; i < end; i++) if (text.charCodeAt(i - start) !== buffer[i]) return false
  return true
}
