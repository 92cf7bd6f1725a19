/** attribution: what led to an order, and how it was sold (contracts, section 5 and A1 to A7). */
import { describe, expect, test } from '@jest/globals'
import { NOTHING_KNOWN } from '../../../src/model/known.ts'
import type { Json } from '../../../src/model/event.ts'
import { INSTANCES_PER_PERSON_MAX, TOUCHPOINTS_PER_PERSON_MAX } from '../../../src/model/limits.ts'
import { MINUTE_MS } from '../../../src/model/time.ts'
import { attribution } from '../../../src/operators/attribution/operator.ts'
import { emission, event, given, iso, time, wiringOf } from '../../support/given.ts'

const END = '40d00:00'
const on = (text: string, channel?: string, data: Json = {}, context?: Json) =>
  event(text, data, { channel, context })
const ordered = (at: string, channel?: string, data: Json = {}) =>
  on(`${at} order.completed`, channel, { order_id: 'o1', ...data })
const attributed = (at: string, data: Json = {}) => emission(`${at} order.attributed`, data)
const orders = (config: object = {}) => given(attribution, config)

describe('what comes out', () => {
  test('the order, what led to it, and the share of each channel, when the grace is over', () => {
    const emitted = orders()
      .when(
        on('09:00 page.viewed', 'web', {}, { campaign: 'spring' }),
        on('1d09:00 email.clicked', undefined, { campaign: 'reminder' }),
        on('2d09:00 store.visited'),
        ordered('2d10:00', 'store', { total: 80, currency: 'EUR' }),
      )
      .timePasses('2d10:09:59.999')
      .thenNothing()
      .timePasses('2d10:10')
      .emitted()
    expect(emitted).toEqual([
      {
        type: 'order.attributed',
        time: time('2d10:10'),
        data: {
          order_id: 'o1',
          channel: 'store',
          total: 80,
          currency: 'EUR',
          how: 'met',
          online_influenced: true,
          touchpoints: [
            { channel: 'web', type: 'page.viewed', time: iso('09:00'), campaign: 'spring' },
            { channel: 'email', type: 'email.clicked', time: iso('1d09:00'), campaign: 'reminder' },
            { channel: 'store', type: 'store.visited', time: iso('2d09:00'), campaign: null },
          ],
          shares: {
            first: { web: 1 },
            last: { store: 1 },
            linear: { email: 0.333334, store: 0.333333, web: 0.333333 },
            position: { email: 0.2, store: 0.4, web: 0.4 },
          },
        },
      },
    ])
  })

  test('an order that nothing led to is put down to where it was bought', () => {
    orders()
      .when(ordered('10:00', 'app'), ordered('11:00', undefined, { order_id: 'o2' }))
      .timePasses(END)
      .thenEmits(
        attributed('10:10', { channel: 'app', total: null, touchpoints: [], shares: { linear: { app: 1 } } }),
        attributed('11:10', { channel: null, currency: null, shares: { position: { unknown: 1 } } }),
      )
  })

  test('a deal that was won is an order under its own id; one that was lost is not', () => {
    orders()
      .when(
        on('10:00 deal.closed', undefined, { deal_id: 'd1', value: 900, currency: 'DKK', won: true }),
        on('11:00 deal.closed', 'phone', { deal_id: 'd2', value: 70, won: false }),
        on('12:00 deal.closed', undefined, { deal_id: 'd3' }),
      )
      .timePasses(END)
      .thenEmits(
        attributed('10:10', { order_id: 'd1', channel: 'seller', total: 900, currency: 'DKK', how: 'met' }),
        emission('11:10 deal.lost', {
          deal_id: 'd2',
          channel: 'phone',
          value: 70,
          currency: null,
          how: 'met',
        }),
        attributed('12:10', { order_id: 'd3', total: null }),
      )
  })

  test('a deal without an id has that of its event', () => {
    const deal = event('10:00 deal.closed')
    orders()
      .when(deal)
      .timePasses(END)
      .thenEmits(attributed('10:10', { order_id: deal.id }))
  })
})

