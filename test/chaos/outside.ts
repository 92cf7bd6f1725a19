/** What those outside see: committed records, read by kcat, which shares nothing with the product. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

export interface SeenRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly key: string | null
  readonly value: string
}

/** Between fields, and instead of what is missing: no record of a chaos run holds them. */
const FIELD = '\u0001'
const NULL = '\u0002'

/** Every committed record of a topic, by partition and offset. */
export async function readCommitted(
  kcat: readonly [string, ...string[]],
  brokers: string,
  topic: string,
): Promise<readonly SeenRecord[]> {
  const format = ['%p', '%o', '%k', '%s'].join(FIELD)
  const [program, ...first] = kcat
  const reading = spawn(program, [
    ...first,
    '-C',
    '-e',
    '-q',
    '-Z',
    ...Object.entries({ '-b': brokers, '-t': topic, '-o': 'beginning', '-f': `${format}\n` }).flat(),
    '-Xisolation.level=read_committed',
    '-Xcheck.crcs=true',
  ])
  const ended = once(reading, 'close') as Promise<[number | null]>
  let said = ''
  reading.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const records: SeenRecord[] = []
  for await (const line of createInterface(reading.stdout)) {
    const [partition, offset, key = '', value = ''] = line.split(FIELD)
    records.push({
      topic,
      partition: Number(partition),
      offset: Number(offset),
      key: key === NULL || key === 'NULL' || key === '' ? null : key,
      value,
    })
  }
  const [code] = await ended
  if (code !== 0) throw new Error(`kcat could not read ${topic}: ${said}`)
  return records.sort((a, b) => a.partition - b.partition || a.offset - b.offset)
}
