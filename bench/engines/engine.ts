/** What the judge knows of an engine: how it is made ready, which command it is, how far it is, and whether what it did is right. */
import type { KafkaClient, ReadTo } from '../kafka-client.ts'
import type { Oracle } from '../oracle.ts'
import type { Site } from '../site.ts'

export interface Run {
  readonly site: Site
  /** Of this run alone: a client goes on asking for topics that are gone. */
  readonly client: KafkaClient
  /** All topics, groups and ids of this run begin with it. */
  readonly name: string
  /** For the engine's own files. */
  readonly folder: string
  readonly partitions: number
  readonly schemaId: number
  readonly commitMs: number
  readonly input: string
  readonly sessions: string
  readonly offers: string
}

export interface Command {
  readonly program: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

/** How far an engine has to come, from the first record on. */
export interface Goal {
  /** Read. */
  readonly records: number
  /** Written, of sessions and offers together. */
  readonly outputs: number
}

export interface Watch {
  /** Until it has come so far; answers what `sample` said when that came to be seen. @throws what `alive` throws, or after ten minutes */
  until<T>(goal: Goal, sample: () => T, alive: () => void): Promise<T>
}

export interface Expected {
  readonly oracle: Oracle
  readonly warm: Goal
  readonly all: Goal
}

export interface Verdict {
  readonly missing: number
  readonly unexpected: number
}

export interface Engine {
  readonly name: string
  /** One line for the table. */
  readonly title: string
  /** Makes what it needs; the command to start, as often as there are to be processes. */
  prepare(run: Run): Promise<Command>
  watch(run: Run): Watch
  /** When it has ended. */
  verdict(run: Run, expected: Expected): Promise<Verdict>
}

/** Reads a whole topic of JSON values. */
export async function readJson(
  { client, partitions }: Run,
  topic: string,
  take: (value: Record<string, unknown>) => void,
): Promise<void> {
  const position: ReadTo = Array.from({ length: partitions }, () => 0)
  await client.read(topic, position, ({ buffer, valueStart, valueEnd }) => {
    if (valueEnd >= 0)
      take(JSON.parse(buffer.toString('utf8', valueStart, valueEnd)) as Record<string, unknown>)
  })
}
