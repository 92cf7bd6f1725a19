/** Answers to offers: a journey knows those that its own triggers led to, whatever way the stream is worked off. */
import { beforeAll, describe, expect, test } from '@jest/globals'
import { readFileSync } from 'node:fs'
import { DAY_MS } from '../../src/model/time.ts'
import { planOf, replayed, setOf, type Way } from '../support/replayed.ts'

const PLAN = planOf(readFileSync('topologies/day-out.yaml', 'utf8'))
const END = { afterMs: 60 * DAY_MS }

const ticket = (person: string, visit: string) => ({
  id: `t-${person}-${visit}`,
  type: 'ticket.purchased',
  time: '2026-06-20T08:00:00Z',
  identifiers: [
    { type: 'user_id', value: person },
    { type: 'push_token', value: `tok-${person}` },
  ],
  data: {
    order_id: 'o',
    product: 'day',
    visit_id: visit,
    visit_date: '2026-07-11',
    party: { children: 1 },
  },
})
const accepts = (person: string, offer: string, time: string) => ({
  id: `a-${offer}-${time}`,
  type: 'offer.accepted',
  time,
  identifiers: [{ type: 'user_id', value: person }],
  data: { offer_id: offer },
})
const bytesOf = (events: readonly object[]): Buffer =>
  Buffer.from(events.map((event) => `${JSON.stringify(event)}\n`).join(''))

interface Value {
  readonly type?: string
  readonly data: {
    readonly offer_id: string
    readonly offer: string
    readonly outcome: string
    readonly instance: string
    readonly steps: readonly string[]
    readonly trigger: { readonly instance: string }
  }
}
const run = async (events: readonly object[], way: Way = {}) => {
  const { outputs } = await replayed(PLAN, bytesOf(events), END, way)
  return { outputs, values: outputs.map(({ value }) => JSON.parse(value) as Value) }
}

const TICKETS = [ticket('ann', 'v1'), ticket('ann', 'v2'), ticket('bo', 'v3')]
/** Of parking, by visit. */
const offers = new Map<string, string>()
const parkingOf = (visit: string): string => offers.get(visit) as string

beforeAll(async () => {
  for (const { type, data } of (await run(TICKETS)).values)
    if (type === 'offer.emitted' && data.offer === 'parking') offers.set(data.trigger.instance, data.offer_id)
})

const stepsAfter = async (answers: readonly object[], way: Way = {}) => {
  const { values } = await run([...TICKETS, ...answers], way)
  const ended = values.filter(({ type }) => type === 'journey.ended')
  return Object.fromEntries(ended.map(({ data }) => [data.instance, data.steps.join(' ')]))
}
const BOOKED = 'plan park reply booked eve tips day gate missed'
const ASKED_AGAIN = 'plan park reply who family eve tips day gate missed'

test('the offers are there to be answered', () => {
  expect([...offers.keys()].sort()).toEqual(['v1', 'v2', 'v3'])
})

describe('an answer', () => {
  test('moves on the journey that its offer comes from, and no other', async () => {
    expect(await stepsAfter([accepts('ann', parkingOf('v2'), '2026-06-28T10:00:00Z')])).toEqual({
      v1: ASKED_AGAIN,
      v2: BOOKED,
      v3: ASKED_AGAIN,
    })
  })

  test('of somebody else is none', async () => {
    const steps = await stepsAfter([accepts('bo', parkingOf('v1'), '2026-06-28T10:00:00Z')])
    expect(steps).toEqual({ v1: ASKED_AGAIN, v2: ASKED_AGAIN, v3: ASKED_AGAIN })
  })

  test('that comes too late is none', async () => {
    const steps = await stepsAfter([accepts('bo', parkingOf('v3'), '2026-06-29T22:00:00Z')])
    expect(steps['v3']).toBe(ASKED_AGAIN)
    const just = await stepsAfter([accepts('bo', parkingOf('v3'), '2026-06-29T21:59:59.999Z')])
    expect(just['v3']).toBe(BOOKED)
  })

  test('counts for the person that two turn out to be', async () => {
    const merge = {
      ...accepts('ann', 'unknown', '2026-06-28T09:00:00Z'),
      identifiers: [
        { type: 'user_id', value: 'ann' },
        { type: 'loyalty_id', value: 'card' },
      ],
    }
    const cards = [{ ...ticket('cy', 'v4'), identifiers: [{ type: 'loyalty_id', value: 'card' }] }]
    const known = (await run([...cards, ...TICKETS])).values.find(
      ({ type, data }) => type === 'offer.emitted' && data.trigger.instance === 'v4',
    )
    // Without an address there is no offer to answer; the journey goes on all the same.
    expect(known).toBeUndefined()
    const steps = await stepsAfter([...cards, merge, accepts('ann', parkingOf('v1'), '2026-06-28T10:00:00Z')])
    expect(steps).toMatchObject({ v1: BOOKED, v4: ASKED_AGAIN })
  })
})

test('partitions, batches and crashes make no difference', async () => {
  const events = [
    ...TICKETS,
    accepts('ann', parkingOf('v1'), '2026-06-28T10:00:00Z'),
    accepts('bo', parkingOf('v3'), '2026-06-28T10:00:05Z'),
  ]
  const straight = setOf((await run(events)).outputs)
  for (const way of [{ partitions: 4, batch: 1 }, { crashEvery: 1 }, { crashEvery: 2, batch: 3 }])
    expect(setOf((await run(events, way)).outputs)).toEqual(straight)
})
