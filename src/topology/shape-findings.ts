/** What a zod shape says against a value, as findings: one code of the closed list, a place, plain words, and what to do. */
import type { z } from 'zod'
import type { Finding } from '../model/errors.ts'
import type { Path, TopologyDocument } from './document.ts'
import { keysAt, meaningAt } from './shape-keys.ts'
import { unknownKey, type Words, wordsOf } from './shape-words.ts'

type Issue = z.core.$ZodIssue

/** A value within a document, and the shape it was held against. */
export interface Held {
  readonly document: TopologyDocument
  /** Where the value stands in the document. */
  readonly base: Path
  readonly value: unknown
  readonly shape: z.ZodType
}

/** One finding for each issue; a union speaks through the alternative that comes nearest. */
export function shapeFindings(held: Held, issues: readonly Issue[]): readonly Finding[] {
  return issues.flatMap((issue) => findingsOf(held, issue, pathOf(issue.path)))
}

const pathOf = (path: readonly PropertyKey[]): Path =>
  path.map((part) => (typeof part === 'number' ? part : String(part)))

function findingsOf(held: Held, issue: Issue, path: Path): readonly Finding[] {
  const { document, base } = held
  const error = (place: Finding['place'], words: Words): Finding => ({ place, level: 'error', ...words })
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(held.shape, path)
    return issue.keys.map((key) =>
      error(document.placeOfKey([...base, ...path, key]), unknownKey(key, known)),
    )
  }
  const value = valueAt(held.value, path)
  if (value === undefined && path.length > 0 && issue.code !== 'custom') {
    const key = String(path.at(-1))
    const about = meaningAt(held.shape, path)
    const hint = `add "${key}"${about === undefined ? '' : `: ${about}`}`
    return [
      error(document.placeOf([...base, ...path.slice(0, -1)]), {
        code: 'missing-key',
        message: `the key "${key}" is missing`,
        hint,
      }),
    ]
  }
  if (issue.code === 'invalid_union') {
    const nearest = nearestAlternative(issue.errors)
    if (nearest !== undefined)
      return nearest.flatMap((inner) => findingsOf(held, inner, [...path, ...pathOf(inner.path)]))
  }
  const place =
    issue.code === 'invalid_key'
      ? document.placeOfKey([...base, ...path])
      : document.placeOf([...base, ...path])
  return [
    error(
      place,
      wordsOf(issue, {
        path,
        value,
        about: meaningAt(held.shape, path),
        whole: String(base.at(-1) ?? 'a topology'),
      }),
    ),
  ]
}

/** The alternative that the value was meant to be: the one of its own kind, with the fewest issues. */
function nearestAlternative(alternatives: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  const ofItsKind = alternatives.filter((issues) =>
    issues.every(
      (issue) => issue.path.length > 0 || (issue.code !== 'invalid_type' && issue.code !== 'invalid_value'),
    ),
  )
  return ofItsKind.toSorted((a, b) => a.length - b.length)[0]
}

function valueAt(root: unknown, path: Path): unknown {
  let value = root
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined
    value = (value as Record<string | number, unknown>)[part]
  }
  return value
}
