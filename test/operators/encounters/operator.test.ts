/** encounters: every contact as one record, with how good it was (contracts, section 5 and K10 to K12). */
import { describe, expect, test } from '@jest/globals'
import type { Json } from '../../../src/model/event.ts'
import {
  ENCOUNTERS_WAITING_MAX,
  FEELINGS_PER_PERSON_MAX,
  NOTES_PER_PERSON_MAX,
} from '../../../src/model/limits.ts'
import { encountersConfig, encountersProblems } from '../../../src/operators/encounters/config.ts'
import { encounters } from '../../../src/operators/encounters/operator.ts'
import type { EncountersState } from '../../../src/operators/encounters/state.ts'
import { sessionize } from '../../../src/operators/sessionize/operator.ts'
import { emission, event, given, iso, time, wiringOf } from '../../support/given.ts'

const READY = encounters.prepare(encountersConfig.parse({}), wiringOf('encounters'))
const toldBy = (chain: { now(): EncountersState }, at: string): Json =>
  encounters.tell?.(chain.now(), time(at), READY) ?? {}
const met = (config: object = {}) => given(encounters, config)
const mood = (at: string, value: number) => event(`${at} mood.measured`, { mood: value })
const session = (at: string, from: string, to: string, rest: Json = {}) =>
  event(
    `${at} session.closed`,
    { started_at: iso(from), ended_at: iso(to), channels: ['web'], converted: false, ...rest },
    { cause: { timer: 'session:', due: time(at) } },
  )
const recorded = (at: string, data: Json = {}) => emission(`${at} encounter.recorded`, data)
const NO_PARTS = { sentiment: null, mood: null, conversion: null, duration: null }

describe('each is one record', () => {
  test('a session, at once when it is closed', () => {
    met()
      .when(session('10:40', '10:00', '10:10'))
      .at('10:40')
      .thenEmits(
        recorded('10:40', {
          channel: 'web',
          kind: 'session',
          quality: 0.33,
          parts: { ...NO_PARTS, conversion: 0, duration: 1 },
        }),
      )
  })

  test('calls, visits, meetings and orders, when the watermark is past them', () => {
    met()
      .when(
        event('10:00 call.received', { sentiment: -0.8 }),
        event('10:01 store.visited'),
        event('10:02 staff.met', {}, { channel: 'fair' }),
        event('10:03 order.completed', { order_id: 'o' }, { channel: 'app' }),
        event('10:04 ticket.purchased', { order_id: 't' }),
      )
      .timePasses('10:00')
      .thenNothing()
      .timePasses('10:00:00.001')
      .thenEmits(
        recorded('10:00', {
          channel: 'phone',
          kind: 'call',
          quality: -0.8,
          parts: { ...NO_PARTS, sentiment: -0.8 },
        }),
      )
      .timePasses('11:00')
      .thenEmits(
        recorded('10:01', { channel: 'store', kind: 'visit', quality: 0, parts: NO_PARTS }),
        recorded('10:02', { channel: 'fair', kind: 'meeting' }),
        recorded('10:03', {
          channel: 'app',
          kind: 'order',
          quality: 1,
          parts: { ...NO_PARTS, conversion: 1 },
        }),
        recorded('10:04', { channel: null, kind: 'order' }),
      )
  })

  test('an order that somebody else made for the person is none', () => {
    for (const channel of ['store', 'phone', 'call', 'seller'])
      met()
        .when(event('10:00 order.completed', {}, { channel }))
        .timePasses('11:00')
        .thenNothing()
  })

  test('a session on several channels, or on none', () => {
    met()
      .when(session('10:40', '10:00', '10:10', { channels: ['app', 'web'] }))
      .at('10:40')
      .thenEmits(recorded('10:40', { channel: 'several' }))
      .when(session('11:40', '11:00', '11:10', { channels: [] }))
      .at('11:40')
      .thenEmits(recorded('11:40', { channel: null }))
  })

  test('moods and posts are none, and what says nothing is not remembered', () => {
    met()
      .when(mood('10:00', 1), event('10:00 forum.posted', { sentiment: 1 }))
      .timePasses('11:00')
      .thenNothing()
    expect(met().when(event('10:00 forum.posted')).now()).toEqual(encounters.state.initial())
  })

  test('sessionize says what it takes', () => {
    expect(sessionize.emits.some((type) => encounters.accepts.includes(type))).toBe(true)
    for (const field of ['started_at', 'ended_at', 'channels', 'converted'])
      expect(Object.keys(sessionize.fields)).toContain(field)
  })
})

