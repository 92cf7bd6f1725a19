/** pattern: all events of a key, sorted anew at each question (contract 5, P1 to P8). */
import type { OracleEvent } from './input.ts'
import { type OracleOperator, statesOf, type Trigger } from './operator.ts'
import type { Cause, Emission, Person } from './person.ts'
import { formatTime } from '../../../src/model/time.ts'
import {
  durationOf,
  type Json,
  listOf,
  numberOf,
  objectOf,
  type OperatorSettings,
  textOf,
} from './settings.ts'

/** What the expressions of the workload mean. */
const EXPRESSIONS: Readonly<Record<string, (data: Json) => unknown>> = {
  'event.exit_intent': (data) => data['exit_intent'],
  'event.category': (data) => data['category'],
  'event.product_id': (data) => data['product_id'],
  'event.place_id': (data) => data['place_id'],
  'event.quantity > 1': (data) => numberOf(data['quantity'], 0) > 1,
  'event.dwell_seconds >= 60': (data) => numberOf(data['dwell_seconds'], 0) >= 60,
}

const expressionOf = (text: unknown): ((data: Json) => unknown) | undefined => {
  if (typeof text !== 'string') return undefined
  const known = EXPRESSIONS[text]
  if (known === undefined) throw new Error(`the oracle does not know ${text}`)
  return known
}

interface Deed {
  readonly at: number
  readonly id: string
  readonly type: string
  /** The first step that it may be; behind all of them: none. */
  readonly rank: number
  readonly data: Json
}

interface Instance {
  deeds: Deed[]
  /** What must stay away: all of it, for ever. */
  away: number[]
  past: { readonly at: number; readonly rank: number } | undefined
  firedAt: number
}

interface Life {
  readonly instances: Map<string, Instance>
  /** Matches that were due up to here are over. */
  seen: number
}

interface Match {
  readonly key: string
  readonly due: number
  readonly deeds: readonly Deed[]
}

const inOrder = (a: Deed, b: Deed): number =>
  a.at - b.at || a.rank - b.rank || (a.id === b.id ? 0 : a.id < b.id ? -1 : 1)

