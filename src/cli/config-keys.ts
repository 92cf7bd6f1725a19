/** The keys of an operator's config as rows of a table, read from its one declaration. */
import { z } from 'zod'

export interface ConfigKey {
  /** `caps[].per`, `identifiers.NAME.limit`. */
  readonly key: string
  readonly kind: string
  /** Empty: none, the key may be left out. */
  readonly standard: string
  readonly meaning: string
}

interface JsonSchema {
  readonly type?: string | readonly string[]
  readonly description?: string
  readonly default?: unknown
  /** What the house adds: `duration`. */
  readonly unit?: string
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly minimum?: number
  readonly maximum?: number
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: JsonSchema | boolean
  readonly items?: JsonSchema
  readonly anyOf?: readonly JsonSchema[]
  readonly oneOf?: readonly JsonSchema[]
}

/** The config as JSON Schema of what a document may say. */
export function configSchema(shape: z.ZodType): JsonSchema {
  return z.toJSONSchema(shape, { io: 'input', unrepresentable: 'any' }) as JsonSchema
}

export function configKeys(shape: z.ZodType): readonly ConfigKey[] {
  const defaults = shape.safeParse({})
  return keysOf(configSchema(shape), '', defaults.success ? defaults.data : undefined)
}

function keysOf(schema: JsonSchema, prefix: string, defaults: unknown): readonly ConfigKey[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, part]) => {
    const value = part.default ?? (defaults as Readonly<Record<string, unknown>> | undefined)?.[name]
    const required = schema.required?.includes(name) === true && value === undefined
    const key = `${prefix}${name}`
    const row: ConfigKey = {
      key,
      kind: kindOf(part),
      standard: required ? 'required' : value === undefined ? '' : shown(value),
      meaning: (
        part.description ??
        alternatives(part).find(({ description }) => description !== undefined)?.description ??
        ''
      ).replaceAll('\n', ' '),
    }
    return [row, ...innerKeys(part, key)]
  })
}

const alternatives = (schema: JsonSchema): readonly JsonSchema[] => [
  schema,
  ...(schema.anyOf ?? []),
  ...(schema.oneOf ?? []),
]

/** Keys of what stands inside: a mapping, the entries of a list, the values of a mapping with free names. */
function innerKeys(schema: JsonSchema, key: string): readonly ConfigKey[] {
  return alternatives(schema).flatMap((part) => {
    if (part.properties !== undefined) return keysOf(part, `${key}.`, part.default)
    if (part.items !== undefined) return insideOf(part.items, `${key}[]`)
    return typeof part.additionalProperties === 'object'
      ? insideOf(part.additionalProperties, `${key}.NAME`)
      : []
  })
}

const insideOf = (schema: JsonSchema, key: string): readonly ConfigKey[] =>
  schema.properties === undefined ? innerKeys(schema, key) : keysOf(schema, `${key}.`, undefined)

const KINDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'number',
  integer: 'whole number',
  boolean: 'true or false',
  object: 'mapping',
  array: 'list',
  null: 'null',
}

function kindOf(schema: JsonSchema): string {
  if (schema.unit !== undefined) return schema.unit
  if (schema.enum !== undefined) return schema.enum.map(String).join(' or ')
  if (schema.const !== undefined) return shown(schema.const)
  const choices = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])]
  if (choices.length > 0) return [...new Set(choices.map(kindOf))].join(' or ')
  if (schema.type === 'array' && schema.items !== undefined) return `list of ${kindOf(schema.items)}`
  const kind = typeof schema.type === 'string' ? (KINDS[schema.type] ?? schema.type) : 'anything'
  return `${kind}${rangeOf(schema)}`
}

function rangeOf({ minimum, maximum }: JsonSchema): string {
  const low = minimum !== undefined && minimum > Number.MIN_SAFE_INTEGER ? minimum : undefined
  const high = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER ? maximum : undefined
  if (low !== undefined && high !== undefined) return ` ${low} to ${high}`
  if (low !== undefined) return ` from ${low}`
  return high === undefined ? '' : ` up to ${high}`
}

const SHOWN_LENGTH = 48
function shown(value: unknown): string {
  if (typeof value === 'string') return value
  const text = JSON.stringify(value)
  return text.length <= SHOWN_LENGTH ? text : `${text.slice(0, SHOWN_LENGTH - 3)}...`
}
