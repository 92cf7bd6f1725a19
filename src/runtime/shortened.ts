/**
 * What is said where an output would take more than its topic does: such a record would stop the task for good. So the largest part of its
 * data is halved, again and again, until it fits: of a list the last entries go, of a text its end, of a mapping with very many names the last of them.
 *
 * It hangs on the data alone, so that everybody who makes the same output shortens it alike. `more` in the data counts what is not there,
 * by the place: `{"lines": 900}`.
 */
import type { Json } from '../model/event.ts'

/** A mapping with more names is halved itself; of one with fewer the largest part is. */
const NAMES_MAX = 64
/** Where so many halvings do not help, lists and mappings are told empty and texts by their beginning, with `cut: true`. */
const HALVINGS_MAX = 200
const TEXT_KEPT = 64

type Place = readonly (string | number)[]

/** `fits` writes what it is given, and says whether that is small enough; what was written last stays. */
export function shortened(data: Json, fits: (data: Json) => boolean): Json {
  const more: Record<string, number> = {}
  let said = data
  for (let i = 0; i < HALVINGS_MAX; i++) {
    const at = largestIn(said, [])
    if (at === undefined) break
    said = without(said, at, (left) => {
      const name = at.join('.')
      more[name] = (more[name] ?? 0) + left
    }) as Json
    const whole = { ...said, more }
    if (fits(whole)) return whole
  }
  const bare = {
    ...Object.fromEntries(Object.entries(data).map(([name, value]) => [name, bareOf(value)])),
    cut: true,
  }
  fits(bare)
  return bare
}

/** What takes next to no room. */
function bareOf(value: unknown): unknown {
  if (typeof value === 'string') return value.slice(0, TEXT_KEPT)
  if (typeof value !== 'object' || value === null) return value
  return Array.isArray(value) ? [] : {}
}

const sizeOf = (value: unknown): number => JSON.stringify(value)?.length ?? 0

/** Where the part stands that is to be halved; undefined: nothing can be. */
function largestIn(value: unknown, at: Place): Place | undefined {
  if (typeof value === 'string' || Array.isArray(value)) {
    if (value.length > 1) return at
    return Array.isArray(value) && value.length === 1 ? (largestIn(value[0], [...at, 0]) ?? at) : undefined
  }
  if (typeof value !== 'object' || value === null) return undefined
  const entries = Object.entries(value)
  if (entries.length > NAMES_MAX) return at
  let [largest, size] = ['', 0]
  for (const [name, inner] of entries) {
    const length = sizeOf(inner)
    if (length > size && largestIn(inner, at) !== undefined) [largest, size] = [name, length]
  }
  return size === 0 ? undefined : largestIn((value as Json)[largest], [...at, largest])
}

/** With the part at that place halved; `tell` hears how much went. */
function without(value: unknown, [first, ...rest]: Place, tell: (left: number) => void): unknown {
  if (first !== undefined) {
    if (Array.isArray(value)) return value.with(first as number, without(value[first as number], rest, tell))
    return { ...(value as Json), [first]: without((value as Json)[first], rest, tell) }
  }
  if (typeof value === 'string' || Array.isArray(value)) {
    const kept = value.length >> 1
    tell(value.length - kept)
    return value.slice(0, kept)
  }
  const entries = Object.entries(value as Json)
  tell(entries.length - (entries.length >> 1))
  return Object.fromEntries(entries.slice(0, entries.length >> 1))
}
