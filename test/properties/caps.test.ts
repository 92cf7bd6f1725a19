/** Nobody gets more offers than allowed in any window of time, whoever they turn out to be; and each trigger has one answer. */
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { openEmbedded, type Output } from '../../src/app/embed.ts'
import { HOUR_MS, MINUTE_MS } from '../../src/model/time.ts'
import { KEY, planOf } from '../support/replayed.ts'
import { documentOf, effort, lineOf, type Made, PATIENCE_MS, shopping, timeOf } from './made-up.ts'

const CAPS = [
  { max: 1, perMs: 15 * MINUTE_MS, text: '15m' },
  { max: 2, perMs: HOUR_MS, text: '1h' },
]
const PLAN = planOf(
  documentOf(
    [
      {
        id: 'late',
        type: 'late-arrival',
        from: 'who',
        config: { lateBy: '5m', confirm: 1, clearBy: '1m', step: '3m' },
      },
      {
        id: 'say',
        type: 'offer',
        from: ['cart', 'late'],
        config: {
          caps: CAPS.map(({ max, text }) => ({ max, per: text })),
          quietHours: { from: '09:50', to: '10:10' },
          offers: [
            { id: 'back', on: 'cart', channels: ['screen'], expires: '2h', template: 'back' },
            { id: 'hurry', on: 'late', channels: ['screen'], expires: '10m', template: 'hurry' },
          ],
        },
      },
    ],
    { said: { from: 'say', topic: 'said' }, lates: { from: 'late', topic: 'lates' } },
    { lateness: '1m' },
  ),
)

const trips: fc.Arbitrary<Pick<Made, 'type' | 'data'>> = fc.oneof(
  fc.record({
    type: fc.constant('trip.started'),
    data: fc.record({
      trip_id: fc.constantFrom('t1', 't2'),
      scheduled_arrival_at: fc.constant(timeOf(3600)),
    }),
  }),
  fc.record({
    type: fc.constant('trip.eta_updated'),
    data: fc.record({
      trip_id: fc.constantFrom('t1', 't2'),
      scheduled_arrival_at: fc.constant(timeOf(3600)),
      eta_at: fc.integer({ min: 3500, max: 7200 }).map(timeOf),
    }),
  }),
)

const person = fc.integer({ min: 0, max: 5 })
const lines = fc.array(
  fc.record({
    at: fc.integer({ min: 0, max: 7200 }),
    // Two names at once, sometimes: that is how people become one.
    who: fc.oneof(
      { weight: 6, arbitrary: person.map((i) => [`c:${i}`]) },
      { weight: 1, arbitrary: fc.tuple(person, person).map(([i, j]) => [`c:${i}`, `c:${j}`]) },
    ),
    what: fc.oneof(shopping, trips),
  }),
  { minLength: 10, maxLength: 60 },
)

interface Value {
  readonly type?: string
  readonly time: string
  readonly person_id: string
  readonly data: Readonly<Record<string, unknown>>
}

/** Follows the outputs in the order in which they were committed. */
function watch() {
  const keptBy = new Map<string, string>()
  const offers: { readonly person: string; readonly at: number }[] = []
  const fired: string[] = []
  const answered: string[] = []
  const root = (id: string): string => {
    const kept = keptBy.get(id)
    return kept === undefined ? id : root(kept)
  }
  const broken: string[] = []
  function emitted({ person_id: id, time }: Value): void {
    const at = Date.parse(time)
    offers.push({ person: id, at })
    const own = offers.filter(({ person }) => root(person) === root(id)).map((offer) => offer.at)
    for (const { max, perMs, text } of CAPS) {
      // Windows (end - per, end] that hold this offer and end at one of them: any other holds no more.
      for (const end of own.filter((other) => other >= at && other - perMs < at)) {
        const count = own.filter((other) => other <= end && other > end - perMs).length
        if (count > max) broken.push(`${count} offers within ${text} up to ${new Date(end).toISOString()}`)
      }
    }
  }
  function see({ value: text }: Output): void {
    const value = JSON.parse(text) as Value
    if (value.type === 'identity.merged')
      for (const id of value.data['absorbed'] as readonly string[]) keptBy.set(id, value.person_id)
    if (value.type === 'offer.emitted') emitted(value)
    const trigger = (value.data?.['trigger'] ?? {}) as Readonly<Record<string, unknown>>
    if (value.type === 'trigger.fired')
      fired.push(`${String(value.data['trigger'])} ${String(value.data['instance'])}`)
    if (value.type === 'decision.made' && value.data['outcome'] !== 'held')
      answered.push(`${String(trigger['name'])} ${String(trigger['instance'])}`)
  }
  return { see, broken, fired, answered }
}

test(
  'caps hold in every window, across merges, and every trigger is answered once',
  async () => {
    await fc.assert(
      fc.asyncProperty(lines, async (made) => {
        const seen = watch()
        const runtime = await openEmbedded(PLAN, { key: KEY, onOutput: seen.see })
        const ordered = made.toSorted((a, b) => a.at - b.at)
        for (const [i, { at, who, what }] of ordered.entries()) {
          // What is due comes out before people are joined: the identity topic of one line stands before the rest of it.
          const tick = lineOf({ at, who: ['c:tick'], type: 'page.viewed', data: {} }, `tick${i}`)
          if (who.length > 1) await runtime.feed([tick])
          await runtime.feed([lineOf({ at, who, ...what }, `e${i}`)])
        }
        await runtime.finish({ afterMs: 5 * HOUR_MS })
        await runtime.close()
        expect(seen.broken).toEqual([])
        expect(seen.answered.sort()).toEqual(seen.fired.sort())
      }),
      effort(120),
    )
  },
  PATIENCE_MS,
)
