/** segments: who enters and leaves what is described by what is known of them (contracts, section 5 and K13 to K15). */
import { describe, expect, test } from '@jest/globals'
import type { Json } from '../../../src/model/event.ts'
import { type Known, NOTHING_KNOWN } from '../../../src/model/known.ts'
import { INSTANCES_PER_PERSON_MAX, SEGMENTS_MAX } from '../../../src/model/limits.ts'
import { DAY_MS } from '../../../src/model/time.ts'
import { segmentsConfig, segmentsProblems } from '../../../src/operators/segments/config.ts'
import { segments } from '../../../src/operators/segments/operator.ts'
import type { SegmentsState } from '../../../src/operators/segments/state.ts'
import { emission, event, given, iso, time, wiringOf } from '../../support/given.ts'

const PROFILE = {
  told: { orders: 'number', days: 'number', segments: { list: 'text' } },
  untold: new Map([['spend', '- { id: profile, type: profile, from: who }']]),
} as const
const REGULAR = { id: 'regular', when: 'profile.orders >= 2' }
const RESTING = { id: 'resting', when: 'profile.days >= 2' }

/** Somebody who ordered at these times, and was seen last at the last of them. */
const knownOf = (...orders: readonly string[]): Known => ({
  ...NOTHING_KNOWN,
  profile(at) {
    const then = orders.map(time).filter((ordered) => ordered <= at)
    return { orders: then.length, days: Math.floor((at - Math.max(...then)) / DAY_MS) }
  },
})
const of = (known: Known, config: object = { segments: [REGULAR] }) =>
  given(segments, config, { known, profile: PROFILE })
const ordered = (at: string) => event(`${at} order.completed`)
const entered = (at: string, segment = 'regular') => emission(`${at} segment.entered`, { segment })
const left = (at: string, segment = 'regular') => emission(`${at} segment.left`, { segment })
const READY = segments.prepare(
  segmentsConfig.parse({ segments: [REGULAR] }),
  wiringOf('segments', { profile: PROFILE }),
)
const toldBy = (chain: { now(): SegmentsState }, at: string): unknown =>
  segments.tell?.(chain.now(), time(at), READY)['segments']

describe('entering and leaving', () => {
  test('as of each event, when the watermark is past it', () => {
    of(knownOf('10:00', '10:05'))
      .when(ordered('10:00'), ordered('10:05'))
      .timePasses('10:05')
      .thenNothing()
      .timePasses('10:05:00.001')
      .thenEmits(entered('10:05'))
  })

  test('whatever is known later is not known yet', () => {
    of(knownOf('10:00', '10:05', '10:06'), { segments: [{ id: 'first', when: 'profile.orders == 1' }] })
      .when(ordered('10:05'), ordered('10:00'))
      .timePasses('11:00')
      .thenEmits(entered('10:00', 'first'), left('10:05', 'first'))
  })

  test('once, for as long as it is true; out before in', () => {
    const config = { segments: [REGULAR, { id: 'new', when: 'profile.orders < 2' }] }
    of(knownOf('10:00', '10:05', '10:06'), config)
      .when(ordered('10:00'), ordered('10:05'), ordered('10:06'))
      .timePasses('11:00')
      .thenEmits(entered('10:00', 'new'), left('10:05', 'new'), entered('10:05'))
  })

  test('a condition without a value is false', () => {
    of(NOTHING_KNOWN).when(ordered('10:00')).timePasses('11:00').thenNothing()
  })

  test('what a phone says by itself is no moment, nor what the gate says', () => {
    const chain = of(knownOf('10:00')).when(
      event('10:00 location.updated'),
      event('10:01 trip.eta_updated'),
      event('10:02 identity:attached'),
    )
    expect(chain.now()).toEqual(segments.state.initial())
  })

  test('a segment may ask in which ones the person was', () => {
    const when = 'profile.orders == 1 || "sticky" in profile.segments'
    let state: SegmentsState = segments.state.initial()
    const known: Known = {
      ...NOTHING_KNOWN,
      profile: (at) => ({ ...knownOf('10:00', '10:05').profile(at), ...segments.tell?.(state, at, READY) }),
    }
    const chain = of(known, { segments: [{ id: 'sticky', when }] }).when(ordered('10:00'))
    state = chain.timePasses('10:01').thenEmits(entered('10:00', 'sticky')).now()
    chain.when(ordered('10:05')).timePasses('10:06').thenNothing()
  })
})

describe('somebody who does nothing', () => {
  const config = { segments: [RESTING], recheckFor: '3d' }

  test('is asked each day behind the newest event', () => {
    of(knownOf('10:00'), config)
      .when(ordered('10:00'))
      .timePasses('2d10:00')
      .thenNothing()
      .timePasses('2d10:00:00.001')
      .thenEmits(entered('2d10:00', 'resting'))
  })

  test('and after `recheckFor` only when in a segment', () => {
    of(knownOf('10:00'), config)
      .when(ordered('10:00'))
      .timePasses('9d00:00')
      .thenEmits(entered('2d10:00', 'resting'))
      .thenTimer('segments', '9d10:00:00.001')
    of(knownOf('10:00'), { ...config, segments: [REGULAR] })
      .when(ordered('10:00'))
      .timePasses('2d00:00')
      .thenTimer('segments', '2d10:00:00.001')
      .timePasses('9d00:00')
      .thenTimer('segments', undefined)
  })

  test('an event between changes nothing of the days before it, whenever it arrives', () => {
    for (const arrives of ['10:01', '2d10:00'])
      of(knownOf('10:00', '2d10:00:05'), config)
        .when(ordered('10:00'))
        .timePasses(arrives)
        .when(ordered('2d10:00:05'))
        .timePasses('3d00:00')
        .thenEmits(entered('2d10:00', 'resting'), left('2d10:00:05', 'resting'))
        .thenTimer('segments', '3d10:00:05.001')
  })

  test('by another span', () => {
    of(knownOf('10:00'), { ...config, recheck: '50h' })
      .when(ordered('10:00'))
      .timePasses('9d00:00')
      .thenEmits(entered('2d12:00', 'resting'))
  })
})

