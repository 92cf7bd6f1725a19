/** A config without the values that do not fit its shape: what remains can still be asked what it means. */
import type { z } from 'zod'

/** An issue of a shape with a value. */
export type Misfit = Pick<z.core.$ZodIssue, 'path'>

/** Whether a path leads into what stands at another one. */
export const isWithin = (path: readonly PropertyKey[], holder: readonly PropertyKey[]): boolean =>
  holder.every((part, i) => path[i] === part)

/** A value that fits a shape goes round at most so often: each round takes out one level more. */
const ROUNDS_MAX = 4

/** The config as the shape reads it without the values that do not fit, lists in their places; undefined if nothing is left. */
export function withoutMisfits(shape: z.ZodType, value: unknown): unknown {
  const copy = structuredClone(value)
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const parsed = shape.safeParse(copy)
    if (parsed.success) return parsed.data
    for (const issue of parsed.error.issues) {
      if (issue.code === 'unrecognized_keys') for (const key of issue.keys) remove(copy, [...issue.path, key])
      else remove(copy, issue.path)
    }
  }
  return undefined
}

/** Takes out what stands at a path; of what is missing there the nearest mapping's whole value. */
function remove(root: unknown, path: readonly PropertyKey[]): void {
  for (let length = path.length; length > 0; length--) {
    let at = root as Record<PropertyKey, unknown> | undefined
    for (const key of path.slice(0, length - 1)) at = at?.[key] as Record<PropertyKey, unknown> | undefined
    const key = path[length - 1] as PropertyKey
    if (typeof at !== 'object' || at === null || Array.isArray(at) || !(key in at)) continue
    delete at[key]
    return
  }
}
