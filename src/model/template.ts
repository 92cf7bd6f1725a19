/**
 * Templates: JSON whose texts may hold CEL in `${...}`, for what operators fill in: params of a message, fields of an event.
 *
 * A text that is one `${...}` and nothing else becomes the value itself, whatever its kind; in a longer text values stand as words, and a list
 * or mapping has none. `\${` is `${` as it stands. What an expression without a value does to the whole is the caller's to say.
 */
import { checkValue, type ConditionOptions, eitherRead, type FieldsRead } from './condition.ts'
import type { Json } from './event.ts'
import { expressionProblems, type Variables } from './event-expressions.ts'
import type { FieldTypes } from './event-types.ts'
import type { ConfigProblem } from './operator.ts'

type Path = ConfigProblem['path']

/** A value, or a symbol whose description has none. */
type Fill = (values: Variables) => unknown

interface TemplateOptions extends ConditionOptions {
  /** What becomes of a text with an expression that has no value: null, or the whole is refused. */
  readonly hole?: 'null' | 'refuses'
}

export interface Template {
  readonly problems: readonly ConfigProblem[]
  /** What its expressions read; empty: it is the same for everybody. */
  readonly fields: FieldsRead
  /** Every expression worked out; a symbol: the one that its description says has no value, where that refuses the whole. */
  readonly fill: (values: Variables) => Json | symbol
}

interface Around {
  readonly variables: FieldTypes
  readonly options: TemplateOptions
  readonly problems: ConfigProblem[]
  readonly fields: Map<string, ReadonlySet<string> | 'all'>
}

/** `path`: where the template stands in the config. */
export function templateOf(
  template: Json,
  path: Path,
  variables: FieldTypes,
  options: TemplateOptions = {},
): Template {
  const around: Around = { variables, options, problems: [], fields: new Map() }
  const fill = compile(template, path, around)
  const { problems, fields } = around
  return {
    problems,
    fields,
    fill: fill === undefined ? () => template : (values) => fill(values) as Json | symbol,
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
  const fill = fills.length === 1 ? (fills[0] as Fill) : joined(parts, fills)
  if (around.options.hole !== 'null') return fill
  return (values) => {
    const value = fill(values)
    return typeof value === 'symbol' ? null : value
  }
}

function joined(parts: readonly Part[], fills: readonly Fill[]): Fill {
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

function expressionOf(cel: string, path: Path, { variables, options, problems, fields }: Around): Fill {
  const checked = checkValue(cel, variables, options)
  if (!checked.ok) {
    problems.push(...expressionProblems(checked, path, `expression ${cel.trim()}`))
    return () => undefined
  }
  const { compiled } = checked
  for (const [name, read] of compiled.fields) fields.set(name, eitherRead(fields.get(name), read) ?? read)
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
