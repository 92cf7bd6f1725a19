/**
 * The operator contract: everything there is to know in order to write one.
 *
 *     given a state, when an event comes or a timer is due, then a new state, emissions and timers.
 *
 * 1. Synchronous and total: the same arguments give the same result; nothing is drawn, no clock is read.
 * 2. States are values: never changed in place (tests freeze them). On the hot path build a new one by an explicit literal, not
 *    by spread: on Node 20 a spread of an object with times in it costs 2 us, a literal 0.1.
 * 3. `undefined` as a result means that nothing happened: same state, no emission, no timer. Return it whenever it is true.
 * 4. Events step in arrival order, at once; only timers wait for the watermark. So what is emitted must not depend on the order
 *    of events within the lateness, except where the contracts (M1) say so.
 * 5. A timer is named; setting a name again moves it, `due: undefined` takes it away, and it is gone when it fires.
 *    A due time at or below the watermark fires at once, behind this step.
 * 6. Facts of the world that it watches come when the watermark reaches their time, as timers do. Of things
 *    that nobody watches and no condition names nothing is kept: a step knows what it is being told, and what it remembers of it.
 */
import type { z } from 'zod'
import type { ByteReader, ByteWriter } from './bytes.ts'
import type { FindingCode } from './errors.ts'
import type { Draft, Json, StreamEvent } from './event.ts'
import type { FieldTypes } from './event-types.ts'
import type { IdKey } from './hash.ts'
import type { Known, ProfileFields } from './known.ts'
import type { DurationMs, EpochMs } from './time.ts'
import type { WorldFact, WorldKind } from './world.ts'

export interface Moment {
  /** Event time of the event, or the due time of the timer. */
  readonly at: EpochMs
  /** For an event: the watermark it met at the gate. For a timer: its due time, so that nothing hangs on when the watermark moved. */
  readonly watermark: EpochMs
  readonly person: string
  /** What conditions may read beside the event; asking costs, so ask only what is read. */
  readonly known: Known
}

export interface TimerChange {
  readonly name: string
  readonly due: EpochMs | undefined
}

/** An entity of the world, `product:p9`, whose facts the operator wants to be told of for this person, or no more. */
export interface WatchChange {
  readonly entity: string
  readonly on: boolean
}

export interface Step<State> {
  /** `undefined` forgets the person in this operator. */
  readonly state: State | undefined
  readonly emit?: readonly Draft[]
  readonly timers?: readonly TimerChange[]
  readonly watch?: readonly WatchChange[]
  /** Parts of the state that fell out because it is bounded: counted, so that nobody has to guess. */
  readonly fellOut?: number
  /** The event is too late for this operator by its own rule: it goes to the late topic under this operator's id. */
  readonly late?: boolean
}

/** How a state becomes bytes, and comes back from this version or any older one. */
export interface StateShape<State> {
  /** 1 at first; add 1 with each change of the bytes, and keep reading the old ones. */
  readonly version: number
  initial(): State
  encode(state: State, writer: ByteWriter): void
  decode(reader: ByteReader, version: number): State
}

/** An operator upstream of this one, as the compiled topology knows it. */
export interface Upstream {
  readonly id: string
  readonly type: string
  /** Types it emits. */
  readonly emits: readonly string[]
  /** Fields of the data of what it emits, for conditions: those of all its types together. */
  readonly fields: FieldTypes
  /** Steps that its triggers name (`trigger.step`); undefined: its triggers are of one kind. */
  readonly triggerSteps?: readonly string[]
}

/** What an operator may know of the topology around it when its config is checked and prepared. */
export interface Wiring {
  readonly operatorId: string
  readonly topology: string
  /** IANA zone of the topology. */
  readonly timezone: string
  /** The largest `lateness + grace` of all sources: how far below the newest event time an event may still be taken. */
  readonly horizonMs: DurationMs
  /** The largest `grace` of all sources: how far below the watermark an event may still be taken. */
  readonly graceMs: DurationMs
  readonly upstream: readonly Upstream[]
  /** Types that the sources may bring; undefined if a source takes all. */
  readonly sourceTypes: readonly string[] | undefined
  /** Identifier types that identify people of this topology; undefined: that cannot be told. */
  readonly identifierTypes?: readonly string[] | undefined
  /** What conditions may read of `profile`. */
  readonly profile: ProfileFields
  /** Whether some source brings facts of the world, so that conditions may read `world`. */
  readonly world: boolean
  /** Types of facts that those sources may bring; undefined if one of them takes all. */
  readonly worldTypes?: readonly string[] | undefined
  /** For coin tosses by {@link hash32}. */
  readonly key: IdKey
}

/** A problem of a config that its shape alone cannot see. `path` is relative to the config: `['offers', 0, 'on']`. */
export interface ConfigProblem {
  readonly path: readonly (string | number)[]
  readonly code: FindingCode
  readonly level?: 'error' | 'warning'
  readonly message: string
  readonly hint: string
}

