/**
 * The early end of an offer: an event of a type in its `expiresOn`, after the trigger, for the same instance (fine print O10).
 * Endings are kept and compared when asked, so that it does not matter whether one arrived before or after what it ends.
 */
import type { Json, StreamEvent } from '../../model/event.ts'
import { INSTANCES_PER_PERSON_MAX } from '../../model/limits.ts'
import type { EpochMs } from '../../model/time.ts'
import type { CatalogueOffer, InstanceKind, OfferReady } from './config.ts'
import type { Ending, OfferState, SentOffer } from './state.ts'

type Endings = readonly Ending[]

/** Events about a cart that name none are about the cart `default`; an order that names none is about all (contracts, section 3 and 5). */
const TYPES_OF_ONE_CART: ReadonlySet<string> = new Set([
  'product.added',
  'product.removed',
  'cart.viewed',
  'checkout.started',
])

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined

/** Products of one order that it can end offers on. */
const PRODUCTS_MAX = 50

function productsOf({ product_id, products }: Json): readonly string[] {
  const lines = Array.isArray(products) ? (products as readonly (Json | null)[]) : []
  const all = [product_id, ...lines.map((line) => line?.['product_id'])].flatMap((id) => text(id) ?? [])
  return [...new Set(all.slice(0, PRODUCTS_MAX))].sort()
}

export function endingOf(event: StreamEvent, { endsProducts }: OfferReady): Ending {
  const cart = text(event.data['cart_id']) ?? (TYPES_OF_ONE_CART.has(event.type) ? 'default' : undefined)
  return {
    at: event.time,
    type: event.type,
    trip: text(event.data['trip_id']),
    cart,
    visit: text(event.data['visit_id']),
    products: endsProducts ? productsOf(event.data) : NO_PRODUCTS,
  }
}

const NO_PRODUCTS: readonly string[] = []

const keyOf = ({ type, trip, cart, visit, products }: Ending): string =>
  JSON.stringify([type, trip, cart, visit, products])

function compare(a: Ending, b: Ending): number {
  if (a.at !== b.at) return a.at - b.at
  const [left, right] = [keyOf(a), keyOf(b)]
  return left < right ? -1 : left > right ? 1 : 0
}

/**
 * Both lists in order, each ending once; those older than any offer that they could end are let go. Decisions are made down to the
 * watermark, which one slow source holds far below the newest event, so the watermark says what is old.
 */
export function mergeEndings(a: Endings, b: Endings, watermark: EpochMs, ready: OfferReady): Endings {
  const all = [...a, ...b].sort(compare)
  const oldest = Math.min(all.at(-1)?.at ?? 0, watermark) - ready.endingsMs - ready.horizonMs
  const kept = all.filter(
    (ending, i) => ending.at > oldest && (i === 0 || compare(all[i - 1] as Ending, ending) !== 0),
  )
  return kept.slice(-INSTANCES_PER_PERSON_MAX)
}

/** Who names neither a trip nor a cart nor a product means all of them, as an order without a cart means all carts; a visit is all of a person. */
function concerns(ending: Ending, kind: InstanceKind, instance: string | undefined): boolean {
  if (instance === undefined) return true
  const { trip, cart, visit, products } = ending
  if (kind === 'any') {
    const names = [trip, cart, visit].filter((name) => name !== undefined)
    return names.length === 0 || names.includes(instance) || products.includes(instance)
  }
  if (kind === 'product' && products.length > 0) return products.includes(instance)
  const [own, other] =
    kind === 'trip' ? [trip, cart] : kind === 'cart' ? [cart, trip] : [undefined, trip ?? cart]
  return own === undefined ? other === undefined : own === instance
}

/** What ended an offer on a trigger: an event after the trigger, at `at` or before. */
export function endingOfOffer(
  state: OfferState,
  offer: CatalogueOffer | undefined,
  trigger: { readonly operator: string; readonly instance: string | undefined; readonly at: EpochMs },
  at: EpochMs,
  ready: OfferReady,
): Ending | undefined {
  if (offer === undefined || offer.expiresOn.size === 0) return undefined
  const kind = ready.instanceKinds.get(trigger.operator) ?? 'any'
  return state.endings.find(
    (ending) =>
      ending.at > trigger.at &&
      ending.at <= at &&
      offer.expiresOn.has(ending.type) &&
      concerns(ending, kind, trigger.instance),
  )
}

/** Whether an emitted offer still lives at `at`: not revoked, not expired, not ended. */
export function isAlive(state: OfferState, sent: SentOffer, at: EpochMs, ready: OfferReady): boolean {
  if (sent.revoked || at >= sent.expiresAt) return false
  const { operator, instance, triggerAt } = sent
  const trigger = { operator, instance, at: triggerAt }
  return endingOfOffer(state, ready.offers.get(sent.offer), trigger, at, ready) === undefined
}
