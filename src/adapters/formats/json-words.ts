/** What the scanner of JSON finds in a few bytes. */
import { viewOf } from '../../model/byte-words.ts'

/** What a text cannot hold as it is, in any of four bytes: quote, backslash, control characters, and what is no ASCII. */
export function isPlain(word: number): boolean {
  const quote = word ^ 0x22222222
  const slash = word ^ 0x5c5c5c5c
  const found =
    ((quote - 0x01010101) & ~quote) | ((slash - 0x01010101) & ~slash) | ((word - 0x20202020) & ~word) | word
  return (found & 0x80808080) === 0
}

/** A member's name with its quotes and its colon, as it came, to be found again at its place in the next text. */
export interface KnownName {
  readonly view: DataView
  readonly size: number
}

export const knownName = (bytes: Buffer): KnownName => ({ view: viewOf(bytes), size: bytes.length })

/** Undefined: it is no JSON. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
