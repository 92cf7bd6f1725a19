/** A run made up by hand: observations and a status with every field set, so that every metric has a sample. */
import {
  newCounts,
  type Observation,
  type ProcessStatus,
  type TaskStatus,
} from '../../../src/runtime/ports/observer.ts'

export const GATE = 'shopkeeper.shop.identify'
export const PROFILE = 'shopkeeper.shop.profile.3'

export const committed = (
  task: string,
  counts: Partial<ReturnType<typeof newCounts>> = {},
): Extract<Observation, { kind: 'committed' }> => ({
  kind: 'committed',
  task,
  counts: { ...newCounts(), records: 7, ...counts },
  watermark: 1000,
  records: 5,
  bytes: 300,
  changes: 2,
  stateBytes: 90,
  foldMs: 1,
  commitMs: 12,
  applyMs: 0.5,
})

export const taskStatus = (more: Partial<TaskStatus> = {}): TaskStatus => ({
  task: PROFILE,
  stage: 'profile',
  partition: 3,
  state: 'running',
  reason: undefined,
  movedAt: 100_000,
  watermark: 90_000,
  inputs: [{ topic: 'shopkeeper.shop.profile', partition: 3, position: 40, stable: 50, high: 56 }],
  restoreRemaining: 0,
  holder: undefined,
  timersPending: 4,
  nextTimer: 88_000,
  cachedStates: 9,
  ...more,
})

export const processStatus = (more: Partial<ProcessStatus> = {}): ProcessStatus => ({
  tasks: [taskStatus({ task: GATE, stage: 'identify', partition: 0, holder: 'web/1' }), taskStatus()],
  group: { member: true, reason: undefined, generation: 5, lanes: 8 },
  store: {
    up: true,
    memoryBytes: 1_000_000,
    memoryBytesMax: 0,
    evictionPolicy: 'noeviction',
    evictedKeys: 0,
    latencyMs: 2,
  },
  ending: undefined,
  ...more,
})
