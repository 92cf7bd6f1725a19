import { Writable } from 'node:stream'
import { describe, expect, test } from '@jest/globals'
import { LineWriter } from '../../src/app/line-writer.ts'

/** A stream that takes one piece at a time, slowly. */
function slowStream(): { readonly stream: Writable; readonly text: () => string } {
  let text = ''
  const stream = new Writable({
    highWaterMark: 16,
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString()
      setTimeout(done, 1)
    },
  })
  return { stream, text: () => text }
}

describe('the writer of lines', () => {
  test('writes each output on a line of its own, as JSON', async () => {
    const { stream, text } = slowStream()
    const writer = new LineWriter(stream)
    writer.push({ topic: 'a "b"', key: null, value: '{"n":1}' })
    writer.push({ topic: 'c', key: 'é\n', value: '2' })
    expect(text()).toBe('')
    await writer.flush()
    writer.push({ topic: 'c', key: '', value: '3' })
    await writer.close()
    expect(
      text()
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([
      { topic: 'a "b"', key: null, value: { n: 1 } },
      { topic: 'c', key: 'é\n', value: 2 },
      { topic: 'c', key: '', value: 3 },
    ])
  })

  test('keeps the pace of the stream', async () => {
    const { stream, text } = slowStream()
    const writer = new LineWriter(stream)
    for (let i = 0; i < 50; i++) {
      writer.push({ topic: 't', key: String(i), value: '{}' })
      await writer.flush()
      expect(stream.writableLength).toBeLessThanOrEqual(16)
    }
    await writer.close()
    expect(text().split('\n')).toHaveLength(51)
  })

  test('writes very much in several pieces, since no text can hold all of it', async () => {
    const sizes: number[] = []
    const keys: string[] = []
    const stream = new Writable({
      write(chunk: Buffer, _encoding, done) {
        sizes.push(chunk.length)
        for (const [, key] of chunk.toString().matchAll(/"key":"(\d+)"/g)) keys.push(key as string)
        done()
      },
    })
    const writer = new LineWriter(stream)
    const value = `"${'x'.repeat(1 << 20)}"`
    for (let i = 0; i < 40; i++) writer.push({ topic: 't', key: String(i), value })
    await writer.close()
    expect(keys).toEqual(Array.from({ length: 40 }, (_, i) => String(i)))
    expect(Math.max(...sizes)).toBeLessThan(10 << 20)
  })

  test('a stream that fails fails the writing', async () => {
    const stream = new Writable({ write: (_chunk, _encoding, done) => done(new Error('disk full')) })
    const writer = new LineWriter(stream)
    writer.push({ topic: 't', key: null, value: '{}' })
    await expect(
      (async () => {
        await writer.flush()
        await new Promise((done) => setTimeout(done, 5))
        await writer.flush()
      })(),
    ).rejects.toThrow('disk full')
  })
})
