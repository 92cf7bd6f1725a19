/** Whether anything flows: each operator gets what it takes, and somebody takes what it emits. */
import type { RegisteredOperator, Registry } from './registry.ts'
import type { Report } from './connections.ts'
import type { OperatorOutline, Outline } from './outline.ts'
import { saidBy } from './said.ts'

interface InputCheck {
  readonly outline: Outline
  readonly registry: Registry
  readonly upstream: readonly (readonly number[])[]
  readonly sourceTypes: readonly string[] | undefined
  readonly report: Report
}

/** Each operator behind identity needs somebody who brings a type that it takes. */
export function checkInput({
  outline: { operators },
  registry,
  upstream,
  sourceTypes,
  report,
}: InputCheck): void {
  for (const [index, { id = '?', type, path, from, fromGiven }] of operators.entries()) {
    if (type === undefined || type === 'identity') continue
    if (fromGiven && from.length === 0) {
      report([...path, 'from'], {
        code: 'no-input',
        message: `"${id}" takes from nobody`,
        hint: 'name identity, or the operators whose emissions it needs',
      })
      continue
    }
    const operator = registry.get(type)
    const above = (upstream[index] ?? []).flatMap((i) => operators[i] ?? [])
    if (
      operator === undefined ||
      operator.accepts === '*' ||
      above.length === 0 ||
      above.length < from.length
    )
      continue
    const accepted = new Set<string>(operator.accepts)
    const brings = (up: OperatorOutline): boolean => {
      const emitted = up.type === 'identity' ? sourceTypes : emittedBy(up, registry)
      return emitted === undefined || emitted.some((emission) => accepted.has(emission))
    }
    if (above.some(brings)) continue
    const hint = `it takes ${inShort(operator)}: let it take from who emits that${above.some((up) => up.type === 'identity') ? ', or add the types to a source' : ''}`
    report([...path, 'from'], {
      code: 'no-input',
      message: `nothing that "${id}" takes ever comes from ${from.map((up) => up.id).join(', ')}`,
      hint,
    })
  }
}

function emittedBy(outline: OperatorOutline, registry: Registry): readonly string[] | undefined {
  const operator = registry.get(outline.type ?? '')
  if (operator === undefined) return undefined
  return [...operator.emits, ...(saidBy(operator, outline)?.emits ?? [])]
}

const TYPES_SHOWN = 6
function inShort({ accepts }: RegisteredOperator): string {
  if (accepts === '*') return 'all types'
  return accepts.length <= TYPES_SHOWN
    ? accepts.join(', ')
    : `${accepts.slice(0, TYPES_SHOWN).join(', ')} and others`
}

/** Only offers go out on a channel. */
export function checkChannels({ sinks, operators }: Outline, registry: Registry, report: Report): void {
  for (const { id, path, from, hasChannels } of sinks) {
    const emits = from.flatMap((one) => {
      const operator = operators.find((other) => other.id === one.id)
      return registry.get(operator?.type ?? '')?.emits ?? []
    })
    if (!hasChannels || emits.includes('offer.emitted')) continue
    report([...path, 'channels'], {
      code: 'bad-value',
      message: `nothing that the sink "${id}" takes goes out on a channel, so it would get nothing`,
      hint: 'take from an operator of type offer, or remove "channels"',
    })
  }
}

/** Decisions have a topic of their own; what else an operator emits goes to its sinks. */
const NO_SINK_GETS = 'decision.made'

/** A sink of operators that emit nothing stays empty. */
export function checkSinkInput({ sinks, operators }: Outline, registry: Registry, report: Report): void {
  const emits = new Map(operators.map((operator) => [operator.id, emittedBy(operator, registry)]))
  for (const { id, path, from } of sinks) {
    if (from.length === 0) continue
    const silent = from.every(({ id: source }) => emits.get(source)?.every((type) => type === NO_SINK_GETS))
    if (!silent) continue
    report([...path, 'from'], {
      level: 'warning',
      code: 'never-happens',
      message: `nothing ever comes to the sink "${id}": ${from.map((up) => up.id).join(', ')} emits nothing`,
      hint: 'let it take from an operator that emits, or remove the sink',
    })
  }
}

/** An operator that emits, and that no sink and no other operator takes from, works for nobody. */
export function checkOutput({ sinks, operators }: Outline, registry: Registry, report: Report): void {
  const taken = new Set([...sinks, ...operators].flatMap(({ from }) => from.map(({ id }) => id)))
  for (const { id, type, path } of operators) {
    if (id === undefined || type === undefined || type === 'identity' || taken.has(id)) continue
    if ((registry.get(type)?.emits.length ?? 0) === 0) continue
    const hint = `add a sink with "from: ${id}", or remove the operator`
    report([...path, 'id'], {
      level: 'warning',
      code: 'unreachable',
      message: `nobody takes what "${id}" emits`,
      hint,
    })
  }
}