export function pattern(settings: OperatorSettings): OracleOperator {
  const { config } = settings
  const steps = listOf(config['steps']).map((entry) => {
    const { type, where, times } = objectOf(entry)
    return { type: textOf(type, ''), where: expressionOf(where), times: numberOf(times, 1) }
  })
  const slots = steps.flatMap((step) => Array.from({ length: step.times }, () => step))
  const unless = config['unless'] === undefined ? undefined : objectOf(config['unless'])
  const unlessWhere = expressionOf(unless?.['where'])
  const waitMs = unless === undefined ? 0 : durationOf(unless['within'], '')
  const withinMs = slots.length === 1 ? 1 : durationOf(config['within'], '')
  const onceMs = config['once'] === undefined ? 0 : durationOf(config['once'], '')
  const keyOf = expressionOf(config['key'])
  const atOnce = config['decide'] === 'at-once'
  const lives = statesOf<Life>(() => ({ instances: new Map(), seen: Number.NEGATIVE_INFINITY }))

  type Step = (typeof steps)[number]
  const isStep = (deed: { readonly type: string; readonly data: Json }, { type, where }: Step): boolean =>
    deed.type === type && (where === undefined || where(deed.data) === true)

  function matchAt(key: string, deeds: readonly Deed[], last: Deed): Match | undefined {
    if (!isStep(last, slots.at(-1) as Step)) return undefined
    const matched: Deed[] = []
    for (const deed of [...deeds].sort(inOrder)) {
      if (deed === last || matched.length === slots.length - 1) break
      if (last.at - deed.at < withinMs && isStep(deed, slots[matched.length] as Step)) matched.push(deed)
    }
    if (matched.length < slots.length - 1) return undefined
    return { key, due: last.at + waitMs, deeds: [...matched, last] }
  }

  const matchesOf = (key: string, deeds: readonly Deed[]): readonly Match[] =>
    [...deeds].sort(inOrder).flatMap((last) => matchAt(key, deeds, last) ?? [])

  /** The match is over, and fires or not. */
  function settle(life: Life, { key, due, deeds }: Match, cause: Cause): readonly Emission[] {
    const instance = life.instances.get(key) as Instance
    const last = deeds.at(-1) as Deed
    instance.deeds = instance.deeds.filter((deed) => inOrder(deed, last) > 0)
    instance.past = { at: last.at, rank: last.rank }
    if (instance.away.some((at) => at > last.at && at < due)) return []
    if (onceMs > 0 && due - instance.firedAt < onceMs) return []
    instance.firedAt = due
    const matched = deeds.map(({ id, type, at }) => ({ id, type, time: formatTime(at) }))
    const data = { trigger: settings.id, instance: key === '' ? null : key, matched }
    return [{ type: 'trigger.fired', time: due, cause, data }]
  }

  function take(
    person: Person,
    event: { readonly type: string; readonly time: number; readonly data: Json; readonly id: string },
    cause: Cause,
    watermark: number,
  ): readonly Emission[] {
    const { type, time: at, data, id } = event
    const isAway = unless?.['type'] === type && (unlessWhere === undefined || unlessWhere(data) === true)
    const rank = steps.findIndex((step) => isStep({ type, data }, step))
    if (rank < 0 && !isAway) return []
    const value = keyOf === undefined ? '' : keyOf(data)
    if (keyOf !== undefined && (value === undefined || value === null || value === '')) return []
    const key = String(value)
    const life = lives.of(person)
    life.seen = Math.max(life.seen, watermark)
    const fresh: Instance = { deeds: [], away: [], past: undefined, firedAt: Number.NEGATIVE_INFINITY }
    const instance = life.instances.get(key) ?? fresh
    life.instances.set(key, instance)
    if (isAway) instance.away.push(at)
    const { past } = instance
    if (rank < 0 || (past !== undefined && (at < past.at || (at === past.at && rank < past.rank)))) return []
    const deed: Deed = { at, id, type, rank, data }
    const before = instance.deeds
    instance.deeds = [...before, deed]
    if (atOnce) {
      const match = matchAt(key, instance.deeds, deed)
      return match === undefined ? [] : settle(life, match, cause)
    }
    const known = new Set(matchesOf(key, before).map(({ deeds }) => deeds.at(-1)))
    const late = matchesOf(key, instance.deeds).find(
      ({ due, deeds }) => due <= watermark && !known.has(deeds.at(-1)),
    )
    return late === undefined ? [] : settle(life, late, { timer: 'pattern', due: late.due })
  }

  function nextOf(life: Life): Match | undefined {
    if (atOnce) return undefined
    return [...life.instances]
      .flatMap(([key, { deeds }]) => matchesOf(key, deeds))
      .filter(({ due }) => due > life.seen)
      .sort((a, b) => a.due - b.due || (a.key === b.key ? 0 : a.key < b.key ? -1 : 1))[0]
  }

  return {
    settings,
    onEvent(person, event: OracleEvent, watermark) {
      if (!settings.from.includes('identity')) return { emissions: [] }
      const { source, id } = event
      return { emissions: take(person, event, { source, id }, watermark) }
    },
    onTrigger(person, { operator, emission }: Trigger, watermark) {
      const { type, time, data, cause } = emission
      return take(
        person,
        { type, time, data, id: `${operator} ${type} ${JSON.stringify(data)}` },
        cause,
        watermark,
      )
    },
    due(person) {
      const next = nextOf(lives.of(person))
      return next === undefined ? undefined : { at: next.due, rank: 0, order: 0, name: 'pattern' }
    },
    onDue(person, { at }) {
      const life = lives.of(person)
      const emissions: Emission[] = []
      for (let next = nextOf(life); next?.due === at; next = nextOf(life))
        emissions.push(...settle(life, next, { timer: 'pattern', due: at }))
      life.seen = Math.max(life.seen, at)
      return emissions
    },
    merge(kept, absorbed, _event, watermark) {
      const life = lives.of(kept)
      for (const [key, theirs] of lives.take(absorbed).instances) {
        const ours = life.instances.get(key)
        life.instances.set(key, ours === undefined ? theirs : joined(ours, theirs))
      }
      life.seen = Math.max(life.seen, watermark)
      return []
    },
  }
}

function joined(a: Instance, b: Instance): Instance {
  const isLater = (x: Instance['past'], y: Instance['past']): boolean =>
    y === undefined || (x !== undefined && (x.at > y.at || (x.at === y.at && x.rank > y.rank)))
  const past = isLater(a.past, b.past) ? a.past : b.past
  const isPast = ({ at, rank }: Deed): boolean =>
    past !== undefined && (at < past.at || (at === past.at && rank < past.rank))
  return {
    deeds: [...a.deeds, ...b.deeds].filter((deed) => !isPast(deed)),
    away: [...a.away, ...b.away],
    past,
    firedAt: Math.max(a.firedAt, b.firedAt),
  }
}
