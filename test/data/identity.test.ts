/** Records of people with known duplicates: who is found to be one person, against the truth that came with them. */
import { describe, expect, jest } from '@jest/globals'
import { bytesOf, documentWith, figuresOf, replay, testWith } from './recorded-data.ts'

jest.setTimeout(30_000)

interface Figures {
  readonly people: number
  readonly 'people absorbed by merges': number
  readonly 'largest person (records)': number
  readonly 'records without identifier': number
  readonly 'pairs found': number
}

const OPEN = {
  identifiers: { ssn: {}, email: {}, name_dob: {}, name_address: {} },
  mergesMax: 1000,
  identifiersMax: 1000,
}

describe.each(['persons-febrl/febrl1', 'persons-febrl/febrl3', 'persons-fake1000'])('%s', (folder) => {
  const file = `${folder}/events.ndjson.gz`

  testWith(file)('people, merges, and how many records each has', async () => {
    const [figures] = Object.values(figuresOf<Readonly<Record<string, Figures>>>(folder)) as [Figures]
    // Every record of a person is an event of one long session, so that sessions say how many records a person has.
    const visits = { id: 'visits', type: 'sessionize', config: { gap: '30d', max: '30d', ignore: [] } }
    const { summary, outcomes } = await replay(documentWith([visits], {}, OPEN), file, 31 * 86_400_000)
    const sizes = outcomes
      .filter(({ value }) => value.type === 'session.closed')
      .map(({ value }) => value.data['events'] as number)
    const lines = bytesOf(file).toString().trimEnd().split('\n').length
    expect({
      people: summary.people,
      absorbed: summary.merges,
      largest: Math.max(...sizes),
      dead: summary.dead_letters,
      pairs: sizes.reduce((sum, n) => sum + (n * (n - 1)) / 2, 0),
    }).toEqual({
      people: figures.people,
      absorbed: figures['people absorbed by merges'],
      largest: figures['largest person (records)'],
      dead:
        figures['records without identifier'] === 0
          ? {}
          : { 'no-identifier': figures['records without identifier'] },
      pairs: figures['pairs found'],
    })
    expect(sizes.reduce((sum, n) => sum + n, 0)).toBe(lines - figures['records without identifier'])
  })
})
