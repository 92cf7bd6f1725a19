/** Compressed record batches: gzip is Node's own; others are read by codecs registered with kafkajs, which has a form for them. */
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import kafkajs from 'kafkajs'
import { AdapterError } from '../../../model/errors.ts'

const gunzipped = promisify(gunzip)

const GZIP = 1
/** What Kafka calls the codecs, by their number; the package that brings one to kafkajs. */
const CODECS: Readonly<Record<number, { readonly name: string; readonly hint: string }>> = {
  2: { name: 'snappy', hint: 'kafkajs-snappy' },
  3: { name: 'lz4', hint: 'kafkajs-lz4' },
  4: { name: 'zstd', hint: '@kafkajs/zstd' },
}

/** One batch, inflated, may not take more: a broker's bound is on the compressed bytes. */
const INFLATED_BYTES_MAX = 256 * 1024 * 1024

/** @throws AdapterError made by `corrupt` from what is wrong, or one that says which codec is missing. */
export async function decompress(
  codec: number,
  bytes: Buffer,
  corrupt: (what: string) => AdapterError,
): Promise<Buffer> {
  if (codec === GZIP) {
    try {
      return await gunzipped(bytes, { maxOutputLength: INFLATED_BYTES_MAX })
    } catch (error) {
      throw corrupt(`gzip: ${(error as Error).message}`)
    }
  }
  const known = CODECS[codec]
  if (known === undefined) throw corrupt(`compression ${codec} is not known`)
  const decode = registered(codec)
  if (decode === undefined) {
    const message = `a topic is compressed with ${known.name}, which needs a codec: register one in kafkajs' CompressionCodecs (package ${known.hint}), or set the topic's compression.type to gzip or uncompressed`
    throw new AdapterError('no-codec', message, false)
  }
  try {
    return await decode(bytes)
  } catch (error) {
    throw corrupt(`${known.name}: ${(error as Error).message}`)
  }
}

/** Where nothing is registered, kafkajs has a factory that throws. */
function registered(codec: number): ((bytes: Buffer) => Promise<Buffer>) | undefined {
  const codecs = kafkajs.CompressionCodecs as unknown as Record<
    number,
    () => { decompress(bytes: Buffer): Promise<Buffer> }
  >
  try {
    const made = codecs[codec]?.()
    return made === undefined ? undefined : (bytes) => made.decompress(bytes)
  } catch {
    return undefined
  }
}
