/**
 * What the upstream of a chaos run tells: shoppers who leave carts behind or buy, log in and turn out to be one, families on their way
 * who are late or catch up, repeats, and lines that are refused.
 *
 * The outcome must follow from event times alone, whatever order partitions are read in and however far they are apart:
 * 1. Everything of one party (people who may become one) is told in one partition, in order of time, and none of it is late.
 * 2. A cart has an id of its own, and its offer goes by a channel that reaches everybody, without caps or holdout: when people become
 *    one is no matter for it.
 * 3. Shoppers do not travel: what answers at once and what waits for a timer never meet in one person.
 */
import type { Prng } from '../simulation/prng.ts'

export interface Told {
  readonly topic: 'shop' | 'trips'
  /** The party: the record's key. */
  readonly key: string
  readonly value: string
}

export interface Story {
  /** What has happened until `now`, since the call before. */
  tell(now: number): readonly Told[]
  /** What has begun, to its end, though it has not happened yet. */
  rest(): readonly Told[]
  /** One event in every partition, far ahead: everything that is due fires. */
  end(now: number, partitions: number): readonly (Told & { readonly partition: number })[]
  readonly events: number
}

/** Everybody whose party begins with it only moves time on. */
export const MOVER = 'mover'
const PARTY_GAP_MS = 150
/** Behind whatever has begun by then. */
const AHEAD_MS = 120_000

/** A topology document whose spans are short enough for a run of minutes. */
export const chaosDocument = (name: string): Readonly<Record<string, unknown>> => ({
  topology: 'chaos',
  timezone: 'Europe/Copenhagen',
  sources: {
    shop: {
      topic: `${name}.shop`,
      lateness: '2s',
      grace: '10s',
      idle: '8s',
      types: ['page.viewed', 'product.added', 'product.removed', 'order.completed'],
    },
    trips: {
      topic: `${name}.trips`,
      lateness: '2s',
      grace: '10s',
      idle: '8s',
      types: ['trip.started', 'trip.eta_updated', 'trip.arrived'],
    },
  },
  operators: [
    { id: 'identity', type: 'identity', from: ['shop', 'trips'] },
    { id: 'sessions', type: 'sessionize', from: 'identity', config: { gap: '4s' } },
    { id: 'cart', type: 'cart-abandonment', from: 'identity', config: { after: '3s' } },
    {
      id: 'late',
      type: 'late-arrival',
      from: 'identity',
      config: { lateBy: '10m', confirm: 2, clearBy: '5m', step: '15m' },
    },
    {
      id: 'offers',
      type: 'offer',
      from: ['cart', 'late'],
      config: {
        offers: [
          { id: 'reminder', on: 'cart', channels: ['screen'], priority: 50, template: 'reminder' },
          { id: 'parking', on: 'late', channels: ['screen'], priority: 70, template: 'parking' },
        ],
      },
    },
  ],
  sinks: {
    offers: { from: 'offers', topic: `${name}.offers`, format: 'json' },
    sessions: { from: 'sessions', topic: `${name}.sessions`, format: 'json' },
    triggers: { from: ['cart', 'late'], topic: `${name}.triggers`, format: 'json' },
  },
  lateEvents: { topic: `${name}.late` },
  deadLetters: { topic: `${name}.dead` },
  identities: { topic: `${name}.identities` },
  decisions: { topic: `${name}.decisions` },
})

interface Planned extends Told {
  readonly at: number
}

