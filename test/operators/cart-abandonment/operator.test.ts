import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Json, StreamEvent } from '../../../src/model/event.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../src/model/time.ts'
import { cartAbandonment } from '../../../src/operators/cart-abandonment/operator.ts'
import { emission, event, given, iso, roundTrip, time } from '../../support/given.ts'
import { emissionsOf, expectMergeInAnyOrder, inAnyArrival } from '../../support/laws.ts'

const added = (at: string, product: string, price?: number, more: Json = {}) =>
  event(`${at} product.added`, { product_id: product, ...(price === undefined ? {} : { price }), ...more })
const removed = (at: string, product: string, more: Json = {}) =>
  event(`${at} product.removed`, { product_id: product, ...more })
const ordered = (at: string, more: Json = {}) => event(`${at} order.completed`, { order_id: 'o1', ...more })
const checkout = (at: string, more: Json = {}) => event(`${at} checkout.started`, more)
const fired = (at: string, data: Json = {}) =>
  emission(`${at} trigger.fired`, { trigger: 'cart-abandonment', ...data })
const retracted = (at: string, instance = 'default') =>
  emission(`${at} trigger.retracted`, { trigger: 'cart-abandonment', instance, reason: 'order-arrived-late' })
const END = '2d00:00'
const carts = (config: unknown = {}) => given(cartAbandonment, config)

describe('left behind', () => {
  test('fires at its due time, with further events or without', () => {
    carts()
      .when(added('10:00', 'p1', 10, { quantity: 2, currency: 'EUR', category: 'toys' }))
      .timePasses('10:59:59.999')
      .thenNothing()
      .timePasses('11:00')
      .thenEmits(
        fired('11:00', {
          instance: 'default',
          value: 20,
          currency: 'EUR',
          idle_since: iso('10:00'),
          step: 'cart',
          lines: [{ product_id: 'p1', category: 'toys', quantity: 2, price: 10 }],
        }),
      )
  })
  test('each change starts the wait anew, without a change of the timer', () => {
    carts()
      .when(added('10:00', 'p1', 1))
      .thenTimer('cart:default', '11:00')
      .when(added('10:30', 'p2', 2))
      .thenTimer('cart:default', '11:00')
      .timePasses('11:10')
      .thenNothing()
      .thenTimer('cart:default', '11:30')
      .when(removed('11:20', 'p1'))
      .timePasses(END)
      .thenEmits(
        fired('12:20', { idle_since: iso('11:20'), value: 2, lines: [{ product_id: 'p2', quantity: 1 }] }),
      )
  })
  test('a change at exactly the due time lets both stand, each with the lines of its own time (T2)', () => {
    carts()
      .when(added('10:00', 'p1', 1), added('11:00', 'p2', 2))
      .timePasses(END)
      .thenEmits(fired('11:00', { idle_since: iso('10:00'), value: 1 }), fired('12:00', { value: 3 }))
  })
  test('a change behind the due time cannot hide what stood idle, though it arrives before the watermark (T2)', () => {
    carts()
      .when(added('10:00', 'p1', 1))
      .when(added('11:00:05', 'p2', 2))
      .at('10:59:55')
      .timePasses(END)
      .thenEmits(fired('11:00', { value: 1 }), fired('12:00:05', { value: 3 }))
  })
  test('changed again after firing, it is armed anew with all its lines', () => {
    carts()
      .when(added('10:00', 'p1', 1))
      .timePasses('12:00')
      .thenEmits(fired('11:00'))
      .timePasses('20:00')
      .thenNothing()
      .when(added('21:00', 'p2', 2))
      .timePasses(END)
      .thenEmits(fired('22:00', { value: 3 }))
  })
  test('adds and removes sum up, price and category are the newest (C1, C7)', () => {
    carts()
      .when(
        added('10:00', 'p1', 10, { quantity: 2, category: 'a' }),
        added('10:05', 'p1', 12),
        removed('10:06', 'p1'),
      )
      .timePasses(END)
      .thenEmits(
        fired('11:06', { value: 24, lines: [{ product_id: 'p1', category: 'a', quantity: 2, price: 12 }] }),
      )
    carts()
      .when(removed('10:00', 'p1', { quantity: 5 }), added('10:01', 'p1', 0.1), added('10:02', 'p2', 0.2))
      .timePasses(END)
      .thenEmits(fired('11:02', { value: 0.3 }))
  })
  test('emptied, or checked out empty: nothing', () => {
    carts()
      .when(added('10:00', 'p1', 1, { quantity: 2 }), removed('10:10', 'p1', { quantity: 2 }))
      .timePasses(END)
      .thenNothing()
    carts()
      .when(checkout('10:10', { value: 99 }))
      .timePasses(END)
      .thenNothing()
  })
  test('the value must reach minValue; no price counts as 0 (C3)', () => {
    carts({ minValue: 20 })
      .when(added('10:00', 'p1', 19.99))
      .timePasses(END)
      .thenNothing()
    carts({ minValue: 20 })
      .when(added('10:00', 'p1', 10, { quantity: 2 }))
      .timePasses(END)
      .thenEmits(fired('11:00', { value: 20 }))
    carts({ minValue: 20 }).when(added('10:00', 'p1')).timePasses(END).thenNothing()
    carts()
      .when(added('10:00', 'p1'))
      .timePasses(END)
      .thenEmits(fired('11:00', { value: 0, currency: null, lines: [{ price: null, category: null }] }))
  })
  test('step is checkout when one came since the cart was last empty or ordered (C4)', () => {
    carts()
      .when(added('10:00', 'p1', 1), checkout('10:10'))
      .timePasses(END)
      .thenEmits(fired('11:10', { idle_since: iso('10:10'), step: 'checkout' }))
    carts()
      .when(added('10:00', 'p1', 1), checkout('10:10'), added('10:20', 'p2', 1))
      .timePasses(END)
      .thenEmits(fired('11:20', { step: 'checkout' }))
    carts()
      .when(added('10:00', 'p1', 1), checkout('10:10'), removed('10:20', 'p1'), added('10:30', 'p2', 1))
      .timePasses(END)
      .thenEmits(fired('11:30', { step: 'cart' }))
    carts()
      .when(checkout('10:00'), ordered('10:01'), added('10:30', 'p2', 1))
      .timePasses(END)
      .thenEmits(fired('11:30', { step: 'cart' }))
  })
  test('another waiting time', () => {
    carts({ after: '4h' })
      .when(added('10:00', 'p1', 1))
      .timePasses(END)
      .thenEmits(fired('14:00'))
  })
})

