/** What events of a type say to a session: found once for each type of the table, since every event asks. */
import { EVENT_TYPES } from '../../model/event-types.ts'

/** What is counted of events: by their types and channels alone, so that one event shares it with all others of its kind. */
export interface Tally {
  readonly events: number
  readonly pages: number
  /** Sorted, and bounded to the first ones: what falls out can never come back, so the order of joining does not matter. */
  readonly types: readonly string[]
  /** How many events there are of each of the types. Beside them: a session has its types soon, and counts for ever. */
  readonly counts: readonly number[]
  readonly channels: readonly string[]
  readonly converted: boolean
}

export interface Saying {
  /** Of one event on a channel. */
  readonly tallyOn: (channel: string | undefined) => Tally
  /** Its fields may hold something for a session: what nobody reads is never decoded. */
  readonly tells: boolean
  /** `product_id` is a product of the session. */
  readonly isProduct: boolean
  /** `price` x `quantity` goes into the cart (1) or out of it (-1). */
  readonly cart: 1 | 0 | -1
  readonly converts: boolean
  /** `products` lists products of the session. */
  readonly isOrder: boolean
}

const NONE: readonly string[] = []
const ONE: readonly number[] = [1]

function tallies(type: string, converted: boolean): Saying['tallyOn'] {
  const types = [type]
  const pages = type === 'page.viewed' ? 1 : 0
  const on = (channels: readonly string[]): Tally => ({
    events: 1,
    pages,
    types,
    counts: ONE,
    channels,
    converted,
  })
  const nowhere = on(NONE)
  let last = nowhere
  // Upstreams may name any number of channels: only the last one is remembered.
  return (channel) => {
    if (channel === undefined || channel === '') return nowhere
    if (last.channels[0] !== channel) last = on([channel])
    return last
  }
}

/** Fields that a session has a use for. A type of the table without any of them is not asked for an unknown field either. */
const TELLING = ['product_id', 'products', 'price', 'total', 'currency']

/** For a type that the table may not know: then any field may be there. */
export function sayingOf(type: string): Saying {
  const fields = EVENT_TYPES.get(type)?.fields
  const converts = type === 'order.completed' || type === 'ticket.purchased'
  return {
    tallyOn: tallies(type, converts),
    tells: fields === undefined || TELLING.some((name) => name in fields),
    isProduct: type.startsWith('product.'),
    cart: type === 'product.added' ? 1 : type === 'product.removed' ? -1 : 0,
    converts,
    isOrder: type === 'order.completed',
  }
}
