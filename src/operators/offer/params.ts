/**
 * Params of a template: JSON whose texts may hold CEL in `${...}`.
 *
 * A text that is one `${...}` and nothing else becomes the value itself, whatever its kind; in a longer text values stand as words.
 * An expression without a value leaves no hole in somebody's message: there is no content then, and so no offer. `\${` is `${` as it stands.
 */
import { checkValue, type ConditionOptions } from '../../model/condition.ts'
import type { Json } from '../../model/event.ts'
import { expressionProblem, type Variables } from '../../model/event-expressions.ts'
import type { FieldTypes } from '../../model/event-types.ts'
import type { ConfigProblem } from '../../model/operator.ts'

type Path = ConfigProblem['path']

/** A value, or a symbol whose description has none. */
type Fill = (values: Variables) => unknown

export interface Params {
  readonly problems: readonly ConfigProblem[]
  /** Names of variables that are read; empty: it is the same for everybody. */
  readonly reads: ReadonlySet<string>
  /** The params with every expression worked out; a symbol: the one that its description says has no value. */
  readonly fill: (values: Variables) => Json | symbol
}

interface Around {
  readonly variables: FieldTypes
  readonly options: ConditionOptions
  readonly problems: ConfigProblem[]
  readonly reads: Set<string>
}

export function paramsOf(params: Json, path: Path, variables: FieldTypes, options: ConditionOptions): Params {
  const around: Around = { variables, options, problems: [], reads: new Set() }
  const fill = compile(params, path, around)
  const { problems, reads } = around
  return {
    problems,
    reads,
    fill: fill === undefined ? () => params : (values) => fill(values) as Json | symbol,
  }
}

/** Undefined: nothing in it has to be worked out. */
function compile(value: unknown, path: Path, around: Around): Fill | undefined {
  if (typeof value === 'string') return value.includes('${') ? textOf(value, path, around) : undefined
  if (typeof value !== 'object' || value === null) return undefined
  const isList = Array.isArray(value)
  const parts = Object.entries(value as Json).map(([key, item]) => ({
    key,
    item,
    fill: compile(item, [...path, isList ? Number(key) : key], around),
  }))
  if (parts.every(({ fill }) => fill === undefined)) return undefined
  return (values) => {
    const filled: [string, unknown][] = []
    for (const { key, item, fill } of parts) {
      const known = fill === undefined ? item : fill(values)
      if (typeof known === 'symbol') return known
      filled.push([key, known])
    }
    return isList ? filled.map(([, known]) => known) : Object.fromEntries(filled)
  }
}

function textOf(text: string, path: Path, around: Around): Fill {
  const parts = partsOf(text)
  if (parts === undefined) {
    const hint = 'close it with a brace; write \\${ for the two characters as they stand'
    around.problems.push({ path, code: 'condition-syntax', message: 'a "${" without its "}"', hint })
    return () => text
  }
  const fills = parts.map(
    (part): Fill => (typeof part === 'string' ? () => part : expressionOf(part.cel, path, around)),
  )
  if (fills.length === 1) return fills[0] as Fill
  return (values) => {
    let whole = ''
    for (const [i, fill] of fills.entries()) {
      const value = fill(values)
      if (typeof value === 'symbol') return value
      if (typeof value === 'object') return Symbol(`${textAt(parts[i])}, which is no text`)
      whole += typeof value === 'string' ? value : String(value as number | boolean)
    }
    return whole
  }
}

const textAt = (part: Part | undefined): string => (typeof part === 'object' ? part.cel : (part ?? ''))

function expressionOf(cel: string, path: Path, { variables, options, problems, reads }: Around): Fill {
  const checked = checkValue(cel, variables, options)
  if (!checked.ok) {
    problems.push(expressionProblem(checked, path, `expression ${cel.trim()}`))
    return () => undefined
  }
  const { compiled } = checked
  for (const name of compiled.fields.keys()) reads.add(name)
  const none = Symbol(cel.trim())
  return (values) => jsonOf(compiled.evaluate(values)) ?? none
}

/** The library has numbers and times of its own; what JSON has no form for is no value. */
function jsonOf(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value)
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined
  if (typeof value !== 'object' || value === null) return value ?? undefined
  if (Array.isArray(value)) {
    const items = value.map(jsonOf)
    return items.includes(undefined) ? undefined : items
  }
  const kind: unknown = Object.getPrototypeOf(value)
  if (kind !== Object.prototype && kind !== null) return undefined
  const entries = Object.entries(value).map(([key, item]) => [key, jsonOf(item)] as const)
  return Object.fromEntries(entries.filter(([, item]) => item !== undefined))
}

type Part = string | { readonly cel: string }

/** Text and expressions in turn, empty text left out; undefined: an expression that does not end. */
function partsOf(text: string): readonly Part[] | undefined {
  const parts: Part[] = []
  let plain = ''
  for (let i = 0; i < text.length; i++) {
    if (text.startsWith('\\${', i)) {
      plain += '${'
      i += 2
    } else if (text.startsWith('${', i)) {
      const end = endOf(text, i + 2)
      if (end === undefined) return undefined
      if (plain !== '') parts.push(plain)
      parts.push({ cel: text.slice(i + 2, end) })
      plain = ''
      i = end
    } else plain += text[i]
  }
  if (plain !== '') parts.push(plain)
  return parts
}

/** Where the brace stands that closes an expression: not one inside of a text, nor one that closes a brace of its own. */
function endOf(text: string, from: number): number | undefined {
  let depth = 0
  let quote = ''
  for (let i = from; i < text.length; i++) {
    const sign = text[i] as string
    if (quote !== '') {
      if (sign === '\\') i++
      else if (sign === quote) quote = ''
    } else if (sign === '"' || sign === "'") quote = sign
    else if (sign === '{') depth++
    else if (sign === '}' && depth-- === 0) return i
  }
  return undefined
}
