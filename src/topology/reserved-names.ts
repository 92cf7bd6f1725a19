/** Names that mean something to the language: a mapping drops them without a word, and what they name with them. */
import type { Finding } from '../model/errors.ts'
import type { Path, TopologyDocument } from './document.ts'

export function checkReservedNames(document: TopologyDocument): readonly Finding[] {
  return findingsIn(document, document.value, [])
}

/** The depth of a document is bounded where it is parsed. */
function findingsIn(document: TopologyDocument, value: unknown, path: Path): readonly Finding[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]): readonly Finding[] => {
    const at = [...path, Array.isArray(value) ? Number(key) : key]
    if (key !== '__proto__') return findingsIn(document, inner, at)
    const message = '"__proto__" names nothing in a topology'
    const hint = 'choose a name of letters and digits'
    return [{ place: document.placeOfKey(at), level: 'error', code: 'bad-value', message, hint }]
  })
}
