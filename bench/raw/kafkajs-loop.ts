/** The least that a Node program does with kafkajs as it comes: `eachBatch`, each value decoded by avsc, nothing kept, nothing written. */
import { readFileSync } from 'node:fs'
import avsc from 'avsc'
import { Kafka, logLevel } from 'kafkajs'
import { said, Tally } from './tally.ts'

const HEADER_BYTES = 5

interface ShopEvent {
  readonly time: number
  readonly identifiers: readonly { readonly type: string; readonly value: string }[]
}

const schemaId = Number(said('SCHEMA_ID'))
const schema = JSON.parse(readFileSync(new URL('../load/event.avsc', import.meta.url), 'utf8')) as avsc.Schema
const type = avsc.Type.forSchema(schema)
const tally = new Tally()

function take(value: Buffer | null): void {
  if (value === null || value.length < HEADER_BYTES || value[0] !== 0 || value.readInt32BE(1) !== schemaId)
    return
  let event: ShopEvent
  try {
    event = type.fromBuffer(value.subarray(HEADER_BYTES)) as ShopEvent
  } catch {
    return
  }
  const { identifiers, time } = event
  const who = identifiers.find(({ type }) => type === 'user_id') ?? identifiers[0]
  tally.event(time, who?.value.length ?? 0)
}

const kafka = new Kafka({ brokers: [said('BROKERS')], logLevel: logLevel.NOTHING })
// Its default of five seconds would be time in which it waits, and not its work.
const consumer = kafka.consumer({ groupId: said('APP'), maxWaitTimeInMs: 100 })
await consumer.connect()
await consumer.subscribe({ topic: said('INPUT'), fromBeginning: true })
await consumer.run({
  async eachBatch({ batch: { messages } }) {
    for (const { value } of messages) take(value)
    tally.records += messages.length
  },
})
tally.tell()
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => process.exit())
