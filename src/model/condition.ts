/**
 * Conditions (`when:`): CEL, checked when a document is loaded and run without ever throwing.
 *
 * 1. What passes {@link checkCondition} is of type bool against the declared variables; everything else is a finding with a place.
 * 2. Every number is a double: an integer literal is read as one, so `trigger.late_minutes >= 15` compares like with like and `5 / 2`
 *    is 2.5. A field of kind time is RFC 3339 text in UTC with milliseconds, which orders as time does.
 * 3. A condition without a value (missing field, null, a value of another kind than declared) is no answer: `{ missing }`, which counts
 *    as false (fine print X8). `has(x.y)` asks whether there is one; hence the literal `null` is refused.
 * 4. Operators, field access, `has`, `in`, lists and literals run as closures over the library's syntax tree, ten times faster than the
 *    library; functions, macros and maps run in the library. A property test holds the two to the same answers.
 */
import { closureOf } from './condition-closure.ts'
import { environmentOf, libraryRun, parseDoubles } from './condition-library.ts'
import { wrongNames } from './condition-names.ts'
import type { FieldTypes } from './event-types.ts'
import type { ProfileFields } from './known.ts'

/** True, false, or no answer: the path or the piece of text that has no value. */
export type ConditionResult = boolean | { readonly missing: string }

export interface Condition {
  readonly text: string
  /** Names of variables it reads, so that a caller need not prepare the others. */
  readonly reads: ReadonlySet<string>
  /** The same, field by field: who has to make a variable need not make all of it. */
  readonly fields: FieldsRead
  /** `variables`: plain JSON by the names of the schema. Never throws, changes nothing. */
  evaluate(variables: Readonly<Record<string, unknown>>): ConditionResult
}

export interface Mistake {
  readonly code: 'condition-syntax' | 'condition-type'
  readonly message: string
  readonly hint: string
  /** Within the text, from 1. */
  readonly line: number
  readonly column: number
}

/** The first mistake; of wrong names each is told. */
export interface ConditionProblem extends Mistake {
  readonly ok: false
  readonly others: readonly Mistake[]
}

export type ConditionCheck = { readonly ok: true; readonly compiled: Condition } | ConditionProblem

/** An expression whose value says which of many things is meant. */
export interface Key {
  readonly text: string
  readonly fields: FieldsRead
  /** Text as it stands, a number or a truth in words; undefined: it has no value, which empty text is too. Never throws. */
  evaluate(variables: Readonly<Record<string, unknown>>): string | undefined
}

export type KeyCheck = { readonly ok: true; readonly compiled: Key } | ConditionProblem

/** By variable, the fields of it that are read; `all`: it is used as a whole. */
export type FieldsRead = ReadonlyMap<string, ReadonlySet<string> | 'all'>

/** What two expressions read of one variable. */
export type Read = ReadonlySet<string> | 'all' | undefined
export const eitherRead = (a: Read, b: Read): Read =>
  a === undefined || b === undefined ? (a ?? b) : a === 'all' || b === 'all' ? 'all' : new Set([...a, ...b])

export interface ConditionOptions {
  /** Variables that are known by name and cannot be had: the reason, in words. */
  readonly unavailable?: Readonly<Record<string, string>>
  /** Of the variable `profile`: who would tell what nobody tells. */
  readonly profile?: ProfileFields
  /** `library`: run in the library whatever it is; for comparing the two. */
  readonly engine?: 'closures' | 'library'
}

/**
 * Checks and compiles. `variables` are the kinds of the variables by name: `{ trigger: { fields: {...} }, context: 'any' }`; `any` and
 * an object without declared fields are dynamic.
 */
export function checkCondition(
  text: string,
  variables: FieldTypes,
  options: ConditionOptions = {},
): ConditionCheck {
  const checked = checkText(text, variables, options)
  if (!checked.ok) return checked
  const { type, fields, run } = checked
  if (type !== 'bool' && type !== 'dyn') {
    const message = `the condition is a ${type}, not true or false`
    return problem(text, 'condition-type', message, 0, 'compare it with something')
  }
  const reads = new Set(fields.keys())
  return { ok: true, compiled: { text, reads, fields, evaluate: (values) => answer(run(values), text) } }
}

