import { describe, expect, test } from '@jest/globals'
import { type LineBlock, lineBlocks, linesOf } from '../../src/app/lines.ts'
import { INPUT_BYTES_MAX } from '../../src/model/limits.ts'
import { chanceOf } from '../../src/app/demo/prng.ts'

const textsOf = ({ buffer, ranges }: LineBlock): readonly string[] =>
  Array.from({ length: ranges.length / 2 }, (_, i) =>
    buffer.toString('utf8', ranges[2 * i], ranges[2 * i + 1]),
  )

async function* inChunks(bytes: Buffer, sizeOf: () => number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; ) {
    const size = sizeOf()
    yield bytes.subarray(at, at + size)
    at += size
  }
}

async function blocksOf(bytes: Buffer, sizeOf: () => number): Promise<readonly (readonly string[])[]> {
  const blocks: (readonly string[])[] = []
  for await (const block of lineBlocks(inChunks(bytes, sizeOf))) blocks.push(textsOf(block))
  return blocks
}

describe('the lines of a text', () => {
  test.each<[string, readonly string[]]>([
    ['', []],
    ['a', ['a']],
    ['a\n', ['a']],
    ['a\nb', ['a', 'b']],
    ['\n', ['']],
    ['\n\na\n\n', ['', '', 'a', '']],
    ['æ\nø\r\n', ['æ', 'ø\r']],
  ])('%j', async (text, lines) => {
    expect(textsOf(linesOf(Buffer.from(text)))).toEqual(lines)
    for (const size of [1, 2, 100])
      expect((await blocksOf(Buffer.from(text), () => size)).flat()).toEqual(lines)
  })
})

describe('the lines of a stream', () => {
  const chance = chanceOf('lines')
  const texts = Array.from({ length: 9000 }, (_, i) => `${i} ${'x'.repeat(chance.between(0, 1200))}`)
  const long = 'y'.repeat(INPUT_BYTES_MAX + 400_000)
  const endless = 'z'.repeat(5_000_000)
  const lines = [...texts.slice(0, 3000), long, ...texts.slice(3000, 6000), endless, ...texts.slice(6000)]
  const bytes = Buffer.from(lines.join('\n'))

  test('blocks do not hang on how the stream comes in chunks', async () => {
    const whole = await blocksOf(bytes, () => bytes.length)
    expect(whole.length).toBeGreaterThan(4)
    const chunks = chanceOf('chunks')
    for (const sizeOf of [() => 65_536, () => 1 << 20, () => chunks.between(1, 300_000)]) {
      const blocks = await blocksOf(bytes, sizeOf)
      expect(blocks.map((block) => block.length)).toEqual(whole.map((block) => block.length))
      const all = whole.flat()
      expect(blocks.flat().every((line, i) => line === all[i])).toBe(true)
    }
  }, 20_000)

  test('a line that is too long stays one line, too long, and harms no other', async () => {
    const found = (await blocksOf(bytes, () => 65_536)).flat()
    expect(found).toHaveLength(lines.length)
    const wrong = found.filter((line, i) => line !== lines[i])
    expect(wrong.every((line) => line.length > INPUT_BYTES_MAX && /^(?:y+|z+)$/.test(line))).toBe(true)
    expect(wrong.length).toBeLessThanOrEqual(2)
  })

  test('a stream that ends inside of a line that is too long', async () => {
    const found = (await blocksOf(Buffer.from(`a\n${endless}`), () => 65_536)).flat()
    expect(found.map((line) => line.length)).toEqual([1, INPUT_BYTES_MAX + 1])
  })
})
