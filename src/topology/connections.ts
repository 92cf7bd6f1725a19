/** How the parts of a document hang together: ids that resolve, exactly one identity, no circle, input for all, output from all. */
import type { Finding } from '../model/errors.ts'
import type { Registry } from './registry.ts'
import type { Path, TopologyDocument } from './document.ts'
import { checkChannels, checkInput, checkOutput, checkSinkInput } from './flow.ts'
import { inOrder } from './order.ts'
import type { OperatorOutline, Outline, SourceOutline } from './outline.ts'
import { checkIds, checkSinks, checkTypes, readByIdentity, resolve } from './references.ts'

/** Adds a finding at the value that stands at `path`; an error unless said. */
export type Report = (
  path: Path,
  finding: Omit<Finding, 'place' | 'level'> & { readonly level?: Finding['level'] },
) => void

export interface Connections {
  readonly findings: readonly Finding[]
  /** Indexes of operators, each behind everything upstream of it; those of a circle in any order. */
  readonly order: readonly number[]
  /** Indexes of the operators that an operator names in `from`. */
  readonly upstream: readonly (readonly number[])[]
  /** Sources that identity reads. */
  readonly read: readonly SourceOutline[]
  /** Types that the sources may bring; undefined if one of them takes all. */
  readonly sourceTypes: readonly string[] | undefined
}

export function connect(document: TopologyDocument, outline: Outline, registry: Registry): Connections {
  const findings: Finding[] = []
  const report: Report = (path, { level = 'error', code, message, hint }) => {
    findings.push({ place: document.placeOf(path), level, code, message, hint })
  }
  const indexById = checkIds(outline, report)
  checkTypes(outline, registry, report)
  const upstream = outline.operators.map((operator) =>
    operator.type === 'identity' ? [] : resolve(operator, outline, indexById, report),
  )
  const read = readByIdentity(outline, report)
  const tells = ({ type }: OperatorOutline): boolean => registry.get(type ?? '')?.tells !== undefined
  const order = inOrder(outline, upstream, tells, report)
  const sourceTypes = typesOf(outline, read)
  checkInput({ outline, registry, upstream, sourceTypes, report })
  checkSinks(outline, indexById, report)
  checkSinkInput(outline, registry, report)
  checkOutput(outline, registry, report)
  checkChannels(outline, registry, report)
  return { findings, order, upstream, read, sourceTypes }
}

/** Types that come in; undefined when a source takes all, or when not all that identity reads can be told. */
function typesOf(
  { sources, operators }: Outline,
  read: readonly SourceOutline[],
): readonly string[] | undefined {
  const ids = new Set(sources.map(({ id }) => id))
  const told = operators.every(({ type, from }) => type !== 'identity' || from.every(({ id }) => ids.has(id)))
  if (!told || read.length === 0 || !read.every(({ typesKnown }) => typesKnown)) return undefined
  return [...new Set(read.flatMap(({ types }) => types.map(({ id }) => id)))]
}
