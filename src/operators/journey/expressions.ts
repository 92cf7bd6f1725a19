/** The expressions of a journey: what each may name, and the texts in which they stand. Checked and compiled from here alone, so that the two agree. */
import {
  checkCondition,
  checkKey,
  type ConditionOptions,
  type ConditionProblem,
  type FieldsRead,
} from '../../model/condition.ts'
import { eventVariables, knownVariables } from '../../model/event-expressions.ts'
import type { FieldTypes } from '../../model/event-types.ts'
import type { ConfigProblem, Wiring } from '../../model/operator.ts'
import { type Template, templateOf } from '../../model/template.ts'
import type { JourneyConfig } from './config.ts'

type Path = ConfigProblem['path']

/** What an expression is asked for. */
type Kind = 'condition' | 'key'

export interface Expression {
  readonly text: string
  readonly path: Path
  readonly kind: Kind
  readonly variables: FieldTypes
}

/** The variables behind the entering event. */
function enteredVariables({ enter }: JourneyConfig, wiring: Wiring): FieldTypes {
  const entered = eventVariables([enter.type], wiring)['event'] as FieldTypes[string]
  return { ...knownVariables(wiring), key: 'text', entered }
}

/** The variables of a condition over events of a type. */
export const whereVariables = (type: string, config: JourneyConfig, wiring: Wiring): FieldTypes => ({
  ...eventVariables([type], wiring),
  ...enteredVariables(config, wiring),
})

/** Of `key`, which there is not yet. */
export const keyVariables = ({ enter }: JourneyConfig, wiring: Wiring): FieldTypes =>
  eventVariables([enter.type], wiring)

/** Of what stands in a step. */
export const stepVariables = enteredVariables

/** Every condition and key of the config. */
export function expressionsOf(config: JourneyConfig, wiring: Wiring): readonly Expression[] {
  const found: Expression[] = []
  const add = (text: string | undefined, path: Path, kind: Kind, variables: FieldTypes): void => {
    if (text !== undefined) found.push({ text, path, kind, variables })
  }
  const { enter, key, exit, steps } = config
  const inSteps = stepVariables(config, wiring)
  add(enter.where, ['enter', 'where'], 'condition', whereVariables(enter.type, config, wiring))
  add(key, ['key'], 'key', keyVariables(config, wiring))
  for (const [i, { type, where }] of exit.entries())
    add(where, ['exit', i, 'where'], 'condition', whereVariables(type, config, wiring))
  for (const [i, { wait, waitFor, branch }] of steps.entries()) {
    const at = ['steps', i]
    add(wait?.until, [...at, 'wait', 'until'], 'key', inSteps)
    if (waitFor !== undefined) {
      const variables = whereVariables(waitFor.type, config, wiring)
      add(waitFor.where, [...at, 'waitFor', 'where'], 'condition', variables)
    }
    for (const [j, { when }] of (branch ?? []).entries())
      add(when, [...at, 'branch', j, 'when'], 'condition', inSteps)
  }
  return found
}

/** What each `emit` says, in the order of the steps. */
export function templatesOf(
  config: JourneyConfig,
  wiring: Wiring,
  options: ConditionOptions,
): readonly Template[] {
  const variables = stepVariables(config, wiring)
  return config.steps.flatMap(({ emit }, i) =>
    emit === undefined ? [] : [templateOf(emit.fields, ['steps', i, 'emit', 'fields'], variables, options)],
  )
}

export type Checked = { readonly ok: true; readonly fields: FieldsRead } | ConditionProblem

export function checkExpression({ text, kind, variables }: Expression, options: ConditionOptions): Checked {
  const check = kind === 'condition' ? checkCondition : checkKey
  const checked = check(text, variables, options)
  return checked.ok ? { ok: true, fields: checked.compiled.fields } : checked
}
