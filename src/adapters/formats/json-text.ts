/** Bytes to a JSON object, exactly: what is no UTF-8 or no JSON is said, never repaired. */
import { isUtf8 } from 'node:buffer'
import type { Json } from '../../model/event.ts'
import { Misfit } from './answer.ts'
import { isObject } from './source-event.ts'

/** An escape of half a surrogate pair; the pairs among them are well. */
const SURROGATE_ESCAPE = /\\u[dD][89a-fA-F]/
const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/

/** The object that `buffer[start, end)` is the text of. `what` names it in the finding: `the line`. */
export function jsonObject(buffer: Buffer, start: number, end: number, what: string): Json | Misfit {
  const text = buffer.toString('utf8', start, end)
  // Bad bytes turn into U+FFFD, so only texts that hold one need the second look. The search ends at once on Latin-1 strings.
  if (text.includes('\ufffd') && !isUtf8(buffer.subarray(start, end)))
    return new Misfit('not-json', `${what} is not UTF-8`)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // The parser's own words quote the data, and differ between versions of Node.
    return new Misfit('not-json', text.trim() === '' ? `${what} is empty` : `${what} is not JSON`)
  }
  if (!isObject(value)) return new Misfit('invalid-event', `${what} is JSON, but no object`)
  if (holdsHalfPair(text, value)) {
    return new Misfit('invalid-event', `${what} holds half of a surrogate pair, which is no character`)
  }
  return value
}

/**
 * Whether a value holds half a surrogate pair; `text` is what it was parsed from. No UTF-8 can hold one, so it would come back from
 * a state as another text.
 */
export function holdsHalfPair(text: string, value: Json): boolean {
  return text.includes('\\u') && SURROGATE_ESCAPE.test(text) && holdsLoneSurrogate(value)
}

/** With a list of its own instead of the stack: this runs before the depth is checked. */
function holdsLoneSurrogate(root: Json): boolean {
  const left: unknown[] = [root]
  for (let value = left.pop(); value !== undefined; value = left.pop()) {
    if (typeof value === 'string' && LONE_SURROGATE.test(value)) return true
    if (typeof value !== 'object' || value === null) continue
    for (const key of Object.keys(value)) left.push(key, (value as Json)[key])
  }
  return false
}
