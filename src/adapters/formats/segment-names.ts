/** Names of Segment's track calls as event types (contracts, E4): "Product Added" is `product.added`. */
import { isEventType } from '../../model/event-types.ts'

/** Names that do not follow the rule of the last word. */
const SPECIAL: ReadonlyMap<string, string> = new Map([
  ['products searched', 'product.searched'],
  ['product added to wishlist', 'product.saved'],
])
/** An upstream has some dozens of names; past this many they are worked out each time. */
const NAMES_KEPT_MAX = 1000
const NAME_LENGTH_MAX = 200
const kept = new Map<string, string>()

/** The words in lower case, the last one behind a dot; `undefined` for a single word, or words that are no type. */
export function segmentEventType(name: string): string | undefined {
  const known = kept.get(name)
  if (known !== undefined) return known
  if (name.length > NAME_LENGTH_MAX) return undefined
  const words = name
    .toLowerCase()
    .split(/[\s./-]+/)
    .filter((word) => word !== '')
  const last = words.pop()
  if (last === undefined || words.length === 0) return undefined
  const type = SPECIAL.get([...words, last].join(' ')) ?? `${words.join('_')}.${last}`
  if (!isEventType(type)) return undefined
  if (kept.size < NAMES_KEPT_MAX) kept.set(name, type)
  return type
}
