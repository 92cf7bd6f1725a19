/** What leaves the house has the envelope of the contract, goes to the topics that it should, and is counted. */
import { describe, expect, test } from '@jest/globals'
import { jsonEncoder } from '../../src/adapters/formats/json-output.ts'
import type { StreamEvent } from '../../src/model/event.ts'
import { DEAD_LETTER_BYTES_MAX, OUTPUT_BYTES_MAX, TOO_LARGE_KEPT_BYTES } from '../../src/model/limits.ts'
import { Appends, idOf, NO_TIMESTAMP } from '../../src/runtime/appends.ts'
import { createOutputs, PARTITION_BY_KEY, type Refusal } from '../../src/runtime/outputs.ts'
import { newCounts } from '../../src/runtime/ports/observer.ts'
import { journal, planOf, slot } from './journal.ts'
import { outputsOf } from './step-bench.ts'

function outputs(plan = planOf()) {
  const appends = new Appends()
  return { to: createOutputs(plan, appends, jsonEncoder, [1, 2, 3, 4]), appends, counts: newCounts() }
}
const emitted = (type: string, part: Partial<StreamEvent> = {}): StreamEvent => ({
  id: 'i',
  source: 'j',
  type,
  time: 5,
  person: 'p',
  channel: undefined,
  context: undefined,
  data: { a: 1 },
  late: false,
  attached: [],
  shared: false,
  cause: { source: 'web', id: 'e' },
  ...part,
})
const refusal = (part: Partial<Refusal> = {}): Refusal => ({
  reason: 'not-json',
  detail: 'no',
  topic: 't',
  partition: 1,
  offset: 7,
  buffer: Buffer.from('..bytes..'),
  start: 2,
  end: 7,
  ...part,
})