describe('orders', () => {
  test('bought in time', () => {
    carts()
      .when(added('10:00', 'p1', 1), ordered('10:59:59.999'))
      .thenTimer('cart:default', undefined)
      .timePasses(END)
      .thenNothing()
  })
  test('both borders of the span are outside: at the due time too late, at the change too early', () => {
    carts()
      .when(added('10:00', 'p1', 1), ordered('11:00'))
      .timePasses(END)
      .thenEmits(fired('11:00'))
    carts()
      .when(ordered('10:00'), added('10:00', 'p1', 1))
      .timePasses(END)
      .thenEmits(fired('11:00', { value: 1 }))
  })
  test('one with a cart id is for that cart, one without for all (C2)', () => {
    const two = () =>
      carts().when(added('10:00', 'p1', 1, { cart_id: 'k1' }), added('10:10', 'p2', 2, { cart_id: 'k2' }))
    two()
      .when(ordered('10:20', { cart_id: 'k1' }))
      .timePasses(END)
      .thenEmits(fired('11:10', { instance: 'k2' }))
    two()
      .when(ordered('10:20'), added('10:25', 'p3', 3, { cart_id: 'k2' }))
      .timePasses(END)
      .thenEmits(fired('11:25', { instance: 'k2', value: 3, lines: [{ product_id: 'p3' }] }))
  })
  test('one empties the cart of what came before it (C2)', () => {
    carts()
      .when(added('10:00', 'p1', 10), ordered('10:30'), added('10:40', 'p2', 5))
      .timePasses(END)
      .thenEmits(fired('11:40', { value: 5, lines: [{ product_id: 'p2' }] }))
  })
  test('arriving before what it belongs to, it counts alike', () => {
    carts()
      .when(added('10:00', 'p1', 1), ordered('10:06'), checkout('10:05:58'))
      .timePasses(END)
      .thenNothing()
  })
  test('an order behind the due time does not take the lines of a firing that still waits for the watermark', () => {
    carts()
      .when(added('10:00', 'p1', 1))
      .when(ordered('11:00:05'))
      .at('10:59:55')
      .timePasses(END)
      .thenEmits(fired('11:00', { value: 1 }))
  })
  test('in the span, but after the firing: retracted; a new change arms it, nothing else does (C8)', () => {
    carts()
      .when(added('10:00', 'p1', 1))
      .timePasses('11:04:50')
      .thenEmits(fired('11:00'))
      .when(ordered('10:30'))
      .thenEmits(retracted('10:30'))
      .timePasses('15:00')
      .thenNothing()
      .when(added('16:00', 'p2', 2))
      .timePasses(END)
      .thenEmits(fired('17:00', { value: 2 }))
  })
  test('outside of the span, or again: nothing is taken back', () => {
    carts()
      .when(added('10:00', 'p1', 1))
      .timePasses('11:10')
      .thenEmits(fired('11:00'))
      .when(ordered('09:59'), ordered('11:00', { order_id: 'o2' }))
      .thenNothing()
      .when(ordered('10:30'))
      .thenEmits(retracted('10:30'))
      .when(ordered('10:31'), ordered('10:30', { cart_id: 'default' }))
      .thenNothing()
  })
  test('a cart that fired nothing has nothing to take back', () => {
    carts({ minValue: 5 })
      .when(added('10:00', 'p1', 1))
      .timePasses('11:10')
      .when(ordered('10:30'))
      .thenNothing()
  })
})

