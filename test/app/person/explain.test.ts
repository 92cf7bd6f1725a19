/** An explanation tells decisions as they were made, in words that somebody at a counter understands. */
import { expect, test } from '@jest/globals'
import { explain, type Findings } from '../../../src/app/person/explain.ts'
import { explanationText, inLocalTime } from '../../../src/app/person/explain-text.ts'
import { outcomeWords, reasonWords } from '../../../src/app/person/reasons.ts'
import { BEGINNING, parseRfc3339 } from '../../../src/model/time.ts'
import { textOf } from '../../docs/fenced.ts'

const at = (clock: string): number => parseRfc3339(`2026-05-02T${clock}:00Z`)!
const decision = (clock: string, data: object) => ({
  type: 'decision.made',
  time: `2026-05-02T${clock}:00.000Z`,
  data: {
    decision_id: 'd',
    trigger: { operator: 'cart', name: 'cart-abandonment', instance: 'k1' },
    chosen: null,
    offer_id: null,
    held_until: null,
    rejected: [],
    ...data,
  },
})
const FINDINGS: Findings = {
  person: {
    person_id: 'p1',
    first_seen: '2026-05-01T08:00:00.000Z',
    identifiers: [{ type: 'email', value: 'ann@example.org' }],
    shared: [],
    absorbed: ['p0'],
    anonymous: false,
    profile: {
      partition: 0,
      watermark: '2026-05-02T12:00:00.000Z',
      events_remembered: 7,
      newest_event: '2026-05-02T11:00:00.000Z',
      timers: [{ operator: 'cart', name: 'cart:k1', due: '2026-05-02T13:00:00.000Z' }],
      holds: { cart: ['cart k1 holds 1 x p9, changed last at 2026-05-02T11:00:00.000Z'] },
      states: {},
      waiting: 0,
    },
  },
  byShared: false,
  watermark: at('12:00'),
  holder: { source: 'web/0', newest: at('12:01'), watermark: at('12:00') },
  events: [
    { time: at('11:00'), type: 'product.added', source: 'web', id: 'e2', late: false },
    { time: at('10:00'), type: 'page.viewed', source: 'web', id: 'e1', late: true },
  ],
  decisions: [
    decision('10:30', {
      outcome: 'none',
      rejected: [
        { offer: 'back', reason: 'capped', detail: '1 per 24h' },
        { offer: 'gift', reason: 'condition-false', detail: null },
      ],
    }),
    decision('11:30', { outcome: 'emitted', chosen: 'back', offer_id: 'o1' }),
    { type: 'something.else' },
  ],
}

test('why, and why not, in order', () => {
  const told = explain(FINDINGS, undefined)
  expect(told).toMatchObject({
    at: null,
    watermark: '2026-05-02T12:00:00.000Z',
    held_back_by: { source: 'web/0', newest_event: '2026-05-02T12:01:00.000Z' },
    events_remembered: 7,
  })
  expect(told.events.map(({ id }) => id)).toEqual(['e1', 'e2'])
  expect(told.decisions.map(({ said }) => said)).toEqual(['nothing was offered', '"back" was offered'])
  expect(told.decisions[0]?.rejected.map(({ why }) => why)).toEqual([
    'the person had as many offers already as are allowed (1 per 24h)',
    'its condition did not hold',
  ])
  const text = explanationText(told, 'Europe/Copenhagen')
  expect(text).not.toMatch(/T\d\d:\d\d:\d\d\.\d{3}Z/)
  for (const line of [
    'person p1, known since 2026-05-01 10:00 by email ann@example.org',
    '1 other life turned out to be the same person',
    'all that happened until 2026-05-02 14:00 is decided',
    'time waits for the source web/0, whose newest event is of 2026-05-02 14:01',
    '  2026-05-02 12:00  page.viewed from web (e1), late',
    '  cart: cart k1 holds 1 x p9, changed last at 2026-05-02 13:00',
    '  2026-05-02 15:00  cart looks again (cart:k1)',
    '  2026-05-02 12:30  cart-abandonment (k1): nothing was offered',
    '      "back" not offered: the person had as many offers already as are allowed (1 per 24h)',
  ])
    expect(text.split('\n')).toContain(line)
})

test('as of a time: what was until then, and no timers, which are those of now', () => {
  const told = explain(FINDINGS, at('10:45'))
  expect(told.events.map(({ id }) => id)).toEqual(['e1'])
  expect(told.decisions).toHaveLength(1)
  expect(told.timers).toBeNull()
  expect(explanationText(told, 'UTC')).toContain('asked about 2026-05-02 10:45')
})

test('of somebody of whom next to nothing is known', () => {
  const { person } = FINDINGS
  const nobody = {
    ...FINDINGS,
    events: [],
    decisions: [],
    person: { ...person, absorbed: [], anonymous: true, profile: null },
  }
  const text = explanationText(
    explain(
      { ...nobody, watermark: BEGINNING, holder: { source: 'web', newest: BEGINNING, watermark: BEGINNING } },
      undefined,
    ),
    'UTC',
  )
  expect(text).toContain('nothing has come yet')
  expect(text).toContain('time waits for the source web, of which nothing has come yet')
  expect(text).toContain('nobody in particular')
  expect(text.match(/^ {2}nothing$/gm)).toHaveLength(4)
})

test('each reason of the contract has words of its own', () => {
  const [, list = ''] = /^`(no-candidate [a-z -]+)`$/m.exec(textOf('docs/contracts.md')) ?? []
  const reasons = list.split(' ')
  expect(reasons).toHaveLength(13)
  const words = reasons.map((reason) => reasonWords(reason, null))
  expect(new Set(words).size).toBe(13)
  for (const [i, one] of words.entries()) expect(one).not.toBe(reasons[i])
  expect(reasonWords('of-tomorrow', 'x')).toBe('of-tomorrow (x)')
  expect(reasonWords('condition-false', 'not true: trigger.total > 50')).toBe(
    'its condition did not hold (it asks for trigger.total > 50)',
  )
  expect(reasonWords('condition-false', 'no value: profile.party')).toBe(
    'its condition did not hold (it asks for profile.party, which nobody has told)',
  )
})

test('outcomes', () => {
  const told = { chosen: 'x', held_until: '2026-05-03T08:00:00.000Z' }
  const say = (outcome: string) => inLocalTime(outcomeWords({ ...told, outcome }), 'UTC')
  expect(['emitted', 'held', 'holdout', 'none', 'other'].map(say)).toEqual([
    '"x" was offered',
    '"x" waits until 2026-05-03 08:00, when it is decided again',
    '"x" would have been offered, and was not, for comparison',
    'nothing was offered',
    'other',
  ])
})
