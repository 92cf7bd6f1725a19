/** What those outside see: committed records, read by kcat, which shares nothing with the product. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'

export interface SeenRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly timestamp: number
  readonly key: string | null
  /** Null: a deletion. */
  readonly value: Buffer | null
}

/** Lengths stand before the bytes, which may be any. */
const FORMAT = '%p %o %T %K %S\n%k%s'
const LINE_FEED = 10

/** Every committed record of a topic, by partition and offset. */
export async function readCommitted(
  kcat: readonly [string, ...string[]],
  brokers: string,
  topic: string,
): Promise<readonly SeenRecord[]> {
  const [program, ...first] = kcat
  const reading = spawn(program, [
    ...first,
    '-C',
    '-e',
    '-q',
    ...Object.entries({ '-b': brokers, '-t': topic, '-o': 'beginning', '-f': FORMAT }).flat(),
    '-Xisolation.level=read_committed',
    '-Xcheck.crcs=true',
  ])
  const ended = once(reading, 'close') as Promise<[number | null]>
  let said = ''
  reading.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const parts: Buffer[] = []
  for await (const part of reading.stdout as AsyncIterable<Buffer>) parts.push(part)
  const [code] = await ended
  if (code !== 0) throw new Error(`kcat could not read ${topic}: ${said}`)
  return recordsIn(topic, Buffer.concat(parts)).sort(
    (a, b) => a.partition - b.partition || a.offset - b.offset,
  )
}

function recordsIn(topic: string, bytes: Buffer): SeenRecord[] {
  const records: SeenRecord[] = []
  for (let at = 0; at < bytes.length; ) {
    const head = bytes.indexOf(LINE_FEED, at)
    const [partition = 0, offset = 0, timestamp = 0, keySize = -1, valueSize = -1] = bytes
      .toString('latin1', at, head)
      .split(' ')
      .map(Number)
    const keyAt = head + 1
    const valueAt = keyAt + Math.max(0, keySize)
    at = valueAt + Math.max(0, valueSize)
    const key = keySize < 0 ? null : bytes.toString('utf8', keyAt, valueAt)
    const value = valueSize < 0 ? null : bytes.subarray(valueAt, at)
    records.push({ topic, partition, offset, timestamp, key, value })
  }
  return records
}