describe('late changes', () => {
  test('older than the clock of a cart that fired: the line changes, nothing is armed (C5)', () => {
    carts({})
      .when(added('10:00', 'p1', 1))
      .timePasses('11:05')
      .thenEmits(fired('11:00'))
      .when(added('08:00', 'p2', 2))
      .timePasses('12:00')
      .thenNothing()
      .when(added('13:00', 'p3', 3))
      .timePasses(END)
      .thenEmits(fired('14:00', { value: 6 }))
  })
  test('newer than it: armed anew', () => {
    carts()
      .when(added('10:00', 'p1', 1))
      .timePasses('11:05')
      .thenEmits(fired('11:00'))
      .when(added('10:30', 'p2', 2))
      .timePasses(END)
      .thenEmits(fired('11:30', { value: 3 }))
  })
  test('of a cart that has not fired, and idle then: fires at once for its own time (T2)', () => {
    carts()
      .when(added('10:00', 'p1', 1))
      .timePasses('10:10')
      .when(added('08:00', 'p2', 2))
      .thenEmits(fired('09:00', { value: 2, idle_since: iso('08:00') }))
      .timePasses(END)
      .thenEmits(fired('11:00', { value: 3 }))
  })
})

describe('two people who are one', () => {
  const merged = (kept: ReturnType<typeof carts>, absorbed: ReturnType<typeof carts>, at: string) =>
    kept.timePasses(at).merges(absorbed.timePasses(at), at)
  test('bought on another device, known later', () => {
    merged(carts().when(added('10:00', 'p1', 1)), carts().when(ordered('10:20')), '10:40')
      .timePasses(END)
      .thenNothing()
    merged(carts().when(ordered('10:20')), carts().when(added('10:00', 'p1', 1)), '10:40')
      .timePasses(END)
      .thenNothing()
  })
  test('one cart out of two: lines united, one clock, the newest', () => {
    merged(carts().when(added('10:00', 'p1', 1)), carts().when(added('10:20', 'p2', 2)), '10:30')
      .timePasses(END)
      .thenEmits(
        fired('11:20', {
          idle_since: iso('10:20'),
          value: 3,
          lines: [{ product_id: 'p1' }, { product_id: 'p2' }],
        }),
      )
  })
  test('one product on both: the fold of all changes (C1)', () => {
    merged(
      carts().when(added('10:00', 'p1', 10, { quantity: 2 })),
      carts().when(added('10:20', 'p1', 9)),
      '10:30',
    )
      .timePasses(END)
      .thenEmits(fired('11:20', { value: 27, lines: [{ product_id: 'p1', quantity: 3, price: 9 }] }))
  })
  test('a merge by itself starts nothing', () => {
    const kept = carts()
      .when(added('10:00', 'p1', 1))
      .timePasses('11:00')
      .thenEmits(fired('11:00'))
    merged(kept, carts(), '12:05').timePasses(END).thenNothing()
  })
  test('it brings an order into the span of a cart that fired: retracted (C6)', () => {
    const kept = carts()
      .when(added('10:00', 'p1', 1))
      .timePasses('11:00')
      .thenEmits(fired('11:00'))
    merged(kept, carts().when(ordered('10:20')), '1d12:05')
      .thenEmits(retracted('1d12:05'))
      .timePasses(END)
      .thenNothing()
    const other = carts().when(ordered('10:20'))
    merged(other, carts().when(added('10:00', 'p1', 1)), '12:05').thenEmits(retracted('12:05'))
  })
  test('an order that came before the merge empties a cart that comes with it', () => {
    merged(carts().when(ordered('10:20')), carts().when(added('08:00', 'p1', 1)), '12:00')
      .when(added('13:00', 'p2', 2))
      .timePasses(END)
      .thenEmits(fired('14:00', { value: 2 }))
  })
})

