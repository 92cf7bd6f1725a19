/** What the judge knows of an engine: how it is made ready, which command it is, and what its outputs say in the words of the job. */
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

export interface Engine {
  readonly name: string
  /** One line for the table. */
  readonly title: string
  /** Makes what it needs; the command to start, as often as there are to be processes. */
  prepare(run: Run): Promise<Command>
  /** Tells each output of sessions and offers as a line of the oracle. */
  lines(run: Run, oracle: Oracle, tell: (line: string) => void): Promise<void>
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
