/**
 * The group protocol as one member speaks it: one request a call, over kafkajs's encoding. What the answers mean for the member is
 * decided in `membership.ts`.
 */
import type { DurationMs } from '../../model/time.ts'
import type { Lane } from '../../runtime/ports/log.ts'
import { type Claim } from './assigner.ts'
import { BrokerConnection } from './broker-connection.ts'
import type { KafkaConnection } from './connection.ts'
import { decodeAssignment, decodeSubscription, encodeAssignment, encodeSubscription } from './subscription.ts'

/** The protocol that all members must speak; another number is another kind of member. */
const PROTOCOL = 'shopkeeper-sticky-1'
const GROUP = 0
/** Above what the broker waits for other members. */
const NETWORK_MS = 5000

export interface GroupTimes {
  readonly sessionTimeoutMs: DurationMs
  readonly rebalanceTimeoutMs: DurationMs
}

export interface Joined {
  readonly memberId: string
  readonly generation: number
  /** Claims of all members, for the one who is to assign; undefined for the others. */
  readonly claims: readonly Claim[] | undefined
}

interface JoinAnswer {
  readonly memberId: string
  readonly generationId: number
  readonly leaderId: string
  readonly members: readonly { readonly memberId: string; readonly memberMetadata: Buffer }[]
}

export class GroupCoordinator {
  readonly #broker: BrokerConnection
  readonly #groupId: string
  readonly #times: GroupTimes

  private constructor(broker: BrokerConnection, groupId: string, times: GroupTimes) {
    this.#broker = broker
    this.#groupId = groupId
    this.#times = times
  }

  /** @throws AdapterError where a broker cannot be reached, else what kafkajs throws */
  static async find(
    connection: KafkaConnection,
    groupId: string,
    times: GroupTimes,
  ): Promise<GroupCoordinator> {
    const any = await BrokerConnection.connectAny(connection)
    try {
      const { coordinator } = await any.ask<{
        readonly coordinator: { readonly host: string; readonly port: number }
      }>('GroupCoordinator', { groupId, coordinatorType: GROUP })
      const broker = await BrokerConnection.connect(connection, coordinator)
      return new GroupCoordinator(broker, groupId, times)
    } finally {
      any.close()
    }
  }

  /**
   * Waits for the other members.
   * @param memberId empty for a new member; `named` is told the one that the broker gives it, which counts as a member from then on
   */
  async join(
    memberId: string,
    subscription: Omit<Claim, 'memberId'>,
    named: (memberId: string) => void,
  ): Promise<Joined> {
    const groupProtocols = [{ name: PROTOCOL, metadata: encodeSubscription(subscription) }]
    const ask = (id: string): Promise<JoinAnswer> =>
      this.#broker.ask(
        'JoinGroup',
        {
          groupId: this.#groupId,
          sessionTimeout: this.#times.sessionTimeoutMs,
          rebalanceTimeout: this.#times.rebalanceTimeoutMs,
          memberId: id,
          protocolType: 'consumer',
          groupProtocols,
        },
        this.#times.rebalanceTimeoutMs + NETWORK_MS,
      )
    let answer: JoinAnswer
    try {
      answer = await ask(memberId)
    } catch (error) {
      const { name, memberId: given } = error as { readonly name?: string; readonly memberId?: string }
      if (name !== 'KafkaJSMemberIdRequired' || given === undefined) throw error
      named(given)
      answer = await ask(given)
    }
    named(answer.memberId)
    const leads = answer.leaderId === answer.memberId
    const claims = answer.members.map((one) => decodeSubscription(one.memberId, one.memberMetadata))
    return { memberId: answer.memberId, generation: answer.generationId, claims: leads ? claims : undefined }
  }

  /** Tells what the one who assigns has found, and answers this member's lanes. */
  async sync(
    { memberId, generation }: Joined,
    assigned: ReadonlyMap<string, readonly Lane[]>,
  ): Promise<readonly Lane[]> {
    const groupAssignment = [...assigned].map(([id, lanes]) => ({
      memberId: id,
      memberAssignment: encodeAssignment(lanes),
    }))
    const { memberAssignment } = await this.#broker.ask<{ readonly memberAssignment: Buffer }>(
      'SyncGroup',
      { groupId: this.#groupId, generationId: generation, memberId, groupAssignment },
      this.#times.rebalanceTimeoutMs + NETWORK_MS,
    )
    return decodeAssignment(memberAssignment)
  }

  async heartbeat(memberId: string, generation: number): Promise<void> {
    await this.#broker.ask('Heartbeat', { groupId: this.#groupId, groupGenerationId: generation, memberId })
  }

  async leave(memberId: string): Promise<void> {
    await this.#broker.ask('LeaveGroup', { groupId: this.#groupId, memberId })
  }

  partitions(topic: string): Promise<number> {
    return this.#broker.partitions(topic)
  }

  close(): void {
    this.#broker.close()
  }
}