describe('bounds', () => {
  test('a long cart keeps 500 changes and folds the rest in strokes, to the same lines', () => {
    const chain = carts()
    for (let i = 0; i < 700; i++) chain.when(added(iso(time('10:00') + i * 1000), `p${i % 7}`, 1))
    expect(chain.now().carts[0]?.changes).toHaveLength(700)
    for (let i = 700; i < 756; i++) chain.when(added(iso(time('10:00') + i * 1000), `p${i % 7}`, 1))
    expect(chain.now().carts[0]?.changes).toHaveLength(506)
    chain.timePasses(END)
    expect(chain.emitted()).toHaveLength(1)
    expect(chain.emitted()[0]?.data).toMatchObject({
      value: 756,
      lines: Array.from({ length: 7 }, (_, i) => ({ product_id: `p${i}`, quantity: 108 })),
    })
  })
  test('what an order took does not come back when a long cart is folded (C2)', () => {
    const chain = carts().when(added('10:00', 'bought', 100), ordered('10:01'))
    for (let i = 0; i < 751; i++) chain.when(added(iso(time('10:02') + i * 1000), 'new', 1))
    chain.timePasses(END)
    expect(chain.emitted().map(({ data }) => data['value'])).toEqual([751])
    expect(chain.emitted()[0]?.data['lines']).toMatchObject([{ product_id: 'new', quantity: 751 }])
  })

  test('a cart of many products keeps them all', () => {
    const chain = carts()
    for (let i = 0; i < 1500; i++) chain.when(added(iso(time('10:00') + i * 1000), `p${i}`, 1))
    chain.timePasses(END)
    expect(chain.emitted()[0]?.data['value']).toBe(1500)
    expect(chain.emitted()[0]?.data['lines']).toHaveLength(1500)
  })

  test('what an order took is let go as soon as nothing can ask for it', () => {
    const chain = carts()
    for (let i = 0; i < 20; i++) {
      const at = time('10:00') + i * HOUR_MS
      chain
        .when(
          added(iso(at), 'p1', 1, { cart_id: `k${i}` }),
          ordered(iso(at + MINUTE_MS), { cart_id: `k${i}` }),
        )
        .at(at)
    }
    expect(chain.now().carts.map((cart) => cart.id)).toEqual(['k19'])
    const days = carts()
    for (let i = 0; i < 40; i++) {
      const at = time('10:00') + i * DAY_MS
      days
        .when(added(iso(at), 'p1', 1))
        .at(at)
        .when(ordered(iso(at + 5 * HOUR_MS)))
        .at(at + 5 * HOUR_MS)
    }
    expect(days.emitted()).toHaveLength(40)
    expect(days.now().orders.length).toBeLessThan(10)
    expect(days.now().carts[0]?.fired.length).toBeLessThan(10)
  })
  test('of too many carts the oldest falls out', () => {
    const chain = carts()
    for (let i = 0; i < 201; i++)
      chain.when(added(iso(time('10:00') + i * 1000), 'p1', 1, { cart_id: `k${i}` }))
    chain.timePasses(END)
    expect(chain.emitted()).toHaveLength(200)
    expect(chain.emitted().some(({ data }) => data.instance === 'k0')).toBe(false)
  })
})

