/**
 * The verdict of a chaos run finds what is lost, doubled or wrong: the story through the embedded runtime stands for a run, and each
 * of its records is lost, doubled or bent in turn.
 */
import { describe, expect, test } from '@jest/globals'
import { partitionOf } from '../../src/runtime/partition.ts'
import { prngOf } from '../simulation/prng.ts'
import { planOf, replayed } from '../support/replayed.ts'
import type { SeenRecord } from './outside.ts'
import { chaosDocument, createStory } from './story.ts'
import { judge } from './verdict.ts'

const NAME = 'chaos'
const PARTITIONS = 2
const START = 1_777_777_700_000
const document = chaosDocument(NAME)

/** A minute of the story, as it stands in the log, and what the product makes of it. */
async function played(seed: number) {
  const story = createStory(prngOf(seed), START)
  const told = [...story.tell(START + 20_000), ...story.rest(), ...story.end(START + 60_000, PARTITIONS)]
  const input: SeenRecord[] = told.map(({ topic, key, value }, offset) => ({
    topic: `${NAME}.${topic}`,
    partition: Number(key.replace(/\D/g, '')) % PARTITIONS,
    offset,
    key,
    value,
  }))
  const lines = Buffer.from(told.map(({ value }) => `${value}\n`).join(''))
  const { outputs } = await replayed(planOf(document), lines, undefined, { partitions: PARTITIONS })
  const output: SeenRecord[] = outputs.map(({ topic, key, value }, offset) => ({
    topic,
    key,
    value,
    offset,
    partition: key === null ? 0 : partitionOf(key, PARTITIONS),
  }))
  return { input, output }
}

const verdictOf = (input: readonly SeenRecord[], output: readonly SeenRecord[]): readonly string[] =>
  judge({ document, input, output, lateTopic: `${NAME}.late` }).problems

describe('the verdict', () => {
  test('has nothing to say of a run that went right, of any story', async () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const { input, output } = await played(seed)
      expect(output.length).toBeGreaterThan(300)
      expect(verdictOf(input, output)).toEqual([])
    }
  })

  test('finds a record that is lost, whichever it is of those about decisions, offers, sessions and refusals', async () => {
    const { input, output } = await played(6)
    for (const topic of ['offers', 'decisions', 'sessions', 'triggers', 'dead']) {
      const lost = output.findIndex((record) => record.topic === `${NAME}.${topic}`)
      expect(lost).toBeGreaterThanOrEqual(0)
      expect(verdictOf(input, output.toSpliced(lost, 1))).not.toEqual([])
    }
  })

  test('finds a record that comes twice', async () => {
    const { input, output } = await played(7)
    for (const topic of ['offers', 'decisions', 'sessions', 'triggers', 'dead']) {
      const twice = output.find((record) => record.topic === `${NAME}.${topic}`) as SeenRecord
      expect(verdictOf(input, [...output, twice])).not.toEqual([])
    }
  })

  test('finds a record that is wrong, late events, and a story that was not told whole', async () => {
    const { input, output } = await played(8)
    const bent = output.map((record) =>
      record.topic === `${NAME}.sessions`
        ? { ...record, value: record.value.replace('"events":', '"events":1') }
        : record,
    )
    expect(verdictOf(input, bent)).not.toEqual([])
    const late = { ...(output[0] as SeenRecord), topic: `${NAME}.late`, value: '{"event":{"id":"e1"}}' }
    expect(verdictOf(input, [...output, late])).not.toEqual([])
    const added = input.findIndex(({ value }) => value.includes('product.added'))
    expect(verdictOf(input.toSpliced(added, 1), output)).not.toEqual([])
  })
})
