/** The expressions of a journey: what each may name, and the texts in which they stand. Checked and compiled from here alone, so that the two agree. */
import {
  checkCondition,
  checkKey,
  checkValue,
  type ConditionOptions,
  type ConditionProblem,
  type FieldsRead,
} from '../../model/condition.ts'
import { eventVariables, knownVariables } from '../../model/event-expressions.ts'
import type { FieldTypes } from '../../model/event-types.ts'
import type { ConfigProblem, Wiring } from '../../model/operator.ts'
import type { JourneyConfig } from './config.ts'

type Path = ConfigProblem['path']

/** What an expression is asked for. */
type Kind = 'condition' | 'key' | 'value'

export interface Expression {
  readonly text: string
  readonly path: Path
  readonly kind: Kind
  readonly variables: FieldTypes
}

/** A text with `${...}` in it, cut into what stands as it is and what is worked out. */
export type Piece = { readonly text: string } | { readonly expression: string }

export function piecesOf(text: string): readonly Piece[] {
  const pieces: Piece[] = []
  let last = 0
  for (const match of text.matchAll(/\$\{([^}]*)\}/g)) {
    if (match.index > last) pieces.push({ text: text.slice(last, match.index) })
    pieces.push({ expression: match[1] as string })
    last = match.index + match[0].length
  }
  if (last < text.length) pieces.push({ text: text.slice(last) })
  return pieces
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

/** Every expression of the config. */
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
  for (const [i, { wait, waitFor, branch, emit }] of steps.entries()) {
    const at = ['steps', i]
    add(wait?.until, [...at, 'wait', 'until'], 'key', inSteps)
    if (waitFor !== undefined) {
      const variables = whereVariables(waitFor.type, config, wiring)
      add(waitFor.where, [...at, 'waitFor', 'where'], 'condition', variables)
    }
    for (const [j, { when }] of (branch ?? []).entries())
      add(when, [...at, 'branch', j, 'when'], 'condition', inSteps)
    for (const { text, path } of textsIn(emit?.fields, [...at, 'emit', 'fields']))
      for (const piece of piecesOf(text))
        if ('expression' in piece) add(piece.expression, path, 'value', inSteps)
  }
  return found
}

/** All texts of a value, in lists and mappings too, each with its place. */
function textsIn(value: unknown, path: Path): readonly { readonly text: string; readonly path: Path }[] {
  if (typeof value === 'string') return [{ text: value, path }]
  if (Array.isArray(value)) return value.flatMap((item, i) => textsIn(item, [...path, i]))
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, inner]) => textsIn(inner, [...path, name]))
}

export type Checked = { readonly ok: true; readonly fields: FieldsRead } | ConditionProblem

export function checkExpression({ text, kind, variables }: Expression, options: ConditionOptions): Checked {
  const check = kind === 'condition' ? checkCondition : kind === 'key' ? checkKey : checkValue
  const checked = check(text, variables, options)
  return checked.ok ? { ok: true, fields: checked.compiled.fields } : checked
}
