/** encounters: every contact kept for ever, its quality worked out anew at each question (contract 5, K10 to K12). */
import { parseTime } from '../../../src/model/time.ts'
import type { OracleEvent } from './input.ts'
import { dueAt, firstOf, type Tellers } from './knowing.ts'
import { type OracleOperator, statesOf, type Trigger } from './operator.ts'
import type { Emission } from './person.ts'
import { durationOf, listOf, numberOf, objectOf, type OperatorSettings } from './settings.ts'

interface Contact {
  readonly at: number
  readonly from: number
  readonly to: number
  readonly kind: string
  readonly channel: string | null
  readonly sentiment: number | undefined
  readonly converted: boolean | undefined
}
interface Met {
  waiting: Contact[]
  readonly moods: OracleEvent[]
  readonly qualities: { readonly at: number; readonly quality: number }[]
}

const CONTACTS: Readonly<Record<string, readonly [kind: string, channel: string | null]>> = {
  'call.received': ['call', 'phone'],
  'store.visited': ['visit', 'store'],
  'staff.met': ['meeting', 'store'],
  'order.completed': ['order', null],
  'ticket.purchased': ['order', null],
}

export function encounters(settings: OperatorSettings, tellers: Tellers): OracleOperator {
  const rule = objectOf(settings.config['quality'])
  const withinMs = durationOf(rule['moodWithin'], '2h')
  const longMs = durationOf(rule['long'], '10m')
  const people = statesOf<Met>(() => ({ waiting: [], moods: [], qualities: [] }))

  function qualityOf({ from, to, kind, sentiment, converted }: Contact, { moods }: Met): number {
    const feelings = (types: readonly string[], since: number) =>
      moods.filter((e) => types.includes(e.type) && e.time >= since && e.time <= to)
    const mood = feelings(['mood.measured'], from - withinMs).sort(
      (a, b) => b.time - a.time || Number(b.data['mood']) - Number(a.data['mood']),
    )[0]
    const posts = feelings(['forum.posted'], from).flatMap((e) => e.data['sentiment'] ?? [])
    const mean = posts.reduce((sum: number, value) => sum + Number(value), 0) / posts.length
    const said =
      kind === 'session' ? (posts.length === 0 ? undefined : Math.round(mean * 100) / 100) : sentiment
    const length = Math.round((2 * Math.min(1, (to - from) / longMs) - 1) * 100) / 100
    const parts = [
      [numberOf(rule['sentiment'], 3), said],
      [numberOf(rule['mood'], 2), mood?.data['mood']],
      [numberOf(rule['conversion'], 2), converted === undefined ? undefined : Number(converted)],
      [numberOf(rule['duration'], 1), kind === 'session' ? length : undefined],
    ].filter((part): part is [number, number] => part[1] !== undefined)
    const whole = parts.reduce((sum, [weight]) => sum + weight, 0)
    const sum = parts.reduce((all, [weight, value]) => all + weight * value, 0)
    return whole === 0 ? 0 : Math.round((sum / whole) * 100) / 100
  }

  function record(met: Met, watermark: number): readonly Emission[] {
    const over = met.waiting.filter(({ to }) => to < watermark)
    met.waiting = met.waiting.filter(({ to }) => to >= watermark)
    return over.map((contact): Emission => {
      const quality = qualityOf(contact, met)
      met.qualities.push({ at: contact.at, quality })
      const data = { channel: contact.channel, kind: contact.kind, quality }
      return {
        type: 'encounter.recorded',
        time: contact.at,
        cause: { timer: 'met', due: contact.to + 1 },
        data,
      }
    })
  }

  tellers.set(settings.id, (person, at) => {
    const met = people.of(person)
    const waiting = met.waiting.map((contact) => ({ at: contact.at, quality: qualityOf(contact, met) }))
    const then = [...met.qualities, ...waiting].filter((one) => one.at <= at)
    const sum = then.reduce((all, { quality }) => all + Math.round(quality * 100), 0)
    return {
      encounters: then.length,
      ...(then.length === 0 ? {} : { quality: Math.round(sum / then.length) / 100 }),
    }
  })

  return {
    settings,
    onEvent(person, { type, time, data, context, ...event }, watermark) {
      const met = people.of(person)
      if (type === 'mood.measured' || type === 'forum.posted')
        met.moods.push({ type, time, data, context, ...event })
      const channel = typeof context['channel'] === 'string' ? context['channel'] : undefined
      const [kind, usual] = CONTACTS[type] ?? []
      const assisted = ['store', 'phone', 'call', 'seller'].includes(channel ?? '')
      if (kind === undefined || (kind === 'order' && assisted)) return { emissions: [] }
      const { sentiment } = data
      met.waiting.push({
        at: time,
        from: time,
        to: time,
        kind,
        channel: channel ?? usual ?? null,
        sentiment: kind !== 'order' && typeof sentiment === 'number' ? sentiment : undefined,
        converted: kind === 'order' ? true : undefined,
      })
      return { emissions: record(met, watermark) }
    },
    onTrigger(person, { emission: { type, time: at, data } }: Trigger, watermark) {
      if (type !== 'session.closed') return []
      const met = people.of(person)
      const channels = listOf(data['channels'])
      met.waiting.push({
        at,
        from: parseTime(data['started_at']) ?? at,
        to: parseTime(data['ended_at']) ?? at,
        kind: 'session',
        channel: channels.length > 1 ? 'several' : channels.length === 0 ? null : String(channels[0]),
        sentiment: undefined,
        converted: data['converted'] === true,
      })
      return record(met, watermark)
    },
    due(person) {
      const first = firstOf(people.of(person).waiting.map(({ to }) => to))
      return first === undefined ? undefined : dueAt(first + 1, 'met')
    },
    onDue: (person, { at }) => record(people.of(person), at),
    merge(kept, absorbed) {
      const [met, other] = [people.of(kept), people.take(absorbed)]
      met.waiting.push(...other.waiting)
      met.moods.push(...other.moods)
      met.qualities.push(...other.qualities)
      return []
    },
  }
}
