/** The upstream of a chaos run: tells the story as it happens, straight to the broker, and tries again until it is told. */
import { setTimeout as pause } from 'node:timers/promises'
import { Kafka, logLevel, type Producer } from 'kafkajs'
import type { Story, Told } from './story.ts'

const TICK_MS = 100
const AGAIN_MS = 300

export interface Upstream {
  /** Tells until it is ended. */
  readonly done: Promise<void>
  /** Tells the end of the story, and nothing more. */
  end(): Promise<void>
}

export function startUpstream(brokers: string, name: string, partitions: number, story: Story): Upstream {
  const kafka = new Kafka({
    brokers: [brokers],
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 100, maxRetryTime: 1000, retries: 5 },
  })
  let producer: Producer | undefined
  let ending = false

  async function put(list: readonly (Told & { readonly partition?: number })[]): Promise<void> {
    for (;;) {
      try {
        if (producer === undefined) {
          producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 })
          await producer.connect()
        }
        const topics = [...new Set(list.map(({ topic }) => topic))]
        const topicMessages = topics.map((topic) => ({
          topic: `${name}.${topic}`,
          messages: list
            .filter((one) => one.topic === topic)
            .map(({ key, value, partition }) => ({
              key,
              value,
              ...(partition === undefined ? {} : { partition }),
            })),
        }))
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

  async function run(): Promise<void> {
    while (!ending) {
      const told = story.tell(Date.now())
      if (told.length > 0) await put(told)
      await pause(TICK_MS)
    }
  }

  const done = run()
  return {
    done,
    async end() {
      ending = true
      await done
      await put(story.rest())
      await put(story.end(Date.now(), partitions))
      await producer?.disconnect()
    },
  }
}
