/**
 * Orders that wait, and orders that were decided. One order counts once, whoever reports it, and however often: as its first report says.
 * All reports wait, and which is the first is asked when they are decided: then the answer hangs on no order of merges.
 */
import { fieldOf, type StreamEvent } from '../../model/event.ts'
import { INSTANCES_PER_PERSON_MAX } from '../../model/limits.ts'
import type { DurationMs } from '../../model/time.ts'
import type { Counted, Order } from './state.ts'
import { channelOf, isOffline } from './touchpoint.ts'

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined
const numberOf = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined)

/** Undefined: the event is neither an order nor the end of a deal. */
export function orderOf(event: StreamEvent): Order | undefined {
  const isDeal = event.type === 'deal.closed'
  if (!isDeal && event.type !== 'order.completed') return undefined
  const said = channelOf(event)
  const channel = said ?? (isDeal ? 'seller' : undefined)
  return {
    at: event.time,
    id: textOf(fieldOf(event, isDeal ? 'deal_id' : 'order_id')) ?? event.id,
    lost: isDeal && fieldOf(event, 'won') === false,
    served: isDeal || isOffline(channel),
    channel,
    total: numberOf(fieldOf(event, isDeal ? 'value' : 'total')),
    currency: textOf(fieldOf(event, 'currency')),
  }
}

const detail = ({ served, channel, total, currency }: Order): string =>
  JSON.stringify([served, channel, total, currency])

const compareCounted = (a: Counted, b: Counted): number =>
  a.at - b.at || (a.id < b.id ? -1 : a.id > b.id ? 1 : Number(a.lost) - Number(b.lost))

/** By time and id, then by what they say. */
export function compareOrders(a: Order, b: Order): number {
  const order = compareCounted(a, b)
  if (order !== 0) return order
  const [left, right] = [detail(a), detail(b)]
  return left < right ? -1 : left > right ? 1 : 0
}

/** The newest, as many as are kept; and how many are not. */
export function newest<Item>(items: readonly Item[]) {
  const fellOut = Math.max(0, items.length - INSTANCES_PER_PERSON_MAX)
  return { kept: fellOut === 0 ? items : items.slice(fellOut), fellOut }
}

/** In order, each once. */
export function countedOrders(all: readonly Counted[]): readonly Counted[] {
  const sorted = all.toSorted(compareCounted)
  return sorted.filter(
    (order, place) => place === 0 || compareCounted(sorted[place - 1] as Counted, order) !== 0,
  )
}

/** The first reports among orders that are decided now, which are in order. */
export function firstReports(
  orders: readonly Order[],
  before: readonly Counted[],
  lookbackMs: DurationMs,
): readonly Order[] {
  const first: Order[] = []
  for (const order of orders) {
    const isSame = ({ at, id, lost }: Counted): boolean =>
      id === order.id && lost === order.lost && order.at - at < lookbackMs
    if (!before.some(isSame) && !first.some(isSame)) first.push(order)
  }
  return first
}
