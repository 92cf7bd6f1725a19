/** Rising times as bytes: how many, the first one whole, then the distances. */
import type { ByteReader, ByteWriter } from './bytes.ts'
import type { EpochMs } from './time.ts'

export function encodeTimes(times: readonly EpochMs[], writer: ByteWriter): void {
  writer.uint(times.length)
  let last = 0
  for (const at of times) {
    writer.int(at - last)
    last = at
  }
}

export function decodeTimes(reader: ByteReader): readonly EpochMs[] {
  const times: EpochMs[] = []
  let last = 0
  for (let left = reader.uint(); left > 0; left--) {
    last += reader.int()
    times.push(last)
  }
  return times
}
