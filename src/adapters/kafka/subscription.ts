/**
 * What travels between members and the broker when a group is formed, as bytes: Kafka's consumer protocol, so that its tools show
 * who reads what, with what a member has (its claim) in the user data.
 */
import type { Lane } from '../../runtime/ports/log.ts'
import type { Claim } from './assigner.ts'
import { kafkajsModule } from './kafkajs-parts.ts'

/** Of the user data; another one is taken as no claim. */
const CLAIM_VERSION = 1
const PROTOCOL_VERSION = 0

type Partitions = Readonly<Record<string, readonly number[]>>

interface AssignerProtocol {
  readonly MemberMetadata: {
    encode(metadata: { version: number; topics: readonly string[]; userData: Buffer }): Buffer
    decode(buffer: Buffer): { readonly topics: readonly string[]; readonly userData: Buffer | null }
  }
  readonly MemberAssignment: {
    encode(assignment: { version: number; assignment: Partitions }): Buffer
    decode(buffer: Buffer): { readonly assignment: Partitions } | null
  }
}

const protocol = (): AssignerProtocol => kafkajsModule('consumer/assignerProtocol')

export function encodeSubscription({ topics, generation, lanes }: Omit<Claim, 'memberId'>): Buffer {
  const userData = Buffer.from(
    JSON.stringify({ version: CLAIM_VERSION, generation, lanes: partitionsOf(lanes) }),
  )
  return protocol().MemberMetadata.encode({ version: PROTOCOL_VERSION, topics, userData })
}

/** A member whose user data are of another version, or none, has nothing. */
export function decodeSubscription(memberId: string, metadata: Buffer): Claim {
  const { topics, userData } = protocol().MemberMetadata.decode(metadata)
  return { memberId, topics, ...decodeClaim(userData) }
}

function decodeClaim(userData: Buffer | null): Pick<Claim, 'generation' | 'lanes'> {
  const nothing = { generation: -1, lanes: [] }
  let said: unknown
  try {
    said = JSON.parse(userData?.toString() ?? '')
  } catch {
    return nothing
  }
  if (typeof said !== 'object' || said === null) return nothing
  const { version, generation, lanes } = said as Readonly<Record<string, unknown>>
  if (version !== CLAIM_VERSION || !Number.isSafeInteger(generation) || !isPartitions(lanes)) return nothing
  return { generation: generation as number, lanes: lanesOf(lanes) }
}

export const encodeAssignment = (lanes: readonly Lane[]): Buffer =>
  protocol().MemberAssignment.encode({ version: PROTOCOL_VERSION, assignment: partitionsOf(lanes) })

/** No bytes: no lanes. */
export const decodeAssignment = (assignment: Buffer): readonly Lane[] =>
  lanesOf(protocol().MemberAssignment.decode(assignment)?.assignment ?? {})

function partitionsOf(lanes: readonly Lane[]): Partitions {
  const partitions: Record<string, number[]> = {}
  for (const { topic, partition } of lanes) (partitions[topic] ??= []).push(partition)
  return partitions
}

const lanesOf = (partitions: Partitions): readonly Lane[] =>
  Object.entries(partitions).flatMap(([topic, list]) => list.map((partition) => ({ topic, partition })))

const isPartitions = (value: unknown): value is Partitions =>
  typeof value === 'object' &&
  value !== null &&
  Object.values(value).every((list) => Array.isArray(list) && list.every((n) => Number.isSafeInteger(n)))
