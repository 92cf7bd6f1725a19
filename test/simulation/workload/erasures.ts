/**
 * Seeds in which people ask to be forgotten: lines of a made-up stream, with orders among them. Drawn from a stream of their own, so that
 * a seed without is what it was before there were any. Nothing is lifted: who comes back under one id is not told apart by who looks on.
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
    out.splice(prng.between(1, out.length), 0, JSON.stringify({ erase: of }))
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
