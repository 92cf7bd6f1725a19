/**
 * Probes: what goes in, and when it comes out. A probe is a new trip of which two estimates say that it is late; that is answered at once,
 * by one offer. Each round sends one probe to each partition behind identity, by people who live there. A reader of its own, kcat, says
 * when an offer can be seen by those who read what is committed.
 */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { Kafka, logLevel, type Message } from 'kafkajs'
import { deriveId, idKeyOf } from '../../src/model/hash.ts'
import type { EpochMs } from '../../src/model/time.ts'
import { partitionOf } from '../../src/runtime/partition.ts'
import { kcatProgram, programOf } from '../support/servers/programs.ts'

/** Of a partition; each has a new trip every round that is hers. */
const PEOPLE = 25
const LATE_MS = 20 * 60_000
const HOUR_MS = 3_600_000
/** Events of a population in one send. */
const SEND_MAX = 5000

/** Where probes go, and what they must know of it. */
export interface ProbePlace {
  readonly brokers: string
  /** Estimates of trips; it has as many partitions as there are behind identity. */
  readonly trips: string
  readonly offers: string
  /** Where a population goes. */
  readonly shop: string
  readonly partitions: number
  /** The product's key: who lives where follows from it. */
  readonly idKey: string
  /** The time that events say, which need not be that of this machine. */
  readonly now: () => EpochMs
}

export interface Probe {
  readonly partition: number
  /** Just before it was sent; clock of this machine. */
  readonly sentAt: number
  /** Undefined: not yet. */
  seenAt: number | undefined
}

export interface Probes {
  /** In the order in which they were sent. */
  readonly all: readonly Probe[]
  /** One to each partition; answers when the broker has them. */
  round(): Promise<void>
  /** A round every so often, until {@link rest}. */
  begin(everyMs: number): void
  rest(): Promise<void>
  /** So many people with two identifiers, a page and a cart each. */
  populate(people: number): Promise<void>
  close(): Promise<void>
}

export async function createProbes(place: ProbePlace): Promise<Probes> {
  const { brokers, trips, shop, now } = place
  const homes = housing(place)
  const all: Probe[] = []
  let rounds = 0
  let beating: Promise<void> | undefined
  let going = false
  const producer = new Kafka({ brokers: [brokers], logLevel: logLevel.NOTHING }).producer()
  await producer.connect()
  const reading = watch(place, (trip) => {
    const probe = all[trip]
    if (probe !== undefined) probe.seenAt ??= Date.now()
  })

  async function round(): Promise<void> {
    const who = rounds++ % PEOPLE
    const at = now()
    const sentAt = Date.now()
    // Each to the partition of its number: every partition of the topic hears of the time with every round.
    const messages = homes.flatMap((people, partition) => {
      const trip = all.push({ partition, sentAt, seenAt: undefined }) - 1
      return estimates(people[who] as string, trip, at).map((one) => ({ ...one, partition }))
    })
    await producer.send({ topic: trips, messages })
  }

  async function beat(everyMs: number): Promise<void> {
    for (let next = Date.now(); going; ) {
      await round()
      next = Math.max(next + everyMs, Date.now())
      await pause(next - Date.now())
    }
  }

  return {
    all,
    round,
    begin(everyMs) {
      going = true
      beating = beat(everyMs)
    },
    async rest() {
      going = false
      await beating
    },
    async populate(people) {
      for (let from = 0; from < people; from += SEND_MAX / 2) {
        const numbers = Array.from({ length: Math.min(SEND_MAX / 2, people - from) }, (_, i) => from + i)
        await producer.send({ topic: shop, messages: numbers.flatMap(shopper) })
      }
    },
    async close() {
      going = false
      await beating
      await producer.disconnect()
      reading.kill()
    },
  }
}

/** For each partition people who live there, by the user id that makes them. */
function housing({ partitions, idKey }: ProbePlace): readonly (readonly string[])[] {
  const key = idKeyOf(idKey)
  const homes: string[][] = Array.from({ length: partitions }, () => [])
  for (let i = 0; homes.some((home) => home.length < PEOPLE); i++) {
    const user = `prober${i}`
    const home = homes[partitionOf(deriveId(key, 'person', 'user_id', user), partitions)] as string[]
    if (home.length < PEOPLE) home.push(user)
  }
  return homes
}

const message = (
  source: string,
  key: string,
  type: string,
  time: number,
  names: readonly (readonly [string, string])[],
  data: object,
): Message => ({
  key,
  value: JSON.stringify({
    id: `${key} ${type} ${time}`,
    source,
    type,
    time,
    identifiers: names.map(([kind, value]) => ({ type: kind, value })),
    data,
  }),
})

const estimates = (user: string, trip: number, at: number): readonly Message[] =>
  [at, at + 1].map((time) =>
    message('trips', user, 'trip.eta_updated', time, [['user_id', user]], {
      trip_id: `probe-${trip}.`,
      scheduled_arrival_at: at + HOUR_MS,
      eta_at: at + HOUR_MS + LATE_MS,
    }),
  )

function shopper(number: number): readonly Message[] {
  const key = `shopper${number}`
  const names = [
    ['anonymous_id', `${key}-device`],
    ['email', `${key}@shop.example`],
  ] as const
  const at = Date.now()
  const line = { product_id: `p${number % 50}`, cart_id: 'c1', price: 12.5, quantity: 1 }
  return [
    message('shop', key, 'page.viewed', at, names, { url: '/' }),
    message('shop', key, 'product.added', at + 1, names, line),
  ]
}

/** Every offer as soon as it can be seen, by the number of its trip. */
function watch({ brokers, offers }: ProbePlace, seen: (trip: number) => void): { kill(): void } {
  const [program, ...first] = programOf('kcat', kcatProgram({ install: true, say: () => {} }))
  const reading = spawn(program, [
    ...first,
    ...['-b', brokers, '-C', '-t', offers, '-o', 'beginning', '-u', '-q', '-f', '%s\n'].concat([
      '-X',
      'isolation.level=read_committed',
    ]),
  ])
  reading.stderr.resume()
  createInterface(reading.stdout).on('line', (line) => {
    const [, trip] = /probe-(\d+)\./.exec(line) ?? []
    if (trip !== undefined) seen(Number(trip))
  })
  return { kill: () => void reading.kill() }
}
