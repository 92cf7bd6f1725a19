/** sessionize: all open events of a person, sorted by time and cut from the front, whenever somebody asks (contract 5, S1 to S4). */
import { formatTime } from '../../../src/model/time.ts'
import type { OracleEvent } from './input.ts'
import { type OracleOperator, statesOf } from './operator.ts'
import { durationOf, isObject, type Json, listOf, type OperatorSettings, textOf } from './settings.ts'

const IGNORED = ['location.updated', 'trip.*', 'mood.measured', 'offer.delivered', 'person.described']

interface Session {
  readonly channel: string
  readonly events: OracleEvent[]
  readonly startedAt: number
  readonly endedAt: number
  readonly dueAt: number
}

const fits = (pattern: string, type: string): boolean =>
  pattern.endsWith('*') ? type.startsWith(pattern.slice(0, -1)) : pattern === type

const distinct = (values: readonly unknown[]): readonly string[] => [
  ...new Set(values.filter((v): v is string => typeof v === 'string')),
]

const sum = (events: readonly OracleEvent[], value: (event: OracleEvent) => unknown): number =>
  events.reduce((total, event) => total + Number(value(event) ?? 0), 0)

function dataOf(session: Session): Json {
  const { events } = session
  const ofType = (...types: string[]): OracleEvent[] => events.filter((e) => types.includes(e.type))
  const types: Record<string, number> = {}
  for (const event of events) types[event.type] = (types[event.type] ?? 0) + 1
  const worth = (event: OracleEvent): number =>
    Number(event.data['price'] ?? 0) * Number(event.data['quantity'] ?? 1)
  const bought = ofType('order.completed', 'ticket.purchased')
  const lines = events.flatMap((e) => (e.type === 'order.completed' ? listOf(e.data['products']) : []))
  return {
    started_at: formatTime(session.startedAt),
    ended_at: formatTime(session.endedAt),
    events: events.length,
    types,
    channels: distinct(events.map((e) => e.context['channel'])),
    pages: ofType('page.viewed').length,
    products: distinct([
      ...events.filter((e) => e.type.startsWith('product.')).map((e) => e.data['product_id']),
      ...lines.map((line) => (isObject(line) ? line['product_id'] : undefined)),
    ]),
    cart_value: Math.max(0, sum(ofType('product.added'), worth) - sum(ofType('product.removed'), worth)),
    order_total: sum(bought, (e) => e.data['total']),
    currency: events.map((e) => e.data['currency'] ?? undefined).findLast((c) => c !== undefined) ?? null,
    converted: bought.length > 0,
  }
}

export function sessionize(settings: OperatorSettings): OracleOperator {
  const gapMs = durationOf(settings.config['gap'], '30m')
  const maxMs = durationOf(settings.config['max'], '24h')
  const ignore =
    settings.config['ignore'] === undefined ? IGNORED : listOf(settings.config['ignore']).map(String)
  const byChannel = settings.config['by'] === 'channel'
  /** Open events, in order of arrival; those of closed sessions are taken out. */
  const states = statesOf<{ open: OracleEvent[] }>(() => ({ open: [] }))

  function cut(open: readonly OracleEvent[]): readonly Session[] {
    const channelOf = (e: OracleEvent): string => (byChannel ? textOf(e.context['channel'], '') : '')
    return [...new Set(open.map(channelOf))].flatMap((channel) => {
      const groups: OracleEvent[][] = []
      const sorted = open.filter((e) => channelOf(e) === channel).sort((a, b) => a.time - b.time)
      for (const event of sorted) {
        const group = groups.at(-1)
        const last = group?.at(-1)
        const first = group?.[0]
        const joins =
          last !== undefined &&
          first !== undefined &&
          event.time - last.time <= gapMs &&
          event.time < first.time + maxMs
        if (joins) group?.push(event)
        else groups.push([event])
      }
      return groups.map((events) => {
        const startedAt = (events[0] as OracleEvent).time
        const endedAt = (events.at(-1) as OracleEvent).time
        return {
          channel,
          events,
          startedAt,
          endedAt,
          dueAt: Math.min(endedAt + gapMs + 1, startedAt + maxMs),
        }
      })
    })
  }

  const earliest = (sessions: readonly Session[]): Session | undefined =>
    [...sessions].sort((a, b) => a.dueAt - b.dueAt)[0]

  return {
    settings,
    onEvent(person, event, watermark) {
      if (ignore.some((pattern) => fits(pattern, event.type))) return { emissions: [] }
      const state = states.of(person)
      const own = cut([...state.open, event]).find((session) => session.events.includes(event))
      if (own !== undefined && own.dueAt <= watermark) return { emissions: [], late: true }
      state.open.push(event)
      return { emissions: [] }
    },
    due(person) {
      const next = earliest(cut(states.of(person).open))
      return next && { at: next.dueAt, rank: 0, order: 0, name: next.channel }
    },
    onDue(person, due) {
      const state = states.of(person)
      const session = cut(state.open).find((s) => s.dueAt === due.at && s.channel === due.name)
      if (session === undefined) throw new Error('no session is due')
      state.open = state.open.filter((e) => !session.events.includes(e))
      const cause = { timer: 'close', due: due.at }
      return [{ type: 'session.closed', time: due.at, cause, data: dataOf(session) }]
    },
    merge(kept, absorbed) {
      states.of(kept).open.push(...states.take(absorbed).open)
      return []
    },
  }
}