describe('touchpoints', () => {
  const typesOf = (chain: ReturnType<typeof orders>): readonly unknown[] =>
    chain
      .timePasses(END)
      .emitted()
      .flatMap(({ data }) => (data['touchpoints'] as readonly { type: string }[]).map(({ type }) => type))

  test('lie in the lookback, both borders excluded', () => {
    const chain = orders({ lookback: '1h' }).when(
      on('09:00 page.viewed'),
      on('09:00:00.001 cart.viewed'),
      on('09:59:59.999 content.read'),
      on('10:00 checkout.started'),
      on('10:01 email.opened'),
      ordered('10:00', 'web'),
    )
    expect(typesOf(chain)).toEqual(['cart.viewed', 'content.read'])
  })

  test('that come late count as if they had been there', () => {
    const chain = orders()
      .when(ordered('10:00', 'web'))
      .timePasses('10:09')
      .when(on('09:59 page.viewed', 'web'))
    expect(typesOf(chain)).toEqual(['page.viewed'])
  })

  test('happen where the event says, else where its type does', () => {
    const channels = orders()
      .when(
        on('09:00 product.viewed'),
        on('09:01 product.viewed', 'app'),
        on('09:02 call.received'),
        on('09:03 offer.clicked'),
        on('09:04 meeting.scheduled'),
        on('09:05 visit.started'),
        on('09:06 review.written', 'x'.repeat(65)),
        ordered('10:00', 'web'),
      )
      .timePasses(END)
      .emitted()
      .map(({ data }) =>
        (data['touchpoints'] as readonly { channel: string }[]).map(({ channel }) => channel),
      )
    expect(channels).toEqual([['web', 'app', 'phone', 'offer', 'seller', 'store', 'web']])
  })

  test('of the campaign in the context, else in the data', () => {
    const campaigns = orders()
      .when(
        on('09:00 email.clicked', 'email', { campaign: 'data' }, { campaign: 'context' }),
        on('09:01 email.clicked', 'email', { campaign: 'data' }),
        on('09:02 email.clicked', 'email', { campaign: 7 }),
        on('09:03 email.clicked', 'email', { campaign: 'x'.repeat(129) }),
        ordered('10:00', 'web'),
      )
      .timePasses(END)
      .emitted()
      .map(({ data }) =>
        (data['touchpoints'] as readonly { campaign: string }[]).map(({ campaign }) => campaign),
      )
    expect(campaigns).toEqual([['context', 'data', null, null]])
  })

  test('count for every order that they lie before', () => {
    orders()
      .when(
        on('09:00 page.viewed', 'web'),
        ordered('10:00', 'web'),
        ordered('11:00', 'web', { order_id: 'o2' }),
      )
      .timePasses(END)
      .thenEmits(
        attributed('10:10', { order_id: 'o1', touchpoints: [{ type: 'page.viewed' }] }),
        attributed('11:10', { order_id: 'o2', touchpoints: [{ type: 'page.viewed' }] }),
      )
  })
})

describe('shares', () => {
  const sharesOf = (channels: readonly string[]): Json =>
    orders()
      .when(...channels.map((channel, i) => on(`09:${10 + i} page.viewed`, channel)), ordered('10:00', 'web'))
      .timePasses(END)
      .emitted()[0]?.data['shares'] as Json

  test('by position: two ends have forty of a hundred each, what lies between shares twenty', () => {
    expect(sharesOf(['web'])['position']).toEqual({ web: 1 })
    expect(sharesOf(['web', 'app'])['position']).toEqual({ app: 0.5, web: 0.5 })
    expect(sharesOf(['web', 'app', 'app', 'push', 'sms', 'web'])['position']).toEqual({
      app: 0.1,
      push: 0.05,
      sms: 0.05,
      web: 0.8,
    })
  })

  test('sum to a million millionths, whatever is rounded', () => {
    const shares = sharesOf(['a', 'b', 'c', 'a', 'd', 'e', 'f'])
    for (const model of ['first', 'last', 'linear', 'position']) {
      const millionths = Object.values(shares[model] as Record<string, number>).map((share) => share * 1e6)
      expect(Math.round(millionths.reduce((sum, share) => sum + share, 0))).toBe(1_000_000)
    }
    expect(shares['linear']).toEqual({
      a: 0.285715,
      b: 0.142857,
      c: 0.142857,
      d: 0.142857,
      e: 0.142857,
      f: 0.142857,
    })
  })
})

describe('online influence', () => {
  const influenced = (order: string | undefined, ...touches: readonly [string, string?][]): unknown =>
    orders()
      .when(...touches.map(([type, channel]) => on(`09:00 ${type}`, channel)), ordered('10:00', order))
      .timePasses(END)
      .emitted()[0]?.data['online_influenced']

  test('is an order in a store or by phone behind something online', () => {
    expect(influenced('store', ['page.viewed'])).toBe(true)
    expect(influenced('phone', ['offer.clicked'])).toBe(true)
    expect(influenced('store', ['store.visited'], ['call.received'])).toBe(false)
    expect(influenced('store', ['page.viewed', 'store'])).toBe(false)
    expect(influenced('store')).toBe(false)
    expect(influenced('web', ['page.viewed'])).toBe(false)
    expect(influenced(undefined, ['page.viewed'])).toBe(false)
  })
})

describe('how it was sold', () => {
  const how = (channel: string, ...types: readonly string[]): unknown =>
    orders()
      .when(...types.map((type) => on(`09:00 ${type}`)), ordered('10:00', channel))
      .timePasses(END)
      .emitted()[0]?.data['how']

  test('by the person alone, by somebody they met, or to a lead that was warm', () => {
    expect(how('web', 'page.viewed')).toBe('self-service')
    for (const type of ['staff.met', 'meeting.scheduled', 'store.visited', 'call.received'])
      expect(how('web', type)).toBe('met')
    expect(how('phone')).toBe('met')
    expect(how('web', 'lead.handed_over')).toBe('warmed-lead')
    expect(how('web', 'staff.met', 'lead.warmed')).toBe('warmed-lead')
  })

  test('a warm lead is no touchpoint', () => {
    orders()
      .when(on('09:00 lead.warmed'), ordered('10:00', 'web'))
      .timePasses(END)
      .thenEmits(attributed('10:10', { touchpoints: [] }))
  })
})

