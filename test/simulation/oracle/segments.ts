/** segments: each moment asked of all that is known, and every change kept for ever (contract 5, K13 to K15). */
import { dueAt, firstOf, type Tellers, toldOf } from './knowing.ts'
import { type OracleOperator, statesOf } from './operator.ts'
import type { Emission } from './person.ts'
import {
  durationOf,
  type Json,
  listOf,
  numberOf,
  objectOf,
  type OperatorSettings,
  textOf,
} from './settings.ts'

type Told = Json
/** What the conditions of the workload mean. */
export const SEGMENTS: Readonly<Record<string, (told: Told) => boolean>> = {
  'profile.orders >= 2': (t) => numberOf(t['orders'], 0) >= 2,
  'profile.spend > 30 && profile.visits == 0': (t) => numberOf(t['spend'], 0) > 30 && t['visits'] === 0,
  'profile.open_cart_value >= 20': (t) => numberOf(t['open_cart_value'], 0) >= 20,
  'profile.interests["toys"] >= 4': (t) => numberOf(objectOf(t['interests'])['toys'], 0) >= 4,
  'profile.days_since_seen >= 1': (t) => numberOf(t['days_since_seen'], 0) >= 1,
  'profile.channels["app"] >= 2 && profile.preferred_channel != "app"': (t) =>
    numberOf(objectOf(t['channels'])['app'], 0) >= 2 && t['preferred_channel'] !== 'app',
  'profile.offers_seen > profile.offers_accepted': (t) =>
    numberOf(t['offers_seen'], 0) > numberOf(t['offers_accepted'], 0),
  'profile.consent["marketing"]': (t) => objectOf(t['consent'])['marketing'] === true,
  'profile.warmth >= 40': (t) => numberOf(t['warmth'], 0) >= 40,
  'profile.warmth_level == "cold" && profile.orders > 0': (t) =>
    t['warmth_level'] === 'cold' && numberOf(t['orders'], 0) > 0,
  'profile.encounters >= 3 && profile.quality < 0.4': (t) =>
    numberOf(t['encounters'], 0) >= 3 && numberOf(t['quality'], 1) < 0.4,
  '"segment-0" in profile.segments': (t) => listOf(t['segments']).includes('segment-0'),
}

interface Groups {
  readonly inside: Set<string>
  readonly moments: Map<number, boolean>
  readonly changes: { readonly at: number; readonly segment: string; readonly entered: boolean }[]
  seenAt: number
  judgedAt: number
}

export function segments(settings: OperatorSettings, tellers: Tellers): OracleOperator {
  const { config } = settings
  const groups = listOf(config['segments']).map((entry) => {
    const { id, when } = objectOf(entry)
    const holds = SEGMENTS[textOf(when, '')]
    if (holds === undefined) throw new Error(`the oracle does not know ${String(when)}`)
    return { id: textOf(id, ''), holds }
  })
  const recheckMs = durationOf(config['recheck'], '24h')
  const recheckForMs = durationOf(config['recheckFor'], '90d')
  const NEVER = Number.NEGATIVE_INFINITY
  const people = statesOf<Groups>(() => ({
    inside: new Set(),
    moments: new Map(),
    changes: [],
    seenAt: NEVER,
    judgedAt: NEVER,
  }))

  tellers.set(settings.id, (person, at) => {
    const { inside, changes } = people.of(person)
    const then = new Set(inside)
    for (const { at: changed, segment, entered } of [...changes].sort((a, b) => b.at - a.at)) {
      if (changed < at) break
      if (entered) then.delete(segment)
      else then.add(segment)
    }
    return { segments: [...then] }
  })

  function nextOf({ inside, moments, seenAt, judgedAt }: Groups): number | undefined {
    const again: number[] = []
    if (judgedAt > NEVER && seenAt > NEVER) {
      let at = seenAt
      while (at <= judgedAt) at += recheckMs
      if (inside.size > 0 || at - seenAt <= recheckForMs) again.push(at)
    }
    return firstOf([...moments.keys(), ...again])
  }

  return {
    settings,
    onEvent(person, { type, time }) {
      if (type === 'location.updated' || type === 'trip.eta_updated') return { emissions: [] }
      const state = people.of(person)
      if (time > state.judgedAt) state.moments.set(time, true)
      else {
        state.seenAt = Math.max(state.seenAt, time)
        state.moments.set(state.judgedAt, state.moments.get(state.judgedAt) ?? false)
      }
      return { emissions: [] }
    },
    due(person) {
      const next = nextOf(people.of(person))
      return next === undefined ? undefined : dueAt(next + 1, 'segments')
    },
    onDue(person, { at: due }) {
      const state = people.of(person)
      const at = due - 1
      const told: Json = toldOf(tellers, person, at)
      const now = new Set(groups.filter(({ holds }) => holds(told)).map(({ id }) => id))
      const all = [...new Set([...state.inside, ...now])].filter((id) => state.inside.has(id) !== now.has(id))
      for (const segment of all) {
        const entered = now.has(segment)
        state.changes.push({ at, segment, entered })
        if (entered) state.inside.add(segment)
        else state.inside.delete(segment)
      }
      if (state.moments.get(at) === true) state.seenAt = Math.max(state.seenAt, at)
      state.moments.delete(at)
      state.judgedAt = at
      return all.map(
        (segment): Emission => ({
          type: now.has(segment) ? 'segment.entered' : 'segment.left',
          time: at,
          cause: { timer: 'segments', due },
          data: { segment },
        }),
      )
    },
    merge(kept, absorbed) {
      const [state, other] = [people.of(kept), people.take(absorbed)]
      for (const segment of other.inside) state.inside.add(segment)
      for (const [at, own] of other.moments) state.moments.set(at, own || state.moments.get(at) === true)
      state.changes.push(...other.changes)
      state.seenAt = Math.max(state.seenAt, other.seenAt)
      state.judgedAt = Math.max(state.judgedAt, other.judgedAt)
      return []
    },
  }
}