describe('late events', () => {
  test('are asked about as of the newest moment that was', () => {
    const orders = ['10:05']
    const known: Known = { ...NOTHING_KNOWN, profile: (at) => knownOf(...orders).profile(at) }
    const chain = of(known).when(ordered('10:05')).timePasses('11:00').thenNothing()
    orders.push('10:01')
    chain.when(ordered('10:01')).thenEmits(entered('10:05'))
  })

  test('and newer ones as of their own time', () => {
    of(knownOf('10:05', '10:50'))
      .when(ordered('10:05'))
      .timePasses('11:00')
      .when(ordered('10:50'))
      .thenEmits(entered('10:50'))
  })

  test('move the day of those who do nothing', () => {
    of(knownOf('10:00', '20:00'), { segments: [REGULAR] })
      .when(ordered('10:00'))
      .timePasses('2d00:00')
      .when(ordered('20:00'))
      .thenEmits(entered('1d10:00'))
      .thenTimer('segments', '2d20:00:00.001')
  })
})

describe('as of a time', () => {
  test('those of before that moment', () => {
    const chain = of(knownOf('10:00', '10:05'), {
      segments: [REGULAR, { id: 'new', when: 'profile.orders < 2' }],
    })
      .when(ordered('10:00'), ordered('10:05'))
      .timePasses('11:00')
    expect(toldBy(chain, '10:00')).toEqual([])
    expect(toldBy(chain, '10:05')).toEqual(['new'])
    expect(toldBy(chain, '10:05:00.001')).toEqual(['regular'])
    expect(toldBy(chain, '9d00:00')).toEqual(['regular'])
  })
})

describe('two people who become one', () => {
  test('are in what either was in, without a word; the next moment says whether they still are', () => {
    const other = of(knownOf('09:00', '09:30')).when(ordered('09:30')).timePasses('10:00')
    const chain = of(knownOf('10:00'))
      .when(ordered('09:50'))
      .timePasses('10:00')
      .merges(other, '10:00')
      .thenNothing()
    expect(toldBy(chain, '10:01')).toEqual(['regular'])
    chain.when(ordered('10:01')).timePasses('10:02').thenEmits(left('10:01'))
  })
})

test('a segment that is taken out of the document is left with the next moment', () => {
  const before = of(knownOf('10:00', '10:01')).when(ordered('10:01')).timePasses('10:02').now()
  of(knownOf('10:00'), { segments: [RESTING] })
    .state(before)
    .when(ordered('10:05'))
    .timePasses('10:06')
    .thenEmits(left('10:05'))
})

test('of too many moments that wait the oldest are not asked about', () => {
  const many = Array.from({ length: INSTANCES_PER_PERSON_MAX + 5 }, (_, i) => ordered(iso(time('10:00') + i)))
  expect(
    of(knownOf('10:00'))
      .when(...many)
      .now().waiting,
  ).toHaveLength(INSTANCES_PER_PERSON_MAX)
})

describe('findings', () => {
  const problems = (config: object): readonly string[] =>
    segmentsProblems(segmentsConfig.parse(config), wiringOf('segments', { profile: PROFILE })).map(
      ({ path, code, level, message, hint }) =>
        `${path.join('.')} ${level ?? 'error'} ${code}: ${message}; ${hint}`,
    )
  const one = (when: string): Json => ({ segments: [{ id: 'a', when }] })
  test.each<[string, object, RegExp | undefined]>([
    ['nothing of what holds', { segments: [REGULAR, RESTING] }, undefined],
    [
      'two of one id',
      { segments: [REGULAR, REGULAR] },
      /^segments\.1\.id error duplicate-id: there is a segment regular/,
    ],
    ['half a condition', one('profile.'), /^segments\.0\.when error condition-syntax/],
    ['no condition', one('profile.orders'), /^segments\.0\.when error condition-type: .*not true or false/],
    [
      'a field that nobody tells',
      one('profile.spend > 1'),
      /tells profile\.spend .*add to operators: - \{ id: profile/,
    ],
    [
      'the event',
      one('event.type == "x"'),
      /^segments\.0\.when error condition-type: event cannot be used here/,
    ],
  ])('%s', (_name, config, expected) => {
    expect(problems(config)).toEqual(expected === undefined ? [] : [expect.stringMatching(expected)])
  })

  test('the shape knows its bounds', () => {
    const many = Array.from({ length: SEGMENTS_MAX + 1 }, (_, i) => ({ id: `s${i}`, when: 'true' }))
    for (const config of [{}, { segments: [] }, { segments: many }, { segments: [REGULAR], recheck: '1m' }])
      expect(segmentsConfig.safeParse(config).success).toBe(false)
  })
})
