/**
 * What a part of the seeds is strained with, beside the plain swarm: sources whose fronts of event time lie hours apart, floods of one
 * moment, zones said out of order, busy carts, sessions around `max`, trips told by several people.
 *
 * They are drawn from a stream of their own, so that a seed without any of them is what it was before there were strains.
 */
import { type Json, listOf, objectOf } from '../oracle/settings.ts'
import { type Prng, prngOf } from '../prng.ts'
import { type Draws, TRIP_TYPES, WEB_TYPES, ZONES } from './document.ts'

const HOUR_MS = 3_600_000
const STRAINS = 0x57a1

/** How a source's front stands to the others' over a seed. */
export interface Skew {
  readonly source: string
  /** Below 0: it lags behind. */
  readonly ms: number
  /** `grows` from nothing, `shrinks` to nothing. */
  readonly course: 'steady' | 'grows' | 'shrinks'
}

export interface Strains {
  readonly skewed: boolean
  readonly floods: boolean
  /** Few events are remembered for repeats. */
  readonly dedupeEvents: number | undefined
  readonly zones: boolean
  readonly carts: boolean
  readonly sessions: boolean
  readonly trips: boolean
}

export function drawStrains(seed: number): { readonly strains: Strains; readonly prng: Prng } {
  const prng = prngOf(seed ^ STRAINS)
  const skewed = prng.chance(1, 8)
  const floods = prng.chance(1, 16)
  const dedupeEvents =
    prng.chance(floods ? 2 : 0, 3) || prng.chance(1, 30) ? prng.pick([5, 16, 16, 20, 40]) : undefined
  const strains = {
    skewed,
    floods,
    dedupeEvents,
    zones: prng.chance(1, 16),
    carts: prng.chance(1, 16),
    sessions: prng.chance(1, 16),
    trips: prng.chance(1, 16),
  }
  return { strains, prng }
}

export const describeStrains = (strains: Strains): string =>
  Object.entries(strains)
    .flatMap(([name, value]) =>
      value === false || value === undefined ? [] : [value === true ? name : `${name} ${value}`],
    )
    .join(', ')

export function drawSkews(prng: Prng, sources: readonly string[]): readonly Skew[] {
  const one = (source: string): Skew => ({
    source,
    ms: prng.pick([-1, 1]) * (prng.between(1, 9) * HOUR_MS + prng.below(HOUR_MS)),
    course: prng.pick(['steady', 'steady', 'grows', 'shrinks']),
  })
  const first = prng.pick(sources)
  const others = sources.filter((source) => source !== first && prng.chance(1, 4))
  return [first, ...others].map(one)
}

/** The document of a strained seed. */
export function strain(prng: Prng, draws: Draws, strains: Strains): Draws {
  let { document } = draws
  if (strains.skewed) document = apart(prng, document)
  if (strains.dedupeEvents !== undefined)
    document = { ...document, dedupe: { within: '24h', events: strains.dedupeEvents } }
  if (strains.zones || strains.sessions) {
    document = withSources(document, (source) => ({
      ...source,
      lateness: prng.pick(['5m', '10m', '30m', '1h', '1h']),
    }))
  }
  if (strains.sessions) {
    document = withConfigs(document, 'sessionize', (config) => {
      const [gap, max] = prng.pick([
        ['30m', '40m'],
        ['30m', '40m'],
        ['30m', '30m'],
        ['30m', '1h'],
        ['10m', '15m'],
        ['10m', '25m'],
      ] as const)
      return { ...config, gap, max }
    })
  }
  if (strains.zones) {
    document = withConfigs(document, 'offer', (config) => {
      const quiet = objectOf(config['quietHours'])
      // oxlint-disable-next-line unicorn/no-thenable -- the key is the document's, and nobody awaits it
      const hours = { from: '22:00', to: '08:00', ...quiet, then: 'hold' }
      return { ...config, quietHours: hours }
    })
    return { ...draws, document, zones: ZONES }
  }
  return { ...draws, document }
}

/** Several sources, none of which is idle only because the others are far ahead. */
function apart(prng: Prng, document: Json): Json {
  const sources = objectOf(document['sources'])
  const { all } = sources
  if (all === undefined)
    return withSources(document, (source) => ({ ...source, idle: prng.pick(['12h', '24h']) }))
  const types = prng.pick<Readonly<Record<string, readonly string[]>>>([
    { trips: TRIP_TYPES },
    { web: WEB_TYPES },
    { web: WEB_TYPES, trips: TRIP_TYPES },
  ])
  const split = Object.entries(types).map(([id, listed]) => [
    id,
    { ...objectOf(all), topic: `${id}-events`, types: listed },
  ])
  const next = Object.fromEntries([...split, ['rest', all]]) as Json
  const operators = listOf(document['operators']).map((entry) => {
    const operator = objectOf(entry)
    return operator['type'] === 'identity' ? { ...operator, from: Object.keys(next) } : operator
  })
  return apart(prng, { ...document, sources: next, operators })
}

function withSources(document: Json, change: (source: Json) => Json): Json {
  const sources = Object.entries(objectOf(document['sources']))
  return { ...document, sources: Object.fromEntries(sources.map(([id, s]) => [id, change(objectOf(s))])) }
}

function withConfigs(document: Json, type: string, change: (config: Json) => Json): Json {
  const operators = listOf(document['operators']).map((entry) => {
    const operator = objectOf(entry)
    return operator['type'] === type
      ? { ...operator, config: change(objectOf(operator['config'])) }
      : operator
  })
  return { ...document, operators }
}
