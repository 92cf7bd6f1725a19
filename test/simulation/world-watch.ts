/** Invariants that are watched while a world runs, from outside of the tasks. Each breach is a line of text. */
import { formatTime } from '../../src/model/time.ts'
import { EARLIEST, type Owner } from '../../src/runtime/ports/log.ts'
import type { Observation } from '../../src/runtime/ports/observer.ts'

export interface Watch {
  readonly problems: string[]
  tookOver(task: string, thread: number, owner: Owner): void
  /** A task object begins to read at this offset. */
  reads(task: string, thread: number, offset: number): void
  /** Records up to this offset were handed to a task object. */
  handed(thread: number, nextOffset: number): void
  /** A commit has had its effect. */
  committed(commit: { task: string; thread: number; owner: Owner; offset: number }): void
  output(topic: string, id: string | undefined): void
  observe(thread: number, observation: Observation): void
}

export function createWatch(): Watch {
  const problems: string[] = []
  const owners = new Map<string, Owner>()
  const ownedBy = new Map<string, number>()
  const positions = new Map<string, number>()
  const handed = new Map<number, number>()
  const watermarks = new Map<string, number>()
  const ids = new Set<string>()
  return {
    problems,
    tookOver(task, thread, owner) {
      owners.set(task, owner)
      ownedBy.set(task, thread)
    },
    reads(task, thread, offset) {
      handed.set(thread, offset)
      const committed = positions.get(task) ?? EARLIEST
      // One that was taken over while it opened may be behind; it will not get a commit through.
      if (ownedBy.get(task) === thread && offset !== committed)
        problems.push(`${task} begins at ${offset}, but its commits reach ${committed}`)
    },
    handed(thread, nextOffset) {
      handed.set(thread, nextOffset)
    },
    committed({ task, thread, owner, offset }) {
      const present = owners.get(task)
      if (present?.producerId !== owner.producerId || present.epoch !== owner.epoch)
        problems.push(`${task} committed behind a take-over`)
      const before = positions.get(task) ?? 0
      const seen = handed.get(thread) ?? 0
      if (offset < before) problems.push(`${task}: its position went back from ${before} to ${offset}`)
      if (offset > seen)
        problems.push(`${task}: its position ${offset} is past ${seen}, the last record it was handed`)
      positions.set(task, offset)
    },
    output(topic, id) {
      if (id === undefined) return
      const key = `${topic} ${id}`
      if (ids.has(key)) problems.push(`${topic}: the id ${id} came out twice`)
      ids.add(key)
    },
    observe(thread, observation) {
      // What an object committed before it was taken over, it may tell late.
      if (observation.kind !== 'committed' || ownedBy.get(observation.task) !== thread) return
      const { task, watermark } = observation
      const before = watermarks.get(task) ?? watermark
      if (watermark < before)
        problems.push(
          `${task}: its watermark went back from ${formatTime(before)} to ${formatTime(watermark)}`,
        )
      watermarks.set(task, watermark)
    },
  }
}
