/** Integers as Kafka's records have them: zigzag in base 128, lowest bits first; and eight bytes wide. Exact to 2^52. */

/** Nearly all are sizes and deltas of one or two bytes. */
export function varintSize(value: number): number {
  if (value >= -64 && value < 64) return 1
  return value >= -8192 && value < 8192 ? 2 : uvarintSize(value < 0 ? -2 * value - 1 : 2 * value)
}

function uvarintSize(value: number): number {
  let size = 1
  for (let rest = value; rest > 127; rest = rest > 0x7fffffff ? Math.floor(rest / 128) : rest >>> 7) size++
  return size
}

/** Answers where it ends. */
export function writeVarint(buffer: Buffer, start: number, value: number): number {
  let at = start
  let rest = value < 0 ? -2 * value - 1 : 2 * value
  while (rest > 0x7fffffff) {
    buffer[at++] = (rest % 128) | 128
    rest = Math.floor(rest / 128)
  }
  while (rest > 127) {
    buffer[at++] = (rest & 127) | 128
    rest >>>= 7
  }
  buffer[at++] = rest
  return at
}

const LOW = 0x1_0000_0000

export function writeInt64(buffer: Buffer, at: number, value: number): void {
  const high = Math.floor(value / LOW)
  buffer.writeInt32BE(high, at)
  buffer.writeUInt32BE(value - high * LOW, at + 4)
}

export const int64At = (buffer: Buffer, at: number): number =>
  buffer.readInt32BE(at) * LOW + buffer.readUInt32BE(at + 4)
