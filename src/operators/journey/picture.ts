/** A journey as steps and ways, for `graph`. */
import type { Picture } from '../../model/operator.ts'
import { formatDuration } from '../../model/time.ts'
import type { JourneyConfig, JourneyStep } from './config.ts'
import { waysFrom } from './paths.ts'

const COMPLETED = 'completed'

/** What a step does, in words. */
function doingOf({ wait, waitFor, branch, trigger, emit, end }: JourneyStep): string {
  if (wait?.until !== undefined) {
    const minus = wait.minus === undefined ? '' : ` - ${formatDuration(wait.minus)}`
    return `wait until ${wait.until}${minus}`
  }
  if (wait?.for !== undefined) return `wait ${formatDuration(wait.for)}`
  if (waitFor !== undefined)
    return `wait for ${waitFor.type}${waitFor.within === undefined ? '' : ` within ${formatDuration(waitFor.within)}`}`
  if (branch !== undefined) return 'branch'
  if (trigger !== undefined) return 'trigger'
  if (emit !== undefined) return `emit ${emit.type}`
  return end === undefined ? '?' : `end: ${end.outcome}`
}

const shapeOf = ({ waitFor, branch, end }: JourneyStep): 'step' | 'choice' | 'end' =>
  end !== undefined ? 'end' : branch !== undefined || waitFor !== undefined ? 'choice' : 'step'

export function pictureOf(config: JourneyConfig): Picture {
  const { enter, exit, steps } = config
  const keys = new Map(steps.map(({ id }, i) => [id, `step${i}`]))
  const edges = steps.flatMap((_step, i) =>
    waysFrom(config, i).flatMap(({ to, label }) => {
      const key = to === undefined ? COMPLETED : keys.get(to)
      return key === undefined ? [] : [{ from: `step${i}`, to: key, label }]
    }),
  )
  const completes = edges.some(({ to }) => to === COMPLETED)
  const exits = exit.map(({ type, outcome }, i) => ({
    key: `exit${i}`,
    shape: 'end' as const,
    lines: [`at any time: ${type}`, `end: ${outcome}`],
  }))
  const timeout = {
    key: 'timeout',
    shape: 'end' as const,
    lines: [`after ${formatDuration(config.for ?? 0)}`, 'end: timeout'],
  }
  return {
    nodes: [
      { key: 'enter', shape: 'end', lines: [enter.type] },
      ...steps.map((step, i) => ({ key: `step${i}`, shape: shapeOf(step), lines: [step.id, doingOf(step)] })),
      ...(completes ? [{ key: COMPLETED, shape: 'end' as const, lines: ['end: completed'] }] : []),
      ...exits,
      ...(config.for === undefined ? [] : [timeout]),
    ],
    edges: [{ from: 'enter', to: 'step0', label: '' }, ...edges],
  }
}
