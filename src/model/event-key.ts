/** The dedupe key of an event as `hash.ts` makes it of texts, of the bytes of those texts. */

/**
 * `eventKey` of a source and an id that are ASCII, without making their texts: 29 ns instead of 157. -1: there are other bytes among
 * them.
 */
export function eventKeyOfAscii(
  buffer: Uint8Array,
  sourceStart: number,
  sourceEnd: number,
  idStart: number,
  idEnd: number,
): number {
  let a = 0xdeadbeef ^ (sourceEnd - sourceStart)
  let b = 0x41c6ce57
  let seen = 0
  for (let i = sourceStart; i < sourceEnd; i++) {
    const c = buffer[i] as number
    seen |= c
    a = Math.imul(a ^ c, 2654435761)
    b = Math.imul(b ^ c, 1597334677)
  }
  for (let i = idStart; i < idEnd; i++) {
    const c = buffer[i] as number
    seen |= c
    a = Math.imul(a ^ c, 2654435761)
    b = Math.imul(b ^ c, 1597334677)
  }
  if (seen > 127) return -1
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909)
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909)
  return 4294967296 * (2097151 & b) + (a >>> 0)
}
