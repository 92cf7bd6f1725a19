/** price-watch: what is on the scratchpad becomes cheaper, or is there again. */
import { describe, expect, test } from '@jest/globals'
import { priceWatch } from '../../../src/operators/price-watch/operator.ts'
import { emission, event, fact, given, iso, wiringOf } from '../../support/given.ts'

const saved = (at: string, data: object = {}) => event(`${at} product.saved`, { product_id: 'p9', ...data })
const viewed = (at: string, product = 'p9', data: object = {}) =>
  event(`${at} product.viewed`, { product_id: product, ...data })
const bought = (at: string) =>
  event(`${at} order.completed`, { order_id: 'o', products: [{ product_id: 'p9' }] })
const price = (at: string, value: number, product = 'p9') =>
  fact(`${at} price.changed`, { product_id: product, price: value })
const stock = (at: string, value: number) => fact(`${at} stock.changed`, { product_id: 'p9', stock: value })
const drop = (at: string, data: object = {}) =>
  emission(`${at} trigger.fired`, { trigger: 'price-watch', instance: 'p9', kind: 'price-drop', ...data })
const back = (at: string, data: object = {}) =>
  emission(`${at} trigger.fired`, { trigger: 'price-watch', instance: 'p9', kind: 'back-in-stock', ...data })

const watch = (config: object = {}) => given(priceWatch, config, { world: true })

describe('a saved product', () => {
  test('fires at least `drop` under the price when saved, once for as long as it stays so', () => {
    watch()
      .when(saved('10:00', { price: 20 }))
      .factIs(
        price('10:01', 19.01),
        price('10:02', 19),
        price('10:03', 18),
        price('10:04', 20),
        price('10:05', 15),
      )
      .timePasses('11:00')
      .thenEmits(
        drop('10:02', { price: 19, price_before: 19.01, saved_at: iso('10:00') }),
        drop('10:05', { price: 15, price_before: 20 }),
      )
  })

  test('fires at its `price_max` or below, whatever it was', () => {
    watch()
      .when(saved('10:00', { price_max: 18 }))
      .factIs(price('10:01', 18.5), price('10:02', 18))
      .timePasses('11:00')
      .thenEmits(drop('10:02', { price: 18, price_before: 18.5 }))
  })

  test('a price that no event said is the one before the first that came', () => {
    watch()
      .factIs(price('09:00', 20))
      .when(saved('10:00'))
      .factIs(price('10:01', 19.5), price('10:02', 18))
      .timePasses('11:00')
      .thenEmits(drop('10:02', { price: 18, price_before: 19.5 }))
  })

  test('nothing is known of the price: only `price_max` can fire', () => {
    watch()
      .when(saved('10:00'))
      .factIs(price('10:01', 20), price('10:02', 5))
      .timePasses('11:00')
      .thenNothing()
  })

  test('is in stock again: each time, and only from 0', () => {
    watch()
      .when(saved('10:00', { price: 20 }))
      .factIs(
        stock('10:01', 3),
        stock('10:02', 0),
        stock('10:03', 5),
        stock('10:04', 7),
        stock('10:05', 0),
        stock('10:06', 1),
      )
      .timePasses('11:00')
      .thenEmits(back('10:03', { price: 20, saved_at: iso('10:00') }), back('10:06'))
  })

  test('was sold out before it was saved', () => {
    watch()
      .factIs(stock('09:00', 0))
      .when(saved('10:00'))
      .factIs(price('10:01', 12), stock('10:02', 4))
      .timePasses('11:00')
      .thenEmits(back('10:02', { price: 12 }))
  })

  test('a fact of the moment of saving, or of before, does not fire', () => {
    watch()
      .when(saved('10:00', { price: 20 }))
      .factIs(price('10:00', 10), price('09:59', 11))
      .timePasses('11:00')
      .thenNothing()
  })

  test('not after the person bought it, at the same moment neither; saved again it counts anew', () => {
    watch()
      .when(saved('10:00', { price: 20 }), bought('10:05'))
      .factIs(price('10:05', 10), price('10:06', 9))
      .timePasses('10:30')
      .thenNothing()
      .when(saved('10:40', { price: 9 }))
      .factIs(price('10:41', 8))
      .timePasses('11:00')
      .thenEmits(drop('10:41', { price: 8, saved_at: iso('10:40') }))
  })

  test('a purchase that is known already and comes later than the price does not hinder it', () => {
    watch()
      .when(saved('10:00', { price: 20 }), bought('10:05'))
      .factIs(price('10:04', 10))
      .timePasses('11:00')
      .thenEmits(drop('10:04'))
  })

  test('`for` ends it, to the moment', () => {
    watch({ for: '1h' })
      .when(saved('10:00', { price: 20 }))
      .factIs(price('11:00', 10))
      .timePasses('12:00')
      .thenNothing()
      .thenWatches()
    watch({ for: '1h' })
      .when(saved('10:00', { price: 20 }))
      .factIs(price('10:59:59.999', 10))
      .timePasses('12:00')
      .thenEmits(drop('10:59:59.999'))
  })
})

