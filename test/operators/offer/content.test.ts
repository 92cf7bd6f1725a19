/** What the sender fills in: variants, and params with expressions. */
import { describe, expect, test } from '@jest/globals'
import { NOTHING_KNOWN } from '../../../src/model/known.ts'
import type { Json } from '../../../src/model/event.ts'
import { offerConfig } from '../../../src/operators/offer/config.ts'
import { offer } from '../../../src/operators/offer/operator.ts'
import { checkOffers } from '../../../src/operators/offer/prepare.ts'
import { event, given, wiringOf } from '../../support/given.ts'
import { entry, expectTold, fired, givenOffers, UPSTREAM } from './table.ts'

const contentsOf = (rest: Json, ...triggers: Parameters<typeof fired>[]): readonly unknown[] =>
  givenOffers({ offers: [entry('x', rest)] })
    .when(...triggers.map((trigger) => fired(...trigger)))
    .emitted()
    .flatMap(({ type, data }) => (type === 'offer.emitted' ? [data['content']] : []))

describe('variants', () => {
  const variants = [
    { when: 'trigger.value >= 100', template: 'rich', params: { a: 1 } },
    { when: 'trigger.value >= 50', template: 'richer-than-most' },
    { when: 'trigger.currency == "DKK"', params: { b: 2 } },
  ]
  test('the first that is true; what it leaves out is the own; none is the own', () => {
    const content = contentsOf(
      { params: { own: 0 }, variants },
      ['10:00 cart k1', { value: 200 }],
      ['10:01 cart k2', { value: 60 }],
      ['10:02 cart k3', { value: 1, currency: 'DKK' }],
      ['10:03 cart k4', { currency: 'EUR' }],
    )
    expect(content).toEqual([
      { template: 'rich', params: { a: 1 } },
      { template: 'richer-than-most', params: { own: 0 } },
      { template: 't', params: { b: 2 } },
      { template: 't', params: { own: 0 } },
    ])
  })

  test('one without a condition holds always, and the discount is that of the offer', () => {
    const content = contentsOf(
      { discount: '5%', variants: [{ when: 'trigger.value > 9', template: 'a' }, { template: 'b' }] },
      ['10:00 cart k1', { value: 10 }],
      ['10:01 cart k2', { value: 1 }],
    )
    expect(content).toEqual([
      { template: 'a', params: {}, discount: { percent: 5 } },
      { template: 'b', params: {}, discount: { percent: 5 } },
    ])
  })

  test('traits and what operators tell, as of the trigger', () => {
    const chain = given(
      offer,
      {
        offers: [
          entry('x', {
            variants: [{ when: 'profile.orders >= 3.0', template: 'regular' }],
            params: { name: '${profile.traits.name}', orders: '${profile.orders}' },
          }),
        ],
        quietHours: { from: '22:00', to: '08:00' },
      },
      {
        operatorId: 'offers',
        upstream: UPSTREAM,
        profile: { told: { orders: 'number' }, untold: new Map() },
        known: { ...NOTHING_KNOWN, profile: (at) => ({ orders: at < event('23:00 a.b').time ? 2 : 3 }) },
      },
    )
      .when(
        event('10:00 person.described', { traits: { name: 'Ann' } }),
        event('23:00 person.described', { traits: { name: 'Anna' } }),
        fired('22:30 cart k1'),
        fired('23:30 cart k2'),
      )
      .timePasses('1d08:00')
    expect(chain.emitted().filter(({ type }) => type === 'offer.emitted')).toMatchObject([
      { data: { content: { template: 't', params: { name: 'Ann', orders: 2 } } } },
      { data: { content: { template: 'regular', params: { name: 'Anna', orders: 3 } } } },
    ])
  })
})

