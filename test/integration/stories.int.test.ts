/**
 * The stories of the theme park and of the shop on real Kafka and Redis: the cases of their test documents, told to processes of the product.
 * What readers of committed records see is what each case expects, and, byte for byte, what the embedded runtime gives for the same log.
 *
 * All cases of a topology are one log and one run (`test/support/story-log.ts`): people of each case's own, and a year of its own for each,
 * since queues and prices are one world for all. Refused: a run for each case. It would need nothing of that, but two dozen topics, a group
 * and a start of the program each time, which is five seconds for a case that takes half a second. A case that changes the topology in a way of
 * its own still has a run of its own.
 *
 * The log is told step by step, the next when the gate has committed the one before: topics have no order among each other, and a recording
 * has one. So it is the gate's order here that makes both logs the same.
 */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Output } from '../../src/app/embed.ts'
import { compareOutcome } from '../../src/app/topology-test/expectation.ts'
import { parseTestDocument, type TestCase } from '../../src/app/topology-test.ts'
import { describeWith, uniqueName } from '../support/real-servers.ts'
import {
  bySet,
  differencesOf,
  documentOf,
  outputsOf,
  stepsOf,
  type Story,
  storyOf,
  yearByYear,
} from '../support/story-log.ts'
import { embeddedOf, openStoryStage, type StoryStage } from '../support/story-stage.ts'

interface Told {
  readonly stories: readonly Story[]
  readonly live: readonly Output[]
  readonly embedded: readonly Output[]
}

function read(topology: string) {
  const file = `topologies/${topology}.test.yaml`
  const text = readFileSync(`topologies/${topology}.yaml`, 'utf8')
  const topologyZone = 'Europe/Copenhagen'
  return { text, cases: parseTestDocument(readFileSync(file, 'utf8'), { file, topologyZone }).cases }
}

describeWith(['kafka', 'redis'], 'stories on servers', (addresses) => {
  const stages: StoryStage[] = []
  async function stageOf(topology: string, text: string, test: TestCase): Promise<StoryStage> {
    const name = uniqueName(topology)
    const stage = await openStoryStage(addresses, name, documentOf(text, test, name, 'json'))
    stages.push(stage)
    return stage
  }

  /** From the end of the log on: what came out, when everybody has gone home. */
  async function seen(stage: StoryStage, embedded: readonly Output[]): Promise<readonly Output[]> {
    await stage.outputs(embedded.length)
    await stage.leave()
    return stage.outputs(0)
  }

  async function tell(topology: string, text: string, cases: readonly TestCase[]): Promise<Told> {
    const stage = await stageOf(topology, text, cases[0] as TestCase)
    const stories = await Promise.all(cases.map(storyOf))
    const steps = stepsOf(stories, stage.plan)
    const embedded = await embeddedOf(stage.plan, steps)
    stage.run()
    await stage.tell(steps)
    return { stories, embedded, live: await seen(stage, embedded) }
  }

  const runs = ['theme-park', 'shop'].flatMap((topology) => {
    const { text, cases } = read(topology)
    return bySet(cases).map((group) => ({ topology, text, cases: yearByYear(group) }))
  })
  let told: readonly Told[] = []
  beforeAll(async () => {
    told = await Promise.all(runs.map(({ topology, text, cases }) => tell(topology, text, cases)))
  }, 240_000)
  afterAll(async () => {
    await Promise.all(stages.map((stage) => stage.close()))
  }, 60_000)

  describe.each(
    runs.map(({ topology, cases }, run) => ({ title: `${topology}, ${cases.length} cases`, cases, run })),
  )('$title', ({ cases, run }) => {
    test('it is what the embedded runtime gives', () => {
      const { live, embedded } = told[run] as Told
      expect(live.length).toBeGreaterThan(0)
      expect(differencesOf(live, embedded)).toEqual({ missing: [], surplus: [] })
    })

    test.each(cases.map(({ name }, i) => ({ name, i })))('$name', ({ i }) => {
      const { stories, live } = told[run] as Told
      const story = stories[i] as Story
      const { expected, setting } = story.test
      expect(compareOutcome(expected, outputsOf(story, live), setting)).toEqual([])
    })
  })
})
