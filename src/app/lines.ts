/** Bytes as they come become lines: ranges of one buffer, without a copy per line. */
import { INPUT_BYTES_MAX } from '../model/limits.ts'

export interface LineBlock {
  readonly buffer: Buffer
  /** `[start, end)` of each line in a row, line feeds left out. */
  readonly ranges: readonly number[]
}

/** Bytes of input that make a block: some thousand events. */
const BLOCK_BYTES = 2 << 20
const LINE_FEED = 10

/**
 * Lines of a stream in blocks. Of a line that is too long only as much is kept as shows that it is. Blocks end at the same bytes
 * however the stream comes in chunks, so that what comes of them does not hang on the pace of a pipe.
 */
export async function* lineBlocks(chunks: AsyncIterable<Buffer>): AsyncGenerator<LineBlock> {
  let parts: Buffer[] = []
  /** Bytes of the stream that belong to this block so far. */
  let taken = 0
  /** Inside a line that is too long already: everything up to its end is dropped. */
  let skipping = false
  for await (const chunk of chunks) {
    for (let from = 0; from < chunk.length; ) {
      const to = Math.min(chunk.length, from + BLOCK_BYTES - taken)
      let piece = chunk.subarray(from, to)
      taken += piece.length
      from = to
      if (skipping) {
        const feed = piece.indexOf(LINE_FEED)
        skipping = feed < 0
        piece = skipping ? piece.subarray(0, 0) : piece.subarray(feed)
      }
      parts.push(piece)
      if (taken < BLOCK_BYTES) continue
      taken = 0
      const all = Buffer.concat(parts)
      const last = all.lastIndexOf(LINE_FEED)
      if (last >= 0) yield { buffer: all, ranges: rangesOf(all, last) }
      const rest = all.subarray(last + 1)
      if (rest.length > INPUT_BYTES_MAX) skipping = true
      parts = [Buffer.from(rest.subarray(0, INPUT_BYTES_MAX + 1))]
    }
  }
  const all = Buffer.concat(parts)
  if (all.length > 0) yield linesOf(all)
}

/** The lines of a whole text, whether its last line ends with a line feed or not. */
export function linesOf(buffer: Buffer): LineBlock {
  if (buffer.length === 0) return { buffer, ranges: [] }
  const ended = buffer[buffer.length - 1] === LINE_FEED
  return { buffer, ranges: rangesOf(buffer, ended ? buffer.length - 1 : buffer.length) }
}

/** Ranges of the lines before `end`, which is a line feed or the end of the bytes. */
function rangesOf(buffer: Buffer, end: number): number[] {
  const ranges: number[] = []
  let start = 0
  while (start <= end) {
    let feed = buffer.indexOf(LINE_FEED, start)
    if (feed < 0 || feed > end) feed = end
    ranges.push(start, feed)
    start = feed + 1
  }
  return ranges
}
