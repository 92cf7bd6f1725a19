/**
 * Orders on the control topic, as JSON that anybody may look at: it says who is meant by keyed hashes alone.
 *
 *     {"version":1,"erase":{"person":null,"prints":[{"place":-1234,"digest":"0f..."}]},"lift":false}
 */
import type { Decoded, EraseOrder } from '../../runtime/ports/codec.ts'
import { Misfit, refusal } from './answer.ts'
import { jsonObject } from './json-text.ts'
import { isObject } from './source-event.ts'

const VERSION = 1
const DIGEST = /^[0-9a-f]{32}$/

export const controlOrder = (erase: EraseOrder, lift: boolean): Buffer =>
  Buffer.from(
    JSON.stringify({
      version: VERSION,
      erase: { person: erase.person ?? null, prints: erase.prints },
      lift,
    }),
  )

/** The record's value is `buffer[start, end)`. What is no order of this version is refused, and the gate goes on. */
export function decodeControlOrder(buffer: Buffer, start: number, end: number): Decoded {
  const wrong = (detail: string): Decoded =>
    refusal(new Misfit('invalid-event', detail), undefined, undefined)
  if (end <= start) return wrong('an order has no value')
  const value = jsonObject(buffer, start, end, 'the order')
  if (value instanceof Misfit) return refusal(value, undefined, undefined)
  const { version, erase, lift } = value
  if (version !== VERSION)
    return wrong(`an order of version ${String(version)}, which this version does not know`)
  if (!isObject(erase) || typeof lift !== 'boolean') return wrong('an order must say erase and lift')
  const person = isDigest(erase['person']) ? erase['person'] : undefined
  const listed: readonly unknown[] = Array.isArray(erase['prints']) ? erase['prints'] : []
  const prints = listed.flatMap((one) => {
    if (!isObject(one)) return []
    const { place, digest } = one
    return typeof place === 'number' && isDigest(digest) ? [{ place, digest }] : []
  })
  if (prints.length < listed.length) return wrong('a print must be {"place": number, "digest": 32 digits}')
  return { kind: 'erase', of: { person, prints }, lift }
}

const isDigest = (value: unknown): value is string => typeof value === 'string' && DIGEST.test(value)
