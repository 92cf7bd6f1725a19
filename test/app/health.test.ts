/** Alive and ready, and the reasons why not. */
import { describe, expect, test } from '@jest/globals'
import { STANDSTILL_MS, whyNotLive, whyNotReady } from '../../src/app/health.ts'
import type { TaskState } from '../../src/runtime/ports/observer.ts'
import { GATE, processStatus, PROFILE, taskStatus } from '../adapters/prometheus/observed.ts'

describe('ready', () => {
  test('a member whose tasks all run, and whose store answers', () => {
    expect(whyNotReady(processStatus())).toEqual([])
  })

  test('a member that has no task stands by', () => {
    expect(whyNotReady(processStatus({ tasks: [] }))).toEqual([])
  })

  test('without group and store, as embedded, the tasks decide', () => {
    const embedded = { group: undefined, store: undefined }
    expect(whyNotReady(processStatus(embedded))).toEqual([])
    expect(
      whyNotReady(processStatus({ ...embedded, tasks: [taskStatus({ state: 'opening' })] })),
    ).toHaveLength(1)
  })

  test('every reason is said at once, the widest first', () => {
    const reasons = whyNotReady(
      processStatus({
        ending: 'it is stopping',
        group: { member: false, reason: 'the broker does not answer', generation: 3, lanes: 0 },
        store: {
          up: false,
          memoryBytes: 0,
          memoryBytesMax: 0,
          evictionPolicy: 'noeviction',
          evictedKeys: 0,
          latencyMs: 2,
        },
        tasks: [
          taskStatus({ task: GATE, state: 'waiting', reason: 'the broker does not answer' }),
          taskStatus({ state: 'restoring', restoreRemaining: 120_000 }),
          taskStatus({ state: 'closed' }),
          taskStatus(),
        ],
      }),
    )
    expect(reasons).toEqual([
      'it is stopping',
      'the process is no member of its group: the broker does not answer',
      'the state store does not answer',
      `${GATE} waits: the broker does not answer`,
      `${PROFILE} is restoring: 120000 records left`,
      `${PROFILE} is closed`,
    ])
  })
})

describe('live', () => {
  const whyNot = (state: TaskState, standstillMs: number): readonly string[] =>
    whyNotLive(processStatus({ tasks: [taskStatus({ state, movedAt: 0 })] }), standstillMs)

  test.each<[TaskState]>([['running'], ['opening'], ['restoring']])('%s: it has to move', (state) => {
    expect(whyNot(state, STANDSTILL_MS)).toEqual([])
    expect(whyNot(state, STANDSTILL_MS + 1)).toEqual([`${PROFILE} is ${state} and has not moved for 60 s`])
  })

  test.each<[TaskState]>([['waiting'], ['closed']])('%s: it may stand still for ever', (state) => {
    expect(whyNot(state, STANDSTILL_MS * 100)).toEqual([])
  })
})
