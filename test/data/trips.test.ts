/** Buses and flights that were late: what is announced, against figures that were worked out elsewhere. */
import { describe, expect } from '@jest/globals'
import { documentWith, figuresOf, type Outcome, replay, testWith } from './recorded-data.ts'

interface TripFigures {
  readonly 'en-route': number
  readonly 'trips with an en-route trigger': number
  readonly retracted: number
  readonly 'arrived late': number
}

interface TripConfig {
  readonly name: string
  readonly figures: TripFigures
  readonly operator: { readonly id: string; readonly type: string; readonly config: object }
}

/** `lateBy 10m, confirm 2, clearBy 5m, step 15m` says the config. */
function configsOf(folder: string): readonly TripConfig[] {
  const all = figuresOf<{ readonly 'late-arrival': Readonly<Record<string, TripFigures>> }>(folder)
  return Object.entries(all['late-arrival']).map(([name, figures], index) => {
    const entries = name.split(', ').map((part): [string, unknown] => {
      const [key = '', value = ''] = part.split(' ')
      return [key, key === 'confirm' ? Number(value) : value]
    })
    const operator = { id: `late-${index}`, type: 'late-arrival', config: Object.fromEntries(entries) }
    return { name, figures, operator }
  })
}

function figuresIn(outcomes: readonly Outcome[], topic: string): TripFigures {
  const own = outcomes.filter((outcome) => outcome.topic === topic)
  const of = (type: string, phase?: string): readonly Outcome[] =>
    own.filter(({ value }) => value.type === type && (phase === undefined || value.data['phase'] === phase))
  const enRoute = of('trigger.fired', 'en-route')
  return {
    'en-route': enRoute.length,
    'trips with an en-route trigger': new Set(enRoute.map(({ value }) => value.data['instance'])).size,
    retracted: of('trigger.retracted').length,
    'arrived late': of('trigger.fired', 'arrived').length,
  }
}

describe.each(['trips-madison', 'flights-nyc'])('%s', (folder) => {
  const file = `${folder}/events.ndjson.gz`

  testWith(file)(
    'announced, taken back and come late, for every config',
    async () => {
      const configs = configsOf(folder)
      const { summary, outcomes } = await replay(documentWith(configs.map(({ operator }) => operator)), file)
      for (const { name, figures, operator } of configs)
        expect({ name, ...figuresIn(outcomes, operator.id) }).toEqual({ name, ...figures })
      expect([summary.late, summary.dead_letters]).toEqual([0, {}])
    },
    60_000,
  )
})

testWith('trips-madison/events.arrival.ndjson.gz')(
  'buses in the order in which their reports came: within a hair of the order of events',
  async () => {
    const config = { lateBy: '5m', confirm: 2, clearBy: '2m', step: '15m' }
    const late = { id: 'late', type: 'late-arrival', config }
    const source = { lateness: '2m', grace: '30m', idle: '10m' }
    const file = 'trips-madison/events.arrival.ndjson.gz'
    const { summary, outcomes } = await replay(documentWith([late], source), file)
    expect(summary.dead_letters).toEqual({})
    expect(figuresIn(outcomes, 'late')['en-route']).toBe(762)
  },
  60_000,
)

for (const file of ['trips-madison/gps.ndjson.gz', 'trips-madison/gps.arrival.ndjson.gz']) {
  testWith(file)(
    `${file}: positions open no visit`,
    async () => {
      const visits = { id: 'visits', type: 'sessionize', config: {} }
      const source = { lateness: '2m', grace: '30m', idle: '10m' }
      const { summary } = await replay(documentWith([visits], source), file)
      expect(summary).toMatchObject({ events: 12_976, people: 129, sessions: 0, dead_letters: {} })
    },
    60_000,
  )
}

// What operators make of facts of the world comes with a later version; that they are taken whole is promised now.
for (const file of ['park-waits/events.ndjson.gz', 'park-waits/events.arrival.ndjson.gz']) {
  testWith(file)(`${file}: facts of the world are nobody, and no dead letters`, async () => {
    const visits = { id: 'visits', type: 'sessionize', config: {} }
    const source = { world: true, grace: '7d' }
    const { summary, outcomes } = await replay(documentWith([visits], source), file)
    expect(summary).toMatchObject({ events: 14_471, people: 0, late: 0, dead_letters: {} })
    expect(outcomes).toEqual([])
  })
}
