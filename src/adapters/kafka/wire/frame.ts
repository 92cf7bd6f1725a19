/**
 * What stands around requests and answers on a connection: a length and a header. Answers come in pieces of any size, which are
 * valid only while they are told; each answer gets a buffer of its own.
 */
import type { KafkaAnswer, KafkaRequest } from './request.ts'

const LENGTH_BYTES = 4
const CORRELATION_BYTES = 4
/** Length, key, version, correlation, length of the client id. */
const HEADER_BYTES = LENGTH_BYTES + 2 + 2 + CORRELATION_BYTES + 2
/** Above every answer that is asked for. Who says that more is to come is no broker: nothing that he says is kept. */
const ANSWER_BYTES_MAX = 256 * 1024 * 1024

/** What goes before the body of a request. */
export function headerOf<Answer extends KafkaAnswer>(
  { apiKey, apiVersion, body }: KafkaRequest<Answer>,
  correlationId: number,
  clientId: string,
): Buffer {
  const idBytes = Buffer.byteLength(clientId)
  const header = Buffer.allocUnsafe(HEADER_BYTES + idBytes)
  let size = header.length - LENGTH_BYTES
  for (const part of body) size += part.length
  let at = header.writeInt32BE(size, 0)
  at = header.writeInt16BE(apiKey, at)
  at = header.writeInt16BE(apiVersion, at)
  at = header.writeInt32BE(correlationId, at)
  at = header.writeInt16BE(idBytes, at)
  header.write(clientId, at)
  return header
}

/** Told of each answer: what stands behind its correlation id. */
export type TakeAnswer = (correlationId: number, payload: Buffer, size: number) => void

/** The bytes of one socket, from its first one on. */
export class AnswerFrames {
  private readonly room: (bytes: number) => Buffer
  private readonly take: TakeAnswer
  private readonly length = Buffer.alloc(LENGTH_BYTES)
  private lengthBytes = 0
  /** Of the answer that has begun; undefined: none has. */
  private answer: Buffer | undefined
  private size = 0
  private filled = 0
  private lost = false

  /** `room`: at least so many bytes, for one answer. */
  constructor(room: (bytes: number) => Buffer, take: TakeAnswer) {
    this.room = room
    this.take = take
  }

  push(chunk: Buffer): void {
    for (let at = 0; at < chunk.length && !this.lost; )
      at = this.answer === undefined ? this.begin(chunk, at) : this.goOn(this.answer, chunk, at)
  }

  private begin(chunk: Buffer, from: number): number {
    const end = Math.min(chunk.length, from + LENGTH_BYTES - this.lengthBytes)
    chunk.copy(this.length, this.lengthBytes, from, end)
    this.lengthBytes += end - from
    if (this.lengthBytes < LENGTH_BYTES) return end
    this.lengthBytes = 0
    this.size = this.length.readInt32BE(0)
    if (this.size < CORRELATION_BYTES || this.size > ANSWER_BYTES_MAX) this.lost = true
    else this.answer = this.room(this.size)
    return end
  }

  private goOn(answer: Buffer, chunk: Buffer, from: number): number {
    const { size } = this
    const end = Math.min(chunk.length, from + size - this.filled)
    chunk.copy(answer, this.filled, from, end)
    this.filled += end - from
    if (this.filled < size) return end
    this.answer = undefined
    this.filled = 0
    this.take(answer.readInt32BE(0), answer.subarray(CORRELATION_BYTES, size), size)
    return end
  }
}
