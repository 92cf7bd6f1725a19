/** One seed: its workload straight through the product, through the oracle and through a world of trouble; and what differs. */
import { type Embedded, openEmbedded } from '../../src/app/embed.ts'
import { hash32, idKeyOf } from '../../src/model/hash.ts'
import type { Counts } from '../../src/runtime/ports/observer.ts'
import { compile } from '../../src/topology/compile.ts'
import { parseTopology } from '../../src/topology/document.ts'
import type { Plan } from '../../src/topology/plan.ts'
import { checkInvariants } from './checkers.ts'
import { compare } from './compare.ts'
import { oracle, type OracleResult, type OutputRecord } from './oracle.ts'
import { type Json, listOf, objectOf } from './oracle/settings.ts'
import { type Outcomes, outcomesOf } from './outcomes.ts'
import { dataOf, mapPeople, personOf, typeOf } from './people-map.ts'
import { prngOf } from './prng.ts'
import { type Workload, workloadOf } from './workload.ts'
import { type Answering, drawAnswering } from './workload/answers.ts'
import { runWorld, type Sabotage, type WorldResult } from './world.ts'
import { describeOptions, drawOptions, type WorldOptions } from './world-options.ts'
import type { Tally } from './world-tally.ts'
import type { Output } from './world-tasks.ts'

export interface SeedResult {
  readonly seed: number
  /** Empty: everything held. */
  readonly problems: readonly string[]
  readonly counts: Counts
  readonly tally: Tally
  /** What the oracle takes as open in this run: then only the product's own runs are compared with each other. */
  readonly unsettled: readonly string[]
  readonly options: WorldOptions
  readonly workload: Workload
  readonly outcomes: Outcomes
}

const KEY = idKeyOf('simulation')
/** So that the world's draws are other ones than the workload's. */
const WORLD = 0x5eed
const DIFFERENCES_MAX = 6
/** What the product draws of ten thousand. */
const SHARES_PER_PERCENT = 100

export interface SeedOptions {
  readonly trace?: (what: string) => void
  readonly sabotage?: Sabotage
}

export async function runSeed(
  seed: number,
  { trace = () => {}, sabotage = {} }: SeedOptions = {},
): Promise<SeedResult> {
  const { plan, workload, outputs: straight } = await straightOf(seed)
  const { document, lines, until } = workload
  const prng = prngOf(seed ^ WORLD)
  const options = drawOptions(prng.fork())
  trace(workload.description)
  trace(describeOptions(options))
  const world = await runWorld({ plan, key: KEY, options, lines, until, prng: prng.fork(), trace, sabotage })
  const problems = world.problems.map((problem) => `world: ${problem}`)
  // A world that broke has no end to compare.
  if (problems.length === 0) problems.push(...againstStraight(world, straight))
  const records = straight.filter(({ value }) => value !== 'null').map(recordOf)
  const { expected, differences } = againstOracle(document, workload, records)
  if (expected.unsettled.length === 0) problems.push(...differences.map((line) => `oracle: ${line}`))
  if (world.problems.length === 0) {
    const { processed, duplicates, eventsSuppressed: dropped } = world.counts
    const broken = checkInvariants({
      document,
      lines,
      records: records,
      counts: { processed, duplicates, dropped },
    })
    problems.push(...broken.map((line) => `invariant: ${line}`))
  }
  const { counts, tally } = world
  const { unsettled } = expected
  const outcomes = outcomesOf(records, lines)
  return { seed, problems, counts, tally, unsettled, options, workload, outcomes }
}

/** The seed without any trouble, and its lines with what people answered. */
async function straightOf(seed: number): Promise<{
  readonly plan: Plan
  readonly workload: Workload
  readonly outputs: readonly Output[]
}> {
  const drawn = workloadOf(seed)
  const text = JSON.stringify(drawn.document)
  const plan = compile(parseTopology({ file: 'drawn.yaml', text }), { key: KEY })
  const { outputs, lines } = await runStraight(plan, drawn)
  return { plan, workload: { ...drawn, lines }, outputs }
}

/** What comes of a seed, without asking whether it is right. */
export async function outcomesOfSeed(seed: number): Promise<Outcomes> {
  const { workload, outputs } = await straightOf(seed)
  return outcomesOf(outputs.map(recordOf), workload.lines)
}

/** Where people answer, their answers are among the lines from here on. */
async function runStraight(
  plan: Plan,
  { seed, document, lines, until }: Workload,
): Promise<{ readonly outputs: readonly Output[]; readonly lines: readonly string[] }> {
  const outputs: Output[] = []
  const runtime = await openEmbedded(plan, {
    key: KEY,
    partitions: 1,
    onOutput: (output) => outputs.push(output),
  })
  const answering = drawAnswering(seed, document)
  const all = answering === undefined ? lines : await answered(runtime, lines, { answering, outputs })
  if (answering === undefined) await runtime.feed(lines)
  await runtime.finish(until === undefined ? undefined : { at: until })
  await runtime.close()
  return { outputs, lines: all }
}

