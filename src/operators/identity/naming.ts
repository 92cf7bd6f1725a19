/** Which identifiers of an event identify: normalised, not blocked nor suppressed, declared, each once, by priority and then by their order. */
import { type Identifier, isBlockedValue, normaliseValue } from '../../model/identifiers.ts'
import type { IdentityReady, TypeRule } from './config.ts'
import type { GraphView } from './graph.ts'
import type { PersonRecord } from './person-record.ts'

/** An identifier of an event, and what the graph knows of it. */
export interface Named {
  /** Normalised. */
  readonly identifier: Identifier
  readonly rule: TypeRule
  /** The kept person; of a shared identifier its anonymous person, if there is one yet. */
  readonly owner: PersonRecord | undefined
  readonly shared: boolean
}

/** Judged before and after normalising (fine print I9): a phone `-1` names nobody, though its digits might. */
export function isBlocked(value: string, normal: string, blocked: ReadonlySet<string>): boolean {
  return isBlockedValue(value, blocked) || (normal !== value && isBlockedValue(normal, blocked))
}

export function namesOf(
  identifiers: readonly Identifier[],
  view: GraphView,
  ready: IdentityReady,
): readonly Named[] {
  const names: Named[] = []
  for (const { type, value } of identifiers) {
    const rule = ready.types.get(type)
    if (rule === undefined) continue
    const normal = normaliseValue(type, value)
    if (isBlocked(value, normal, ready.blocked) || view.isSuppressed(type, normal)) continue
    if (names.some((name) => name.rule === rule && name.identifier.value === normal)) continue
    const owner = view.owner(type, normal)
    const shared = owner === undefined ? view.isShared(type, normal) : owner.anonymous
    names.push({ identifier: { type: rule.type, value: normal }, rule, owner, shared })
  }
  return names.length < 2 ? names : names.sort((a, b) => a.rule.priority - b.rule.priority)
}
