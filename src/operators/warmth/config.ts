/** Config of warmth (contracts, section 5), what is wrong with one, and the form in which the steps get it. */
import { z } from 'zod'
import { duration } from '../../model/config.ts'
import { didYouMean } from '../../model/did-you-mean.ts'
import { EVENT_TYPES, isEventType } from '../../model/event-types.ts'
import { askedBackMs } from '../../model/known.ts'
import { WARMTH_TYPES_MAX } from '../../model/limits.ts'
import type { ConfigProblem, Wiring } from '../../model/operator.ts'
import type { DurationMs } from '../../model/time.ts'

/** What an event of a type is worth: the nearer to a talk, the more. */
export const WEIGHTS_BY_DEFAULT: Readonly<Record<string, number>> = {
  'email.opened': 2,
  'email.clicked': 8,
  'offer.opened': 2,
  'offer.clicked': 8,
  'content.read': 4,
  'product.searched': 4,
  'forum.posted': 6,
  'visit.started': 8,
  'visit.ended': 2,
  'zone.entered': 2,
  'zone.left': 1,
  'store.visited': 10,
  'call.received': 8,
  'staff.met': 12,
}

const percent = (what: string) => z.number().min(0).max(100).describe(what)

export const warmthConfig = z
  .strictObject({
    weights: z
      .record(z.string(), z.number().min(-100).max(100))
      .default({ ...WEIGHTS_BY_DEFAULT })
      .describe(
        'By event type, what one of them adds; an event whose `sentiment` is below 0 adds its weight times that instead, and so takes away. Types that are not here say nothing',
      ),
    halfLife: duration('14d', 1).describe('Duration after which what an event added is worth half'),
    levels: z
      .strictObject({
        warm: percent('Warmth from which a person is warm, 0 to 100').default(30),
        hot: percent('Warmth from which a person is hot, 0 to 100').default(60),
      })
      .prefault({})
      .describe('Where the levels begin; below both a person is cold'),
    hysteresis: percent(
      'How far warmth must fall below the beginning of a level before the person leaves it, 0 to 100',
    ).default(5),
  })
  .describe('How warm a person is, and from when on somebody should call')

export type WarmthConfig = z.infer<typeof warmthConfig>

export interface WarmthReady {
  readonly weights: ReadonlyMap<string, number>
  readonly halfLifeMs: DurationMs
  readonly warm: number
  readonly hot: number
  readonly hysteresis: number
  /** How far below the watermark events are kept one by one. */
  readonly keptMs: DurationMs
}

function typeProblems(weights: WarmthConfig['weights'], { upstream }: Wiring): readonly ConfigProblem[] {
  return Object.keys(weights).flatMap((type): ConfigProblem[] => {
    const path = ['weights', type]
    if (!isEventType(type)) {
      const hint = 'lower-case words joined by dots, like email.clicked'
      return [{ path, code: 'bad-value', message: `${type} is no event type`, hint }]
    }
    if (EVENT_TYPES.has(type) || upstream.some(({ emits }) => emits.includes(type))) return []
    const near = didYouMean(type, EVENT_TYPES.keys())
    if (near === undefined) return []
    const message = `${type} is no type of the contract`
    return [{ path, code: 'unknown-type', level: 'warning', message, hint: `did you mean ${near}?` }]
  })
}

export function warmthProblems(
  { weights, levels, hysteresis }: WarmthConfig,
  wiring: Wiring,
): readonly ConfigProblem[] {
  const problems = [...typeProblems(weights, wiring)]
  if (Object.keys(weights).length > WARMTH_TYPES_MAX) {
    const message = `there are more than ${WARMTH_TYPES_MAX} weights`
    problems.push({ path: ['weights'], code: 'bad-value', message, hint: 'weigh what matters most' })
  }
  if (levels.hot <= levels.warm) {
    const message = `hot begins at ${levels.hot}, which is not above warm at ${levels.warm}`
    problems.push({ path: ['levels', 'hot'], code: 'bad-value', message, hint: 'let hot begin above warm' })
  }
  if (hysteresis >= levels.warm && levels.warm > 0) {
    const message = `whoever was warm once stays so: warmth would have to fall below ${levels.warm} - ${hysteresis}`
    const hint = `choose a hysteresis below ${levels.warm}`
    problems.push({ path: ['hysteresis'], code: 'bad-value', level: 'warning', message, hint })
  }
  return problems
}

export const prepareWarmth = (
  { weights, halfLife, levels, hysteresis }: WarmthConfig,
  { horizonMs }: Wiring,
): WarmthReady => ({
  weights: new Map(Object.entries(weights)),
  halfLifeMs: halfLife,
  warm: levels.warm,
  hot: levels.hot,
  hysteresis,
  keptMs: askedBackMs(horizonMs),
})
