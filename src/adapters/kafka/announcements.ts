/**
 * What a member has to be told of its lanes: the newest assignment, once; and before it, once, that all was lost in between, for
 * then even a lane that comes back may have been another's.
 */
import type { Assignment } from '../../runtime/ports/log.ts'

export class Announcements {
  #loss: Assignment | undefined
  #newest: Assignment | undefined
  #holds = false

  put(assignment: Assignment): void {
    this.#newest = assignment
  }

  /** Nothing is held any more, since this generation is over. */
  lose(generation: number): void {
    this.#newest = undefined
    if (this.#holds) this.#loss = { generation, lanes: [] }
  }

  take(): Assignment | undefined {
    const next = this.#loss ?? this.#newest
    if (this.#loss !== undefined) this.#loss = undefined
    else this.#newest = undefined
    if (next !== undefined) this.#holds = next.lanes.length > 0
    return next
  }
}
