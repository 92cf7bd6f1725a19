/** A request as bytes and how its answer is read: all that a connection needs to know of either. */
import { ProtocolReader } from './protocol-reader.ts'
import { ProtocolWriter } from './protocol-writer.ts'

export interface KafkaAnswer {
  /** How long the broker wants to be left alone on this connection, where it says so. */
  readonly throttleMs: number
}

export interface KafkaRequest<Answer extends KafkaAnswer> {
  readonly apiName: string
  readonly apiKey: number
  readonly apiVersion: number
  /** What follows the client id of the request header, in parts; they stay as they are until the request was answered. */
  readonly body: readonly Buffer[]
  /** For requests that wait at the broker; undefined: the connection's own bound. */
  readonly timeoutMs?: number
  /** What follows the correlation id of the answer's header. @throws AdapterError when it cannot be read. */
  decode(payload: Buffer): Answer
}

/** Api name, key and version; `flexible`: both headers carry tagged fields. */
export interface Api {
  readonly apiName: string
  readonly apiKey: number
  readonly apiVersion: number
  readonly flexible?: true
}

export function createRequest<Answer extends KafkaAnswer>(
  { apiName, apiKey, apiVersion, flexible }: Api,
  write: (writer: ProtocolWriter) => void,
  read: (reader: ProtocolReader) => Answer,
  { timeoutMs }: { readonly timeoutMs?: number } = {},
): KafkaRequest<Answer> {
  const writer = new ProtocolWriter()
  if (flexible) writer.noTags()
  write(writer)
  return {
    apiName,
    apiKey,
    apiVersion,
    body: writer.parts(),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    decode(payload) {
      const reader = new ProtocolReader(payload)
      if (flexible) reader.tags()
      return read(reader)
    },
  }
}

/** Lanes as the protocol lists them: by topic, in the order of their first appearance. */
export function byTopic<T extends { readonly topic: string }>(
  lanes: readonly T[],
): readonly { readonly topic: string; readonly lanes: readonly T[] }[] {
  const found = new Map<string, T[]>()
  for (const lane of lanes) {
    const others = found.get(lane.topic)
    if (others === undefined) found.set(lane.topic, [lane])
    else others.push(lane)
  }
  return [...found].map(([topic, ofTopic]) => ({ topic, lanes: ofTopic }))
}
