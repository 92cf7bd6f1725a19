/** journey: who is where, moment by moment (contract 5, J1 to J10). */
import { parseTime } from '../../../src/model/time.ts'
import type { OracleEvent } from './input.ts'
import { type OracleOperator, statesOf, type Unsettled } from './operator.ts'
import type { Cause, Emission, Person } from './person.ts'
import {
  durationOf,
  type Json,
  listOf,
  numberOf,
  objectOf,
  type OperatorSettings,
  textOf,
} from './settings.ts'
import { startOfDay } from './wall-clock.ts'
import { zoneAt } from './zone-said.ts'

interface Asked {
  readonly event: Json
  readonly key: string
  readonly entered: Json
}

/** What the expressions of the workload mean. */
const EXPRESSIONS: Readonly<Record<string, (asked: Asked) => unknown>> = {
  'event.product_id': ({ event }) => event['product_id'],
  'event.product_id == key': ({ event, key }) => event['product_id'] === key,
  'event.quantity > 1': ({ event }) => numberOf(event['quantity'], 0) > 1,
  'entered.quantity > 1': ({ entered }) => numberOf(entered['quantity'], 0) > 1,
  'event.visit_id': ({ event }) => event['visit_id'],
  'entered.visit_date': ({ entered }) => entered['visit_date'],
  'key == "p0"': ({ key }) => key === 'p0',
}

const expressionOf = (text: unknown): ((asked: Asked) => unknown) | undefined => {
  if (typeof text !== 'string') return undefined
  const known = EXPRESSIONS[text]
  if (known === undefined) throw new Error(`the oracle does not know ${text}`)
  return known
}

interface Life {
  readonly key: string
  readonly enteredAt: number
  readonly entered: Json
  /** Undefined: over. */
  step: string | undefined
  since: number
  due: number
  readonly ends: number
  readonly done: string[]
  /** Offers that it led to, by whatever step. */
  readonly offers: string[]
}

interface Lives {
  /** All that was heard of the person. */
  heard: OracleEvent[]
  waiting: OracleEvent[]
  readonly byKey: Map<string, Life>
}

const NEVER = Number.POSITIVE_INFINITY
const byMoment = (a: OracleEvent, b: OracleEvent): number =>
  a.time - b.time || (a.type === b.type ? (a.id < b.id ? -1 : 1) : a.type < b.type ? -1 : 1)

/** A date, or a time in any form. */
function momentOf(value: unknown, zone: string): number | undefined {
  if (typeof value !== 'string') return undefined
  if (/^\d{4}-\d\d-\d\d$/.test(value)) return startOfDay(value, zone)
  return parseTime(/^\d+$/.test(value) ? Number(value) : value)
}

