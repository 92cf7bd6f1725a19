/**
 * Whether what came out is what had to: the committed records of the sources, in the order in which the gate read them, through the
 * embedded runtime, against the committed records of every public topic, byte for byte.
 *
 * What M1 leaves to the order of the log is so settled by that order, and not left out. The partition of the output and the order in it
 * are not compared, since the contracts leave them open; nor are the operators' own mistakes found here, which the simulation's oracle is for.
 */
import type { Plan } from '../../src/topology/plan.ts'
import type { Names } from '../../src/topology/topics-needed.ts'
import { gateOrder } from './gate-order.ts'
import type { SeenRecord } from './outside.ts'
import { END } from './story.ts'
import { decodeOf, replayLanes, type ReplayResult } from './replay.ts'

const SHOWN_MAX = 10
const SHOWN_CHARACTERS = 600

export interface Evidence {
  readonly plan: Plan
  readonly names: Names
  readonly sourcePartitions: number
  readonly partitions: number
  /** Committed records of the sources and of the control topic, each lane in its order. */
  readonly input: readonly SeenRecord[]
  /** Of the topic between the gate and the partitions, each partition in its order. */
  readonly internal: readonly SeenRecord[]
  /** Of all public topics. */
  readonly output: readonly SeenRecord[]
  /** Of the compacted topic of what is known of the world. */
  readonly world: readonly SeenRecord[]
}

export interface Verdict {
  /** Empty: nothing lost, doubled or wrong. */
  readonly problems: readonly string[]
  /** Records that had to come out, by topic and type. */
  readonly expected: ReadonlyMap<string, number>
}

/** All that the product writes for others. */
export const publicTopics = (plan: Plan): readonly string[] => [
  ...new Set([
    ...Object.values(plan.topics),
    ...plan.identity.sinks.map(({ topic }) => topic),
    ...plan.slots.flatMap(({ sinks }) => sinks.map(({ topic }) => topic)),
  ]),
]

/** What had to come out of a run that read its lanes as this one did. */
export interface Due extends ReplayResult {
  /** Why there is no such order. */
  readonly problems: readonly string[]
  /** Topics whose records have the time of their commit, as deletions have. */
  readonly stampedByCommit: readonly string[]
}

export async function dueOf(evidence: Omit<Evidence, 'world'>): Promise<Due> {
  const { plan, names, input, internal, output } = evidence
  const late = output.filter(({ topic }) => topic === plan.topics.late)
  const order = gateOrder(plan, decodeOf(plan, names), { input, internal, late, control: names.control })
  const stampedByCommit = [plan.topics.late, plan.topics.deadLetters]
  return { ...(await replayLanes(evidence, order.records)), problems: order.problems, stampedByCommit }
}

export function judge({ output, world }: Pick<Evidence, 'output' | 'world'>, due: Due): Verdict {
  const expected = new Map<string, number>()
  for (const record of due.outputs) {
    const name = `${record.topic} ${typeOf(record)}`
    expected.set(name, (expected.get(name) ?? 0) + 1)
  }
  // Behind the end only the movers are left, and how far time has come there is up to how long their sources have been silent.
  const isSettled = ({ topic, timestamp, value }: SeenRecord): boolean =>
    timestamp <= END || value === null || due.stampedByCommit.includes(topic)
  const problems = [
    ...due.problems,
    ...differences(output.filter(isSettled), due.outputs.filter(isSettled)),
    ...differences(newest(world), newest(due.world)),
  ]
  return { problems, expected }
}

/** The name of a type lies in the bytes as it is written, in JSON as in Avro. */
function typeOf({ value }: SeenRecord): string {
  if (value === null) return 'deletion'
  const known =
    /(?:decision|offer|trigger|session|identity|person|journey|path|segment|lead|encounter|order|deal|brief|zone)\.[a-z_]+/
  return known.exec(value.toString('latin1'))?.[0] ?? 'other'
}

/** Of each key the newest value, as a compacted topic holds it in the end. */
function newest(records: readonly SeenRecord[]): readonly SeenRecord[] {
  const byKey = new Map<string | null, SeenRecord>()
  for (const record of records) byKey.set(record.key, record)
  return [...byKey.values()].filter(({ value }) => value !== null)
}

const lineOf = ({ topic, key, value }: SeenRecord): string =>
  `${topic} ${String(key)} ${value === null ? 'null' : value.toString('latin1')}`

/** `- ` had to come and did not; `+ ` came and had not to. */
function differences(got: readonly SeenRecord[], due: readonly SeenRecord[]): readonly string[] {
  const left = new Map<string, number>()
  for (const record of due) left.set(lineOf(record), (left.get(lineOf(record)) ?? 0) + 1)
  const extra: string[] = []
  for (const record of got) {
    const line = lineOf(record)
    const count = left.get(line) ?? 0
    if (count > 0) left.set(line, count - 1)
    else extra.push(line)
  }
  const missing = [...left].flatMap(([line, count]) => Array.from({ length: count }, () => line))
  const all = [...missing.map((line) => `- ${line}`), ...extra.map((line) => `+ ${line}`)]
    .sort((a, b) => (a.slice(2) < b.slice(2) ? -1 : 1))
    .map((line) => JSON.stringify(line.slice(0, SHOWN_CHARACTERS)))
  const more = all.length - SHOWN_MAX
  return more > 0 ? [...all.slice(0, SHOWN_MAX), `and ${more} more`] : all
}
