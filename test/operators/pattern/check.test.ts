/** What lint says of a pattern, and what a document may say. */
import { describe, expect, test } from '@jest/globals'
import { EVENT_TYPES } from '../../../src/model/event-types.ts'
import { MINUTE_MS } from '../../../src/model/time.ts'
import { patternProblems } from '../../../src/operators/pattern/check.ts'
import { patternConfig } from '../../../src/operators/pattern/config.ts'
import { wiringOf } from '../../support/given.ts'

const GATE = { id: 'identity', type: 'identity', emits: [...EVENT_TYPES.keys()], fields: {} }
const PLACES = {
  id: 'places',
  type: 'geofence',
  emits: ['zone.entered', 'zone.left'],
  fields: { place_id: 'text', kind: 'text', dwell_seconds: 'number' },
} as const
const wiring = wiringOf('p', { upstream: [GATE, PLACES] })

const problems = (config: object, around = wiring): readonly string[] =>
  patternProblems(patternConfig.parse(config), around).map(
    ({ path, code, level, message, hint }) =>
      `${path.join('.')} ${level ?? 'error'} ${code}: ${message}; ${hint}`,
  )
const step = (type: string, where?: string) => ({ type, ...(where === undefined ? {} : { where }) })

describe('nothing is said of', () => {
  test.each<[string, object]>([
    [
      'wavering',
      {
        steps: [{ type: 'product.viewed', times: 3 }, step('page.left', 'event.exit_intent')],
        within: '10m',
        unless: { type: 'order.completed', within: '30m' },
        key: 'event.category',
        once: '24h',
        decide: 'on-watermark',
      },
    ],
    [
      'a stay in a place',
      {
        steps: [step('zone.entered', 'event.kind == "shop"')],
        unless: { type: 'zone.left', where: 'event.dwell_seconds > 5', within: '10m' },
        key: 'event.place_id',
      },
    ],
    ["a business's own types", { steps: [step('ride.boarded', 'event.seats > 2')], key: 'event.anything' }],
    ['one event at once', { steps: [step('page.left')], decide: 'at-once' }],
    [
      'what is beside the data',
      { steps: [step('page.left', 'event.source == "web" && has(event.context.x)')] },
    ],
  ])('%s', (_name, config) => {
    expect(problems(config)).toEqual([])
  })
})

describe('what could be left out, and its like that could not', () => {
  const quiet = (once: string, more: object = {}) => ({
    steps: [step('page.viewed')],
    unless: { type: 'page.viewed', within: '10m', ...more },
    once,
  })
  const asks = (where: string) => ({ steps: [step('product.added', where)] })
  test.each<[string, object, object, RegExp]>([
    [
      'within of one event',
      { steps: [step('page.left')], within: '10m' },
      { steps: [{ type: 'page.left', times: 2 }], within: '10m' },
      /^within warning no-effect: a match is one event/,
    ],
    [
      'once that is shorter than the silence before each firing',
      quiet('10m'),
      quiet('11m'),
      /^once warning no-effect: two firings are never closer than 10m/,
    ],
    [
      'the same where not each view ends the silence',
      quiet('5m'),
      quiet('5m', { where: 'event.seconds > 3' }),
      /^once warning no-effect/,
    ],
    [
      'a condition that is always false',
      asks('event.quantity > 3 && event.quantity < 2'),
      asks('event.quantity > 2 && event.quantity < 3'),
      /^steps\.0\.where warning constant-condition: .*always false/,
    ],
    [
      'a condition that is always true',
      asks('true'),
      asks('event.quantity > 0'),
      /^steps\.0\.where warning constant-condition: .*always true/,
    ],
  ])('%s', (_name, has, hasNot, says) => {
    const found = problems(has)
    expect(found).toHaveLength(1)
    expect(found[0]).toMatch(says)
    expect(problems(hasNot)).toEqual([])
  })
})