export function createStory(prng: Prng, start: number): Story {
  let parties = 0
  let ids = 0
  let events = 0
  let nextPartyAt = start
  let planned: Planned[] = []

  const event = (
    topic: Told['topic'],
    key: string,
    at: number,
    type: string,
    names: readonly (readonly [string, string])[],
    data: object,
  ): Planned => ({
    topic,
    key,
    at,
    value: JSON.stringify({
      id: `e${++ids}`,
      source: topic,
      type,
      time: at,
      identifiers: names.map(([kind, value]) => ({ type: kind, value: `${key}-${value}` })),
      data,
    }),
  })

  /** One device: some pages, a cart that is left or bought. Answers when it is over. */
  function visit(key: string, at: number, names: readonly (readonly [string, string])[]): number {
    let now = at
    const cart = `k${++ids}`
    const tell = (type: string, data: object): void => {
      planned.push(event('shop', key, now, type, names, data))
      now += prng.between(100, 1200)
    }
    for (let pages = prng.between(0, 2); pages > 0; pages--) tell('page.viewed', { url: '/' })
    for (let lines = prng.between(1, 3); lines > 0; lines--)
      tell('product.added', { product_id: `p${prng.below(5)}`, cart_id: cart, price: 2.5, quantity: 1 })
    if (prng.chance(1, 4)) tell('product.removed', { product_id: 'p1', cart_id: cart })
    if (prng.chance(1, 3)) tell('order.completed', { order_id: `o${++ids}`, cart_id: cart, total: 10 })
    return now
  }

  function shoppers(key: string, at: number): void {
    const device = [['anonymous_id', 'd1']] as const
    const email = [['email', 'mail']] as const
    let now = visit(key, at, device)
    if (prng.chance(1, 2)) now = visit(key, now + prng.between(5000, 9000), email)
    // The log-in shows that the two are one, or that the device has an owner.
    if (prng.chance(2, 3)) {
      now += prng.between(6000, 12_000)
      planned.push(event('shop', key, now, 'page.viewed', [...email, ...device], { url: '/login' }))
      now = visit(key, now + prng.between(300, 7000), prng.chance(1, 2) ? email : device)
    }
    if (prng.chance(1, 3)) visit(key, now + prng.between(5000, 9000), email)
  }

  function family(key: string, at: number): void {
    const names = [['phone', '4512345678']] as const
    const trip = `t${++ids}`
    const scheduled = at + 3_600_000
    let late = 0
    let now = at
    planned.push(
      event('trips', key, now, 'trip.started', names, { trip_id: trip, scheduled_arrival_at: scheduled }),
    )
    for (let updates = prng.between(2, 6); updates > 0; updates--) {
      now += prng.between(300, 2500)
      late = Math.max(-5, late + prng.pick([-12, 3, 8, 14, 20]))
      const eta = { trip_id: trip, eta_at: scheduled + late * 60_000 }
      planned.push(event('trips', key, now, 'trip.eta_updated', names, eta))
    }
    if (prng.chance(1, 2))
      planned.push(event('trips', key, now + 500, 'trip.arrived', names, { trip_id: trip }))
  }

  function party(at: number): void {
    const key = `party${++parties}`
    const from = planned.length
    if (prng.chance(1, 3)) family(key, at)
    else shoppers(key, at)
    for (const one of planned.slice(from)) if (prng.chance(1, 30)) planned.push({ ...one, at: one.at + 1 })
    if (prng.chance(1, 20)) planned.push({ topic: 'shop', key, at, value: `no JSON ${++ids}` })
    if (prng.chance(1, 20)) planned.push(event('shop', key, at, 'page.viewed', [], { url: '/nobody' }))
  }

  function due(now: number): readonly Told[] {
    const told = planned.filter(({ at }) => at <= now).sort((a, b) => a.at - b.at)
    planned = planned.filter(({ at }) => at > now)
    events += told.length
    return told
  }

  return {
    get events() {
      return events
    },
    tell(now) {
      for (; nextPartyAt <= now; nextPartyAt += PARTY_GAP_MS) party(nextPartyAt)
      return due(now)
    },
    rest: () => due(Number.POSITIVE_INFINITY),
    end(now, partitions) {
      return (['shop', 'trips'] as const).flatMap((topic) =>
        Array.from({ length: partitions }, (_, partition) => {
          const key = `${MOVER}${partition}`
          const [type, data] =
            topic === 'shop' ? ['page.viewed', {}] : ['trip.arrived', { trip_id: `end${partition}` }]
          return {
            ...event(topic, key, now + AHEAD_MS, type as string, [['user_id', topic]], data as object),
            partition,
          }
        }),
      )
    },
  }
}