describe('params', () => {
  const filled = (params: Json, data: Json = {}): unknown =>
    (contentsOf({ params }, ['10:00 cart k1', data])[0] as Json | undefined)?.['params']

  test.each<[string, unknown, unknown]>([
    ['a text that is one expression keeps the kind', '${trigger.value}', 7.5],
    ['blanks about it are none of it', '${ trigger.value }', 7.5],
    ['among others it is text', 'for ${trigger.value} ${trigger.currency}', 'for 7.5 EUR'],
    ['whole numbers have no point', '${trigger.value * 2.0} off', '15 off'],
    ['arithmetic', '${trigger.value - 2.5}', 5],
    ['true', '${trigger.value > 1.0}', true],
    ['a choice', '${trigger.value > 100.0 ? "much" : "little"}', 'little'],
    ['a brace in a text', '${trigger.currency == "}" ? "{" : "${"}', '${'],
    ['a dollar in front', '$${trigger.value}', '$7.5'],
    ['as it stands', '\\${trigger.value}', '${trigger.value}'],
    ['braces of its own', '${{"a": trigger.value}}', { a: 7.5 }],
    ['counted by the library', '${size(trigger.currency)}', 3],
    ['a list', '${[trigger.value, 1.0]}', [7.5, 1]],
    ['within lists and mappings', [{ a: ['${trigger.value}', 1] }, null], [{ a: [7.5, 1] }, null]],
    ['no expression', { deep: ['{x}', '$5', 3] }, { deep: ['{x}', '$5', 3] }],
  ])('%s', (_name, param, expected) => {
    expect(filled({ p: param }, { value: 7.5, currency: 'EUR' })).toEqual({ p: expected })
  })

  test.each<[string, string]>([
    ['${trigger.value}', 'trigger.value'],
    ['at ${trigger.value}', 'trigger.value'],
    ['${trigger.value / 0.0}', 'trigger.value / 0.0'],
    ['${1.0 / 0.0}', '1.0 / 0.0'],
    ['in words: ${[1.0]}', '[1.0], which is no text'],
  ])('%s without a value: no offer, and the next one is asked', (text, missing) => {
    const chain = givenOffers({
      offers: [entry('x', { priority: 90, params: { deep: [text] } }), entry('y')],
    }).when(fired('10:00 cart k1'))
    expectTold(chain.emitted(), '10:00 emitted y@kiosk: x=condition-false')
    expect(chain.emitted()[1]?.data['rejected']).toEqual([
      { offer: 'x', reason: 'condition-false', detail: expect.stringContaining(`no value: ${missing}`) },
    ])
  })
})

describe('what lint says', () => {
  const problems = (rest: Json): readonly string[] =>
    checkOffers(
      offerConfig.parse({ offers: [entry('a', rest)] }),
      wiringOf('offers', { upstream: UPSTREAM }),
    ).map(({ path, code, message, hint }) => `${path.join('.')} ${code}: ${message}; ${hint}`)

  test.each<[string, Json, string]>([
    [
      'a field that is not there',
      { params: { a: { b: ['${trigger.valu}'] } } },
      'offers.0.params.a.b.0 condition-type: there is no field valu (line 1, column 9 of the expression trigger.valu); did you mean value?',
    ],
    [
      'half an expression',
      { params: { a: 'for ${trigger.value' } },
      'offers.0.params.a condition-syntax: a "${" without its "}"; close it with a brace; write \\${ for the two characters as they stand',
    ],
    ['nothing in it', { params: { a: '${}' } }, 'offers.0.params.a condition-syntax: '],
    [
      'a variable that nobody has',
      { params: { a: '${person.name}' } },
      'offers.0.params.a condition-type: unknown variable person',
    ],
    [
      'in a variant',
      { variants: [{ when: 'trigger.value', params: { a: '${trigger.foo}' } }] },
      'offers.0.variants.0.when condition-type: ',
    ],
    [
      'behind one that always holds',
      { variants: [{ template: 'a' }, { when: 'trigger.value > 1', template: 'b' }] },
      'offers.0.variants.1 unreachable: the variant before it has no condition',
    ],
  ])('of %s', (_name, rest, expected) => {
    expect(problems(rest)[0]).toContain(expected)
  })

  test('both of a variant, and nothing of a good one', () => {
    expect(problems({ variants: [{ when: 'trigger.value', params: { a: '${trigger.foo}' } }] })).toHaveLength(
      2,
    )
    expect(
      problems({
        params: { a: '${trigger.value} for ${profile.traits.name}', b: '${context.campaign}' },
        variants: [{ when: 'trigger.value > 1', template: 'b' }, { template: 'c' }],
      }).filter((one) => !one.includes('no offer answers')),
    ).toEqual([])
  })
})
