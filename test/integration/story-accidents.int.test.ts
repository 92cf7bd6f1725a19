/**
 * The stories of the theme park and of the shop once more, all at once: while journeys are under way, queues and prices are known and watches
 * wait for a price, the process is killed, Redis is emptied as well, and a second process takes partitions over. Behind all that readers have
 * seen what the embedded runtime gives for the same log, and nothing of it twice.
 *
 * Topics have the formats that the documents name, most of them Avro: what comes out is compared field by field.
 *
 * One run for each topology with its accidents in turn, since telling the log is what takes the time. The cases' own expectations do not hold
 * here: they share one world.
 */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Output } from '../../src/app/embed.ts'
import { readTime } from '../../src/app/topology-test/notation.ts'
import { parseTestDocument, type TestCase } from '../../src/app/topology-test.ts'
import type { OwnProcess } from '../support/own-process.ts'
import { describeWith, uniqueName } from '../support/real-servers.ts'
import {
  asAvroTells,
  bySet,
  differencesOf,
  documentOf,
  namesDates,
  ownCase,
  stepsOf,
  storyOf,
} from '../support/story-log.ts'
import { embeddedOf, openStoryStage, type StoryStage } from '../support/story-stage.ts'

/** In Avro, broken bytes are other bytes, refused in other words. */
const isBroken = ({ events }: TestCase): boolean => events.some((line) => line.includes(' broken '))

/** So that nothing is of tomorrow for a broker; whole weeks. */
const DAYS_EARLIER = 52 * 7

/** When which accident happens. */
interface Accidents {
  readonly topology: string
  /** Journeys wait, or people look at what has a price. */
  readonly killed: string
  /** Facts of the world are known that are asked for, or wake somebody, later. */
  readonly emptied: string
  readonly joined: string
}

const ACCIDENTS: readonly Accidents[] = [
  // Queues are measured until 10:17 and asked for at 10:25, and again until 14:51 and at 15:00; the journeys began three weeks ago.
  { topology: 'theme-park', killed: '12:00-10d', emptied: '10:20', joined: '14:56' },
  // At 10:00 and 18:00 a tent is looked at, which is cheaper, and there again, at 9:00 of the next day.
  { topology: 'shop', killed: '15:20', emptied: '19:00', joined: '08:30+1d' },
]

describeWith(['kafka', 'redis'], 'accidents of stories', (addresses) => {
  const stages: StoryStage[] = []

  async function tell({ topology, ...moments }: Accidents) {
    const file = `topologies/${topology}.test.yaml`
    const text = readFileSync(`topologies/${topology}.yaml`, 'utf8')
    const document = parseTestDocument(readFileSync(file, 'utf8'), {
      file,
      topologyZone: 'Europe/Copenhagen',
    })
    const [group = []] = bySet(document.cases)
    const fit = group.filter((one) => !namesDates(one) && !isBroken(one))
    const cases = fit.map((one, i) => ownCase(one, i, DAYS_EARLIER))
    const [first] = cases
    if (first === undefined) throw new Error(`${file} has no case`)
    const name = uniqueName(topology)
    const stage = await openStoryStage(addresses, name, documentOf(text, first, name, 'own'))
    stages.push(stage)
    const steps = stepsOf(await Promise.all(cases.map(storyOf)), stage.plan)
    const embedded = await embeddedOf(stage.plan, steps)

    let told = 0
    const tellUntil = async (moment?: string): Promise<void> => {
      const at = moment === undefined ? undefined : readTime(moment, first.setting)
      const end = at === undefined ? steps.length : steps.findIndex(([entry]) => (entry?.at ?? 0) > at)
      if (end <= told) throw new Error(`nothing happens before ${moment}`)
      await stage.tell(steps.slice(told, end))
      told = end
    }
    const kill = async ({ child, ended }: OwnProcess): Promise<void> => {
      child.kill('SIGKILL')
      await ended
    }
    const run = stage.run()
    await tellUntil(moments.killed)
    await kill(run)
    const next = stage.run()
    await tellUntil(moments.emptied)
    await kill(next)
    await stage.flush()
    const third = stage.run()
    await third.until(/profile\.\d is open.*rebuilt from [1-9]/)
    await tellUntil(moments.joined)
    const fourth = stage.run()
    // The gate goes on while partitions move, so that some of them open behind it.
    await fourth.until(/generation \d+ of the group: [1-9]/)
    await tellUntil()
    await fourth.until(/profile\.\d is open/)
    await stage.outputs(embedded.length)
    await stage.leave()
    return { embedded, live: await stage.outputs(0) }
  }

  let told: readonly { readonly embedded: readonly Output[]; readonly live: readonly Output[] }[] = []
  beforeAll(async () => {
    told = await Promise.all(ACCIDENTS.map(tell))
  }, 300_000)
  afterAll(async () => {
    await Promise.all(stages.map((stage) => stage.close()))
  }, 60_000)

  describe.each(ACCIDENTS.map(({ topology }, run) => ({ topology, run })))('$topology', ({ run }) => {
    test('nothing is lost, nothing comes twice, nothing is another', () => {
      const { embedded = [], live = [] } = told[run] ?? {}
      expect(live.length).toBeGreaterThan(0)
      expect(differencesOf(live, embedded, asAvroTells)).toEqual({ missing: [], surplus: [] })
    })
  })
})
