/** warmth: a decayed sum, its levels, and who became hot (contracts, section 5 and K7 to K9). */
import { describe, expect, test } from '@jest/globals'
import type { Json } from '../../../src/model/event.ts'
import { NOTES_PER_PERSON_MAX } from '../../../src/model/limits.ts'
import { HOUR_MS } from '../../../src/model/time.ts'
import { warmthConfig, warmthProblems } from '../../../src/operators/warmth/config.ts'
import { warmth } from '../../../src/operators/warmth/operator.ts'
import type { WarmthState } from '../../../src/operators/warmth/state.ts'
import { emission, event, given, iso, time, wiringOf } from '../../support/given.ts'

const CONFIG = { weights: { 'a.done': 20, 'b.done': 10, 'c.done': 40, 'call.received': 30 }, halfLife: '10d' }
const readyOf = (config: object) => warmth.prepare(warmthConfig.parse(config), wiringOf('warmth'))
const toldBy = (chain: { now(): WarmthState }, at: string, config: object = CONFIG): Json =>
  warmth.tell?.(chain.now(), time(at), readyOf(config)) ?? {}
const done = (at: string, what = 'a') => event(`${at} ${what}.done`)
const warm = () => given(warmth, CONFIG)
const hot = (at: string, data: Json = {}) => emission(`${at} lead.warmed`, data)

describe('warmth', () => {
  test('is the sum of what events add, each halved with every half-life', () => {
    const chain = warm().when(done('10:00'), done('10:00', 'c'), done('10d10:00', 'b'))
    expect(toldBy(chain, '10:00')).toMatchObject({ warmth: 60 })
    expect(toldBy(chain, '5d10:00')).toMatchObject({ warmth: 42.4 })
    expect(toldBy(chain, '10d10:00')).toMatchObject({ warmth: 40 })
    expect(toldBy(chain, '30d10:00')).toMatchObject({ warmth: 10 })
    expect(toldBy(chain, '09:59')).toEqual({ warmth: 0, warmth_level: 'cold', warmth_reasons: [] })
  })

  test('is never above 100 nor below 0; what is above counts all the same', () => {
    const chain = warm().when(...['10:00', '10:00', '10:00', '10:00', '10:00'].map((at) => done(at, 'c')))
    expect(toldBy(chain, '10:00')).toMatchObject({ warmth: 100 })
    expect(toldBy(chain, '20d10:00')).toMatchObject({ warmth: 50 })
    const config = { weights: { 'a.done': -20 } }
    expect(toldBy(given(warmth, config).when(done('10:00')), '10:00', config)).toMatchObject({ warmth: 0 })
  })

  test('a bad word takes away', () => {
    const call = (at: string, sentiment?: number) =>
      event(`${at} call.received`, sentiment === undefined ? {} : { sentiment })
    const at = '10:00'
    expect(toldBy(warm().when(call(at)), at)).toMatchObject({ warmth: 30 })
    expect(toldBy(warm().when(call(at, 0.1)), at)).toMatchObject({ warmth: 30 })
    expect(toldBy(warm().when(done(at, 'c'), call(at, -0.5)), at)).toMatchObject({ warmth: 25 })
  })

  test('types without a weight say nothing', () => {
    expect(warmth.takes?.(warmthConfig.parse(CONFIG))).toEqual(Object.keys(CONFIG.weights))
    expect(warm().when(event('10:00 page.viewed')).now()).toEqual(warmth.state.initial())
  })

  test('by default, of what the contract names', () => {
    const types = Object.keys(warmthConfig.parse({}).weights)
    for (const type of ['email.clicked', 'offer.opened', 'visit.started', 'visit.ended', 'content.read'])
      expect(types).toContain(type)
    for (const type of ['product.searched', 'forum.posted']) expect(types).toContain(type)
  })
})

describe('levels', () => {
  const levelAt = (at: string, ...events: readonly ReturnType<typeof done>[]) =>
    toldBy(warm().when(...events), at)['warmth_level']

  test('begin at their warmth', () => {
    expect(levelAt('10:00', done('10:00'))).toBe('cold')
    expect(levelAt('10:00', done('10:00'), done('10:00', 'b'))).toBe('warm')
    expect(levelAt('10:00', done('10:00'), done('10:00', 'c'))).toBe('hot')
  })

  test('end only when warmth has fallen below by the hysteresis', () => {
    const events = [done('10:00'), done('10:00', 'c')]
    // 60 x 2 ^ -0.1 is 56, 2 ^ -0.13 is 54.8; 25 is reached after 12.6 days.
    expect(levelAt('1d10:00', ...events)).toBe('hot')
    expect(levelAt('1d17:12', ...events)).toBe('warm')
    expect(levelAt('12d10:00', ...events)).toBe('warm')
    expect(levelAt('13d10:00', ...events)).toBe('cold')
  })

  test('what lies between two levels is that which it came from', () => {
    expect(levelAt('10:00', done('10:00', 'c'), done('10:00', 'b'))).toBe('warm')
    const cooled = [done('10:00'), done('10:00', 'c')]
    expect(levelAt('2d10:00', ...cooled, done('2d10:00', 'b'))).toBe('hot')
    const again = [...cooled, done('3d10:00', 'b')]
    expect(levelAt('3d10:00', ...again)).toBe('warm')
  })
})

