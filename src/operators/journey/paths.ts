/** Where the steps of a journey lead, read off the config alone: for running, checking and drawing it. */
import type { DurationMs } from '../../model/time.ts'
import type { JourneyConfig, JourneyStep } from './config.ts'

export const STEP_KINDS = ['wait', 'waitFor', 'branch', 'trigger', 'emit', 'end'] as const
export type StepKind = (typeof STEP_KINDS)[number]

export const kindsOf = (step: JourneyStep): readonly StepKind[] =>
  STEP_KINDS.filter((kind) => step[kind] !== undefined)

/** A way from a step to another one. */
export interface Way {
  /** Id of the step that it leads to; undefined: behind the last one, where the journey is completed. */
  readonly to: string | undefined
  /** In words, for drawings; empty: the only one. */
  readonly label: string
  /** The least time that it takes. */
  readonly leastMs: DurationMs
  /** Where a target stands in the step; undefined: nobody named it, it is the next in the list. */
  readonly named: readonly (string | number)[] | undefined
}

/** The ways on from step number `i`. */
export function waysFrom({ steps }: JourneyConfig, i: number): readonly Way[] {
  const step = steps[i] as JourneyStep
  const next = steps[i + 1]?.id
  const { wait, waitFor, branch, end } = step
  const [on, key] = step.then === undefined ? [step.go, 'go'] : [step.then, 'then']
  const named = on === undefined ? undefined : [key]
  if (end !== undefined) return []
  if (branch !== undefined)
    return branch.map(({ when, go }, place) => ({
      to: go,
      label: when ?? 'else',
      leastMs: 0,
      named: ['branch', place, 'go'],
    }))
  if (waitFor !== undefined) {
    const came: Way = { to: on ?? next, label: waitFor.type, leastMs: 0, named }
    if (waitFor.within === undefined) return [came]
    const otherwise: Way = {
      to: step.else ?? next,
      label: 'else',
      leastMs: waitFor.within,
      named: step.else === undefined ? undefined : ['else'],
    }
    return [came, otherwise]
  }
  return [{ to: on ?? next, label: '', leastMs: wait?.for ?? 0, named }]
}

/** Of each step that can be reached from one, the first unless said, the least time from the beginning of that to its own, by id. */
export function reached(
  config: JourneyConfig,
  from = config.steps[0]?.id ?? '',
): ReadonlyMap<string, DurationMs> {
  const index = new Map(config.steps.map(({ id }, i) => [id, i]))
  const least = new Map<string, DurationMs>()
  const open = [{ id: from, at: 0 }]
  // Nearest first, so that each is worked off once.
  for (let left = open.length; left > 0; left = open.length) {
    open.sort((a, b) => b.at - a.at)
    const { id, at } = open.pop() as { id: string; at: DurationMs }
    const i = index.get(id)
    if (i === undefined || least.has(id)) continue
    least.set(id, at)
    for (const { to, leastMs } of waysFrom(config, i))
      if (to !== undefined && !least.has(to)) open.push({ id: to, at: at + leastMs })
  }
  return least
}

/** Whether time passes whenever the journey comes by: a wait for a date may be over, a wait for an event or a span is not. */
const rests = ({ wait, waitFor }: JourneyStep): boolean => waitFor !== undefined || wait?.for !== undefined

/** The first step, in the order of the list, from which a way leads back to it past no wait; undefined: there is none. */
export function loopWithoutWait(config: JourneyConfig): readonly string[] | undefined {
  const { steps } = config
  const index = new Map(steps.map(({ id }, i) => [id, i]))
  for (const [start, { id }] of steps.entries()) {
    const before = new Map<number, number>()
    const open = [start]
    for (let at = open.shift(); at !== undefined; at = open.shift()) {
      if (rests(steps[at] as JourneyStep)) continue
      for (const { to } of waysFrom(config, at)) {
        const next = to === undefined ? undefined : index.get(to)
        if (next === start) return [id, ...trail(before, at, start, steps), id]
        if (next === undefined || before.has(next)) continue
        before.set(next, at)
        open.push(next)
      }
    }
  }
  return undefined
}

/** The steps between the start and `end`, as they were found. */
function trail(
  before: ReadonlyMap<number, number>,
  end: number,
  start: number,
  steps: readonly JourneyStep[],
): readonly string[] {
  const ids: string[] = []
  for (let at = end; at !== start; at = before.get(at) as number) ids.unshift((steps[at] as JourneyStep).id)
  return ids
}
