/**
 * What a transaction needs to know of the group that shares the lanes: as which member of which generation positions are committed.
 * The broker refuses positions of a member that is no longer in the group, or of a generation that is over.
 */
import type { Lane } from '../../runtime/ports/log.ts'

export interface GroupMember {
  readonly memberId: string
  readonly generation: number
}

export interface GroupView {
  /** Undefined while this process is no member; positions are committed without a membership then. */
  current(): GroupMember | undefined
  /** Answers as soon as there is a generation after this one, at the latest after `waitMs`; never throws. */
  next(afterGeneration: number, waitMs: number): Promise<void>
  /** Whether the lane is this member's in the current generation. */
  holds(lane: Lane): boolean
}