describe('an emission', () => {
  test('goes to every sink of its operator, keyed by its person, with its own id beside it', () => {
    const sinks = ['one', 'two'].map((topic) => ({ id: topic, topic, format: 'json' as const }))
    const { to, appends, counts } = outputs()
    to.emission({ ...slot(0, 'j', journal), sinks }, emitted('noted'), counts)
    const records = appends.take()
    expect(records.topics).toEqual(['one', 'two'])
    expect([0, 1].map((i) => [records.partition[i], idOf(records, i)])).toEqual([
      [PARTITION_BY_KEY, 'i'],
      [PARTITION_BY_KEY, 'i'],
    ])
    expect(JSON.parse(records.buffer.toString('utf8', records.valueStart[0], records.valueEnd[0]))).toEqual({
      id: 'i',
      source: 'j',
      type: 'noted',
      time: '1970-01-01T00:00:00.005Z',
      person_id: 'p',
      cause: { source: 'web', id: 'e' },
      data: { a: 1 },
    })
  })

  test.each<[string, StreamEvent['data']]>([
    [
      'a cart of 4,000 products with names of 1,000 characters',
      {
        trigger: 'cart-abandonment',
        lines: Array.from({ length: 4000 }, (_, i) => ({
          product_id: `${i}`.padEnd(1000, 'p'),
          quantity: 1,
        })),
      },
    ],
    [
      'a message of 9 MB',
      { offer_id: 'o', content: { template: 't', params: { text: 'ä'.repeat(9 << 19) } } },
    ],
  ])('loses the end of what is longest where it would be larger than a topic takes: %s', (_name, data) => {
    const { to, appends, counts } = outputs()
    const sinks = [{ id: 'one', topic: 'one', format: 'json' as const }]
    to.emission({ ...slot(0, 'j', journal), sinks }, emitted('trigger.fired', { data }), counts)
    const { buffer, valueStart, valueEnd } = appends.take()
    expect((valueEnd[0] as number) - (valueStart[0] as number)).toBeLessThanOrEqual(OUTPUT_BYTES_MAX)
    const said = JSON.parse(buffer.toString('utf8', valueStart[0], valueEnd[0])) as StreamEvent
    const [[place, left]] = Object.entries(said.data['more'] as Record<string, number>) as [[string, number]]
    const at = (of: unknown): { length: number } =>
      place.split('.').reduce((one, name) => (one as StreamEvent['data'])[name], of) as { length: number }
    expect(at(said.data).length + left).toBe(at(data).length)
    expect(left).toBeGreaterThan(0)
  })

  test('of identities tells of very many identifiers the first', () => {
    const { to, appends } = outputs()
    const shared = Array.from({ length: 1000 }, (_, i) => ({
      type: 'email',
      value: `${i}`.padEnd(1024, '€'),
    }))
    const data = { reason: 'shared', about: shared.slice(0, 1), people: ['p'], identifiers: shared, shared }
    to.identity({
      id: 'i',
      person: 'p',
      type: 'identity.ambiguous',
      time: 5,
      cause: { source: 's', id: 'e' },
      data,
    })
    const { buffer, valueStart, valueEnd } = appends.take()
    expect((valueEnd[0] as number) - (valueStart[0] as number)).toBeLessThanOrEqual(OUTPUT_BYTES_MAX)
    const said = JSON.parse(buffer.toString('utf8', valueStart[0], valueEnd[0])) as StreamEvent
    expect(said.data['more']).toEqual({ identifiers: 875, shared: 875 })
    expect(said.data['shared']).toEqual(shared.slice(0, 125))
  })

  test('goes to a sink of some channels only on one of these', () => {
    const sinks = [
      { id: 'all', topic: 'all', format: 'json' as const },
      { id: 'calls', topic: 'calls', format: 'json' as const, channels: new Set(['call', 'sms']) },
    ]
    const topicsOf = (channel: string | undefined) => {
      const { to, appends, counts } = outputs()
      to.emission({ ...slot(0, 'j', journal), sinks }, emitted('noted'), counts, channel)
      return appends.take().topics
    }
    expect(topicsOf('call')).toEqual(['all', 'calls'])
    expect(topicsOf('push')).toEqual(['all'])
    expect(topicsOf(undefined)).toEqual(['all'])
  })

  test.each<[string, StreamEvent['cause'], unknown]>([
    ['a timer', { timer: 't', due: 9 }, { timer: 't', due: '1970-01-01T00:00:00.009Z' }],
    ['nothing', undefined, null],
  ])('caused by %s says so', (_name, cause, expected) => {
    const { to, appends, counts } = outputs()
    to.emission(slot(0, 'j', journal), emitted('noted', { cause }), counts)
    expect(outputsOf(appends)).toMatchObject([{ cause: expected }])
  })

  test('that is a decision goes to the decisions alone', () => {
    const { to, appends, counts } = outputs()
    to.emission(slot(0, 'j', journal), emitted('decision.made', { data: { outcome: 'emitted' } }), counts)
    expect(outputsOf(appends).map(({ topic }) => topic)).toEqual(['decisions'])
  })

  test('of an operator without a sink is counted and goes nowhere', () => {
    const { to, appends, counts } = outputs()
    to.emission({ ...slot(0, 'j', journal), sinks: [] }, emitted('trigger.fired'), counts)
    expect([appends.count, counts.triggers]).toEqual([0, 1])
  })

  test.each([
    ['session.closed', 'sessions'],
    ['trigger.fired', 'triggers'],
    ['trigger.retracted', 'retracted'],
    ['offer.emitted', 'offers'],
    ['offer.revoked', 'revoked'],
  ] as const)('%s counts as %s', (type, field) => {
    const { to, counts } = outputs()
    to.emission(slot(0, 'j', journal), emitted(type), counts)
    expect(counts).toEqual({ ...newCounts(), [field]: 1 })
  })

  test('of a deal, an order or an encounter counts by words of closed lists', () => {
    const { to, counts } = outputs()
    const say = (type: string, data: Record<string, unknown>): void =>
      to.emission(slot(0, 'j', journal), emitted(type, { data }), counts)
    const sold = { how: 'met', channel: 'store', currency: 'EUR', online_influenced: true }
    say('order.attributed', { ...sold, total: 10.5 })
    say('order.attributed', { ...sold, total: 2 })
    say('order.attributed', { ...sold, total: -3 })
    say('order.attributed', { how: 'self-service', channel: 'a b', total: 4, currency: 'gold' })
    say('order.attributed', { how: 7, channel: null, total: null, currency: null })
    say('deal.lost', { how: 'met', channel: 'store', value: 100, currency: 'EUR' })
    say('encounter.recorded', { channel: 'store', quality: -0.3 })
    say('encounter.recorded', { channel: 'web', quality: 0.29 })
    say('encounter.recorded', { channel: 'mars', quality: 1 })
    say('encounter.recorded', {})
    expect(Object.fromEntries(counts.deals)).toEqual({
      'met won': 3,
      'self-service won': 1,
      'other won': 1,
      'met lost': 1,
    })
    expect(Object.fromEntries(counts.dealValue)).toEqual({
      'met EUR': 12.5,
      'self-service other': 4,
      'other none': 0,
    })
    expect(Object.fromEntries(counts.dealsValued)).toEqual({ 'met EUR': 3, 'self-service other': 1 })
    expect(Object.fromEntries(counts.revenue)).toEqual({
      'store true EUR': 12.5,
      'other false other': 4,
      'unknown false none': 0,
    })
    expect(Object.fromEntries(counts.encounters)).toEqual({
      'store bad': 1,
      'web neutral': 1,
      'other good': 1,
      'unknown neutral': 1,
    })
  })

  const rejected = ['condition-false', 'cap', 'consent'].map((reason) => ({ reason }))
  test.each<[string, Record<string, unknown>, number, Record<string, number>]>([
    ['held', { outcome: 'held' }, 0, {}],
    ['emitted', { outcome: 'emitted' }, 1, {}],
    ['holdout', { outcome: 'holdout', rejected }, 1, { holdout: 1 }],
    ['none, with a candidate', { outcome: 'none', rejected }, 1, { cap: 1 }],
    [
      'none, no condition held',
      { outcome: 'none', rejected: rejected.slice(0, 1) },
      1,
      { 'condition-false': 1 },
    ],
    ['none, no candidate', { outcome: 'none', rejected: [] }, 1, { 'no-candidate': 1 }],
  ])('a decision that is %s', (_name, data, decisions, suppressed) => {
    const { to, counts } = outputs()
    to.emission(slot(0, 'j', journal), emitted('decision.made', { data }), counts)
    expect([counts.decisions, Object.fromEntries(counts.suppressed)]).toEqual([decisions, suppressed])
  })
})

