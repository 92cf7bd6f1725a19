/** Requests as kafkajs frames them, and answers in pieces of any size. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { kafkajsModule } from '../../../../src/adapters/kafka/kafkajs-parts.ts'
import { AnswerFrames, headerOf } from '../../../../src/adapters/kafka/wire/frame.ts'

interface Asked {
  readonly correlationId: number
  readonly clientId: string
  readonly request: { readonly apiKey: number; readonly apiVersion: number; readonly encode: () => unknown }
}
const framed = kafkajsModule<(of: Asked) => Promise<{ readonly buffer: Buffer }>>('protocol/request')

const decode = (): never => {
  throw new Error('not asked')
}

test('a request is framed as kafkajs frames it', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 4 }),
      fc.string({ unit: 'grapheme', maxLength: 40 }),
      fc.nat(),
      fc.nat({ max: 60 }),
      async (parts, clientId, correlationId, apiKey) => {
        const body = parts.map((part) => Buffer.from(part))
        const request = { apiName: 'Any', apiKey, apiVersion: 3, body, decode }
        const whole = Buffer.concat(body)
        const encode = async () => ({ buf: whole, buffer: whole })
        const theirs = await framed({ correlationId, clientId, request: { apiKey, apiVersion: 3, encode } })
        expect(Buffer.concat([headerOf(request, correlationId, clientId), ...body])).toEqual(theirs.buffer)
      },
    ),
  )
})

describe('answers', () => {
  const answer = (correlationId: number, payload: Uint8Array): Buffer => {
    const bytes = Buffer.alloc(8 + payload.length)
    bytes.writeInt32BE(4 + payload.length, 0)
    bytes.writeInt32BE(correlationId, 4)
    bytes.set(payload, 8)
    return bytes
  }
  const told = (chunks: readonly Buffer[]): string[] => {
    const found: string[] = []
    const frames = new AnswerFrames(
      // More than was asked for, and not empty.
      (bytes) => Buffer.alloc(bytes + 7, 0xdd),
      (id, payload, size) => {
        expect(size).toBe(payload.length + 4)
        found.push(`${id} ${payload.toString('hex')}`)
      },
    )
    for (const chunk of chunks) {
      const lent = Buffer.from(chunk)
      frames.push(lent)
      // A chunk is its owner's again as soon as it was told.
      lent.fill(0xdd)
    }
    return found
  }

  test('are told whole, in order, whatever the pieces are in which they come', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(), fc.uint8Array({ maxLength: 30 })), { maxLength: 6 }),
        fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1 }),
        (answers, sizes) => {
          const bytes = Buffer.concat(answers.map(([id, payload]) => answer(id, payload)))
          const chunks: Buffer[] = []
          for (let at = 0, i = 0; at < bytes.length; i++) {
            const size = sizes[i % sizes.length] as number
            chunks.push(bytes.subarray(at, at + size))
            at += size
          }
          const expected = answers.map(([id, payload]) => `${id} ${Buffer.from(payload).toString('hex')}`)
          expect(told(chunks)).toEqual(expected)
        },
      ),
    )
  })

  test('of who is no broker are not waited for with memory: nothing is told any more', () => {
    const http = Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')
    expect(told([answer(1, Buffer.from('a')), http, answer(2, Buffer.from('b'))])).toEqual(['1 61'])
    expect(told([Buffer.from([0, 0, 0, 3, 1, 2, 3]), answer(2, Buffer.from('b'))])).toEqual([])
    expect(told([Buffer.from([255, 255, 255, 255])])).toEqual([])
  })
})