const KEY_TYPES: ReadonlySet<string> = new Set(['string', 'double', 'int', 'bool', 'dyn'])

/** The same for an expression that gives a key: text, a number, true or false. */
export function checkKey(text: string, variables: FieldTypes, options: ConditionOptions = {}): KeyCheck {
  const checked = checkText(text, variables, options)
  if (!checked.ok) return checked
  const { type, fields, run } = checked
  if (!KEY_TYPES.has(type)) {
    const message = `the key is a ${type}, not text or a number`
    return problem(text, 'condition-type', message, 0, 'name one field of it')
  }
  return { ok: true, compiled: { text, fields, evaluate: (values) => keyOf(run(values)) } }
}

/** An expression whose value is said on: any JSON. */
export interface Value {
  readonly text: string
  readonly fields: FieldsRead
  /** Undefined: it has no value. Never throws. */
  evaluate(variables: Readonly<Record<string, unknown>>): unknown
}

export type ValueCheck = { readonly ok: true; readonly compiled: Value } | ConditionProblem

/** The same for an expression of any kind. */
export function checkValue(text: string, variables: FieldTypes, options: ConditionOptions = {}): ValueCheck {
  const checked = checkText(text, variables, options)
  if (!checked.ok) return checked
  const { fields, run } = checked
  return { ok: true, compiled: { text, fields, evaluate: (values) => plainOf(run(values)) } }
}

/** The library counts in bigints; a number that JSON has not is no value. */
function plainOf(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value)
  if (typeof value === 'symbol' || value === null) return undefined
  return typeof value === 'number' && !Number.isFinite(value) ? undefined : value
}

function keyOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value
  // The library counts in bigints.
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : undefined
  return typeof value === 'boolean' || typeof value === 'bigint' ? String(value) : undefined
}

interface CheckedText {
  readonly ok: true
  /** In the library's words. */
  readonly type: string
  readonly fields: FieldsRead
  /** A value, or a symbol for none. */
  readonly run: (values: Readonly<Record<string, unknown>>) => unknown
}

function checkText(
  text: string,
  variables: FieldTypes,
  options: ConditionOptions,
): CheckedText | ConditionProblem {
  const environment = environmentOf(variables)
  const parsed = parseDoubles(environment, text)
  if ('failed' in parsed)
    return problem(text, 'condition-syntax', parsed.failed, parsed.at, 'see the CEL language definition')
  const fields = new Map<string, Set<string> | 'all'>()
  const [first, ...others] = wrongNames(parsed, variables, fields, options).map(({ message, at, hint }) =>
    mistake(text, 'condition-type', message, at, hint),
  )
  if (first !== undefined) return { ok: false, ...first, others }
  const typed = parsed.check()
  if (!typed.ok)
    return problem(
      text,
      'condition-type',
      typed.message,
      typed.at,
      'compare numbers with numbers and text with text',
    )
  const closure = options.engine === 'library' ? undefined : closureOf(parsed.ast, variables)
  return { ok: true, type: typed.type, fields, run: closure ?? libraryRun(parsed, variables) }
}

/** A symbol is "no value", its description what has none; see the closures. */
function answer(value: unknown, text: string): ConditionResult {
  if (value === true || value === false) return value
  return { missing: typeof value === 'symbol' ? (value.description ?? text) : text }
}

function problem(...of: Parameters<typeof mistake>): ConditionProblem {
  return { ok: false, ...mistake(...of), others: [] }
}

function mistake(text: string, code: Mistake['code'], message: string, at: number, hint: string): Mistake {
  const before = text.slice(0, at)
  const line = before.split('\n').length
  return { code, message, hint, line, column: at - before.lastIndexOf('\n') }
}
