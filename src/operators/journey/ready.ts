/** What the steps of the operator get of a journey: compiled, and by id. */
import type { Json, StreamEvent } from '../../model/event.ts'
import type { Known } from '../../model/known.ts'
import type { DurationMs, EpochMs } from '../../model/time.ts'

/** What an expression is asked of: an instance at a moment, and the event at hand, if there is one. */
export interface Situation {
  readonly key: string
  readonly entered: Json
  readonly at: EpochMs
  readonly known: Known
  readonly event?: Json
}

export type Test = (situation: Situation) => boolean

interface Way {
  /** Id of the step that follows; undefined: the journey is completed. */
  readonly next: string | undefined
}

export type ReadyStep =
  | ({
      readonly kind: 'wait'
      /** When it is over; undefined: that has no value. `zone` is the person's. */
      readonly until: (situation: Situation, zone: string) => EpochMs | undefined
    } & Way)
  | ({
      readonly kind: 'waitFor'
      readonly type: string
      readonly where: Test | undefined
      /** Only answers to offers of the instance count. */
      readonly ofOffers: boolean
      readonly withinMs: DurationMs | undefined
      readonly otherwise: string | undefined
    } & Way)
  | { readonly kind: 'branch'; readonly choose: (situation: Situation) => string | undefined }
  | ({ readonly kind: 'trigger' } & Way)
  | ({ readonly kind: 'emit'; readonly type: string; readonly data: (situation: Situation) => Json } & Way)
  | { readonly kind: 'end'; readonly outcome: string }

export interface JourneyReady {
  readonly operatorId: string
  readonly timezone: string
  /** By type, what is kept of an event until the watermark is there. */
  readonly views: ReadonlyMap<string, (event: StreamEvent) => Json>
  /** Whether events of sources count: identity is in `from`. */
  readonly takesSources: boolean
  /** Whether some step needs to know where the person is. */
  readonly readsZone: boolean
  /** Whether some step waits for answers to offers. */
  readonly readsOffers: boolean
  readonly enterType: string
  readonly enters: Test | undefined
  /** Undefined: the entering event has none. Empty: there is no `key`. */
  readonly keyOf: (view: Json, at: EpochMs, known: Known) => string | undefined
  /** What an instance remembers of its entering event. */
  readonly enteredOf: (view: Json) => Json
  readonly reenter: 'never' | 'always' | 'after-exit'
  readonly exits: readonly {
    readonly type: string
    readonly where: Test | undefined
    readonly outcome: string
  }[]
  readonly forMs: DurationMs | undefined
  readonly first: string
  readonly steps: ReadonlyMap<string, ReadyStep>
}
