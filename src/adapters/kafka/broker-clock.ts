/**
 * What time it is at the brokers. No request asks for it, but DescribeQuorum's answer says of the voter that leads when it was last
 * up to date, which is the moment of the answer. kafkajs does not know that request (KIP-595, KIP-836), so its bytes are here.
 */
import type { DurationMs } from '../../model/time.ts'
import type { BrokerConnection } from './broker-connection.ts'

const DESCRIBE_QUORUM = 55
/** The first that tells times. */
const VERSION = 1
const METADATA_TOPIC = '__cluster_metadata'

/** Undefined where brokers do not know the request, as before Kafka 3.4, or do not let this user ask. */
export async function clockAheadMs(broker: BrokerConnection): Promise<DurationMs | undefined> {
  if (!broker.knows(DESCRIBE_QUORUM, VERSION)) return undefined
  const before = Date.now()
  const answer = await broker.askBytes('DescribeQuorum', DESCRIBE_QUORUM, VERSION, describeQuorum())
  const after = Date.now()
  const there = leaderTime(answer)
  return there === undefined ? undefined : Math.round(there - (before + after) / 2)
}

/** Lengths are one more than what they count; a 0 says that there are no tagged fields. The first belongs to the header. */
function describeQuorum(): Buffer {
  const topic = Buffer.from(METADATA_TOPIC)
  const partition = [2, 0, 0, 0, 0, 0]
  return Buffer.from([0, 2, topic.length + 1, ...topic, ...partition, 0, 0])
}

/** When the leader was up to date last, in its own time. */
function leaderTime(answer: Buffer): number | undefined {
  let at = 1 // no tagged fields of the header
  const int16 = (): number => answer.readInt16BE((at += 2) - 2)
  const int32 = (): number => answer.readInt32BE((at += 4) - 4)
  const int64 = (): number => Number(answer.readBigInt64BE((at += 8) - 8))
  /** Of less than 127 entries, or characters. */
  const length = (): number => answer.readUInt8(at++) - 1
  if (int16() !== 0 || length() !== 1) return undefined
  const name = length()
  at += name
  if (length() !== 1) return undefined
  int32() // partition
  if (int16() !== 0) return undefined
  const leader = int32()
  int32() // epoch of the leader
  int64() // high watermark
  for (let voters = length(); voters > 0; voters--) {
    const [id, , , upToDate] = [int32(), int64(), int64(), int64()]
    at++ // tagged fields
    if (id === leader) return upToDate < 0 ? undefined : upToDate
  }
  return undefined
}