describe('quality', () => {
  const qualityOf = (config: object, ...events: readonly ReturnType<typeof event>[]) =>
    met(config)
      .when(...events)
      .timePasses('2d00:00')
      .emitted()
      .map(({ data }) => data['quality'])

  test('the length of a session, from a single moment to long', () => {
    const only = { quality: { conversion: 0, long: '20m' } }
    for (const [to, expected] of [
      ['10:00', -1],
      ['10:05', -0.5],
      ['10:10', 0],
      ['10:20', 1],
      ['10:59', 1],
    ] as const)
      expect(qualityOf(only, session('11:40', '10:00', to))).toEqual([expected])
  })

  test('the newest mood up to its end, not older than `moodWithin`', () => {
    const call = event('12:00 call.received')
    expect(qualityOf({}, call, mood('11:00', 0.5), mood('11:30', -0.2), mood('12:00:00.001', 1))).toEqual([
      -0.2,
    ])
    expect(qualityOf({}, call, mood('12:00', 0.9), mood('12:00', 0.1))).toEqual([0.9])
    expect(qualityOf({}, call, mood('10:00', 0.5))).toEqual([0.5])
    expect(qualityOf({}, call, mood('09:59:59.999', 0.5))).toEqual([0])
    expect(qualityOf({ quality: { moodWithin: '0s' } }, call, mood('11:59', 0.5))).toEqual([0])
  })

  test('what was posted in a session, in the mean; of others their own word alone', () => {
    const posts = [
      event('10:00 forum.posted', { sentiment: 0.5 }),
      event('10:10 review.written', { sentiment: -1 }),
      event('10:11 social.posted', { sentiment: 1 }),
    ]
    const only = { quality: { conversion: 0, duration: 0 } }
    expect(qualityOf(only, ...posts, session('10:40', '10:00', '10:10'))).toEqual([-0.25])
    expect(qualityOf(only, ...posts, event('10:11 call.received'))).toEqual([0])
  })

  test('the mean by weights of the parts there are', () => {
    const call = event('12:00 call.received', { sentiment: -0.5 })
    expect(qualityOf({}, call, mood('12:00', 1))).toEqual([0.1])
    expect(qualityOf({ quality: { sentiment: 1, mood: 3 } }, call, mood('12:00', 1))).toEqual([0.63])
    expect(qualityOf({}, session('12:00', '10:00', '11:00', { converted: true }))).toEqual([1])
  })
})

test('the order of arrival makes no difference', () => {
  const events = [event('10:05 call.received', { sentiment: 0.5 }), mood('10:04', -1), mood('10:05', -0.5)]
  for (const order of [events, events.toReversed()])
    met()
      .when(...order)
      .timePasses('11:00')
      .thenEmits(recorded('10:05', { quality: 0.1 }))
})

test('a late encounter is recorded when it comes; a late mood changes none', () => {
  met()
    .when(event('10:00 call.received', { sentiment: 0.5 }))
    .timePasses('11:00')
    .thenEmits(recorded('10:00', { quality: 0.5 }))
    .when(mood('09:59', -1), event('10:30 call.received'))
    .thenEmits(recorded('10:30', { quality: -1 }))
})

describe('known of the person', () => {
  test('how many, and how good on the whole; those that wait are counted', () => {
    const chain = met().when(
      event('10:00 call.received', { sentiment: 0.5 }),
      event('10:30 call.received', { sentiment: -1 }),
    )
    expect(toldBy(chain, '09:59')).toEqual({ encounters: 0 })
    expect(toldBy(chain, '10:00')).toEqual({ encounters: 1, quality: 0.5 })
    expect(toldBy(chain, '10:30')).toEqual({ encounters: 2, quality: -0.25 })
    chain
      .timePasses('9d00:00')
      .when(event('9d00:00 call.received', { sentiment: 0 }))
      .timePasses('9d01:00')
    expect(chain.now()).toMatchObject({ before: { count: 2, quality: -50 } })
    expect(toldBy(chain, '9d00:00')).toEqual({ encounters: 3, quality: -0.17 })
  })
})

describe('two people who become one', () => {
  test('have the encounters of both; what waits for its record has the moods of both', () => {
    const other = met()
      .when(event('10:00 call.received', { sentiment: 1 }), mood('10:02', 1))
      .timePasses('10:02')
    const chain = met()
      .when(event('10:03 store.visited', { sentiment: -1 }))
      .at('10:02')
      .merges(other, '10:02')
      .thenNothing()
      .timePasses('11:00')
      .thenEmits(recorded('10:03', { quality: -0.2 }))
    expect(toldBy(chain, '11:00')).toEqual({ encounters: 2, quality: 0.4 })
  })
})

describe('bounds', () => {
  const at = (i: number) => iso(time('10:00') + i * 1000)

  test('the first of too many that wait is recorded before its time', () => {
    const calls = Array.from({ length: ENCOUNTERS_WAITING_MAX + 2 }, (_, i) =>
      event(`${at(i)} call.received`),
    )
    met()
      .when(...calls)
      .thenEmits(recorded(at(0)), recorded(at(1)))
  })

  test('of too many moods the oldest fall out, and of too many records only their sum is kept', () => {
    const moods = Array.from({ length: FEELINGS_PER_PERSON_MAX + 3 }, (_, i) => mood(at(i), 0))
    expect(
      met()
        .when(...moods)
        .now().moods,
    ).toHaveLength(FEELINGS_PER_PERSON_MAX)
    const chain = met()
    for (let i = 0; i < NOTES_PER_PERSON_MAX + 2; i++)
      chain.timePasses(at(i)).when(event(`${at(i)} call.received`, { sentiment: 1 }))
    expect(chain.timePasses('1d00:00').now()).toMatchObject({ before: { count: 2, quality: 200 } })
  })
})

describe('findings', () => {
  const SESSIONS = { id: 's', type: 'sessionize', emits: ['session.closed'], fields: {} }
  const problems = (config: object, upstream: readonly (typeof SESSIONS)[] = [SESSIONS]): readonly string[] =>
    encountersProblems(encountersConfig.parse(config), wiringOf('encounters', { upstream })).map(
      ({ path, code, level, message }) => `${path.join('.')} ${level ?? 'error'} ${code}: ${message}`,
    )

  test('none with the defaults behind a sessionize', () => {
    expect(problems({})).toEqual([])
  })

  test('no sessions, no weight', () => {
    expect(problems({}, [])).toEqual([
      expect.stringMatching(/^ warning no-input: nobody in `from` closes sessions/),
    ])
    const nothing = { sentiment: 0, mood: 0, conversion: 0, duration: 0 }
    expect(problems({ quality: nothing })).toEqual([expect.stringMatching(/^quality error bad-value/)])
  })
})
