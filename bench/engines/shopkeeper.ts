/** The product, as it is started by anybody: `shopkeeper run` with a topology. Its outputs say more than the job asks; here is what of them is the job's. */
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { ABANDONED_MS } from '../load/recent-adds.ts'
import { cartLine, GAP_MS, type Oracle, type SessionFacts, sessionLine } from '../oracle.ts'
import { type Command, type Engine, readJson, type Run } from './engine.ts'
import { judgedByOutputs } from './outputs.ts'

/** The command, as it is built. */
export const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
export const ID_KEY = 'the bench keeps no secrets'
const TOPICS_OF_ITS_OWN = ['lateEvents', 'deadLetters', 'identities', 'decisions'] as const

interface Topology {
  partitions: number
  readonly sources: Readonly<Record<string, { topic: string }>>
  readonly sinks: Readonly<Record<string, { topic: string }>>
  readonly lateEvents: { topic: string }
  readonly deadLetters: { topic: string }
  readonly identities: { topic: string }
  readonly decisions: { topic: string }
}

interface Output {
  readonly type: string
  readonly time: string
  readonly person_id: string
  readonly data: Readonly<Record<string, unknown>>
}

export interface ShopkeeperOptions {
  readonly name: string
  readonly title: string
  /** Beside this folder's parent. */
  readonly topology: 'topology.yaml' | 'topology-features-off.yaml' | 'topology-trips.yaml'
  /** The Node that runs it. */
  readonly node: string
}

export const createShopkeeper = ({ name, title, topology, node }: ShopkeeperOptions): Engine => ({
  name,
  title,
  async prepare(run) {
    const file = writeTopology(run, topology)
    const env = environmentOf(run)
    const created = spawnSync(
      node,
      [MAIN, 'topics', 'create', '--topology', file, '--partitions', String(run.partitions)],
      { env: { ...process.env, ...env }, encoding: 'utf8' },
    )
    if (created.status !== 0) throw new Error(`topics create: ${created.stderr}${created.stdout}`)
    return { program: node, args: [MAIN, 'run', '--topology', file, '--http', '0'], env } satisfies Command
  },
  ...judgedByOutputs((run, oracle, tell) => tellAll(topicsOf(run), oracle, tell)),
})

/** The document with the topics of this run. */
function writeTopology(run: Run, topology: string): string {
  const text = readFileSync(new URL(`../${topology}`, import.meta.url), 'utf8')
  const document = parse(text) as Topology
  document.partitions = run.partitions
  for (const [name, one] of Object.entries({ ...document.sources, ...document.sinks }))
    one.topic = topicOf(run, name)
  for (const key of TOPICS_OF_ITS_OWN) document[key].topic = `${run.name}-${key}`
  const file = join(run.folder, 'topology.yaml')
  writeFileSync(file, JSON.stringify(document))
  return file
}

/** Of a source or a sink, by its name in the document: `${run}-shop` and so on, as {@link Run} has them. */
export const topicOf = (run: Run, name: string): string => `${run.name}-${name}`

const environmentOf = ({ site, name, commitMs }: Run): Readonly<Record<string, string>> => ({
  SHOPKEEPER_APP: name,
  SHOPKEEPER_ID_KEY: ID_KEY,
  SHOPKEEPER_COMMIT_INTERVAL: `${commitMs}ms`,
  KAFKA_BROKERS: site.brokers,
  REDIS_URL: site.redis,
  SCHEMA_REGISTRY_URL: site.registry,
})

/** Reads a whole topic. */
export type ReadTopic = (take: (value: Record<string, unknown>) => void) => Promise<void>

/** What the job is told by. */
export interface OutputTopics {
  readonly identities: ReadTopic
  readonly sessions: ReadTopic
  readonly offers: ReadTopic
}

const topicsOf = (run: Run): OutputTopics => ({
  identities: (take) => readJson(run, topicOf(run, 'identities'), take),
  sessions: (take) => readJson(run, run.sessions, take),
  offers: (take) => readJson(run, run.offers, take),
})

/** The one identifier of each person, by id: the job knows people by it. */
async function peopleOf(identities: ReadTopic): Promise<ReadonlyMap<string, string>> {
  const people = new Map<string, string>()
  await identities((value) => {
    const { type, person_id: id, data } = value as unknown as Output
    if (type !== 'identity.created') throw new Error(`nobody is one with another in this job: ${type}`)
    const [identifier] = data['identifiers'] as { readonly value: string }[]
    if (identifier !== undefined) people.set(id, identifier.value)
  })
  return people
}

/** Every output in the words of the job. */
export async function tellAll(
  { identities, sessions, offers }: OutputTopics,
  oracle: Oracle,
  tell: (line: string) => void,
): Promise<void> {
  const people = await peopleOf(identities)
  await tellSessions(sessions, people, tell)
  await offers((value) => {
    const { type, time, person_id: id } = value as unknown as Output
    const at = Date.parse(time)
    const person = people.get(id) ?? id
    const kind = type === 'trigger.fired' ? 'abandoned' : type === 'offer.emitted' ? 'offer' : undefined
    const added = oracle.addedAt(person, at - ABANDONED_MS)
    if (kind === undefined || added === undefined) tell(`${type} ${person} ${at} of nothing`)
    else tell(cartLine(kind, { ...added, time: at }))
  })
}

async function tellSessions(
  read: ReadTopic,
  people: ReadonlyMap<string, string>,
  tell: (line: string) => void,
): Promise<void> {
  const sessions = new Map<string, Omit<SessionFacts, 'n'>[]>()
  await read((value) => {
    const session = sessionOf(value as unknown as Output, people)
    const known = sessions.get(session.person)
    if (known === undefined) sessions.set(session.person, [session])
    else known.push(session)
  })
  for (const ofPerson of sessions.values())
    for (const [i, session] of ofPerson.sort((a, b) => a.time - b.time).entries())
      tell(sessionLine({ ...session, n: i + 1 }))
}

function sessionOf(
  { time, person_id: id, data }: Output,
  people: ReadonlyMap<string, string>,
): Omit<SessionFacts, 'n'> {
  const types = data['types'] as Readonly<Record<string, number>>
  const last = Date.parse(data['ended_at'] as string)
  const due = Date.parse(time)
  if (due !== last + GAP_MS + 1) throw new Error(`a session that ended at ${last} was closed at ${due}`)
  return {
    person: people.get(id) ?? id,
    time: due,
    first: Date.parse(data['started_at'] as string),
    last,
    count: data['events'] as number,
    pages: (types['product.viewed'] ?? 0) + (types['cart.viewed'] ?? 0),
    cents: Math.round((data['cart_value'] as number) * 100),
  }
}