describe('one order counts once', () => {
  test('as the first report of it says, whatever came first', () => {
    const [till, site] = [ordered('10:00', 'store', { total: 5 }), ordered('10:03', 'web', { total: 6 })]
    for (const both of [
      [till, site],
      [site, till],
    ])
      orders()
        .when(...both)
        .timePasses(END)
        .thenEmits(attributed('10:10', { channel: 'store', total: 5 }))
  })

  test('also after it was decided', () => {
    orders()
      .when(ordered('10:00', 'web'))
      .timePasses('10:30')
      .when(ordered('11:00', 'web'))
      .timePasses(END)
      .thenEmits(attributed('10:10'))
  })

  test('for as long as the lookback is; then it is another one', () => {
    orders({ lookback: '1h' })
      .when(ordered('10:00', 'web'), ordered('10:59:59.999', 'web'), ordered('11:00', 'web'))
      .timePasses(END)
      .thenEmits(attributed('10:10'), attributed('11:10'))
  })

  test('a deal that was lost may be won later', () => {
    orders()
      .when(
        on('10:00 deal.closed', undefined, { deal_id: 'd', won: false }),
        on('12:00 deal.closed', undefined, { deal_id: 'd', won: true }),
      )
      .timePasses(END)
      .thenEmits(emission('10:10 deal.lost'), attributed('12:10'))
  })

  test('in two people who are found to be one', () => {
    const other = orders().when(ordered('10:01', 'web')).timePasses('10:05')
    orders()
      .when(ordered('10:00', 'store'))
      .timePasses('10:05')
      .merges(other, '10:05')
      .timePasses(END)
      .thenEmits(attributed('10:10', { channel: 'store' }))
    const decided = orders().when(ordered('10:00', 'web')).timePasses('10:30')
    orders()
      .when(ordered('10:25', 'web'))
      .timePasses('10:30')
      .merges(decided, '10:30')
      .timePasses(END)
      .thenNothing()
  })
})

describe('a merge', () => {
  test('joins what led to an order, and decides nothing by itself', () => {
    const other = orders().when(on('09:00 page.viewed', 'web')).timePasses('10:05')
    orders()
      .when(ordered('10:00', 'store'))
      .timePasses('10:05')
      .merges(other, '10:05')
      .thenNothing()
      .timePasses(END)
      .thenEmits(attributed('10:10', { online_influenced: true, touchpoints: [{ channel: 'web' }] }))
  })
})

describe('what is kept', () => {
  test('goes when nothing can come of it any more', () => {
    const chain = orders({ lookback: '1h' })
      .when(on('10:00 page.viewed'), on('10:30 page.viewed'), ordered('10:40', 'web'))
      .timePasses('11:49:59.999')
    expect(chain.now().counted).toHaveLength(1)
    expect(chain.timePasses('11:50').now()).toEqual(attribution.state.initial())
  })

  test('has a bound; the oldest touchpoints and orders fall out and are counted', () => {
    const state = attribution.state.initial()
    const ready = attribution.prepare({ lookback: 86_400_000 }, wiringOf('attribution'))
    const views = Array.from({ length: TOUCHPOINTS_PER_PERSON_MAX }, (_, i) => ({
      at: time('10:00') + i,
      kind: 0,
      channel: 'web',
      campaign: undefined,
    }))
    const moment = { at: 0, watermark: time('10:00'), person: 'p', known: NOTHING_KNOWN }
    const full = { ...state, traces: views, forgetAt: 0 }
    const step = attribution.onEvent(full, event('10:30 page.viewed'), moment, ready)
    expect(step?.fellOut).toBe(1)
    expect(step?.state?.traces).toHaveLength(TOUCHPOINTS_PER_PERSON_MAX)
    expect(step?.state?.traces[0]?.at).toBe(time('10:00') + 1)
    const chain = orders()
    for (let i = 0; i <= INSTANCES_PER_PERSON_MAX; i++) {
      const at = iso(time('10:00') + i * MINUTE_MS)
      chain.when(event(`${at} order.completed`, { order_id: `o${i}` }))
    }
    expect(chain.now().orders).toHaveLength(INSTANCES_PER_PERSON_MAX)
    expect(chain.now().orders[0]?.id).toBe('o1')
  })
})

test('a document without orders and deals is told so', () => {
  const upstream = (emits: readonly string[]) => [{ id: 'identity', type: 'identity', emits, fields: {} }]
  const check = (emits: readonly string[]) =>
    attribution.check?.({ lookback: 1 }, wiringOf('attribution', { upstream: upstream(emits) }))
  expect(check(['page.viewed', 'order.completed'])).toEqual([])
  expect(check(['page.viewed'])).toEqual([
    expect.objectContaining({ code: 'no-input', message: expect.stringContaining('order.completed') }),
  ])
})
