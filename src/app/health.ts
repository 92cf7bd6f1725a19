/**
 * Whether a process is alive, and whether it is ready, each as the list of reasons why not.
 *
 * Ready: a member of its group, its store answers, and every task that it has is running. A process that was given no task is ready:
 * it stands by. Live: each task that ought to move has moved lately. A task that waits for something outside says so and is alive;
 * starting the process anew would not bring that back. What cannot be seen from inside is an event loop that hangs: then nobody
 * answers here at all, and it is for the caller's timeout to say so.
 */
import { type DurationMs, type EpochMs, SECOND_MS } from '../model/time.ts'
import type { ProcessStatus, TaskStatus } from '../runtime/ports/observer.ts'

/** How long a loop may stand: above every timeout of a single call to the log or the store, each of which ends a task's turn. */
export const STANDSTILL_MS: DurationMs = 60_000

const MOVING: readonly TaskStatus['state'][] = ['opening', 'restoring', 'running']

export function whyNotLive({ tasks }: ProcessStatus, now: EpochMs): readonly string[] {
  return tasks
    .filter(({ state, movedAt }) => MOVING.includes(state) && now - movedAt > STANDSTILL_MS)
    .map(
      ({ task, state, movedAt }) =>
        `${task} is ${state} and has not moved for ${Math.floor((now - movedAt) / SECOND_MS)} s`,
    )
}

export function whyNotReady({ tasks, group, store, ending }: ProcessStatus): readonly string[] {
  const reasons: string[] = []
  if (ending !== undefined) reasons.push(ending)
  if (group?.member === false)
    reasons.push(`the process is no member of its group: ${group.reason ?? 'it has not asked yet'}`)
  if (store?.up === false) reasons.push('the state store does not answer')
  return [...reasons, ...tasks.filter(({ state }) => state !== 'running').map(whyNotRunning)]
}

function whyNotRunning({ task, state, reason, restoreRemaining }: TaskStatus): string {
  if (state === 'restoring') return `${task} is restoring: ${restoreRemaining} records left`
  if (state === 'waiting') return `${task} waits: ${reason ?? 'it does not say for what'}`
  return `${task} is ${state}`
}
