/**
 * CRC-32C, the checksum of record batches: the native one where its package has a build for this machine, else one in JavaScript,
 * eight bytes a step. Chosen once, when this file is loaded.
 */
import { createRequire } from 'node:module'

export type Crc32c = (bytes: Buffer) => number

const POLYNOMIAL = 0x82f63b78
const TABLES = 8

/** Row `t`, column `b`: the checksum of byte `b` followed by `t` zero bytes; rows in a row. */
const TABLE = createTable()

function createTable(): Uint32Array {
  const table = new Uint32Array(TABLES * 256)
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1
    table[byte] = crc >>> 0
  }
  for (let i = 256; i < table.length; i++) {
    const before = table[i - 256] as number
    table[i] = ((before >>> 8) ^ (table[before & 255] as number)) >>> 0
  }
  return table
}

export function slicingCrc32c(bytes: Buffer): number {
  const table = TABLE
  const whole = bytes.length - (bytes.length % 8)
  let crc = -1
  let i = 0
  for (; i < whole; i += 8) {
    crc ^=
      (bytes[i] as number) |
      ((bytes[i + 1] as number) << 8) |
      ((bytes[i + 2] as number) << 16) |
      ((bytes[i + 3] as number) << 24)
    crc =
      (table[0x700 + (crc & 255)] as number) ^
      (table[0x600 + ((crc >>> 8) & 255)] as number) ^
      (table[0x500 + ((crc >>> 16) & 255)] as number) ^
      (table[0x400 + (crc >>> 24)] as number) ^
      (table[0x300 + (bytes[i + 4] as number)] as number) ^
      (table[0x200 + (bytes[i + 5] as number)] as number) ^
      (table[0x100 + (bytes[i + 6] as number)] as number) ^
      (table[bytes[i + 7] as number] as number)
  }
  for (; i < bytes.length; i++) crc = (crc >>> 8) ^ (table[(crc ^ (bytes[i] as number)) & 255] as number)
  return (crc ^ -1) >>> 0
}

/** The native one; undefined where the package has no build for this machine. */
export function nativeCrc32c(): Crc32c | undefined {
  try {
    const loaded = createRequire(import.meta.url)('@node-rs/crc32') as { crc32c: Crc32c }
    return loaded.crc32c
  } catch {
    return undefined
  }
}

export const crc32c: Crc32c = nativeCrc32c() ?? slicingCrc32c
