/**
 * Seeds in which people ask to be forgotten: lines of a made-up stream, with orders among them. Drawn from a stream of their own, so that
 * a seed without is what it was before there were any. Some are lifted again; who then comes back has no past.
 */
import { type Json, isObject, listOf } from '../oracle/settings.ts'
import { prngOf } from '../prng.ts'

const ERASURES = 0xe7a5e

/** The lines, with orders to erase whom some line before or behind names; the same lines for most seeds. */
export function withErasures(seed: number, lines: readonly string[]): readonly string[] {
  const prng = prngOf(seed ^ ERASURES)
  if (!prng.chance(1, 5)) return lines
  const orders = prng.between(1, 4)
  const named = lines.flatMap(identifiersIn)
  if (named.length === 0) return lines
  const out = [...lines]
  for (let i = 0; i < orders; i++) {
    // Whoever is named more often is asked for more often; some only behind the order.
    const of = prng.pick(named)
    const at = prng.between(1, out.length)
    out.splice(at, 0, JSON.stringify({ erase: of }))
    // Sometimes before it was ever erased, by another name of whoever it was, or while what they did comes late.
    if (prng.chance(1, 2)) {
      const lifted = prng.chance(3, 4) ? of : prng.pick(named)
      const behind = prng.between(prng.chance(1, 8) ? 1 : at + 1, out.length)
      out.splice(behind, 0, JSON.stringify({ erase: lifted, lift: true }))
    }
  }
  return out
}

function identifiersIn(line: string): readonly Json[] {
  try {
    const json = JSON.parse(line) as unknown
    if (!isObject(json)) return []
    return listOf(json['identifiers'])
      .filter(isObject)
      .filter(({ type, value }) => typeof type === 'string' && typeof value === 'string')
      .map(({ type, value }) => ({ type, value }))
  } catch {
    return []
  }
}