describe('what was not saved', () => {
  test('is measured by the price of then also when it was saved in between, and that is over', () => {
    watch({ for: '10m' })
      .factIs(price('09:00', 16))
      .when(viewed('10:00'), viewed('10:01'), saved('10:05', { price: 18 }))
      .factIs(price('10:06', 30), price('10:20', 20))
      .timePasses('10:30')
      .thenNothing()
      .factIs(price('10:40', 15))
      .timePasses('11:00')
      .thenEmits(drop('10:40', { price: 15, price_before: 20, saved_at: iso('10:01') }))
  })

  test('is watched from the second time on, and measured by the last one', () => {
    watch()
      .when(viewed('10:00', 'p9', { price: 30 }))
      .thenWatches()
      .when(event('10:10 product.searched', { product_id: 'p9', price: 20 }))
      .thenWatches('product:p9')
      .factIs(price('10:11', 19.5), price('10:12', 19))
      .timePasses('11:00')
      .thenEmits(drop('10:12', { price: 19, saved_at: iso('10:10') }))
  })

  test('only the newest `remember` of them', () => {
    const twice = (product: string, at: string) => [
      viewed(`${at}:00`, product, { price: 20 }),
      viewed(`${at}:01`, product, { price: 20 }),
    ]
    watch({ remember: 1 })
      .when(...twice('p9', '10:00'), ...twice('p8', '10:05'))
      .factIs(price('10:04', 10), price('10:06', 10, 'p8'), price('10:07', 5))
      .timePasses('11:00')
      .thenEmits(drop('10:04'), emission('10:06 trigger.fired', { instance: 'p8' }))
      .when(viewed('11:00', 'p7'))
      .thenWatches('product:p8', 'product:p9')
    watch({ remember: 0 })
      .when(...twice('p9', '10:00'))
      .timePasses('10:10')
      .when(viewed('10:10', 'p1'))
      .thenWatches()
  })

  test('is forgotten `rememberFor` after the second newest look', () => {
    watch({ rememberFor: '1h' })
      .when(viewed('10:00', 'p9', { price: 20 }), viewed('10:30', 'p9', { price: 20 }))
      .factIs(price('11:00', 10))
      .timePasses('12:00')
      .thenNothing()
      .thenWatches()
  })
})

test('nothing fires before the watermark is there, and a late fact fires at once if it is the newest', () => {
  watch()
    .when(saved('10:00', { price: 20 }))
    .factIs(price('10:05', 10))
    .timePasses('10:04:59.999')
    .thenNothing()
    .timePasses('10:05')
    .thenEmits(drop('10:05'))
    .timePasses('10:30')
    .factIs(price('10:10', 20), price('10:20', 12), price('10:15', 5))
    .thenEmits(drop('10:20', { price: 12, price_before: 20 }))
})

test('a merge fires nothing, keeps what either saved and watches it; one firing stands for both', () => {
  const other = watch()
    .when(saved('10:00', { price: 20 }))
    .factIs(price('10:01', 10))
    .timePasses('10:05')
  watch()
    .when(viewed('10:00', 'p8'), viewed('10:01', 'p8'))
    .timePasses('10:05')
    .merges(other, '10:05')
    .thenNothing()
    .thenWatches('product:p8', 'product:p9')
    .factIs(price('10:06', 9))
    .timePasses('10:10')
    .thenNothing()
    .factIs(price('10:11', 25), price('10:12', 9))
    .timePasses('11:00')
    .thenEmits(drop('10:12'))
})

test('watches end when all is over, and the person is forgotten', () => {
  const chain = watch({ for: '1d', rememberFor: '1h' })
    .when(saved('10:00'), viewed('10:00', 'p8'), viewed('10:01', 'p8'))
    .thenWatches('product:p8', 'product:p9')
    .timePasses('11:02')
    .thenWatches('product:p9')
    .timePasses('1d10:00')
    .thenWatches()
  expect(chain.now()).toEqual(priceWatch.state.initial())
})

test('without a source of facts it is a finding, and a share must be one', () => {
  const problems = (world: boolean) =>
    priceWatch
      .check?.(priceWatch.config.parse({}), wiringOf('w', { world }))
      ?.map(({ code, hint }) => `${code}: ${hint}`)
  expect(problems(true)).toEqual([])
  expect(problems(false)).toEqual([expect.stringMatching(/^no-input: add to sources: world: \{/)])
  for (const wrong of ['0%', '5', 5, '100%', '-5%', 'some'])
    expect(priceWatch.config.safeParse({ drop: wrong }).success).toBe(false)
  expect(priceWatch.config.parse({ drop: '12.5%' })).toMatchObject({ drop: 0.125 })
})
