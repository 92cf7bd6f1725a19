/** warmth: all that was ever added, and the whole course gone through anew at each question (contract 5, K7 to K9). */
import { dueAt, type Tellers } from './knowing.ts'
import { type OracleOperator, statesOf, type Unsettled } from './operator.ts'
import type { Emission } from './person.ts'
import { durationOf, numberOf, objectOf, type OperatorSettings } from './settings.ts'

const HOUR_MS = 3_600_000
/** Older than this nobody keeps the levels of two who become one. */
const SURE_MS = 26 * HOUR_MS

interface Warm {
  readonly added: { readonly at: number; readonly type: string; readonly amount: number }[]
  decidedTo: number
}

export function warmth(settings: OperatorSettings, tellers: Tellers, unsettled: Unsettled): OracleOperator {
  const { config } = settings
  const weights = objectOf(config['weights'])
  const halfLifeMs = durationOf(config['halfLife'], '14d')
  const [warm, hot] = [
    numberOf(objectOf(config['levels'])['warm'], 30),
    numberOf(objectOf(config['levels'])['hot'], 60),
  ]
  const slack = numberOf(config['hysteresis'], 5)
  const people = statesOf<Warm>(() => ({ added: [], decidedTo: Number.NEGATIVE_INFINITY }))

  const valueAt = (added: Warm['added'], at: number): number => {
    const sum = added.reduce((all, one) => all + one.amount * 2 ** ((one.at - at) / halfLifeMs), 0)
    return Math.round(Math.min(100, Math.max(0, sum)) * 10) / 10
  }

  /** From the first event to a time: the level then, and all moments at which the person became hot. */
  function courseOf(added: Warm['added'], until: number) {
    let level = 'cold'
    const crossings: number[] = []
    const fall = (value: number): void => {
      if (level === 'hot' && value < hot - slack) level = 'warm'
      if (level === 'warm' && value < warm - slack) level = 'cold'
    }
    const then = added.filter((one) => one.at <= until)
    for (const at of [...new Set(then.map((one) => one.at))].sort((a, b) => a - b)) {
      fall(
        valueAt(
          then.filter((one) => one.at < at),
          at,
        ),
      )
      const before = level
      const value = valueAt(
        then.filter((one) => one.at <= at),
        at,
      )
      fall(value)
      if (value >= hot) level = 'hot'
      else if (value >= warm && level === 'cold') level = 'warm'
      if (level === 'hot' && before !== 'hot') crossings.push(at)
    }
    const value = valueAt(then, until)
    fall(value)
    return { level, crossings, warmth: value }
  }

  /** What each type left, of all that types left that warm at all. */
  function reasonsAt(added: Warm['added'], at: number) {
    const leftOf = (type: string): number =>
      added
        .filter((one) => one.at <= at && one.type === type)
        .reduce((all, one) => all + one.amount * 2 ** ((one.at - at) / halfLifeMs), 0)
    const warming = Object.keys(weights).filter((type) => leftOf(type) > 0)
    const whole = warming.reduce((all, type) => all + leftOf(type), 0)
    return warming.map((type) => ({ type, share: Math.round((100 * leftOf(type)) / whole) / 100 }))
  }

  function said({ added }: Warm, at: number): Emission {
    const then = added.filter((one) => one.at <= at)
    const data = { warmth: valueAt(then, at), reasons: reasonsAt(added, at) }
    return { type: 'lead.warmed', time: at, cause: { timer: 'warmth', due: at + 1 }, data }
  }

  const nextOf = ({ added, decidedTo }: Warm): number | undefined =>
    courseOf(added, Number.MAX_SAFE_INTEGER).crossings.find((at) => at >= decidedTo)

  tellers.set(settings.id, (person, at) => {
    const { level, warmth: value } = courseOf(people.of(person).added, at)
    const reasons = reasonsAt(people.of(person).added, at)
    return { warmth: value, warmth_level: level, warmth_reasons: reasons }
  })

  return {
    settings,
    onEvent(person, { type, time, data }, watermark) {
      const weight = numberOf(weights[type], 0)
      if (weight === 0) return { emissions: [] }
      const state = people.of(person)
      const bad = weight > 0 && numberOf(data['sentiment'], 0) < 0
      const before = courseOf(state.added, watermark - 1).level
      state.added.push({ at: time, type, amount: bad ? weight * numberOf(data['sentiment'], 0) : weight })
      state.decidedTo = Math.max(state.decidedTo, watermark)
      const after = courseOf(state.added, watermark - 1)
      if (time >= watermark || before === 'hot' || after.level !== 'hot') return { emissions: [] }
      return { emissions: [said(state, after.crossings.at(-1) as number)] }
    },
    due(person) {
      const next = nextOf(people.of(person))
      return next === undefined ? undefined : dueAt(next + 1, 'warmth')
    },
    onDue(person, { at }) {
      const state = people.of(person)
      state.decidedTo = at
      return [said(state, at - 1)]
    },
    merge(kept, absorbed, _event, watermark) {
      const [state, other] = [people.of(kept), people.take(absorbed)]
      const isOld = ({ added }: Warm): boolean => added.some((one) => one.at < watermark - SURE_MS)
      if (isOld(state) && isOld(other)) unsettled('warmth: levels of long ago, of two who became one')
      state.added.push(...other.added)
      state.decidedTo = Math.max(state.decidedTo, other.decidedTo, watermark)
      return []
    },
  }
}
