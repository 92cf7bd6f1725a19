/**
 * The plan: a topology document once it is checked, in the form in which the runtime walks it. Every question that an event could
 * ask of the document ("who takes this type?") is answered here before the first one comes.
 */
import type { DurationMs } from '../model/time.ts'
import type { AnyOperator } from '../model/operator.ts'
import type { WorldKind } from '../model/world.ts'
import type { IdentityReady } from '../operators/identity/config.ts'

export type Format = 'json' | 'avro' | 'cloudevents' | 'segment'

export interface SourcePlan {
  readonly index: number
  readonly id: string
  readonly topic: string
  readonly format: Format
  readonly latenessMs: DurationMs
  readonly graceMs: DurationMs
  readonly idleMs: DurationMs
  readonly aheadMs: DurationMs
  /** Undefined: all. */
  readonly types: ReadonlySet<string> | undefined
  /** `dedupe: none` turns it off. */
  readonly dedupe: boolean
  readonly world: boolean
}

/** One operator of the profile stage. Slots are in execution order: everything upstream has a smaller index. */
export interface Slot {
  readonly index: number
  readonly id: string
  readonly operator: AnyOperator
  /** What `prepare` returned. */
  readonly ready: unknown
  /** Slots that name this one in `from`, in execution order. */
  readonly downstream: readonly number[]
  /** By type, the slots that overhear what this one emits; undefined, as nearly always: none. */
  readonly overheardBy?: ReadonlyMap<string, readonly number[]> | undefined
  /** Public topics that get what it emits (`decision.made` goes to the decisions topic alone). */
  readonly sinks: readonly SinkPlan[]
  /** Kinds of things in the world that it watches, and those that it asks for. */
  readonly watches?: readonly WorldKind[] | undefined
  readonly asks?: readonly WorldKind[] | undefined
}

export interface SinkPlan {
  readonly id: string
  readonly topic: string
  readonly format: 'json' | 'avro'
  /** It gets what goes out on these channels alone; undefined: everything. */
  readonly channels?: ReadonlySet<string> | undefined
}

/** Of which kinds of things in the world something is to be known. */
export interface WorldPlan {
  /** Conditions may read any of them. */
  readonly named: ReadonlySet<WorldKind>
  /** Operators may watch some of them. */
  readonly watched: ReadonlySet<WorldKind>
}

export interface Plan {
  readonly topology: string
  readonly timezone: string
  /** In document order. */
  readonly sources: readonly SourcePlan[]
  readonly identity: {
    readonly id: string
    readonly ready: IdentityReady
    readonly sinks: readonly SinkPlan[]
  }
  readonly slots: readonly Slot[]
  /** Undefined: no source brings facts of the world. */
  readonly world: WorldPlan | undefined
  readonly topics: {
    readonly late: string
    readonly deadLetters: string
    readonly identities: string
    readonly decisions: string
  }
  /** Of everything behind identity; undefined: the most partitions of a source. */
  readonly partitions: number | undefined
  readonly dedupe: { readonly withinMs: DurationMs; readonly events: number }
  /** People without events for so long are forgotten; an undefined span, or none at all: never. */
  readonly forget?:
    | { readonly anonymousMs: DurationMs | undefined; readonly knownMs: DurationMs | undefined }
    | undefined
  /** Slots that a source event of this type reaches, in execution order: by `from: identity` and `accepts`, or by `hears`. */
  readonly takers: (type: string) => readonly Slot[]
  /** Whether this slot takes an emission of that type from a slot upstream. */
  readonly accepts: (slot: Slot, type: string) => boolean
}
