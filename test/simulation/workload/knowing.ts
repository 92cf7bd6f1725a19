/**
 * Seeds in which people are known: profile, encounters, warmth and segments in the topology, and what their people say and feel. Drawn from
 * a stream of their own, so that a seed without is what it was before there were any.
 */
import { SEGMENTS } from '../oracle/segments.ts'
import { type Json, listOf, objectOf } from '../oracle/settings.ts'
import { type Prng, prngOf } from '../prng.ts'

const KNOWING = 0x6b0b

export interface Knowing {
  readonly document: Json
  /** How many of the people there are; undefined: all. With fewer there is more of each life. */
  readonly people: number | undefined
  readonly kinds: readonly (readonly [number, () => { readonly type: string; readonly data: Json }])[]
}

const feeling = (prng: Prng): number => prng.pick([-1, -0.5, 0.25, 1])

function operatorsOf(prng: Prng, sessions: readonly string[]): readonly Json[] {
  const weights = {
    'page.viewed': prng.pick([2, 5, 11]),
    'product.added': prng.pick([8, 13]),
    'product.removed': prng.pick([-7, 3]),
    'call.received': 17,
    'forum.posted': 9,
  }
  // Half-lives of which no recheck is a multiple: what is halved twice would lie between two tenths.
  const warmth = {
    weights,
    halfLife: prng.pick(['7h', '50h', '14d']),
    ...(prng.chance(1, 2) ? { levels: { warm: 15, hot: prng.pick([25, 40]) } } : {}),
    ...(prng.chance(1, 3) ? { hysteresis: prng.pick([0, 10]) } : {}),
  }
  const whens = prng.some(Object.keys(SEGMENTS))
  const groups = {
    segments: (whens.length === 0 ? Object.keys(SEGMENTS) : whens).map((when, i) => ({
      id: `segment-${i}`,
      when,
    })),
    ...(prng.chance(1, 2) ? { recheck: prng.pick(['1h', '5h', '24h']) } : {}),
    ...(prng.chance(1, 2) ? { recheckFor: prng.pick(['2h', '3d']) } : {}),
  }
  const quality = { long: prng.pick(['5m', '1h']), moodWithin: prng.pick(['0s', '30m', '2h']) }
  return [
    {
      id: 'known',
      type: 'profile',
      from: 'identity',
      config: { interestsHalfLife: prng.pick(['11h', '30d']) },
    },
    { id: 'met', type: 'encounters', from: ['identity', ...sessions], config: { quality } },
    { id: 'warm', type: 'warmth', from: 'identity', config: warmth },
    { id: 'groups', type: 'segments', from: 'identity', config: groups },
  ]
}

/** The document with what is known in it. Undefined: a seed without. */
export function drawKnowing(seed: number, document: Json): Knowing | undefined {
  const prng = prngOf(seed ^ KNOWING)
  if (!prng.chance(1, 4)) return undefined
  const operators = listOf(document['operators']).map(objectOf)
  const sessions = operators.flatMap(({ id, type }) => (type === 'sessionize' ? [String(id)] : []))
  const sinks = Object.fromEntries(
    ['met', 'warm', 'groups'].map((id) => [id, { from: id, topic: id, format: 'json' }]),
  )
  const all = [...operators, ...operatorsOf(prng, sessions)]
  // Who decides stands last, as in every drawn document.
  const rank = ({ type }: Json): number => (type === 'offer' ? 1 : 0)
  const weight = prng.pick([2, 6, 12])
  return {
    document: {
      ...document,
      operators: all.toSorted((a, b) => rank(a) - rank(b)),
      sinks: { ...objectOf(document['sinks']), ...sinks },
    },
    people: prng.chance(1, 2) ? prng.between(1, 4) : undefined,
    kinds: [
      [weight, () => ({ type: 'page.viewed', data: { category: prng.pick(['toys', 'books']) } })],
      [weight, () => ({ type: 'mood.measured', data: { mood: feeling(prng), moment: 'break' } })],
      [
        weight,
        () => ({ type: 'call.received', data: prng.chance(1, 2) ? { sentiment: feeling(prng) } : {} }),
      ],
      [weight / 2, () => ({ type: 'forum.posted', data: { sentiment: feeling(prng), topic: 'toys' } })],
      [weight / 2, () => ({ type: 'store.visited', data: {} })],
      [
        weight,
        () => ({
          type: prng.pick(['offer.delivered', 'offer.accepted']),
          data: { offer_id: prng.pick(['x0', 'x1', 'x2']) },
        }),
      ],
    ],
  }
}
