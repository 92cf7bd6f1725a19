/**
 * Requests and answers over a connection of kafkajs, without the copies that it makes of them: it writes each request into zeroed
 * buffers three times over, and joins the pieces of an answer anew whenever one comes. Together that is a tenth of what a busy process
 * does. Connecting, logins, correlation, time-outs and throttling stay with it.
 */
import { connect, type Socket } from 'node:net'
import type { ISocketFactory } from 'kafkajs'
import { AdapterError } from '../../model/errors.ts'
import { BatchMemory } from './batch-memory.ts'
import { type KafkajsConnection, kafkajsParts } from './kafkajs-parts.ts'
import { AnswerFrames, headerOf } from './wire/frame.ts'
import type { KafkaAnswer, KafkaRequest } from './wire/request.ts'

/** As kafkajs calls it. */
const DISCONNECTING = 'disconnecting'
const LENGTH_BYTES = 4
/** Of one reading of a socket: what is there of a large answer comes in few of them. Measured: 64 KiB cost a third more. */
const READ_BYTES = 256 * 1024

/** Sends a request whose bytes are there; `connection` is connected. @throws what kafkajs throws, AdapterError. */
export async function sendFramed<Answer extends KafkaAnswer>(
  connection: KafkajsConnection,
  request: KafkaRequest<Answer>,
): Promise<Answer> {
  const { apiKey, apiName, apiVersion, body, timeoutMs: requestTimeout = null } = request
  // What a login is good for may have run out.
  if (connection.sasl !== null && !connection.isAuthenticated()) await connection.authenticate()
  const { payload } = await new Promise<{ readonly payload: Buffer }>((resolve, reject) => {
    connection.failIfNotConnected()
    // It counts as connected while it is being closed, but what it is given then nobody waits for any more, nor fails.
    if (connection.connectionStatus === DISCONNECTING)
      throw new AdapterError('log-closed', 'the connection to the broker is being closed', true)
    const correlationId = connection.nextCorrelationId()
    const header = headerOf(request, correlationId, connection.clientId)
    const entry = { apiKey, apiName, apiVersion, correlationId, resolve, reject }
    const sendRequest = (): void => {
      const { socket } = connection
      // One call of the system for all parts.
      socket.cork()
      socket.write(header)
      for (const part of body) socket.write(part)
      socket.uncork()
    }
    connection.requestQueue.push({ entry, expectResponse: true, requestTimeout, sendRequest })
  })
  const answer = request.decode(payload)
  connection.requestQueue.maybeThrottle(answer.throttleMs)
  return answer
}

/** Of answers; who has read one may give it back. */
export const answerMemory = new BatchMemory()

const repaired = new WeakSet<object>()
const framesOf = new WeakMap<object, AnswerFrames>()

/** Puts our own taking apart of what comes in place of kafkajs'. What is said during a login stays with it. */
export function takeAnswersApart(): void {
  const { prototype } = kafkajsParts().Connection
  if (repaired.has(prototype)) return
  repaired.add(prototype)
  const { processData } = prototype
  prototype.processData = function (this: KafkajsConnection, chunk: Buffer) {
    let frames = framesOf.get(this.socket)
    if (frames === undefined) {
      frames = new AnswerFrames(
        (bytes) => answerMemory.take(bytes),
        (correlationId, payload, size) => this.requestQueue.fulfillRequest({ correlationId, payload, size }),
      )
      framesOf.set(this.socket, frames)
      // It would go on with what another socket broke off with.
      this.chunks = []
      this.bytesBuffered = 0
      this.bytesNeeded = LENGTH_BYTES
    }
    if (this.authHandlers === null) frames.push(chunk)
    else processData.call(this, Buffer.from(chunk))
  }
}

/** All sockets of a thread read into it: what one has read is told before another reads. */
let reading: Buffer | undefined

/** TCP into one buffer that is used again and again; TLS, which hands out what it has decrypted, as kafkajs makes it. */
export const openSocket: ISocketFactory = (options) => {
  const { host, port, ssl, onConnect } = options
  if (ssl) return kafkajsParts().socketFactory()(options)
  reading ??= Buffer.allocUnsafeSlow(READ_BYTES)
  const socket: Socket = connect(
    {
      host,
      port,
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_MS,
      onread: {
        buffer: reading,
        callback: (bytes, into) => {
          socket.emit('data', (into as Buffer).subarray(0, bytes))
          return true
        },
      },
    },
    onConnect,
  )
  return socket
}

/** As kafkajs has it. */
const KEEP_ALIVE_MS = 60_000