export function journey(
  settings: OperatorSettings,
  { timezone, unsettled }: { readonly timezone: string; readonly unsettled: Unsettled },
): OracleOperator {
  const { id: name, config } = settings
  const enter = objectOf(config['enter'])
  const keyOf = expressionOf(config['key'])
  const reenter = textOf(config['reenter'], 'never')
  const forMs = config['for'] === undefined ? NEVER : durationOf(config['for'], '')
  const exits = listOf(config['exit']).map(objectOf)
  const steps = listOf(config['steps']).map(objectOf)
  const lives = statesOf<Lives>(() => ({ heard: [], waiting: [], byKey: new Map() }))
  const types = [
    enter['type'],
    ...exits.map(({ type }) => type),
    ...steps.flatMap(({ waitFor }) => (waitFor === undefined ? [] : [objectOf(waitFor)['type']])),
  ]
  const stepOf = (id: string | undefined): Json | undefined => steps.find((step) => step['id'] === id)
  const nextOf = (id: string, named: unknown): string | undefined => {
    if (typeof named === 'string') return named
    const next = steps[steps.findIndex((step) => step['id'] === id) + 1]
    return next === undefined ? undefined : textOf(next['id'], '')
  }
  const holds = (condition: unknown, asked: Asked): boolean =>
    condition === undefined || expressionOf(condition)?.(asked) === true

  interface Say {
    (type: string, time: number, data: Json): void
    /** Where the person is at a moment. */
    readonly zoneAt: (at: number) => string
  }

  function end(life: Life, outcome: string, at: number, say: Say): void {
    const took = Math.floor((at - life.enteredAt) / 1000)
    say('journey.ended', at, { instance: life.key, outcome, steps: [...life.done], took_seconds: took })
    life.step = undefined
    life.since = at
    life.due = NEVER
  }

  /** Goes to a step, and on from it while it may. */
  function go(life: Life, to: string | undefined, at: number, say: Say): void {
    const step = stepOf(to)
    if (to === undefined || step === undefined) return end(life, 'completed', at, say)
    life.step = to
    life.since = at
    life.due = NEVER
    const asked: Asked = { event: {}, key: life.key, entered: life.entered }
    if (step['wait'] !== undefined) {
      const wait = objectOf(step['wait'])
      const ends =
        wait['until'] === undefined
          ? at + durationOf(wait['for'], '')
          : momentOf(expressionOf(wait['until'])?.(asked), say.zoneAt(at))
      if (ends === undefined) return end(life, 'no-date', at, say)
      life.due = ends - durationOf(wait['minus'], '0s')
      if (life.due > at) return
      life.done.push(to)
      return go(life, nextOf(to, step['then']), at, say)
    }
    if (step['waitFor'] !== undefined) {
      const { within } = objectOf(step['waitFor'])
      life.due = within === undefined ? NEVER : at + durationOf(within, '')
      return
    }
    life.done.push(to)
    if (step['end'] !== undefined)
      return end(life, textOf(objectOf(step['end'])['outcome'], 'completed'), at, say)
    if (step['branch'] !== undefined) {
      const way = listOf(step['branch'])
        .map(objectOf)
        .find(({ when }) => holds(when, asked))
      return go(life, textOf(way?.['go'], ''), at, say)
    }
    if (step['emit'] !== undefined) {
      const quantity = life.entered['quantity'] ?? null
      say('path.noted', at, { what: `${life.key}!`, quantity, instance: life.key })
    } else say('trigger.fired', at, { trigger: name, instance: life.key, step: to })
    return go(life, nextOf(to, step['then']), at, say)
  }

  function elapse(life: Life, at: number, say: Say): void {
    if (life.ends <= at) return end(life, 'timeout', at, say)
    const id = life.step as string
    const step = stepOf(id) as Json
    life.done.push(id)
    return go(life, nextOf(id, step['waitFor'] === undefined ? step['then'] : step['else']), at, say)
  }

  function hear(all: Lives, { type, time: at, data }: OracleEvent, say: Say): void {
    const inOrder = [...all.byKey.values()].sort((a, b) => (a.key < b.key ? -1 : 1))
    for (const life of inOrder) {
      if (life.step === undefined || at < life.enteredAt) continue
      const asked: Asked = { event: data, key: life.key, entered: life.entered }
      const exit = exits.find((one) => one['type'] === type && holds(one['where'], asked))
      if (exit !== undefined) {
        end(life, textOf(exit['outcome'], 'exited'), at, say)
        continue
      }
      const step = stepOf(life.step) as Json
      const awaited = objectOf(step['waitFor'] ?? {})
      if (awaited['type'] !== type || at < life.since || !holds(awaited['where'], asked)) continue
      if (type.startsWith('offer.') && !life.offers.includes(textOf(data['offer_id'], ''))) continue
      const id = life.step
      life.done.push(id)
      go(life, nextOf(id, step['then']), at, say)
    }
    if (type === enter['type']) begin(all, data, at, say)
  }

  function begin(all: Lives, data: Json, at: number, say: Say): void {
    const value = keyOf?.({ event: data, key: '', entered: data })
    if (typeof value !== 'string' || value === '') return
    if (!holds(enter['where'], { event: data, key: value, entered: data })) return
    const before = all.byKey.get(value)
    if (before !== undefined) {
      if (reenter === 'never' || at < before.enteredAt) return
      if (before.step !== undefined) {
        if (reenter === 'after-exit') return
        end(before, 'reentered', at, say)
      }
    }
    say('journey.entered', at, { instance: value })
    const life: Life = {
      key: value,
      enteredAt: at,
      entered: data,
      step: undefined,
      since: at,
      due: NEVER,
      ends: at + forMs,
      done: [],
      offers: [],
    }
    all.byKey.set(value, life)
    go(life, textOf(steps[0]?.['id'], ''), at, say)
  }

  const dueOf = ({ step, due, ends }: Life): number => (step === undefined ? NEVER : Math.min(due, ends))
  const firstOf = ({ waiting, byKey }: Lives): number =>
    Math.min(NEVER, ...waiting.map(({ time }) => time), ...[...byKey.values()].map(dueOf))

  return {
    settings,
    onEvent(person: Person, event: OracleEvent) {
      const all = lives.of(person)
      all.heard.push(event)
      if (types.includes(event.type)) all.waiting.push(event)
      return { emissions: [] }
    },
    onOffer(person, { data }) {
      const { operator, instance } = objectOf(data['trigger'])
      const life = operator === name ? lives.of(person).byKey.get(String(instance)) : undefined
      if (life?.step !== undefined) life.offers.push(textOf(data['offer_id'], ''))
    },
    due(person) {
      const at = firstOf(lives.of(person))
      return at === NEVER ? undefined : { at, rank: 0, order: 0, name: 'journey' }
    },
    onDue(person, { at }) {
      const all = lives.of(person)
      const cause: Cause = { timer: 'journey', due: at }
      const emissions: Emission[] = []
      const say: Say = Object.assign(
        (type: string, time: number, data: Json) => {
          emissions.push({ type, time, cause, data })
        },
        { zoneAt: (moment: number) => zoneAt(all.heard, moment, unsettled) ?? timezone },
      )
      const over = [...all.byKey.values()]
        .filter((life) => dueOf(life) <= at)
        .sort((a, b) => (a.key < b.key ? -1 : 1))
      for (const life of over) elapse(life, at, say)
      const now = all.waiting.filter(({ time }) => time <= at).sort(byMoment)
      all.waiting = all.waiting.filter(({ time }) => time > at)
      for (const event of now) hear(all, event, say)
      // Where keys set out again, those that have ended are nobody's any more.
      if (reenter !== 'never')
        for (const [key, { step }] of all.byKey) if (step === undefined) all.byKey.delete(key)
      return emissions
    },
    merge(kept, absorbed) {
      const ours = lives.of(kept)
      const theirs = lives.take(absorbed)
      ours.heard.push(...theirs.heard)
      ours.waiting.push(...theirs.waiting)
      for (const [key, life] of theirs.byKey) {
        const other = ours.byKey.get(key)
        if (other !== undefined)
          for (const one of [life, other]) one.offers.push(...life.offers, ...other.offers)
        if (other === undefined || isAhead(life, other)) ours.byKey.set(key, life)
      }
      return []
    },
  }
}

/** J8: of two with one key. */
const isAhead = (a: Life, b: Life): boolean => {
  if (a.done.length !== b.done.length) return a.done.length > b.done.length
  return a.enteredAt === b.enteredAt ? a.since < b.since : a.enteredAt < b.enteredAt
}
