/**
 * A downstream messaging service: takes offers, sends each at most once and in its time, and reports what was delivered.
 *
 *     KAFKA_BROKERS=127.0.0.1:9092 node service.mjs --offers offers --reports web-events --journal sent.ndjson
 *
 * Sending is printing here. What matters to whoever writes such a program is marked (1) to (6) and explained in README.md.
 */
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { Kafka, logLevel } from 'kafkajs'

const { values: flags } = parseArgs({
  options: {
    offers: { type: 'string', default: 'offers' },
    reports: { type: 'string', default: 'web-events' },
    journal: { type: 'string', default: 'sent.ndjson' },
    group: { type: 'string', default: 'messaging-service' },
  },
})
const LOOK_EVERY_MS = 200
/** Which identifier is an address on a channel. */
const ADDRESS = { email: 'email', sms: 'phone', push: 'push_token' }

const kafka = new Kafka({
  clientId: 'messaging-service',
  brokers: (process.env.KAFKA_BROKERS || '127.0.0.1:9092').split(','),
  logLevel: logLevel.ERROR,
  retry: { initialRetryTime: 100, retries: 10, restartOnFailure: async () => true },
})

/**
 * (1) What happened to each offer, by its idempotency key, on disk before anything else happens: `waiting`, `sending`, `sent`,
 * `reported`, or `dropped`. A table with a unique key does the same for several instances.
 */
const steps = new Map()
const waiting = new Map()
const written = existsSync(flags.journal) ? readFileSync(flags.journal, 'utf8') : ''
for (const line of written.split('\n')) if (line !== '') remember(...readLine(line))
const journal = openSync(flags.journal, 'a')
if (written !== '' && !written.endsWith('\n')) writeSync(journal, '\n')

function readLine(line) {
  try {
    const { key, step, offer } = JSON.parse(line)
    return [key, step, offer]
  } catch {
    return [] // the process died while it wrote this line: what it was about to do was not done
  }
}

function remember(key, step, offer) {
  if (key === undefined) return
  steps.set(key, step)
  if (step === 'waiting' || step === 'sent') waiting.set(key, offer)
  else waiting.delete(key)
}

function write(key, step, offer) {
  writeSync(journal, `${JSON.stringify({ key, step, offer })}\n`)
  fsyncSync(journal)
  remember(key, step, offer)
}

/** (2) Read committed, which is what kafkajs does unless told otherwise. */
const consumer = kafka.consumer({ groupId: flags.group, readUncommitted: false, sessionTimeout: 10_000, maxWaitTimeInMs: 100 })
const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 })

/** Takes an offer over; only then is its position committed. */
function take({ type, data }) {
  if (type === 'offer.revoked') {
    // (5) It may come before or after the offer is sent; only one that still waits can be called back.
    const entry = [...waiting].find(([key, offer]) => offer.offer_id === data.offer_id && steps.get(key) === 'waiting')
    if (entry !== undefined) write(entry[0], 'dropped')
    return
  }
  // (3) A key that was seen before is dropped: a repeat, or a record of a transaction that was rolled back and made again.
  if (type === 'offer.emitted' && !steps.has(data.idempotency_key)) write(data.idempotency_key, 'waiting', data)
}

/** (4) Not before its time, and not after it. */
async function work() {
  const now = Date.now()
  for (const [key, offer] of [...waiting]) {
    if (steps.get(key) === 'sent') await report(key, offer)
    else if (Date.parse(offer.expires_at) <= now) write(key, 'dropped')
    else if (offer.not_before === null || offer.not_before === undefined || Date.parse(offer.not_before) <= now) {
      write(key, 'sending')
      send(offer)
      write(key, 'sent', offer)
      await report(key, offer)
    }
  }
}

/** Where the real one calls its mail or push provider, with the idempotency key if that takes one. */
function send({ idempotency_key: key, channel, recipient, content }) {
  const to = recipient.identifiers.find(({ type }) => type === ADDRESS[channel]) ?? recipient.identifiers[0]
  process.stdout.write(`${JSON.stringify({ key, channel, to: to?.value, template: content.template })}\n`)
}

/** (6) Tells Shopkeeper, as an event like any other; its id is derived, so that a repeat has no effect. */
async function report(key, { offer_id, recipient }) {
  const event = {
    id: `${offer_id}-delivered`,
    source: 'messaging-service',
    type: 'offer.delivered',
    time: new Date().toISOString(),
    identifiers: recipient.identifiers,
    data: { offer_id },
  }
  const [{ type, value } = {}] = recipient.identifiers
  await producer.send({ topic: flags.reports, messages: [{ key: `${type}:${value}`, value: JSON.stringify(event) }] })
  write(key, 'reported')
}

await producer.connect()
await consumer.connect()
await consumer.subscribe({ topics: [flags.offers], fromBeginning: true })
await consumer.run({
  eachMessage: async ({ message }) => {
    if (message.value !== null) take(JSON.parse(message.value.toString()))
  },
})
process.stderr.write('messaging service is running\n')

let stopping = false
for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => (stopping = true))
while (!stopping) {
  try {
    await work()
  } catch (error) {
    process.stderr.write(`not reported yet: ${error.message}\n`)
  }
  await new Promise((done) => setTimeout(done, LOOK_EVERY_MS))
}
await consumer.disconnect()
await producer.disconnect()
closeSync(journal)
