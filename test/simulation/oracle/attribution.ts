/** attribution: everything that a person ever did, gone through anew for each order (contract 5, A1 to A7). */
import { formatTime } from '../../../src/model/time.ts'
import type { OracleEvent } from './input.ts'
import { type OracleOperator, statesOf, type Unsettled } from './operator.ts'
import type { Emission, Person } from './person.ts'
import { durationOf, type Json, type OperatorSettings, textOf } from './settings.ts'

/** Where a touchpoint happens that does not say it. */
const TOUCHES: Readonly<Record<string, string>> = {
  'page.viewed': 'web',
  'content.read': 'web',
  'product.searched': 'web',
  'product.viewed': 'web',
  'product.compared': 'web',
  'product.saved': 'web',
  'product.added': 'web',
  'cart.viewed': 'web',
  'checkout.started': 'web',
  'offer.opened': 'offer',
  'offer.clicked': 'offer',
  'offer.accepted': 'offer',
  'offer.redeemed': 'offer',
  'email.opened': 'email',
  'email.clicked': 'email',
  'forum.posted': 'forum',
  'social.posted': 'social',
  'review.written': 'web',
  'visit.started': 'store',
  'store.visited': 'store',
  'staff.met': 'store',
  'call.received': 'phone',
  'meeting.scheduled': 'seller',
}
const MEETINGS = ['staff.met', 'meeting.scheduled', 'store.visited', 'call.received']
const WARMINGS = ['lead.handed_over', 'lead.warmed']
const BOUGHT = ['order.completed', 'deal.closed']
const IN_PERSON = ['store', 'phone', 'call', 'seller']

interface Life {
  deeds: OracleEvent[]
  waiting: OracleEvent[]
  decided: OracleEvent[]
}

const channelOf = ({ context, type }: OracleEvent): string | undefined =>
  typeof context['channel'] === 'string' ? context['channel'] : TOUCHES[type]
const idOf = ({ type, data, id }: OracleEvent): string =>
  textOf(data[type === 'deal.closed' ? 'deal_id' : 'order_id'], id)
const isLost = ({ type, data }: OracleEvent): boolean => type === 'deal.closed' && data['won'] === false

/** Whole weights become millionths; what is left over goes one by one to whom rounding took most from. */
function credit(channels: readonly string[], weightOf: (place: number) => number): Json {
  const names = [...new Set(channels)].sort()
  const weights = names.map((name) =>
    channels.reduce((sum, channel, place) => sum + (channel === name ? BigInt(weightOf(place)) : 0n), 0n),
  )
  const whole = weights.reduce((sum, weight) => sum + weight, 0n)
  const parts = weights.map((weight, i) => ({
    name: names[i] as string,
    share: (weight * 1_000_000n) / whole,
    lost: (weight * 1_000_000n) % whole,
  }))
  let left = 1_000_000n - parts.reduce((sum, { share }) => sum + share, 0n)
  for (const part of [...parts].sort((a, b) => Number(b.lost - a.lost))) {
    if (left === 0n) break
    part.share++
    left--
  }
  return Object.fromEntries(
    parts.filter(({ share }) => share > 0n).map(({ name, share }) => [name, Number(share) / 1e6]),
  )
}

function sharesOf(channels: readonly string[]): Json {
  const last = channels.length - 1
  const between = channels.length - 2
  return {
    first: credit(channels, (place) => (place === 0 ? 1 : 0)),
    last: credit(channels, (place) => (place === last ? 1 : 0)),
    linear: credit(channels, () => 1),
    position: credit(channels, (place) => (between > 0 && (place === 0 || place === last) ? 2 * between : 1)),
  }
}

export function attribution(
  settings: OperatorSettings,
  graceMs: number,
  unsettled: Unsettled,
): OracleOperator {
  const lookbackMs = durationOf(settings.config['lookback'], '30d')
  const lives = statesOf<Life>(() => ({ deeds: [], waiting: [], decided: [] }))
  const dueOf = (order: OracleEvent): number => order.time + graceMs

  function decide(life: Life, order: OracleEvent): readonly Emission[] {
    const isSame = (other: OracleEvent): boolean =>
      idOf(other) === idOf(order) && isLost(other) === isLost(order)
    if (life.waiting.some((other) => isSame(other) && other.time === order.time))
      unsettled('attribution: two reports of one order at one moment')
    if (life.decided.some((other) => isSame(other) && order.time - other.time < lookbackMs)) return []
    life.decided.push(order)
    const led = life.deeds
      .filter(({ time }) => time < order.time && time > order.time - lookbackMs)
      .sort((a, b) => a.time - b.time)
    const touched = led.filter(({ type }) => TOUCHES[type] !== undefined)
    const ends = [touched[0], touched.at(-1)]
    if (
      ends.some((end) => touched.some((one) => one.time === end?.time && channelOf(one) !== channelOf(end)))
    )
      unsettled('attribution: the first or the last of several touchpoints of one moment')
    const isDeal = order.type === 'deal.closed'
    const channel = channelOf(order) ?? (isDeal ? 'seller' : undefined)
    const inPerson = channel !== undefined && IN_PERSON.includes(channel)
    const isMet = isDeal || inPerson || led.some(({ type }) => MEETINGS.includes(type))
    const isWarm = led.some(({ type }) => WARMINGS.includes(type))
    const about = {
      channel,
      currency: order.data['currency'],
      how: isWarm ? 'warmed-lead' : isMet ? 'met' : 'self-service',
    }
    const time = dueOf(order)
    const cause = { timer: 'orders', due: time }
    const amount = order.data[isDeal ? 'value' : 'total']
    if (isLost(order))
      return [{ type: 'deal.lost', time, cause, data: { ...about, deal_id: idOf(order), value: amount } }]
    const channels = touched.map((one) => channelOf(one) as string)
    const data = {
      ...about,
      order_id: idOf(order),
      total: amount,
      online_influenced: inPerson && channels.some((one) => !IN_PERSON.includes(one)),
      touchpoints: touched.map((one) => ({
        channel: channelOf(one),
        type: one.type,
        time: formatTime(one.time),
        campaign: one.context['campaign'] ?? one.data['campaign'] ?? null,
      })),
      shares: sharesOf(channels.length === 0 ? [channel ?? 'unknown'] : channels),
    }
    return [{ type: 'order.attributed', time, cause, data }]
  }

  function firstOf(person: Person): OracleEvent | undefined {
    return [...lives.of(person).waiting].sort((a, b) => a.time - b.time)[0]
  }

  return {
    settings,
    onEvent(person, event) {
      const life = lives.of(person)
      if (BOUGHT.includes(event.type)) life.waiting.push(event)
      else if (TOUCHES[event.type] !== undefined || WARMINGS.includes(event.type)) life.deeds.push(event)
      return { emissions: [] }
    },
    due(person) {
      const first = firstOf(person)
      return first === undefined ? undefined : { at: dueOf(first), rank: 0, order: 0, name: 'orders' }
    },
    onDue(person) {
      const life = lives.of(person)
      const first = firstOf(person) as OracleEvent
      life.waiting = life.waiting.filter((order) => order !== first)
      return decide(life, first)
    },
    merge(kept, absorbed) {
      const life = lives.of(kept)
      const other = lives.take(absorbed)
      life.deeds.push(...other.deeds)
      life.waiting.push(...other.waiting)
      life.decided.push(...other.decided)
      return []
    },
  }
}