/** What happens inside of an operator, as steps and ways between them. */
export interface Picture {
  readonly nodes: readonly {
    readonly key: string
    readonly shape: 'step' | 'choice' | 'end'
    readonly lines: readonly string[]
  }[]
  /** Keys of nodes; the label may be empty. */
  readonly edges: readonly { readonly from: string; readonly to: string; readonly label: string }[]
}

/** What every operator says of itself, whatever stage runs it. Lint, docs, JSON Schema and `operators` read this alone. */
export interface OperatorDescription<Config = unknown, Ready = Config> {
  /** Folder name, and `type` in YAML. */
  readonly type: string
  /** `gate`: the one that says whose an event is. `profile`: the others, stepped person by person. */
  readonly stage: 'gate' | 'profile'
  /** One sentence. */
  readonly summary: string
  /** One declaration: parse, defaults, documentation, JSON Schema. Every key has `.describe(...)` that names unit and meaning. */
  readonly config: z.ZodType<Config>
  /** What it takes from the operators named in `from`; `'*'`: whatever they bring. */
  readonly accepts: readonly string[] | '*'
  /** Of those, the types that this config names; no other one reaches it, so that what nobody named costs nothing. */
  takes?(config: Config): readonly string[]
  readonly emits: readonly string[]
  /** Fields of the data it emits, for conditions behind it. */
  readonly fields: FieldTypes
  /** What only the config says of that: more types, and the steps that triggers name, so that an offer may say `on: ID.STEP`. */
  says?(config: Config): Required<Pick<Upstream, 'emits' | 'triggerSteps'>>
  /** For `graph`: what happens inside of it, where that is a picture of its own. */
  picture?(config: Config): Picture
  /** Fields of `profile` that it tells to the conditions of all operators of the document, and their kinds; see `tell`. */
  readonly tells?: FieldTypes
  /** Kinds of things in the world that its steps may `watch`. */
  watches?(config: Config): readonly WorldKind[]
  /** Kinds that its steps ask `known.world` for, of any of their things: beyond what conditions in the config's texts name. */
  asks?(config: Config): readonly WorldKind[]
  check?(config: Config, wiring: Wiring): readonly ConfigProblem[]
  prepare(config: Config, wiring: Wiring): Ready
}

/**
 * `Config` is what the document says, parsed and with defaults; `Ready` what the steps get: the config with conditions compiled
 * and zones looked up. Most operators need no difference.
 */
export interface Operator<Config = unknown, State = unknown, Ready = Config>
  extends OperatorDescription<Config, Ready> {
  readonly stage: 'profile'
  /** Events of the person that reach it whatever `from` says: what it must know of a person to do its work. */
  readonly hears?: readonly string[] | '*'
  /** Types of emissions of the person that it overhears, whoever emits them, also who stands behind it in the topology. */
  overhears?(config: Config): readonly string[]
  readonly state: StateShape<State>
  /**
   * What it knows of the person as of a time: fields named in `tells`; one without a value is left out. A later event must change no
   * answer for an earlier time, as far back as decisions are taken: `askedBackMs` below the watermark.
   */
  tell?(state: State, at: EpochMs, config: Ready): Json
  onEvent(state: State, event: StreamEvent, moment: Moment, config: Ready): Step<State> | undefined
  /**
   * What it makes of an emission that it overhears, once that is made: a state and nothing else, so that no circle can come of it.
   * Undefined: the same state.
   */
  onOverheard?(state: State, emission: StreamEvent, config: Ready): State | undefined
  onTimer?(state: State, timer: string, moment: Moment, config: Ready): Step<State> | undefined
  /**
   * A fact of an entity that the person watches through this operator, when the watermark reaches its time, in order with timers: before
   * those that are due at the same moment. One that was late comes at once, if it is the newest of its field; an older one wakes nobody.
   */
  onWorld?(state: State, fact: WorldFact, moment: Moment, config: Ready): Step<State> | undefined
  /**
   * The state of one person out of two. Merging in any order ends equal. `timers` and `watch` must name every timer and every watch that
   * the merged state needs: those of both people are dropped before. A merge by itself starts no trigger (retractions are none).
   */
  merge(kept: State, absorbed: State, moment: Moment, config: Ready): Step<State>
  /**
   * What it holds of the person, one sentence a line, for who is asked why: as of a time, as far as the state tells. Times are RFC 3339.
   */
  describe?(state: State, at: EpochMs, config: Ready): readonly string[]
  /**
   * The person is erased, and the state goes: what must still be said, such as the end of what was promised to end. It names nothing of
   * the person beside the id. Nobody downstream gets it.
   */
  erased?(state: State, moment: Moment, config: Ready): readonly Draft[]
}

/** Erases the type parameters once, where operators are put side by side. */
// oxlint-disable-next-line no-explicit-any
export type AnyOperator = Operator<any, any, any>
