/**
 * The verdict of a chaos run finds what is lost, doubled or wrong: a story through the embedded runtime, its lanes read in an order drawn
 * by chance, stands for a run; and records of it are lost, doubled or bent in turn.
 */
import { readFile } from 'node:fs/promises'
import { describe, expect, test } from '@jest/globals'
import { SHOP } from '../../src/app/demo/shop.ts'
import { THEME_PARK } from '../../src/app/demo/theme-park.ts'
import type { Business } from '../../src/app/demo/business.ts'
import { WIRE_EVENT } from '../../src/runtime/wire-event.ts'
import { namesOf } from '../../src/topology/topics-needed.ts'
import { prngOf } from '../simulation/prng.ts'
import { planOf } from '../support/replayed.ts'
import type { SeenRecord } from './outside.ts'
import { replayLanes } from './replay.ts'
import { storyOf } from './story.ts'
import { dueOf, type Evidence, judge, publicTopics } from './verdict.ts'

const PARTITIONS = 2

/** A run in which the lanes are read in pieces, far apart. `lost`: of a hundred records so many are never read. */
async function played(business: Business, seed: number, lost = 0): Promise<Evidence> {
  const plan = planOf(await readFile(`topologies/${business.topology}`, 'utf8'))
  const names = namesOf('chaos', plan.topology)
  const prng = prngOf(seed)
  const rounds = await storyOf({
    business,
    plan,
    partitions: PARTITIONS,
    controlTopic: names.control,
    lines: 300,
    prng,
  })
  const lanes = new Map<string, SeenRecord[]>()
  for (const { topic, partition, key, value } of rounds.flatMap(({ records }) => records)) {
    const lane = lanes.get(`${topic}/${partition}`) ?? []
    lanes.set(`${topic}/${partition}`, lane)
    lane.push({ topic, partition, offset: lane.length, timestamp: Date.UTC(2026, 0), key, value })
  }
  const input = [...lanes.values()].flat()
  const left = [...lanes.values()].map((lane) => [...lane])
  const read: SeenRecord[] = []
  while (left.some((lane) => lane.length > 0))
    read.push(...prng.pick(left.filter((lane) => lane.length > 0)).splice(0, prng.between(1, 12)))
  const options = { plan, names, sourcePartitions: PARTITIONS, partitions: PARTITIONS }
  const { outputs, internal, world } = await replayLanes(
    options,
    read.filter(() => !prng.chance(lost, 100)),
  )
  return { ...options, input, internal, output: outputs, world }
}

const problemsOf = async (evidence: Evidence): Promise<readonly string[]> =>
  judge(evidence, await dueOf(evidence)).problems

describe.each([
  ['theme-park', THEME_PARK],
  ['shop', SHOP],
])('the verdict on %s', (_, business) => {
  test('has nothing to say of a run that went right, whatever the order of its lanes; and finds every record that is lost, doubled or bent', async () => {
    const evidence = await played(business, 4)
    const due = await dueOf(evidence)
    expect(judge(evidence, due).problems).toEqual([])
    const { output, world } = evidence
    const topics = new Set(output.map(({ topic }) => topic))
    const { late, deadLetters } = evidence.plan.topics
    expect(new Set([...topics, late, deadLetters])).toEqual(new Set(publicTopics(evidence.plan)))
    for (const topic of topics) {
      const at = output.findIndex((one) => one.topic === topic && one.value !== null)
      const one = output[at] as SeenRecord
      const bent = Buffer.from(one.value as Buffer)
      bent[bent.length >> 1] = (bent[bent.length >> 1] as number) ^ 1
      for (const wrong of [
        output.toSpliced(at, 1),
        [...output, one],
        output.with(at, { ...one, value: bent }),
      ])
        expect(judge({ output: wrong, world }, due).problems).not.toEqual([])
    }
    expect(world.length).toBeGreaterThan(0)
    expect(judge({ output, world: world.slice(0, -1) }, due).problems).not.toEqual([])
  }, 120_000)

  test('finds what the gate lost, told twice or never got', async () => {
    expect(await problemsOf(await played(business, 5, 1))).not.toEqual([])
    const evidence = await played(business, 5)
    const { input, internal } = evidence
    const at = internal.findIndex(({ value }) => value?.[0] === WIRE_EVENT)
    const one = internal[at] as SeenRecord
    expect(await problemsOf({ ...evidence, internal: internal.toSpliced(at, 0, one) })).not.toEqual([])
    expect(await problemsOf({ ...evidence, input: input.slice(1) })).not.toEqual([])
  }, 120_000)
})
