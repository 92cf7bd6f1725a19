/**
 * The Membership port over Kafka's group protocol, as a small loop: join, sync, heartbeat, join again when the broker says so.
 *
 * 1. Lanes are kept until the assignment of the next generation is here: a rebalance disturbs nobody who keeps its lanes.
 * 2. A member that the broker has forgotten holds nothing; that is told before anything new.
 * 3. Trouble with a connection changes nothing about the membership: the same member goes on over another connection. Nobody else
 *    notices, unless it takes longer than the session.
 * 4. Only what trying again cannot mend (login, authorisation) is thrown; else `state()` says what is being waited for.
 *
 * The consumer of kafkajs is not used, its brokers and encodings are. The consumer hides the generation, which commits of positions
 * need; says nothing of being forgotten by the broker; sends heartbeats only between fetches of data, which are not its business
 * here; and when its retries run out it comes back as a new member without what it had: over the restart of a broker two of them
 * changed lanes, and nothing told so until both had joined again.
 */
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { AdapterError } from '../../model/errors.ts'
import type { DurationMs } from '../../model/time.ts'
import type { Assignment, Lane, Membership } from '../../runtime/ports/log.ts'
import { Announcements } from './announcements.ts'
import { assignLanes, type Claim, laneName } from './assigner.ts'
import type { KafkaConnection } from './connection.ts'
import { GroupCoordinator, type GroupTimes } from './coordinator.ts'
import { clientFailure } from './client-failure.ts'
import type { GroupMember, GroupView } from './group-view.ts'

export interface MembershipSettings {
  readonly groupId: string
  /** Topics of the sources. */
  readonly sources: readonly string[]
  /** The internal topic. */
  readonly internal: string
  /** After which the broker gives a silent member's lanes to others. Default: 10 s. */
  readonly sessionTimeoutMs?: DurationMs
  /** Default: 300 ms, at most a quarter of the session. */
  readonly heartbeatIntervalMs?: DurationMs
  /** How often topics are looked at for new partitions. Default: 5 s. */
  readonly metadataMaxAgeMs?: DurationMs
}

/** `joining`: not a member yet. `lost`: was one; the broker forgot it, or has not been reached for a session. */
export interface MembershipState {
  readonly is: 'joining' | 'member' | 'lost'
  /** What it waits for, in words; undefined of a member. */
  readonly reason: string | undefined
}

const SESSION_TIMEOUT_MS = 10_000
/** The others hear by their next heartbeat of one who has left; until then nobody has its tasks. */
const HEARTBEAT_INTERVAL_MS = 300
const METADATA_MAX_AGE_MS = 5000
const BACKOFF_MIN_MS = 50
const BACKOFF_MAX_MS = 2000

/** Errors of the protocol after which a member joins again over the same connection. */
const REJOIN: ReadonlySet<string> = new Set([
  'REBALANCE_IN_PROGRESS',
  'ILLEGAL_GENERATION',
  'UNKNOWN_MEMBER_ID',
])

type Counts = ReadonlyMap<string, number>

export class KafkaMembership implements Membership {
  /** For whoever commits positions. */
  readonly group: GroupView
  readonly #connection: KafkaConnection
  readonly #settings: MembershipSettings
  readonly #topics: readonly string[]
  readonly #times: GroupTimes
  readonly #heartbeatMs: DurationMs
  readonly #stop = new AbortController()
  readonly #announcements = new Announcements()
  readonly #waiters = new Set<() => void>()
  readonly #loop: Promise<void>
  #coordinator: GroupCoordinator | undefined
  /** As the broker knows this member; kept over connections. Empty: it does not. */
  #memberId = ''
  #mustJoin = true
  /** Undefined: no member, and holding nothing. */
  #standing: GroupMember | undefined
  #lanes: ReadonlyMap<string, Lane> = new Map()
  /** Of who assigns: partitions of each topic when they were assigned, and when they were counted last. */
  #counts: Counts | undefined
  #countedAt = 0
  #answeredAt = 0
  #wasMember = false
  #trouble: string | undefined
  #failure: Error | undefined

  /** Begins to join. */
  constructor(connection: KafkaConnection, settings: MembershipSettings) {
    const sessionTimeoutMs = settings.sessionTimeoutMs ?? SESSION_TIMEOUT_MS
    const heartbeatMs = Math.min(HEARTBEAT_INTERVAL_MS, Math.floor(sessionTimeoutMs / 4))
    this.#settings = settings
    this.#topics = [...new Set([...settings.sources, settings.internal])]
    this.#times = { sessionTimeoutMs, rebalanceTimeoutMs: sessionTimeoutMs }
    this.#heartbeatMs = settings.heartbeatIntervalMs ?? heartbeatMs
    this.#connection = { ...connection, requestTimeoutMs: Math.ceil(sessionTimeoutMs / 2) }
    this.group = {
      current: () => this.#standing,
      next: (afterGeneration, waitMs) => this.#generation(afterGeneration, waitMs),
      holds: (lane) => this.#lanes.has(laneName(lane)),
    }
    this.#loop = this.#run()
  }

  async next(waitMs: number): Promise<Assignment | undefined> {
    const until = performance.now() + waitMs
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure
      const assignment = this.#announcements.take()
      const left = until - performance.now()
      if (assignment !== undefined || left <= 0 || this.#stop.signal.aborted) return assignment
      await this.#hear(left)
    }
  }

