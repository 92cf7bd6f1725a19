/** A config that has passed its check becomes what the steps need. */
import {
  checkCondition,
  checkKey,
  type ConditionProblem,
  eitherRead,
  type FieldsRead,
  type Read,
} from '../../model/condition.ts'
import { InvariantError } from '../../model/errors.ts'
import type { Json, StreamEvent } from '../../model/event.ts'
import { eventView, type Variables } from '../../model/event-expressions.ts'
import type { FieldTypes } from '../../model/event-types.ts'
import { NOTHING_KNOWN } from '../../model/known.ts'
import { JOURNEY_ENTERED_LENGTH_MAX, JOURNEY_KEY_LENGTH_MAX } from '../../model/limits.ts'
import type { Wiring } from '../../model/operator.ts'
import { templateOf } from '../../model/template.ts'
import type { JourneyConfig, JourneyStep } from './config.ts'
import {
  checkExpression,
  expressionsOf,
  keyVariables,
  stepVariables,
  templatesOf,
  whereVariables,
} from './expressions.ts'
import { instantOf } from './instant.ts'
import { waysFrom } from './paths.ts'
import type { JourneyReady, ReadyStep, Situation, Test } from './ready.ts'

export const isAnswer = (type: string): boolean => type.startsWith('offer.')

/** Types of which the journey speaks. */
export function typesOf({ enter, exit, steps }: JourneyConfig): readonly string[] {
  const awaited = steps.flatMap(({ waitFor }) => (waitFor === undefined ? [] : [waitFor.type]))
  return [...new Set([enter.type, ...exit.map(({ type }) => type), ...awaited])]
}

function held<Compiled>(
  checked: { readonly ok: true; readonly compiled: Compiled } | ConditionProblem,
): Compiled {
  if (!checked.ok) throw new InvariantError(`a journey has passed its check: ${checked.message}`)
  return checked.compiled
}

/** The variables of an expression, those that it reads. */
function valuesFor(fields: FieldsRead): (situation: Situation) => Variables {
  const readsProfile = fields.has('profile')
  const readsWorld = fields.has('world')
  return ({ key, entered, at, known, event }) => {
    const values: Record<string, unknown> = { key, entered, event }
    if (readsProfile) values['profile'] = known.profile(at)
    if (readsWorld) values['world'] = known.world(at)
    return values
  }
}

function testOf(text: string | undefined, variables: FieldTypes): Test | undefined {
  if (text === undefined) return undefined
  const condition = held(checkCondition(text, variables))
  const values = valuesFor(condition.fields)
  return (situation) => condition.evaluate(values(situation)) === true
}

interface Reads {
  /** Of events, by type. */
  readonly events: ReadonlyMap<string, Read>
  readonly entered: Read
}

function readsOf(config: JourneyConfig, wiring: Wiring): Reads {
  const events = new Map<string, Read>()
  let entered: Read
  const typeAt = ([part, i]: readonly (string | number)[]): string | undefined => {
    if (part === 'exit') return config.exit[i as number]?.type
    return part === 'steps' ? config.steps[i as number]?.waitFor?.type : config.enter.type
  }
  for (const type of typesOf(config)) events.set(type, isAnswer(type) ? new Set(['offer_id']) : undefined)
  for (const expression of expressionsOf(config, wiring)) {
    const checked = checkExpression(expression, {})
    if (!checked.ok) continue
    const type = typeAt(expression.path)
    if (type !== undefined) events.set(type, eitherRead(events.get(type), checked.fields.get('event')))
    entered = eitherRead(entered, checked.fields.get('entered'))
  }
  for (const { fields } of templatesOf(config, wiring, {}))
    entered = eitherRead(entered, fields.get('entered'))
  const { type } = config.enter
  events.set(type, eitherRead(events.get(type), entered))
  return { events, entered }
}

/** Fields without a value are left out: bytes know none. */
function viewOf(read: Read): (event: StreamEvent) => Json {
  if (read === undefined) return () => ({})
  const view = eventView(new Map([['event', read]]))
  return (event) => {
    const all = Object.entries(view(event, NOTHING_KNOWN)['event'] as Json)
    return Object.fromEntries(all.filter(([, value]) => value !== undefined && value !== null))
  }
}

