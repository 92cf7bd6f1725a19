/** The upstream of a chaos run: tells a story round by round, straight to the broker, and tries again until each is told. */
import { setTimeout as pause } from 'node:timers/promises'
import { Kafka, logLevel, type Producer } from 'kafkajs'
import type { Round, Told } from './story.ts'

const AGAIN_MS = 300

export interface Upstream {
  /** Until everything is told. */
  readonly done: Promise<void>
  /** Resolves when a round has been told in which somebody waits for something, or nothing is left to tell. */
  tense(): Promise<void>
}

/** Tells the story within so long, if the broker lets it. */
export function startUpstream(brokers: string, rounds: readonly Round[], spanMs: number): Upstream {
  const kafka = new Kafka({
    brokers: [brokers],
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 100, maxRetryTime: 1000, retries: 5 },
  })
  let producer: Producer | undefined
  let waiting: (() => void)[] = []
  let over = false

  async function put(list: readonly Told[]): Promise<void> {
    const topics = [...new Set(list.map(({ topic }) => topic))]
    const topicMessages = topics.map((topic) => ({
      topic,
      messages: list
        .filter((one) => one.topic === topic)
        .map(({ key, value, partition }) => ({ key, value, partition })),
    }))
    for (;;) {
      try {
        if (producer === undefined) {
          producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 })
          await producer.connect()
        }
        await producer.sendBatch({ topicMessages, acks: -1 })
        return
      } catch {
        // Whether it was taken is not known: it is told again, as upstreams do. What comes twice is a repeat.
        const spent = producer
        producer = undefined
        await spent?.disconnect().catch(() => {})
        await pause(AGAIN_MS)
      }
    }
  }

  function wake(): void {
    const woken = waiting
    waiting = []
    for (const done of woken) done()
  }

  async function run(): Promise<void> {
    const began = Date.now()
    for (const [index, { records, tense }] of rounds.entries()) {
      await pause(Math.max(0, began + (spanMs * index) / rounds.length - Date.now()))
      await put(records)
      if (tense) wake()
    }
    over = true
    wake()
    await producer?.disconnect()
  }

  return {
    done: run(),
    tense: () => (over ? Promise.resolve() : new Promise((done) => waiting.push(done))),
  }
}