describe('findings', () => {
  const VIEW = step('page.viewed')
  test.each<[string, object, RegExp]>([
    [
      'no event type',
      { steps: [step('Viewed')] },
      /^steps\.0\.type error bad-value: Viewed is no event type/,
    ],
    [
      'a type that is nearly one',
      { steps: [step('page.vieved')] },
      /^steps\.0\.type warning unknown-type: .*did you mean page\.viewed\?$/,
    ],
    [
      'a fact of the world',
      { steps: [step('price.changed')] },
      /^steps\.0\.type error no-input: .*fact of the world/,
    ],
    [
      'a field of another type',
      { steps: [step('page.left', 'event.exit_intend')] },
      /^steps\.0\.where error condition-type: .*exit_intent/,
    ],
    ['half a condition', { steps: [step('page.left', 'event.')] }, /^steps\.0\.where error condition-syntax/],
    [
      'a condition that is none, behind which something must stay away',
      { steps: [VIEW], unless: { type: 'page.left', where: 'event.url', within: '1m' } },
      /^unless\.where error condition-type: the condition is a/,
    ],
    [
      'the world without a source of facts',
      { steps: [step('page.left', 'world.temperature_c > 5')] },
      /^steps\.0\.where error condition-type: no source .* add to sources: world: /,
    ],
    [
      'a key that no type has',
      { steps: [VIEW], key: 'event.categry' },
      /^key error condition-type: .*category/,
    ],
    ['a key of many things', { steps: [VIEW], key: 'event' }, /^key error condition-type: the key is/],
    [
      'several events without `within`',
      { steps: [VIEW, VIEW] },
      / error missing-key: a match of several events needs `within`/,
    ],
    [
      'too many events',
      { steps: [{ type: 'page.viewed', times: 100 }, VIEW], within: '1h' },
      /^steps error bad-value/,
    ],
    [
      'at once, and then not',
      { steps: [VIEW], unless: { type: 'page.left', within: '1m' }, decide: 'at-once' },
      /^decide error bad-value/,
    ],
  ])('%s', (_name, config, finding) => {
    const found = problems(config)
    expect(found).toHaveLength(1)
    expect(found[0]).toMatch(finding)
  })

  test('a type that nobody brings', () => {
    const steps = [step('zone.entered')]
    expect(problems({ steps }, wiringOf('p', { upstream: [GATE], sourceTypes: ['page.viewed'] }))).toEqual([
      'steps.0.type error no-input: nobody in `from` brings zone.entered; ' +
        'add it to the types of a source, or name the operator that emits it in `from`',
    ])
    expect(problems({ steps: [step('page.viewed')] }, wiringOf('p', { upstream: [PLACES] }))).toEqual([
      'steps.0.type error no-input: nobody in `from` brings page.viewed; ' +
        'name who emits it in `from`; identity brings the types of sources',
    ])
    expect(problems({ steps: [step('zone.enterd')] }, wiringOf('p', { upstream: [PLACES] }))[0]).toMatch(
      /did you mean zone\.entered\?$/,
    )
  })
})

test('what a document may say', () => {
  expect(patternConfig.parse({ steps: [{ type: 'a.b' }], within: '10m' })).toEqual({
    steps: [{ type: 'a.b', times: 1 }],
    within: 10 * MINUTE_MS,
    decide: 'on-watermark',
  })
  const problem = (config: object) =>
    patternConfig.safeParse({ steps: [{ type: 'a.b' }], ...config }).error?.issues[0]
  expect(problem({ steps: [] })).toMatchObject({ path: ['steps'] })
  expect(problem({ steps: [{ type: 'a.b', times: 0 }] })).toMatchObject({ path: ['steps', 0, 'times'] })
  expect(problem({ within: 'soon' })).toMatchObject({ path: ['within'], params: { code: 'bad-duration' } })
  expect(problem({ within: '0s' })).toMatchObject({ path: ['within'], params: { code: 'bad-value' } })
  expect(problem({ unless: { type: 'a.c' } })).toMatchObject({ path: ['unless', 'within'] })
  expect(problem({ decide: 'later' })).toMatchObject({ path: ['decide'] })
  expect(problem({ untill: '5m' })).toMatchObject({ code: 'unrecognized_keys' })
})
