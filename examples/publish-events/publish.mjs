/**
 * An upstream application: publishes events, one JSON object a line, to a source topic.
 *
 *     KAFKA_BROKERS=127.0.0.1:9092 node publish.mjs web-events < events.ndjson
 *
 * What matters to whoever writes such a program is marked (1) to (4) and explained in README.md.
 */
import { createInterface } from 'node:readline'
import { CompressionTypes, Kafka, logLevel } from 'kafkajs'

const LINES_AT_ONCE = 500
const [topic] = process.argv.slice(2)
if (topic === undefined) {
  process.stderr.write('usage: node publish.mjs TOPIC < events.ndjson\n')
  process.exit(2)
}

const kafka = new Kafka({
  clientId: 'publish-events',
  brokers: (process.env.KAFKA_BROKERS || '127.0.0.1:9092').split(','),
  logLevel: logLevel.ERROR,
  // Written out: what kafkajs takes for granted here changes with NODE_ENV.
  retry: { initialRetryTime: 100, retries: 10 },
})

/** (1) Idempotent: a batch that is sent again after a lost answer is in the topic once, and in order. */
const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 })

/** (2) Events of one person go to one partition: by the identifier that this application always has. */
function keyOf({ identifiers = [] }) {
  const known = identifiers.find(({ type }) => type === 'user_id') ?? identifiers[0]
  return known === undefined ? null : `${known.type}:${known.value}`
}

/** (3) `id` and `source` are what an event is known by: given here once, the same in every attempt to publish it. */
function checked(line, number) {
  const event = JSON.parse(line)
  for (const field of ['id', 'type', 'time'])
    if (event[field] === undefined) throw new Error(`line ${number}: an event needs "${field}"`)
  return event
}

async function publish(lines, firstNumber) {
  const messages = lines.map((line, i) => ({ key: keyOf(checked(line, firstNumber + i)), value: line }))
  // (4) No `timestamp`: the record's time is when it was published, the event's own time is in its field `time`.
  await producer.send({ topic, messages, acks: -1, compression: CompressionTypes.None })
}

await producer.connect()
let published = 0
try {
  let lines = []
  for await (const line of createInterface({ input: process.stdin })) {
    if (line.trim() === '') continue
    lines.push(line)
    if (lines.length < LINES_AT_ONCE) continue
    await publish(lines, published + 1)
    published += lines.length
    lines = []
  }
  if (lines.length > 0) await publish(lines, published + 1)
  published += lines.length
} catch (error) {
  process.stderr.write(`${published} events are published; then: ${error.message}\n`)
  process.exitCode = 1
} finally {
  await producer.disconnect()
}
if (process.exitCode !== 1) process.stderr.write(`${published} events published to ${topic}\n`)
