import { expect, test } from '@jest/globals'
import { patternConfig } from '../../../src/operators/pattern/config.ts'
import { describe } from '../../../src/operators/pattern/describe.ts'
import { pattern } from '../../../src/operators/pattern/operator.ts'
import { preparePattern } from '../../../src/operators/pattern/prepare.ts'
import { event, given, iso, time, wiringOf } from '../../support/given.ts'

const CONFIG = {
  steps: [{ type: 'product.viewed', times: 2 }],
  within: '10m',
  key: 'event.category',
  once: '24h',
}
const view = (at: string) => event(`${at} product.viewed`, { product_id: 'p', category: 'toys' })

test('steps that came, and when it fired last', () => {
  const ready = preparePattern(patternConfig.parse(CONFIG), wiringOf('pattern'))
  const chain = given(pattern, CONFIG).when(view('10:00'))
  const told = (at: string) => describe(chain.now(), time(at), ready)
  expect(told('10:00')).toEqual([
    `1 event that may be steps for "toys", where a match takes 2: ${iso('10:00')}`,
  ])
  expect(told('09:00')).toEqual([])
  chain.when(view('10:05')).timePasses('12:00')
  expect(told('12:00')).toEqual([`fired last for "toys" at ${iso('10:05')}`])
})
