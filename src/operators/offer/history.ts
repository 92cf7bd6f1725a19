/** What descriptions of a person said, as of a time, beside what texts did; lists are in the order of `timed-texts.ts`. */
import type { Json } from '../../model/event.ts'
import { HISTORY_VALUES_MAX, type Timed, union } from '../../model/timed-texts.ts'
import type { EpochMs } from '../../model/time.ts'

export {
  HISTORY_VALUES_MAX,
  isNewest,
  mergeTexts,
  type Timed,
  valueAt,
  withText,
} from '../../model/timed-texts.ts'

/** Traits of one person, by name; length of a name, and of a value as JSON. Sixteen such lists stay below a person's bytes. */
export const TRAITS_MAX = 100
const TRAIT_NAME_LENGTH_MAX = 64
const TRAIT_LENGTH_MAX = 200

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

/** What each description said, oldest first; past the limit the two oldest become one. */
export function mergeTraits(a: readonly Timed<Json>[], b: readonly Timed<Json>[]): readonly Timed<Json>[] {
  const all = union(a, b)
  while (all.length > HISTORY_VALUES_MAX) {
    const [first, second] = all as [Timed<Json>, Timed<Json>]
    all.splice(0, 2, { at: second.at, value: boundTraits({ ...first.value, ...second.value }) })
  }
  return all
}

/** All traits as of a time: each name has what was last said of it. */
export function traitsAt(history: readonly Timed<Json>[], at: EpochMs): Json {
  const said = history.filter((entry) => entry.at <= at).map((entry) => entry.value)
  return Object.assign({}, ...said) as Json
}

/** Traits as they are kept: not more than the limit, none too long, no name that means something to the language. */
export function boundTraits(traits: Json): Json {
  const kept = Object.entries(traits).filter(
    ([name, value]) =>
      name !== '__proto__' &&
      name.length <= TRAIT_NAME_LENGTH_MAX &&
      textOf(value ?? null).length <= TRAIT_LENGTH_MAX,
  )
  return Object.fromEntries(kept.slice(0, TRAITS_MAX))
}
