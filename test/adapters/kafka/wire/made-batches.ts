/** Record batches made up for tests: by our writer, by kafkajs' encoder, and markers of transactions. */
import { createRequire } from 'node:module'
import { crc32c } from '../../../../src/adapters/kafka/wire/crc32c.ts'
import { buildBatches } from '../../../../src/adapters/kafka/wire/record-batch-writer.ts'
import { writeInt64 } from '../../../../src/adapters/kafka/wire/varint.ts'
import { Appends } from '../../../../src/runtime/appends.ts'
import type { RecordBatch } from '../../../../src/runtime/ports/log.ts'

export interface Made {
  readonly key: string | null
  readonly value: string | null
  readonly at?: number | undefined
  readonly id?: string | undefined
}

export interface Found extends Made {
  readonly offset: number
}

export const NOW = 1_777_000_000_000
const OWNER = { producerId: 7, epoch: 3 }

interface BatchOptions {
  readonly baseOffset?: number
  readonly producerId?: number
  readonly transactional?: boolean
  readonly bytesMax?: number
}

/** One or more batches by our own writer, one after the other as a log has them. */
export function ownBatches(
  list: readonly Made[],
  {
    baseOffset = 0,
    producerId = OWNER.producerId,
    transactional = true,
    bytesMax = 1 << 20,
  }: BatchOptions = {},
): readonly Buffer[] {
  const appends = new Appends()
  for (const { key, value, at, id } of list)
    appends.record('t', 0, at, key, value === null ? null : Buffer.from(value), id)
  const records = appends.take()
  const options = { owner: { ...OWNER, producerId }, sequence: 5, now: NOW, bytesMax }
  let offset = baseOffset
  return Array.from(
    buildBatches(
      records,
      Array.from({ length: records.count }, (_, i) => i),
      options,
    ),
    (built) => {
      writeInt64(built.bytes, 0, offset)
      if (!transactional) {
        built.bytes.writeInt16BE(0, 21)
        seal(built.bytes)
      }
      offset += built.count
      return built.bytes
    },
  )
}

/** The checksum anew, after a change. */
export function seal(batch: Buffer): Buffer {
  batch.writeUInt32BE(crc32c(batch.subarray(21)), 17)
  return batch
}

/** A control batch: how a transaction ended. */
export function marker(producerId: number, offset: number, committed: boolean): Buffer {
  const [batch] = ownBatches([{ key: `\0\0\0${committed ? '\x01' : '\0'}`, value: '\0\0\0\0\0\0' }], {
    baseOffset: offset,
    producerId,
  }) as [Buffer]
  batch.writeInt16BE(0x30, 21)
  return seal(batch)
}

const load = createRequire(import.meta.url)

interface KafkajsBatch {
  readonly messages: readonly {
    readonly key: Buffer | null
    readonly value: Buffer | null
    readonly offset: string
    readonly timestamp: string
    readonly headers: Readonly<Record<string, Buffer>>
  }[]
}

/** A batch as kafkajs' own consumer decodes it. */
export async function decodedByKafkajs(batch: Buffer): Promise<readonly Found[]> {
  const Decoder = load('kafkajs/src/protocol/decoder') as new (bytes: Buffer) => object
  const decode = load('kafkajs/src/protocol/recordBatch/v0/decoder') as (decoder: object) => Promise<{
    readonly records: KafkajsBatch['messages']
  }>
  const { records } = await decode(new Decoder(batch))
  return records.map(({ key, value, offset, timestamp, headers }) => ({
    key: key?.toString() ?? null,
    value: value?.toString() ?? null,
    at: Number(timestamp),
    id: headers['id']?.toString(),
    offset: Number(offset),
  }))
}

/** A batch as kafkajs' own producer encodes it; codec 1: gzip. */
export async function encodedByKafkajs(list: readonly Made[], compression = 0): Promise<Buffer> {
  type Encoded = { readonly buffer: Buffer }
  const RecordBatch = load('kafkajs/src/protocol/recordBatch/v0') as {
    RecordBatch(options: object): Promise<Encoded>
  }
  const Record = load('kafkajs/src/protocol/recordBatch/record/v0') as (options: object) => Encoded
  const firstTimestamp = list[0]?.at ?? NOW
  const records = list.map(({ key, value, at = NOW, id }, offsetDelta) =>
    Record({
      offsetDelta,
      timestampDelta: at - firstTimestamp,
      key: key === null ? null : Buffer.from(key),
      value: value === null ? null : Buffer.from(value),
      headers: id === undefined ? {} : { id: Buffer.from(id) },
    }),
  )
  const { buffer } = await RecordBatch.RecordBatch({
    compression,
    firstTimestamp,
    maxTimestamp: firstTimestamp,
    lastOffsetDelta: list.length - 1,
    records,
  })
  return Buffer.from(buffer)
}

/** What a cursor finds in a batch. */
export function recordsOf(batch: RecordBatch): readonly Found[] {
  const cursor = batch.walk()
  const found: Found[] = []
  while (cursor.next()) {
    const { buffer, keyStart, keyEnd, valueStart, valueEnd, offset, timestamp: at } = cursor
    found.push({
      key: keyEnd < 0 ? null : buffer.toString('utf8', keyStart, keyEnd),
      value: valueEnd < 0 ? null : buffer.toString('utf8', valueStart, valueEnd),
      at,
      id: cursor.header('id'),
      offset,
    })
  }
  return found
}