  state(): MembershipState {
    const silentMs = performance.now() - this.#answeredAt
    if (this.#standing !== undefined && silentMs < this.#times.sessionTimeoutMs)
      return { is: 'member', reason: undefined }
    const is = this.#wasMember ? 'lost' : 'joining'
    return { is, reason: this.#trouble ?? `waiting for group ${this.#settings.groupId}` }
  }

  async close(): Promise<void> {
    if (!this.#stop.signal.aborted) {
      this.#stop.abort()
      this.#coordinator?.close()
    }
    await this.#loop
  }

  async #generation(after: number, waitMs: DurationMs): Promise<void> {
    const until = performance.now() + waitMs
    while ((this.#standing?.generation ?? after) === after && !this.#stop.signal.aborted) {
      const left = until - performance.now()
      if (left <= 0) return
      await this.#hear(left)
    }
  }

  async #run(): Promise<void> {
    for (let failures = 0; !this.#stop.signal.aborted && this.#failure === undefined; ) {
      try {
        this.#coordinator ??= await GroupCoordinator.find(
          this.#connection,
          this.#settings.groupId,
          this.#times,
        )
        if (this.#mustJoin) await this.#join(this.#coordinator)
        else await this.#stay(this.#coordinator)
        failures = 0
      } catch (error) {
        if (!this.#stop.signal.aborted) await this.#recover(error, failures++)
      }
    }
    this.#coordinator?.close()
    await this.#leave()
    this.#tell()
  }

  async #join(coordinator: GroupCoordinator): Promise<void> {
    const claim = {
      topics: this.#topics,
      generation: this.#standing?.generation ?? -1,
      lanes: [...this.#lanes.values()],
    }
    const joined = await coordinator.join(this.#memberId, claim, (memberId) => {
      this.#memberId = memberId
    })
    this.#counts = joined.claims === undefined ? undefined : await this.#count(coordinator)
    const lanes = await coordinator.sync(joined, this.#share(joined.claims))
    this.#mustJoin = false
    this.#wasMember = true
    this.#standing = { memberId: joined.memberId, generation: joined.generation }
    this.#lanes = new Map(lanes.map((lane) => [laneName(lane), lane]))
    this.#announcements.put({ generation: joined.generation, lanes })
    this.#answered()
    this.#tell()
  }

  #share(claims: readonly Claim[] | undefined): ReadonlyMap<string, readonly Lane[]> {
    if (claims === undefined) return new Map()
    const lanesOf = (topic: string): readonly Lane[] =>
      Array.from({ length: this.#counts?.get(topic) ?? 0 }, (_, partition) => ({ topic, partition }))
    const sources = [...new Set(this.#settings.sources)].flatMap(lanesOf)
    return assignLanes(claims, { sources, internal: lanesOf(this.#settings.internal) })
  }

  async #count(coordinator: GroupCoordinator): Promise<Counts> {
    const counts = new Map<string, number>()
    for (const topic of this.#topics) {
      const count = await coordinator.partitions(topic).catch((error: unknown) => {
        throw clientFailure(error, this.#connection, `reading topic ${topic}`)
      })
      counts.set(topic, count)
    }
    this.#countedAt = performance.now()
    return counts
  }

  /** A heartbeat later. */
  async #stay(coordinator: GroupCoordinator): Promise<void> {
    await sleep(this.#heartbeatMs, undefined, { signal: this.#stop.signal })
    await coordinator.heartbeat(this.#memberId, this.#standing?.generation ?? -1)
    this.#answered()
    const maxAgeMs = this.#settings.metadataMaxAgeMs ?? METADATA_MAX_AGE_MS
    if (this.#counts === undefined || performance.now() - this.#countedAt < maxAgeMs) return
    const counts = await this.#count(coordinator)
    this.#mustJoin = this.#topics.some((topic) => counts.get(topic) !== this.#counts?.get(topic))
  }

  /** What an error means for the membership. */
  async #recover(error: unknown, failures: number): Promise<void> {
    const { type } = error as { readonly type?: string }
    this.#mustJoin ||= type !== undefined && REJOIN.has(type)
    if (type === 'ILLEGAL_GENERATION' || type === 'UNKNOWN_MEMBER_ID') this.#lose()
    if (type === 'UNKNOWN_MEMBER_ID') this.#memberId = ''
    if (type === undefined || !REJOIN.has(type)) {
      const failure = clientFailure(error, this.#connection, `in group ${this.#settings.groupId}`)
      if (failure instanceof AdapterError && failure.retryable) this.#trouble = failure.message
      else this.#failure = failure
      this.#coordinator?.close()
      this.#coordinator = undefined
      this.#tell()
    } else if (failures === 0) return
    const waitMs = Math.min(BACKOFF_MIN_MS * 2 ** failures, BACKOFF_MAX_MS)
    await sleep(waitMs, undefined, { signal: this.#stop.signal }).catch(() => {})
  }

  #lose(): void {
    this.#announcements.lose(this.#standing?.generation ?? -1)
    this.#trouble = `the broker forgot this member of group ${this.#settings.groupId}`
    this.#standing = undefined
    this.#lanes = new Map()
    this.#tell()
  }

  #answered(): void {
    this.#answeredAt = performance.now()
    this.#trouble = undefined
  }

  /** Over a connection of its own, since a join that waits for others holds up the other one. Without an answer the session ends it. */
  async #leave(): Promise<void> {
    if (this.#memberId === '') return
    try {
      const { groupId } = this.#settings
      const coordinator = await GroupCoordinator.find(this.#connection, groupId, this.#times)
      await coordinator.leave(this.#memberId).finally(() => coordinator.close())
    } catch {}
    this.#standing = undefined
    this.#lanes = new Map()
  }

  #hear(waitMs: DurationMs): Promise<void> {
    return new Promise((resolve) => {
      const heard = (): void => {
        clearTimeout(timer)
        this.#waiters.delete(heard)
        resolve()
      }
      const timer = setTimeout(heard, waitMs)
      this.#waiters.add(heard)
    })
  }

  #tell(): void {
    for (const heard of this.#waiters) heard()
  }
}
