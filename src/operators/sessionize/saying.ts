/** What events of a type say to a session: found once for each type of the table, since every event asks. */
import { EVENT_TYPES } from '../../model/event-types.ts'

export interface Saying {
  /** The type alone: the list of a block of one event. */
  readonly types: readonly string[]
  /** Its fields may hold something for a session: what nobody reads is never decoded. */
  readonly tells: boolean
  /** `product_id` is a product of the session. */
  readonly isProduct: boolean
  /** `price` x `quantity` goes into the cart (1) or out of it (-1). */
  readonly cart: 1 | 0 | -1
  readonly converts: boolean
  /** `products` lists products of the session. */
  readonly isOrder: boolean
  readonly isPage: boolean
}

/** Fields that a session has a use for. A type of the table without any of them is not asked for an unknown field either. */
const TELLING = ['product_id', 'products', 'price', 'total', 'currency']

/** For a type that the table may not know: then any field may be there. */
export function sayingOf(type: string): Saying {
  const fields = EVENT_TYPES.get(type)?.fields
  return {
    types: [type],
    tells: fields === undefined || TELLING.some((name) => name in fields),
    isProduct: type.startsWith('product.'),
    cart: type === 'product.added' ? 1 : type === 'product.removed' ? -1 : 0,
    converts: type === 'order.completed' || type === 'ticket.purchased',
    isOrder: type === 'order.completed',
    isPage: type === 'page.viewed',
  }
}
