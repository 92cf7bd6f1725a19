import { describe, expect, test } from '@jest/globals'
import { z } from 'zod'
import type { Json } from '../../../src/model/event.ts'
import { offerConfig } from '../../../src/operators/offer/config.ts'
import { checkOffers, prepareOffers } from '../../../src/operators/offer/prepare.ts'
import { wiringOf } from '../../support/given.ts'
import { entry, UPSTREAM } from './table.ts'

const wiring = wiringOf('offers', { upstream: UPSTREAM })
const problems = (...offers: readonly Json[]): readonly string[] =>
  checkOffers(offerConfig.parse({ offers }), wiring).map(
    ({ path, code, level, message, hint }) =>
      `${path.join('.')} ${level ?? 'error'} ${code}: ${message}; ${hint}`,
  )

describe('what lint says of a config that has its shape', () => {
  test('nothing, of a good one', () => {
    expect(
      problems(
        entry('a', { when: 'trigger.value >= 10' }),
        entry('b', { on: 'late', expiresOn: ['trip.arrived', 'ride.boarded'] }),
        entry('c', { on: 'own' }),
      ),
    ).toEqual([])
  })

  test.each<[string, Json, RegExp]>([
    [
      'an operator that is not there',
      { on: 'crat' },
      /^offers\.0\.on error unknown-id: .*crat.*did you mean cart\?$/,
    ],
    [
      'one that fires nothing',
      { on: 'visits' },
      /^offers\.0\.on error unknown-id: .*one of: late, cart, own$/,
    ],
    ['half a condition', { when: 'trigger.value >= ' }, /^offers\.0\.when error condition-syntax/],
    [
      'a field of another trigger',
      { when: 'trigger.valu > 1' },
      /^offers\.0\.when error condition-type: there is no field valu.*did you mean value\?$/,
    ],
    ['a number and a text', { when: 'trigger.value > "1"' }, /^offers\.0\.when error condition-type/],
    [
      'the world without a source of facts',
      { when: 'world.temperature_c > 1' },
      /condition-type: no source of this document brings facts of the world.* add to sources: world: /,
    ],
    [
      'nearly a type',
      { expiresOn: ['trip.arived'] },
      /^offers\.0\.expiresOn\.0 warning unknown-type: .*did you mean trip\.arrived\?$/,
    ],
    ['no type', { expiresOn: ['Trip arrived'] }, /^offers\.0\.expiresOn\.0 error bad-value/],
  ])('%s', (_name, part, expected) => {
    const found = problems(entry('a', part))
    expect(found).toHaveLength(1)
    expect(found[0]).toMatch(expected)
  })

  test('an id twice, and an unknown operator whose fields nobody knows', () => {
    expect(problems(entry('a'), entry('a'))).toEqual([
      expect.stringMatching(/^offers\.1\.id error duplicate-id/),
    ])
    expect(problems(entry('a', { on: 'crat', when: 'trigger.anything > 3' }))).toHaveLength(1)
  })
})

test('caps of gifts where nothing is a gift', () => {
  const config = offerConfig.parse({ offers: [entry('a')], giftCaps: [{ max: 1, per: '1h' }] })
  const found = checkOffers(config, wiring).filter(({ path }) => path[0] === 'giftCaps')
  expect(found).toMatchObject([{ level: 'warning', code: 'unreachable' }])
})

describe('the shape', () => {
  test.each<[string, Json, readonly (string | number)[]]>([
    ['no time of day', { quietHours: { from: '25:00', to: '08:00' } }, ['quietHours', 'from']],
    ['more than all', { holdout: { percent: 150 } }, ['holdout', 'percent']],
    ['a cap without window', { caps: [{ max: 1 }] }, ['caps', 0, 'per']],
    ['a cap over nothing', { caps: [{ max: 1, per: '0s' }] }, ['caps', 0, 'per']],
    ['a cap below none', { caps: [{ max: -1, per: '1h' }] }, ['caps', 0, 'max']],
    ['no channel', { offers: [entry('a', { channels: [] })] }, ['offers', 0, 'channels']],
    ['no duration', { offers: [entry('a', { expires: 'soon' })] }, ['offers', 0, 'expires']],
    ['another key', { caps: [{ max: 1, per: '1h', chanel: 'x' }] }, ['caps', 0]],
  ])('%s', (_name, config, path) => {
    const parsed = offerConfig.safeParse(config)
    expect(parsed.error?.issues.map((issue) => issue.path)).toEqual([path])
  })

  test('has defaults, and becomes a JSON Schema', () => {
    expect(offerConfig.parse({})).toEqual({
      offers: [],
      caps: [],
      giftCaps: [],
      onsiteWithin: 300_000,
      consent: { purpose: 'marketing', default: 'granted' },
    })
    expect(offerConfig.parse({ offers: [entry('a')] }).offers[0]).toMatchObject({
      priority: 50,
      expires: 86_400_000,
      expiresOn: [],
      params: {},
    })
    expect(z.toJSONSchema(offerConfig, { io: 'input' })).toHaveProperty(
      'properties.quietHours.properties.from.pattern',
    )
  })

  test('of which identifier instances are made', () => {
    expect([...prepareOffers(offerConfig.parse({}), wiring).instanceKinds]).toEqual([
      ['late', 'trip'],
      ['cart', 'cart'],
      ['own', 'any'],
      ['visits', 'any'],
    ])
  })
})