describe('what is refused or too late', () => {
  const event = {
    id: 'e',
    source: 'web',
    type: 'page.viewed',
    time: 5,
    identifiers: [],
    context: undefined,
    data: {},
  }

  test('carries an id of its own place, and the time of the commit: retention counts from there', () => {
    const { to, appends } = outputs()
    to.deadLetter(refusal({}))
    to.deadLetter(refusal({ offset: 8 }))
    to.late(event, 1000, null, 'lines/0/1')
    to.late(event, 1000, null, 'lines/0/2')
    const records = appends.take()
    const ids = [0, 1, 2, 3].map((i) => idOf(records, i))
    expect([0, 1, 2, 3].map((i) => records.timestamp[i])).toEqual(ids.map(() => NO_TIMESTAMP))
    expect(new Set(ids).size).toBe(4)
    for (const one of ids) expect(one).toMatch(/^[0-9a-f]{32}$/)
  })

  test('is told without its data where it takes more than its topic takes', () => {
    const { to, appends } = outputs()
    const data = { list: Array.from({ length: 200_000 }, () => 1e20) }
    to.late({ ...event, context: { channel: 'web' } }, 1000, null, 'lines/0/1')
    to.late({ ...event, identifiers: [{ type: 'a', value: 'b' }], data }, 1000, 'j', 'lines/0/2')
    to.late(event, 1000, null, 'lines/0/3')
    const told = outputsOf(appends) as unknown as readonly Record<string, unknown>[]
    const whole = { id: 'e', source: 'web', type: 'page.viewed', time: '1970-01-01T00:00:00.005Z', data: {} }
    const late = { topic: 'late', late_by_ms: 995, watermark: '1970-01-01T00:00:01.000Z' }
    expect(told).toEqual([
      { event: { ...whole, identifiers: [], context: { channel: 'web' } }, ...late, operator: null },
      { event: { ...whole, identifiers: [{ type: 'a', value: 'b' }] }, ...late, operator: 'j', cut: true },
      { event: { ...whole, identifiers: [] }, ...late, operator: null },
    ])
  })
})

describe('a dead letter', () => {
  const bytesOf = (part: Partial<Refusal>) => {
    const { to, appends } = outputs()
    to.deadLetter(refusal(part))
    const [letter] = outputsOf(appends) as unknown as readonly Record<string, unknown>[]
    return { ...letter, bytes: Buffer.from(letter?.['bytes'] as string, 'base64') }
  }

  test('holds the bytes, where they came from, and why they are no event', () => {
    expect(bytesOf({})).toEqual({
      reason: 'not-json',
      detail: 'no',
      topic: 'dead',
      partition: 1,
      offset: 7,
      bytes: Buffer.from('bytes'),
    })
  })

  test.each<[string, Refusal['reason'], number]>([
    ['too large', 'too-large', TOO_LARGE_KEPT_BYTES],
    ['merely long', 'not-json', DEAD_LETTER_BYTES_MAX],
  ])(
    'of what is %s holds the beginning, and says how much there was if that is known',
    (_name, reason, most) => {
      const buffer = Buffer.alloc(most + 1, 'x')
      const whole = bytesOf({ reason, buffer, start: 0, end: most })
      expect([whole.bytes.length, 'cut' in whole]).toEqual([most, false])
      const cut = bytesOf({ reason, buffer, start: 0, end: most + 1 })
      expect(cut.bytes).toHaveLength(most)
      // Of a line without an end nobody keeps more than shows that it is too large.
      const known = reason === 'too-large' ? undefined : most + 1
      expect([(cut as { cut?: boolean }).cut, (cut as { size_bytes?: number }).size_bytes]).toEqual([
        true,
        known,
      ])
    },
  )

  test('of a record without a value is empty', () => {
    expect(bytesOf({ end: -1 }).bytes).toHaveLength(0)
  })
})
