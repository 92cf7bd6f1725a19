/** What a zod shape holds at a path: which keys, and what they mean. Read from its JSON Schema. */
import { z } from 'zod'
import type { Path } from './document.ts'

interface JsonShape {
  readonly description?: string
  readonly properties?: Readonly<Record<string, JsonShape>>
  readonly items?: JsonShape
  readonly additionalProperties?: JsonShape | boolean
  readonly anyOf?: readonly JsonShape[]
  readonly oneOf?: readonly JsonShape[]
  readonly allOf?: readonly JsonShape[]
}

/** JSON Schemas by shape: converting one is slow, and a document with mistakes asks for it again and again. */
const schemas = new WeakMap<z.ZodType, JsonShape>()

function jsonOf(shape: z.ZodType): JsonShape {
  const known = schemas.get(shape)
  if (known !== undefined) return known
  const made = z.toJSONSchema(shape, { io: 'input', unrepresentable: 'any' }) as JsonShape
  schemas.set(shape, made)
  return made
}

/** The parts of a shape that stand at `path`: several where it allows alternatives. */
function partsAt(shape: z.ZodType, path: Path): readonly JsonShape[] {
  const spread = (part: JsonShape): readonly JsonShape[] => [
    part,
    ...[...(part.anyOf ?? []), ...(part.oneOf ?? []), ...(part.allOf ?? [])].flatMap(spread),
  ]
  let parts = spread(jsonOf(shape))
  for (const key of path) {
    parts = parts.flatMap((part) => {
      const rest = typeof part.additionalProperties === 'object' ? part.additionalProperties : undefined
      const next = typeof key === 'number' ? part.items : (part.properties?.[key] ?? rest)
      return next === undefined ? [] : spread(next)
    })
  }
  return parts
}

/** What the shape says of the value at `path`, in words. */
export const meaningAt = (shape: z.ZodType, path: Path): string | undefined =>
  partsAt(shape, path).find((part) => part.description !== undefined)?.description

/** Keys that a mapping at `path` may have. */
export const keysAt = (shape: z.ZodType, path: Path): readonly string[] => [
  ...new Set(partsAt(shape, path).flatMap((part) => Object.keys(part.properties ?? {}))),
]