describe('laws', () => {
  const START = time('10:00')
  const LATENESS = 10 * MINUTE_MS
  const AFTER = 12 * MINUTE_MS
  const config = { after: '12m' }
  const some = fc.record({
    step: fc.integer({ min: 0, max: 40 }),
    type: fc.constantFrom(
      'product.added',
      'product.added',
      'product.removed',
      'checkout.started',
      'order.completed',
    ),
    cart: fc.constantFrom(undefined, 'k1', 'k2'),
    product: fc.integer({ min: 1, max: 3 }),
    quantity: fc.integer({ min: 0, max: 3 }),
    price: fc.integer({ min: 0, max: 30 }),
  })
  const events = (maxLength: number) =>
    fc.array(some, { minLength: 1, maxLength }).map((list) =>
      list
        .map(({ step, type, cart, product, quantity, price }) =>
          event(`${iso(START + step * 3 * MINUTE_MS)} ${type}`, {
            ...(cart === undefined ? {} : { cart_id: cart }),
            product_id: `p${product}`,
            quantity,
            price: price / 10,
            currency: `C${price % 3}`,
            category: `c${price % 2}`,
          }),
        )
        .sort((a, b) => a.time - b.time),
    )
  const cartOf = (one: StreamEvent) => (one.data.cart_id as string | undefined) ?? 'default'

  /** The promise, word for word: fires for t iff no change and no order in (t, t + after) and the cart then holds a line. */
  function model(all: readonly StreamEvent[]): readonly string[] {
    const changes = all.filter((one) => one.type !== 'order.completed')
    const orders = all.filter((one) => one.type === 'order.completed')
    const out = new Set<string>()
    for (const { time: t, ...change } of changes) {
      const cart = cartOf(change as StreamEvent)
      const mine = changes.filter((one) => cartOf(one) === cart)
      const forIt = orders.filter((one) => one.data.cart_id === undefined || one.data.cart_id === cart)
      if ([...mine, ...forIt].some((one) => one.time > t && one.time < t + AFTER)) continue
      const since = Math.max(...forIt.filter((one) => one.time <= t).map((one) => one.time), 0)
      const rank = (one: StreamEvent) =>
        ['product.added', 'product.removed', 'checkout.started'].indexOf(one.type)
      const lines = new Map<string, number>()
      for (const one of mine
        .filter((other) => other.time >= since && other.time <= t)
        .sort((a, b) => a.time - b.time || rank(a) - rank(b))) {
        const product = one.data.product_id as string
        const quantity = one.data.quantity as number
        const before = lines.get(product) ?? 0
        if (one.type === 'product.added') lines.set(product, before + quantity)
        if (one.type === 'product.removed') lines.set(product, Math.max(0, before - quantity))
      }
      const held = [...lines].filter(([, quantity]) => quantity > 0).sort(([a], [b]) => (a < b ? -1 : 1))
      if (held.length > 0) out.add(`${iso(t + AFTER)} ${cart} ${JSON.stringify(held)}`)
    }
    return [...out].sort()
  }
  const said = (texts: readonly string[]) =>
    texts
      .map((text) => JSON.parse(text))
      .map(({ time: at, data }) => {
        const lines = data.lines.map((line: Json) => [line.product_id, line.quantity])
        return `${iso(at)} ${data.instance} ${JSON.stringify(lines.sort())}`
      })
      .sort()

  test('any arrival within the lateness gives the same emissions, those of the promise', () => {
    const arrival = events(30).chain((sorted) =>
      fc.tuple(fc.constant(sorted), inAnyArrival(sorted, LATENESS)),
    )
    fc.assert(
      fc.property(arrival, ([sorted, arrived]) => {
        const emitted = emissionsOf(cartAbandonment, config, arrived, LATENESS, time(END))
        expect(emitted).toEqual(emissionsOf(cartAbandonment, config, sorted, LATENESS, time(END)))
        expect(said(emitted)).toEqual(model(sorted))
      }),
      { numRuns: 200 },
    )
  })
  test('a merge before anything fired gives the promise over the events of both', () => {
    fc.assert(
      fc.property(events(12), events(12), (a, b) => {
        const chain = given(cartAbandonment, config)
          .when(...a)
          .merges(given(cartAbandonment, config).when(...b), '10:00')
          .timePasses(END)
        expect(said(chain.emitted().map((draft) => JSON.stringify(draft)))).toEqual(model([...a, ...b]))
      }),
    )
  })
  test('merging in any order ends equal', () => {
    fc.assert(
      fc.property(
        fc.tuple(events(8), events(8), events(8), fc.integer({ min: 0, max: 60 })),
        ([a, b, c, minutes]) =>
          expectMergeInAnyOrder(cartAbandonment, config, [a, b, c], START + minutes * MINUTE_MS),
      ),
    )
  })
})

test('a currency comes back with the changes that said it, and with no others', () => {
  const cart = (id: string, ...said: readonly (string | undefined)[]) => ({
    id,
    base: undefined,
    changes: said.map((currency, at) => ({
      at,
      kind: 0 as const,
      product: 'p1',
      quantity: 1 + (at % 2),
      price: undefined,
      category: undefined,
      currency,
    })),
    pending: [],
    fired: [],
    firedAt: undefined,
    armed: undefined,
  })
  const some = fc.array(fc.array(fc.constantFrom(undefined, 'EUR', 'CHF', ''), { maxLength: 4 }), {
    maxLength: 4,
  })
  fc.assert(
    fc.property(some, (lists) => {
      roundTrip(cartAbandonment.state, { carts: lists.map((said, i) => cart(`k${i}`, ...said)), orders: [] })
    }),
  )
})