/** The lines, fed piece by piece, with the answers to what came of them. */
async function answered(
  runtime: Embedded,
  lines: readonly string[],
  { answering, outputs }: { readonly answering: Answering; readonly outputs: readonly Output[] },
): Promise<readonly string[]> {
  const all: string[] = []
  let seen = 0
  const feed = async (more: readonly string[]): Promise<void> => {
    all.push(...more)
    if (more.length > 0) await runtime.feed(more)
  }
  for (let next = 0; next < lines.length; ) {
    const piece = lines.slice(next, (next += answering.piece()))
    await feed(piece)
    const offers = outputs.slice(seen).map(recordOf).filter(isOffer)
    seen = outputs.length
    const told = offers.map((record) => ({ time: record.value['time'], data: dataOf(record) }))
    await feed(answering.answers(piece, told, next >= lines.length))
  }
  return all
}

const isOffer = (record: OutputRecord): boolean => typeOf(record) === 'offer.emitted'

const textOf = ({ topic, key, value }: Output): string => `${topic} ${key} ${value}`

const recordOf = ({ topic, key, value }: Output): OutputRecord => ({
  topic,
  key,
  value: objectOf(JSON.parse(value)),
})

/** The same set, to the byte. */
function againstStraight({ outputs }: WorldResult, straight: readonly Output[]): readonly string[] {
  const left = new Map<string, number>()
  for (const text of straight.map(textOf)) left.set(text, (left.get(text) ?? 0) + 1)
  const extra: string[] = []
  for (const text of outputs.map(textOf)) {
    const count = left.get(text) ?? 0
    if (count === 0) extra.push(text)
    else left.set(text, count - 1)
  }
  const missing = [...left].filter(([, count]) => count > 0).map(([text]) => text)
  const lines = [
    ...missing.map((text) => `straight: - ${text}`),
    ...extra.map((text) => `straight: + ${text}`),
  ]
  const more = lines.length - DIFFERENCES_MAX
  return more > 0 ? [...lines.slice(0, DIFFERENCES_MAX), `straight: and ${more} more`] : lines
}

/** The oracle's coin and order of ids are the product's: people are found by what they were created with. */
function againstOracle(
  document: Json,
  { lines, until }: Workload,
  records: readonly OutputRecord[],
): { readonly expected: OracleResult; readonly differences: readonly string[] } {
  const end = until === undefined ? {} : { until }
  let ids = guessedIds(records)
  const asked = new Set<string>()
  const offers = offersKnown(records)
  const idOf = (label: string): string => {
    asked.add(label)
    return ids.get(label) ?? label
  }
  const run = (): OracleResult =>
    oracle(document, lines, {
      ...end,
      offerId: (label, known) => offers.get(`${idOf(label)} ${known}`),
      compareIds: (a, b) => (idOf(a) < idOf(b) ? -1 : 1),
      heldOut: (label, { percent, salt }) =>
        hash32(KEY, 'holdout', salt, idOf(label)) % 10_000 < percent * SHARES_PER_PERCENT,
    })
  let expected = run()
  const guessed = ids
  ids = mapPeople(records, expected.records).ids
  if ([...asked].some((label) => guessed.get(label) !== ids.get(label))) expected = run()
  return { expected, differences: compare(document, records, expected.records) }
}

/** Ids of offers, by whom they were made to and what the oracle knows of them. */
function offersKnown(records: readonly OutputRecord[]): ReadonlyMap<string, string> {
  const known = records.filter(isOffer).map((record): [string, string] => {
    const data = dataOf(record)
    const { operator, instance, data: fired } = objectOf(data['trigger'])
    const said = [
      data['offer'],
      record.value['time'],
      operator,
      instance,
      objectOf(fired)['step'] ?? null,
      data['expires_at'],
      data['fallback_of'] ?? null,
    ]
    return [`${personOf(record)} ${JSON.stringify(said)}`, String(data['offer_id'])]
  })
  return new Map(known)
}

/** The oracle's labels as they mostly are, by the first identifier of whom the product created: a second run of the oracle is dear. */
function guessedIds(records: readonly OutputRecord[]): ReadonlyMap<string, string> {
  const ids = new Map<string, string>()
  for (const record of records) {
    if (typeOf(record) !== 'identity.created') continue
    const first = objectOf(listOf(dataOf(record)['identifiers'])[0])
    const name = `${String(first['type'])}|${String(first['value'])}`
    ids.set(ids.has(`person:${name}`) ? `shared:${name}` : `person:${name}`, personOf(record))
  }
  return ids
}
