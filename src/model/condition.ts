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
import type { ASTNode } from '@marcbachmann/cel-js'
import { closureOf } from './condition-closure.ts'
import {
  environmentOf,
  isHasLookup,
  libraryRun,
  parseDoubles,
  type ParsedCondition,
} from './condition-library.ts'
import { didYouMean } from './did-you-mean.ts'
import type { FieldType, FieldTypes } from './event-types.ts'
import type { ProfileFields } from './known.ts'
import { WORLD_LOOKUPS, WORLD_SOURCE_HINT, WORLD_VARIABLE } from './world.ts'

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

export interface ConditionProblem {
  readonly ok: false
  readonly code: 'condition-syntax' | 'condition-type'
  readonly message: string
  readonly hint: string
  /** Within the text, from 1. */
  readonly line: number
  readonly column: number
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
  const found = fieldProblem(parsed, variables, fields, options)
  if (found !== undefined) return problem(text, 'condition-type', found.message, found.at, found.hint)
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

function problem(
  text: string,
  code: ConditionProblem['code'],
  message: string,
  at: number,
  hint: string,
): ConditionProblem {
  const before = text.slice(0, at)
  const line = before.split('\n').length
  return { ok: false, code, message, hint, line, column: at - before.lastIndexOf('\n') }
}

interface Found {
  readonly message: string
  readonly hint: string
  readonly at: number
}

/** Names that the schema has not, each with the nearest one that it has; what the library says of them has no remedy. */
function fieldProblem(
  parsed: ParsedCondition,
  variables: FieldTypes,
  reads: Map<string, Set<string> | 'all'>,
  { unavailable = {}, profile }: ConditionOptions,
): Found | undefined {
  let found: Found | undefined
  const report = (node: ASTNode, message: string, hint: string, from = node.start): void => {
    const at = parsed.place(from)
    if (found === undefined || at < found.at) found = { message, hint, at }
  }
  const kindOf = (node: ASTNode, bound: readonly string[]): FieldType => {
    if (node.op === 'id') {
      if (bound.includes(node.args)) return 'any'
      if (Object.hasOwn(variables, node.args)) {
        reads.set(node.args, 'all')
        return variables[node.args] as FieldType
      }
      const reason = Object.hasOwn(unavailable, node.args) ? unavailable[node.args] : undefined
      if (reason !== undefined) report(node, `${node.args} cannot be used here: ${reason}`, 'take it out')
      else if (node.args === 'world')
        report(node, 'no source of this document brings facts of the world', WORLD_SOURCE_HINT)
      else report(node, `unknown variable ${node.args}`, suggestion(node.args, Object.keys(variables)))
      return 'any'
    }
    if (node.op === '.') {
      const name = node.args[1]
      const untold = untoldField(node.args[0], name, bound, profile)
      if (untold !== undefined) {
        report(node, untold.message, untold.hint, node.end - name.length)
        return 'any'
      }
      const kind = readOf(node.args[0], name, bound)
      if (typeof kind !== 'object' || !('fields' in kind) || Object.keys(kind.fields).length === 0)
        return 'any'
      if (Object.hasOwn(kind.fields, name)) return kind.fields[name] as FieldType
      const isLookup = kind === WORLD_VARIABLE && Object.hasOwn(WORLD_LOOKUPS, name)
      report(
        node,
        `there is no field ${name}`,
        isLookup ? `ask with an id: world.${name}("id")` : suggestion(name, Object.keys(kind.fields)),
        node.end - name.length,
      )
      return 'any'
    }
    const asked = lookupOf(node, variables)
    if (asked !== undefined && !bound.includes('world')) {
      for (const argument of asked.args) kindOf(argument, bound)
      reads.set('world', 'all')
      if (asked.problem !== undefined)
        report(node, asked.problem, 'write world.place("id") or world.product("id")')
      return asked.fields
    }
    if (node.op === 'value' && node.args === null)
      report(node, 'null compares with nothing', 'ask has(...) or !has(...)')
    for (const [child, names] of childrenOf(node))
      kindOf(child, names === undefined ? bound : [...bound, names])
    return 'any'
  }
  /** Of what a field is taken: a variable of which only that is read, or whatever stands there. */
  function readOf(holder: ASTNode, name: string, bound: readonly string[]): FieldType {
    const before = holder.op === 'id' && !bound.includes(holder.args) ? reads.get(holder.args) : undefined
    const kind = kindOf(holder, bound)
    if (holder.op === 'id' && before !== 'all' && reads.has(holder.args) && !bound.includes(holder.args))
      reads.set(holder.args, new Set(before).add(name))
    return kind
  }
  kindOf(parsed.ast, [])
  return found
}

/** A field of `profile` that no operator of the document tells; the remedy is the line to add. */
function untoldField(
  holder: ASTNode,
  name: string,
  bound: readonly string[],
  profile: ProfileFields | undefined,
): { readonly message: string; readonly hint: string } | undefined {
  if (profile === undefined || holder.op !== 'id' || holder.args !== 'profile' || bound.includes('profile'))
    return undefined
  if (Object.hasOwn(profile.told, name)) return undefined
  const line = profile.untold.get(name)
  const message = `no operator of this document tells profile.${name}`
  if (line === undefined) {
    return { message, hint: suggestion(name, [...Object.keys(profile.told), ...profile.untold.keys()]) }
  }
  return { message, hint: `add to operators: ${line}` }
}

/** `world.place(id)`: what is asked of the world by its name. Undefined: another node. */
function lookupOf(
  node: ASTNode,
  variables: FieldTypes,
):
  | { readonly args: readonly ASTNode[]; readonly fields: FieldType; readonly problem: string | undefined }
  | undefined {
  if (node.op !== 'rcall' || variables['world'] !== WORLD_VARIABLE) return undefined
  const [name, receiver, args] = node.args
  if (receiver.op !== 'id' || receiver.args !== 'world') return undefined
  const fields = Object.hasOwn(WORLD_LOOKUPS, name) ? WORLD_LOOKUPS[name] : undefined
  if (fields !== undefined) {
    const problem = args.length === 1 ? undefined : `world.${name} is asked with one id`
    return { args, fields: { fields }, problem }
  }
  const problem = isHasLookup(name) ? undefined : `world has no ${name} to be asked`
  return { args, fields: 'any', problem }
}

function suggestion(word: string, candidates: readonly string[]): string {
  const near = didYouMean(word, candidates)
  return near === undefined
    ? `known: ${[...candidates].sort((a, b) => (a < b ? -1 : 1)).join(', ')}`
    : `did you mean ${near}?`
}

const MACROS: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'map', 'filter'])

/** The nodes below one, each with the name that a macro binds for it. */
function childrenOf(node: ASTNode): readonly (readonly [ASTNode, string | undefined])[] {
  if (node.op === 'rcall') {
    const [name, receiver, args] = node.args
    const first = args[0]
    const binds = MACROS.has(name) && first !== undefined && first.op === 'id' ? first.args : undefined
    const rest = binds === undefined ? args : args.slice(1)
    return [[receiver, undefined], ...rest.map((arg): [ASTNode, string | undefined] => [arg, binds])]
  }
  return nodesIn(node.args).map((child): [ASTNode, undefined] => [child, undefined])
}

/** Operands stand in lists of lists, whatever the operator. */
function nodesIn(args: unknown): readonly ASTNode[] {
  if (Array.isArray(args)) return args.flatMap(nodesIn)
  return typeof args === 'object' && args !== null && 'op' in args ? [args as ASTNode] : []
}