describe('lead.warmed', () => {
  test('at the event that makes the person hot, with the reasons by their share', () => {
    const drafts = warm()
      .when(done('10:00', 'b'), done('10:00', 'b'), done('10:01'), done('10:02'))
      .timePasses('10:02')
      .thenNothing()
      .timePasses('10:02:00.001')
      .thenEmits(hot('10:02'))
      .emitted()
    expect(drafts[0]?.data).toEqual({
      warmth: 60,
      reasons: [
        { type: 'a.done', share: 0.67 },
        { type: 'b.done', share: 0.33 },
      ],
    })
  })

  test('once, until the person was not hot for a while', () => {
    warm()
      .when(done('10:00', 'c'), done('10:00'), done('11:00', 'c'), done('1d10:00'))
      .timePasses('2d10:00')
      .thenEmits(hot('10:00'))
      .when(done('13d10:00', 'c'))
      .timePasses('14d10:00')
      .thenEmits(hot('13d10:00'))
  })

  test('events of one moment count together', () => {
    warm()
      .when(event('10:00 call.received', { sentiment: -1 }), done('10:00', 'c'), done('10:00', 'c'))
      .timePasses('11:00')
      .thenNothing()
  })

  test('an event that came before, and arrives behind, moves the moment', () => {
    warm()
      .when(done('10:05', 'c'), done('10:06'), done('10:04', 'c'))
      .thenTimer('warmth', '10:05:00.001')
      .timePasses('11:00')
      .thenEmits(hot('10:05', { warmth: 80 }))
  })

  test('a late event that makes the person hot by now says so at once, with its moment', () => {
    warm()
      .when(done('10:05', 'c'), done('10:06', 'b'))
      .timePasses('10:10')
      .thenNothing()
      .when(done('10:05:30', 'b'))
      .thenEmits(hot('10:06', { warmth: 60 }))
      .timePasses('11:00')
      .thenNothing()
    warm()
      .when(done('10:05', 'c'), done('10:06'))
      .timePasses('10:10')
      .thenEmits(hot('10:06'))
      .when(done('10:04', 'c'))
      .thenNothing()
  })

  test('what a geofence says of the moment before the watermark is not late', () => {
    const config = { weights: { 'zone.entered': 60 } }
    given(warmth, config)
      .when(event('10:00 zone.entered', {}, { cause: { timer: 'zones', due: 0 } }))
      .at('10:00:00.001')
      .thenEmits(hot('10:00', { warmth: 60 }))
  })
})

describe('two people who become one', () => {
  test('have the warmth of both, and nothing is said of it, nor later', () => {
    const other = warm().when(done('10:01', 'c'))
    const chain = warm().when(done('10:00', 'c')).timePasses('10:05').merges(other, '10:05').thenNothing()
    expect(toldBy(chain, '10:05')).toMatchObject({ warmth: 80, warmth_level: 'hot' })
    chain.when(done('10:06', 'b')).timePasses('11:00').thenNothing()
  })

  test('what is to come makes them hot together', () => {
    const other = warm().when(done('10:10', 'c')).at('10:05')
    warm()
      .when(done('10:00', 'c'))
      .timePasses('10:05')
      .merges(other, '10:05')
      .thenTimer('warmth', '10:10:00.001')
      .timePasses('11:00')
      .thenEmits(hot('10:10'))
  })
})

test('under another half-life warmth is the same at first, and halves by the new one', () => {
  const config = { ...CONFIG, halfLife: '1d' }
  const chain = warm().timePasses('20d00:00').when(done('20d00:00', 'c')).timePasses('30d00:00')
  const past = chain.merges(warm(), '30d00:00').now()
  expect(past.notes).toEqual([])
  const then = warmth.tell?.(past, past.past.at, readyOf(config))
  expect(then).toEqual(warmth.tell?.(past, past.past.at, readyOf(CONFIG)))
  const later = warmth.tell?.(past, past.past.at + 24 * HOUR_MS, readyOf(config))
  expect(later?.['warmth']).toBeCloseTo(Number(then?.['warmth']) / 2, 0)
})

test('of more events than are kept the oldest become the past', () => {
  const config = { weights: { 'a.done': 0.05 } }
  const events = Array.from({ length: NOTES_PER_PERSON_MAX + 100 }, (_, i) =>
    done(iso(time('10:00') + i * 1000)),
  )
  const chain = given(warmth, config).when(...events)
  expect(chain.now().notes).toHaveLength(NOTES_PER_PERSON_MAX)
  expect(toldBy(chain, '10:10', config)).toMatchObject({ warmth: 30, warmth_level: 'warm' })
})

describe('findings', () => {
  const problems = (config: object): readonly string[] =>
    warmthProblems(warmthConfig.parse(config), wiringOf('warmth')).map(
      ({ path, code, level, message, hint }) =>
        `${path.join('.')} ${level ?? 'error'} ${code}: ${message}; ${hint}`,
    )
  test.each<[string, object, RegExp | undefined]>([
    ['the defaults', {}, undefined],
    ["a business's own type", { weights: { 'ride.boarded': 3 } }, undefined],
    [
      'no event type',
      { weights: { Clicks: 3 } },
      /^weights\.Clicks error bad-value: Clicks is no event type/,
    ],
    [
      'a type that is nearly one',
      { weights: { 'email.cliked': 3 } },
      /^weights\.email\.cliked warning unknown-type: .*did you mean email\.clicked\?$/,
    ],
    [
      'hot that is not above warm',
      { levels: { warm: 60 } },
      /^levels\.hot error bad-value: hot begins at 60/,
    ],
    [
      'a level that nobody leaves',
      { levels: { warm: 5 } },
      /^hysteresis warning bad-value: whoever was warm once stays so/,
    ],
    [
      'too many weights',
      { weights: Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`a.b${i}`, 1])) },
      /^weights error bad-value: there are more than 100 weights/,
    ],
  ])('%s', (_name, config, expected) => {
    expect(problems(config)).toEqual(expected === undefined ? [] : [expect.stringMatching(expected)])
  })
})
