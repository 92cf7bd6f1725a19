/** How events of the table (contracts, section 3) become changes of a cart. */
import { fieldOf, type StreamEvent } from '../../model/event.ts'
import { ADDED, CHECKOUT, REMOVED, type Change, type ChangeKind } from './fold.ts'

const KINDS: Readonly<Record<string, ChangeKind>> = {
  'product.added': ADDED,
  'product.removed': REMOVED,
  'checkout.started': CHECKOUT,
}

/** Undefined: a type that changes no cart. */
export const kindOf = (type: string): ChangeKind | undefined => KINDS[type]

export const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined
const numberOf = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined)

/** A change of a cart out of an event; `quantity` is 1 when nobody says it (C7). */
export function changeOf(event: StreamEvent, kind: ChangeKind): Change {
  const { time } = event
  const currency = textOf(fieldOf(event, 'currency'))
  if (kind === CHECKOUT)
    return { at: time, kind, product: '', quantity: 0, price: undefined, category: undefined, currency }
  return {
    at: time,
    kind,
    product: textOf(fieldOf(event, 'product_id')) ?? '',
    quantity: numberOf(fieldOf(event, 'quantity')) ?? 1,
    price: numberOf(fieldOf(event, 'price')),
    category: textOf(fieldOf(event, 'category')),
    currency,
  }
}
