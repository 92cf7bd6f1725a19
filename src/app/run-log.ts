/**
 * What a run says on stderr: one line for what happens to tasks and group, none for a commit, but for one
 * that worked off orders to erase. A line is `time level text`.
 */
import { type DurationMs, formatTime, SECOND_MS } from '../model/time.ts'
import type { Clock } from '../runtime/ports/clock.ts'
import type { Observation, Observer } from '../runtime/ports/observer.ts'

export const LEVELS = ['debug', 'info', 'warn', 'error'] as const
export type Level = (typeof LEVELS)[number]

export interface RunLog {
  readonly say: (level: Level, text: string) => void
  readonly observe: Observer
}

/** A task that is being brought up says so this often. */
const PROGRESS_MS: DurationMs = 2 * SECOND_MS

/** `write` gets whole lines; those below `least` are not made. */
export function createRunLog(least: Level, clock: Clock, write: (line: string) => void): RunLog {
  const told = new Map<string, number>()
  function say(level: Level, text: string): void {
    if (LEVELS.indexOf(level) >= LEVELS.indexOf(least)) write(`${formatTime(clock.now())} ${level} ${text}\n`)
  }
  return {
    say,
    observe(observation) {
      if (observation.kind === 'uncommitted') return
      if (observation.kind === 'committed') {
        const { eraseOrders } = observation.counts
        if (eraseOrders.size > 0) say('info', `${observation.task} worked off ${ordersText(eraseOrders)}`)
        return
      }
      if (observation.kind === 'restoring') {
        const last = told.get(observation.task)
        const now = clock.now()
        if (observation.remaining === 0 || (last !== undefined && now - last < PROGRESS_MS)) return
        told.set(observation.task, now)
      } else if (observation.kind === 'opened') told.delete(observation.task)
      const [level, text] = wordsOf(observation)
      say(level, text)
    },
  }
}

/** `orders to erase: 1 erased, 2 unknown`. A commit tells how many there were, and not which. */
const ordersText = (orders: ReadonlyMap<string, number>): string =>
  `orders to erase: ${[...orders].map(([outcome, n]) => `${n} ${outcome}`).join(', ')}`

function wordsOf(
  observation: Exclude<Observation, { kind: 'committed' | 'uncommitted' }>,
): readonly [Level, string] {
  switch (observation.kind) {
    case 'assigned': {
      const { generation, lanes, gained, lost } = observation
      return [
        'info',
        `generation ${generation} of the group: ${lanes} lanes are ours, ${gained} tasks more, ${lost} less`,
      ]
    }
    case 'restoring':
      return ['info', `${observation.task} is restoring: ${observation.remaining} records left`]
    case 'opened': {
      const { task, rebuilt, restored, tookMs } = observation
      const how = rebuilt ? `rebuilt from ${restored} records` : `${restored} records behind`
      return ['info', `${task} is open after ${(tookMs / SECOND_MS).toFixed(2)} s, its store ${how}`]
    }
    case 'skipped': {
      const { topic, partition, from, to } = observation
      return [
        'error',
        `${topic}/${partition}: offsets ${from} to ${to - 1} were lost to retention, never read, and are gone over (SHOPKEEPER_SKIP_LOST)`,
      ]
    }
    case 'closed': {
      const { task, outcome, reason } = observation
      const level = outcome === 'failed' ? 'warn' : 'info'
      return [level, `${task} is closed (${outcome}): ${reason}`]
    }
  }
}
