/**
 * A name as it may be written where no name may be: keyed hashes, which say nothing to anybody without the key.
 */
import { ByteWriter, utf8Write } from '../../model/bytes.ts'
import { type IdKey, deriveId, hash32 } from '../../model/hash.ts'
import { type Identifier, normaliseValue } from '../../model/identifiers.ts'
import type { IdentityReady } from './config.ts'
import { halfSip } from './half-sip.ts'
import { isBlocked } from './naming.ts'

export interface NamePrint {
  /** Where the graph looks for it: 32 bits, which two names may have in common. */
  readonly place: number
  /** 128 bits, as 32 hexadecimal digits: no two names have the same. */
  readonly digest: string
}

/** Of a normalised name. */
export const digestOf = (key: IdKey, type: string, value: string): string =>
  deriveId(key, 'name', type, value)

/** The keys of the graph's hashes. */
export const placeKeys = (key: IdKey): readonly [number, number] => [
  hash32(key, 'graph', 0),
  hash32(key, 'graph', 1),
]

/** Of a normalised name. */
export function printOf(key: IdKey, { type, value }: Identifier): NamePrint {
  const writer = new ByteWriter(256)
  writeName(writer, type, value)
  const [key0, key1] = placeKeys(key)
  return {
    place: halfSip(writer.buffer, 0, writer.length, key0, key1),
    digest: digestOf(key, type, value),
  }
}

/** Of a name as somebody typed it; without a type, under every one that identifies. Those that name nobody are left out. */
export function printsOf(
  { type, value }: { readonly type: string | undefined; readonly value: string },
  { types, blocked, key }: IdentityReady,
): readonly NamePrint[] {
  return (type === undefined ? [...types.keys()] : [type]).flatMap((one) => {
    const normal = normaliseValue(one, value)
    return isBlocked(value, normal, blocked) ? [] : [printOf(key, { type: one, value: normal })]
  })
}

/** Of a length in one byte; at most three bytes are a character. */
const ONE_BYTE_MAX = 127
const UTF8_BYTES_MAX = 3

/**
 * A name as a person's record has it. The value is what {@link ByteWriter.text} writes, without native code that counts first what native
 * code writes then: a value is mostly longer than a loop is good for.
 */
export function writeName(writer: ByteWriter, type: string, value: string): void {
  writer.text(type)
  const size = value.length
  if (size > ONE_BYTE_MAX) {
    writer.text(value)
    return
  }
  writer.reserve(1 + UTF8_BYTES_MAX * size)
  const { buffer, length: at } = writer
  const bytes = utf8Write(buffer, value, at + 1)
  if (bytes > ONE_BYTE_MAX) writer.text(value)
  else {
    buffer[at] = bytes
    writer.length = at + 1 + bytes
  }
}
