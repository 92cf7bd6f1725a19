/**
 * What has been observed, in plain fields: a commit costs some additions, and no metrics library is asked before a scrape. Measured
 * while choosing: a labelled counter of the library costs 260 ns, a labelled histogram 420.
 */
import {
  addCounts,
  type Counts,
  newCounts,
  type Observation,
  type Observer,
  type Outcome,
} from '../../runtime/ports/observer.ts'
import type { PHASES, STAGES } from './labels.ts'
import { type Durations, newDurations, took } from './phases.ts'

/** One task, over all its openings in this process. */
export interface TaskTally {
  appended: number
  bytes: number
  states: number
  stateBytes: number
  readonly counts: Counts
  committed: number
  fenced: number
  unknown: number
  opened: number
  rebuilt: number
  restored: number
  openMs: number
  readonly closed: Record<Outcome, number>
}

type StagePhases = Readonly<Record<(typeof PHASES)[number], Durations>>

export interface Tally {
  readonly tasks: ReadonlyMap<string, TaskTally>
  /** Over all tasks of a stage: a histogram for each task would be twenty series each. */
  readonly phases: Readonly<Record<(typeof STAGES)[number], StagePhases>>
  readonly source: { skipped: number }
  readonly group: { rebalances: number; gained: number; lost: number }
  readonly observe: Observer
}

export function createTally(): Tally {
  const tasks = new Map<string, TaskTally>()
  const phases = { identify: newPhases(), profile: newPhases() }
  const source = { skipped: 0 }
  const group = { rebalances: 0, gained: 0, lost: 0 }

  function taskOf(id: string): TaskTally {
    const known = tasks.get(id)
    if (known !== undefined) return known
    const fresh = newTask()
    tasks.set(id, fresh)
    return fresh
  }

  function committed(observation: Extract<Observation, { kind: 'committed' }>): void {
    const task = taskOf(observation.task)
    task.committed++
    task.appended += observation.records
    task.bytes += observation.bytes
    task.states += observation.changes
    task.stateBytes += observation.stateBytes
    addCounts(task.counts, observation.counts)
    const stage = phases[observation.task.endsWith('.identify') ? 'identify' : 'profile']
    took(stage.fold, observation.foldMs)
    took(stage.commit, observation.commitMs)
    took(stage.apply, observation.applyMs)
  }

  function observe(observation: Observation): void {
    switch (observation.kind) {
      case 'committed':
        return committed(observation)
      case 'uncommitted':
        taskOf(observation.task)[observation.outcome]++
        return
      case 'opened': {
        const task = taskOf(observation.task)
        if (observation.rebuilt) task.rebuilt++
        else task.opened++
        task.restored += observation.restored
        task.openMs += observation.tookMs
        return
      }
      case 'closed':
        taskOf(observation.task).closed[observation.outcome]++
        return
      case 'assigned':
        group.rebalances++
        group.gained += observation.gained
        group.lost += observation.lost
        return
      case 'skipped':
        source.skipped += observation.to - observation.from
        return
      case 'restoring':
        // How much is left is part of the task's status.
        return
    }
  }

  return { tasks, phases, source, group, observe }
}

const newPhases = (): StagePhases => ({ fold: newDurations(), commit: newDurations(), apply: newDurations() })

const newTask = (): TaskTally => ({
  appended: 0,
  bytes: 0,
  states: 0,
  stateBytes: 0,
  counts: newCounts(),
  committed: 0,
  fenced: 0,
  unknown: 0,
  opened: 0,
  rebuilt: 0,
  restored: 0,
  openMs: 0,
  closed: { stopped: 0, revoked: 0, fenced: 0, failed: 0 },
})
