/** Ids, types and references of a document: each id once, each reference to somebody, exactly one identity. */
import { didYouMean } from '../model/did-you-mean.ts'
import type { Registry } from './registry.ts'
import type { Report } from './connections.ts'
import type { OperatorOutline, Outline, Reference, SourceOutline } from './outline.ts'

/** Indexes by id; the first of two with one id counts. */
export function checkIds({ operators }: Outline, report: Report): ReadonlyMap<string, number> {
  const indexById = new Map<string, number>()
  for (const [index, { id, path }] of operators.entries()) {
    if (id === undefined) continue
    if (!indexById.has(id)) indexById.set(id, index)
    else {
      const hint = 'give one of the two another id: state belongs to id and type'
      report([...path, 'id'], {
        code: 'duplicate-id',
        message: `a second operator with the id "${id}"`,
        hint,
      })
    }
  }
  return indexById
}

export function checkTypes({ operators, operatorsGiven }: Outline, registry: Registry, report: Report): void {
  for (const { type, path } of operators) {
    if (type === undefined || registry.has(type)) continue
    const known = [...registry.keys()]
    const hint = suggest(type, known, `operators are: ${known.join(', ')}`)
    report([...path, 'type'], { code: 'unknown-operator', message: `no operator is called "${type}"`, hint })
  }
  const identities = operators.filter(({ type }) => type === 'identity')
  if (identities.length === 0 && operatorsGiven) {
    const hint = 'add "- { id: identity, type: identity, from: [a source] }": it says whose an event is'
    report(['operators'], { code: 'missing-key', message: 'no operator is of type identity', hint })
  }
  for (const { path } of identities.slice(1)) {
    const hint = 'keep one, and let its "from" list all sources'
    report([...path, 'type'], {
      code: 'bad-value',
      message: 'a second identity; a topology has exactly one',
      hint,
    })
  }
}

function suggest(word: string, candidates: readonly string[], otherwise: string): string {
  const meant = didYouMean(word, candidates)
  return meant === undefined ? otherwise : `did you mean "${meant}"? ${otherwise}`
}

const listed = (what: string, ids: readonly string[]): string =>
  ids.length === 0 ? `there are no ${what}` : `${what} are: ${ids.join(', ')}`
const idsOf = (parts: readonly { readonly id: string | undefined }[]): readonly string[] =>
  parts.flatMap(({ id }) => id ?? [])

/** What an operator behind identity names in `from`. */
export function resolve(
  operator: OperatorOutline,
  outline: Outline,
  indexById: ReadonlyMap<string, number>,
  report: Report,
): readonly number[] {
  reportTwice(operator.from, report)
  const own = operator.id
  const candidates = idsOf(outline.operators).filter((id) => id !== own)
  const sources = new Set(idsOf(outline.sources))
  return operator.from.flatMap(({ id, path }) => {
    const index = indexById.get(id)
    if (index !== undefined) return [index]
    const hint = sources.has(id)
      ? `"${id}" is a source: only identity reads sources, all others take from it (from: identity)`
      : suggest(id, candidates, listed('operators', candidates))
    report(path, { code: 'unknown-id', message: `no operator has the id "${id}"`, hint })
    return []
  })
}

function reportTwice(from: readonly Reference[], report: Report): void {
  const seen = new Set<string>()
  for (const { id, path } of from) {
    if (seen.has(id))
      report(path, {
        code: 'duplicate-id',
        message: `"${id}" stands twice in this list`,
        hint: 'remove one of the two',
      })
    seen.add(id)
  }
}

/** The sources that identity reads; an event of any other source reaches nobody. */
export function readByIdentity({ sources, operators }: Outline, report: Report): readonly SourceOutline[] {
  const identities = operators.filter(({ type }) => type === 'identity')
  const byId = new Map(sources.map((source) => [source.id, source]))
  const operatorIds = new Set(idsOf(operators))
  const read = new Set<SourceOutline>()
  for (const { from, fromGiven, path } of identities) {
    reportTwice(from, report)
    if (fromGiven && from.length === 0)
      report([...path, 'from'], {
        code: 'no-input',
        message: 'identity reads no source',
        hint: 'list the sources that it shall read',
      })
    for (const { id, path: place } of from) {
      const source = byId.get(id)
      if (source !== undefined) read.add(source)
      else {
        const hint = operatorIds.has(id)
          ? `"${id}" is an operator: identity reads sources`
          : suggest(id, [...byId.keys()], listed('sources', [...byId.keys()]))
        report(place, { code: 'unknown-id', message: `no source has the id "${id}"`, hint })
      }
    }
  }
  if (identities.length > 0) {
    for (const source of sources) {
      if (source.world || read.has(source)) continue
      const hint = `add "${source.id}" to the "from" of identity, or remove the source`
      report(source.path, {
        level: 'warning',
        code: 'unreachable',
        message: `identity does not read the source "${source.id}"`,
        hint,
      })
    }
  }
  return [...read]
}

/** Sinks take from operators, whatever their stage. */
export function checkSinks(
  { sinks, operators }: Outline,
  indexById: ReadonlyMap<string, number>,
  report: Report,
): void {
  const candidates = idsOf(operators)
  for (const { id: sink, from } of sinks) {
    reportTwice(from, report)
    for (const { id, path } of from) {
      if (indexById.has(id)) continue
      const hint = suggest(id, candidates, listed('operators', candidates))
      report(path, {
        code: 'unknown-id',
        message: `the sink "${sink}" takes from "${id}", which no operator has as its id`,
        hint,
      })
    }
  }
}
