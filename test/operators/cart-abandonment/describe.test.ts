import { expect, test } from '@jest/globals'
import { describe } from '../../../src/operators/cart-abandonment/describe.ts'
import { cartAbandonment } from '../../../src/operators/cart-abandonment/operator.ts'
import { event, given, iso, time } from '../../support/given.ts'

const add = (at: string, data: object) => event(`${at} product.added`, { product_id: 'p9', ...data })

test('what is in the cart as of a time, and what it waits for', () => {
  const chain = given(cartAbandonment, { after: '60m' }).when(
    add('10:00', { price: 5, currency: 'DKK' }),
    add('10:10', { quantity: 2 }),
    add('10:20', { product_id: 'p1', cart_id: 'k2' }),
  )
  const told = (at: string) => describe(chain.now(), time(at), { afterMs: 3_600_000 })
  expect(told('10:05')).toEqual([
    `cart default holds 1 x p9, worth 5 DKK, changed last at ${iso('10:00')}; it was changed again later`,
  ])
  expect(told('10:30')).toHaveLength(2)
  expect(told('10:30')[0]).toBe(
    `cart default holds 3 x p9, worth 15 DKK, changed last at ${iso('10:10')}; it counts as left behind at ${iso('11:10')}, 1h after a change, if nothing follows`,
  )
  expect(told('09:00')).toEqual([])
  chain.timePasses('12:00')
  expect(told('12:00')[0]).toContain(`it was left behind at ${iso('11:10')}`)
})