/** In the order of the names, so that it is the same whatever read it; what is too long is left out. */
function enteredOf(read: Read): (view: Json) => Json {
  if (read === undefined) return () => ({})
  return (view) => {
    const entered: Record<string, unknown> = {}
    let left = JOURNEY_ENTERED_LENGTH_MAX
    for (const name of Object.keys(view).sort()) {
      if (read !== 'all' && !read.has(name)) continue
      const length = name.length + JSON.stringify(view[name]).length
      if (length > left) continue
      left -= length
      entered[name] = view[name]
    }
    return entered
  }
}

function keyOf(config: JourneyConfig, wiring: Wiring): JourneyReady['keyOf'] {
  if (config.key === undefined) return () => ''
  const key = held(checkKey(config.key, keyVariables(config, wiring)))
  const values = valuesFor(key.fields)
  return (event, at, known) => {
    const value = key.evaluate(values({ key: '', entered: event, at, known, event }))
    return value === undefined || value.length > JOURNEY_KEY_LENGTH_MAX ? undefined : value
  }
}

type Until = Extract<ReadyStep, { readonly kind: 'wait' }>['until']

function untilOf(wait: NonNullable<JourneyStep['wait']>, variables: FieldTypes): Until {
  const { for: forMs, until, minus = 0 } = wait
  if (until === undefined) return ({ at }) => at + (forMs ?? 0)
  const moment = held(checkKey(until, variables))
  const values = valuesFor(moment.fields)
  return (situation, zone) => {
    const instant = instantOf(moment.evaluate(values(situation)), zone)
    return instant === undefined ? undefined : instant - minus
  }
}

/** What an `emit` says. What has no value is null. */
function dataOf(fields: Json, variables: FieldTypes): (situation: Situation) => Json {
  const template = templateOf(fields, [], variables, { hole: 'null' })
  const values = valuesFor(template.fields)
  return (situation) => template.fill(values(situation)) as Json
}

function stepOf(config: JourneyConfig, i: number, wiring: Wiring): ReadyStep {
  const { wait, waitFor, branch, emit, end } = config.steps[i] as JourneyStep
  const variables = stepVariables(config, wiring)
  const ways = waysFrom(config, i)
  const next = ways[0]?.to
  if (wait !== undefined) return { kind: 'wait', until: untilOf(wait, variables), next }
  if (waitFor !== undefined) {
    const { type, where, within } = waitFor
    return {
      kind: 'waitFor',
      type,
      where: testOf(where, whereVariables(type, config, wiring)),
      ofOffers: isAnswer(type),
      withinMs: within,
      otherwise: ways[1]?.to,
      next,
    }
  }
  if (branch !== undefined) {
    const tests = branch.map(({ when, go }) => ({ test: testOf(when, variables), go }))
    return {
      kind: 'branch',
      choose: (situation) => tests.find(({ test }) => test === undefined || test(situation))?.go,
    }
  }
  if (emit !== undefined) return { kind: 'emit', type: emit.type, data: dataOf(emit.fields, variables), next }
  return end === undefined ? { kind: 'trigger', next } : { kind: 'end', outcome: end.outcome }
}

export function prepareJourney(config: JourneyConfig, wiring: Wiring): JourneyReady {
  const { enter, exit, steps } = config
  const reads = readsOf(config, wiring)
  return {
    operatorId: wiring.operatorId,
    timezone: wiring.timezone,
    views: new Map([...reads.events].map(([type, read]) => [type, viewOf(read)])),
    takesSources: wiring.upstream.some(({ type }) => type === 'identity'),
    readsZone: steps.some(({ wait }) => wait?.until !== undefined),
    readsOffers: steps.some(({ waitFor }) => waitFor !== undefined && isAnswer(waitFor.type)),
    enterType: enter.type,
    enters: testOf(enter.where, whereVariables(enter.type, config, wiring)),
    keyOf: keyOf(config, wiring),
    enteredOf: enteredOf(reads.entered),
    reenter: config.reenter,
    exits: exit.map(({ type, where, outcome }) => ({
      type,
      where: testOf(where, whereVariables(type, config, wiring)),
      outcome,
    })),
    forMs: config.for,
    first: (steps[0] as JourneyStep).id,
    steps: new Map(steps.map(({ id }, i) => [id, stepOf(config, i, wiring)])),
  }
}
