import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { StreamEvent } from '../../../src/model/event.ts'
import { MINUTE_MS } from '../../../src/model/time.ts'
import { sessionize } from '../../../src/operators/sessionize/operator.ts'
import { emission, event, given, iso, time } from '../../support/given.ts'
import { emissionsOf, expectMergeInAnyOrder, inAnyArrival } from '../../support/laws.ts'

const viewed = (at: string, channel?: string) => event(`${at} page.viewed`, {}, { channel })
const closed = (at: string, from: string, to: string, events: number) =>
  emission(`${at} session.closed`, { started_at: iso(from), ended_at: iso(to), events })
const END = '3d00:00'

describe('the gap', () => {
  test('exactly 30 minutes joins', () => {
    given(sessionize)
      .when(viewed('10:00'), viewed('10:30'), viewed('11:00'))
      .timePasses(END)
      .thenEmits(closed('11:30:00.001', '10:00', '11:00', 3))
  })
  test('one millisecond more parts', () => {
    given(sessionize)
      .when(viewed('10:00'), viewed('10:30:00.001'))
      .timePasses(END)
      .thenEmits(
        closed('10:30:00.001', '10:00', '10:00', 1),
        closed('11:00:00.002', '10:30:00.001', '10:30:00.001', 1),
      )
  })
  test('two events at the same moment', () => {
    given(sessionize)
      .when(viewed('10:00'), viewed('10:00'))
      .timePasses(END)
      .thenEmits(closed('10:30:00.001', '10:00', '10:00', 2))
  })
  test('closed 1 ms behind it, and not before', () => {
    given(sessionize)
      .when(viewed('10:00'))
      .timePasses('10:30')
      .thenNothing()
      .timePasses('10:30:00.001')
      .thenEmits(closed('10:30:00.001', '10:00', '10:00', 1))
  })
  test('another gap, across midnight', () => {
    given(sessionize, { gap: '5m' })
      .when(viewed('23:58'), viewed('1d00:03'), viewed('1d00:08:00.001'))
      .timePasses(END)
      .thenEmits(
        closed('1d00:08:00.001', '23:58', '1d00:03', 2),
        closed('1d00:13:00.002', '1d00:08:00.001', '1d00:08:00.001', 1),
      )
  })
  test('prolonging a session moves no timer; the firing carries the true due time', () => {
    given(sessionize)
      .when(viewed('10:00'))
      .thenTimer('session:', '10:30:00.001')
      .when(viewed('10:20'))
      .thenTimer('session:', '10:30:00.001')
      .timePasses('10:40')
      .thenNothing()
      .thenTimer('session:', '10:50:00.001')
      .timePasses('11:00')
      .thenEmits(closed('10:50:00.001', '10:00', '10:20', 2))
      .thenTimer('session:', undefined)
  })
})

describe('late events', () => {
  test('one bridges two open sessions', () => {
    given(sessionize)
      .when(viewed('10:00'))
      .when(viewed('10:50'))
      .at('10:20')
      .when(viewed('10:25'))
      .thenNothing()
      .timePasses(END)
      .thenEmits(closed('11:20:00.001', '10:00', '10:50', 3))
  })
  test('one extends to the front', () => {
    given(sessionize)
      .when(viewed('10:20'))
      .when(viewed('10:15'))
      .at('10:20:20')
      .thenNothing()
      .timePasses(END)
      .thenEmits(closed('10:50:00.001', '10:15', '10:20', 2))
  })
  test('the session it would form is closed already: late, and nothing changes', () => {
    given(sessionize, { gap: '1m' })
      .when(viewed('10:00'))
      .timePasses('10:04:50')
      .thenEmits(closed('10:01:00.001', '10:00', '10:00', 1))
      .when(viewed('10:02'))
      .thenLate()
      .timePasses(END)
      .thenEmits()
  })
  test('its own session is still open, beside a closed one that stays as it was', () => {
    given(sessionize, { gap: '1m' })
      .when(viewed('10:03:20'))
      .timePasses('10:04:50')
      .thenEmits(closed('10:04:20.001', '10:03:20', '10:03:20', 1))
      .when(viewed('10:04'))
      .thenNothing()
      .timePasses(END)
      .thenEmits(closed('10:05:00.001', '10:04', '10:04', 1))
  })
  test('open until the very millisecond', () => {
    given(sessionize, { gap: '1m' }).when(viewed('10:00')).at('10:01').thenNothing()
    given(sessionize, { gap: '1m' }).when(viewed('10:00')).at('10:01:00.001').thenLate()
  })
  test('seven in a row: judged on the session each would form', () => {
    const chain = given(sessionize, { gap: '5s' })
    for (const s of ['00', '04', '08', '12', '14', '30', '29'])
      chain.when(viewed(`10:00:${s}`)).at(s === '29' ? '10:00:30' : `10:00:${s}`)
    chain
      .thenEmits(closed('10:00:19.001', '10:00:00', '10:00:14', 5))
      .when(viewed('10:00:17'))
      .thenLate()
      .timePasses(END)
      .thenEmits(closed('10:00:35.001', '10:00:29', '10:00:30', 2))
  })
})

describe('the longest session (S1)', () => {
  const config = { gap: '30m', max: '1h' }
  test('an event at start + max opens the next; the session is due there', () => {
    given(sessionize, config)
      .when(viewed('10:00'), viewed('10:30'), viewed('10:59:59.999'), viewed('11:00'))
      .timePasses(END)
      .thenEmits(closed('11:00', '10:00', '10:59:59.999', 3), closed('11:30:00.001', '11:00', '11:00', 1))
  })
  test('a long day is cut after 24 hours', () => {
    const chain = given(sessionize)
    for (let i = 0; i < 215; i++) {
      const at = time('00:00') + i * 7 * MINUTE_MS
      chain.when(viewed(iso(at))).at(at - 10_000)
    }
    expect(chain.now().lanes[0]?.blocks.length).toBeLessThan(4)
    chain
      .timePasses(END)
      .thenEmits(closed('1d00:00', '00:00', '23:55', 206), closed('1d01:28:00.001', '1d00:02', '1d00:58', 9))
  })
  test('a late event at the front moves the cut', () => {
    given(sessionize, config)
      .when(viewed('10:10'), viewed('10:40'), viewed('11:05'))
      .when(viewed('10:00'))
      .at('10:20')
      .thenNothing()
      .thenTimer('session:', '10:40:00.001')
      .timePasses(END)
      .thenEmits(closed('11:00', '10:00', '10:40', 3), closed('11:35:00.001', '11:05', '11:05', 1))
  })
  test('an event for the range of a session that max closed opens a new one', () => {
    given(sessionize, config)
      .when(viewed('10:00'), viewed('10:30'), viewed('10:55'), viewed('11:05'))
      .timePasses('11:00')
      .thenEmits(closed('11:00', '10:00', '10:55', 3))
      .when(viewed('10:50'))
      .thenNothing()
      .timePasses(END)
      .thenEmits(closed('11:35:00.001', '10:50', '11:05', 2))
  })
  test('ids differ even where a late session begins where a closed one began', () => {
    const chain = given(sessionize)
      .when(viewed('10:00'), viewed('10:10'))
      .timePasses('10:40:00.001')
      .thenEmits(closed('10:40:00.001', '10:00', '10:10', 2))
      .when(viewed('10:15'))
      .when(viewed('10:00'))
      .timePasses(END)
      .thenEmits(closed('10:45:00.001', '10:00', '10:15', 2))
    expect(new Set(chain.emitted().map((draft) => draft.data.session_id)).size).toBe(2)
  })
})

describe('what counts', () => {
  test('machine pings neither open nor prolong a visit', () => {
    given(sessionize)
      .when(
        viewed('10:00'),
        event('10:20 location.updated'),
        event('10:25 trip.eta_updated'),
        event('10:28 mood.measured'),
        event('10:29 person.described'),
        event('10:29 offer.delivered'),
        viewed('10:45'),
      )
      .timePasses(END)
      .thenEmits(closed('10:30:00.001', '10:00', '10:00', 1), closed('11:15:00.001', '10:45', '10:45', 1))
  })
  test('an ignore list of its own replaces the default', () => {
    given(sessionize, { ignore: ['page.*'] })
      .when(
        viewed('10:00'),
        event('10:01 page.left'),
        event('10:02 product.viewed', { product_id: 'p1' }),
        event('10:03 location.updated'),
      )
      .timePasses(END)
      .thenEmits(closed('10:33:00.001', '10:02', '10:03', 2))
  })
  test('one session per channel, none being a channel of its own (S4)', () => {
    given(sessionize, { by: 'channel' })
      .when(
        viewed('10:00', 'web'),
        viewed('10:05', 'app'),
        viewed('10:10', 'web'),
        viewed('10:20'),
        viewed('10:34', 'app'),
      )
      .timePasses(END)
      .thenEmits(
        emission('10:40:00.001 session.closed', { events: 2, channels: ['web'] }),
        emission('10:50:00.001 session.closed', { events: 1, channels: [] }),
        emission('11:04:00.001 session.closed', { started_at: iso('10:05'), events: 2, channels: ['app'] }),
      )
  })
  test('channels at once are bounded: the one silent longest falls out, with its timer', () => {
    const many = Array.from({ length: 201 }, (_, i) => viewed(iso(time('10:00') + i), `c${i}`))
    const chain = given(sessionize, { by: 'channel' })
      .when(...many)
      .thenTimer('session:c0', undefined)
      .thenTimer('session:c1', '10:30:00.002')
    expect(chain.now().lanes).toHaveLength(200)
  })
  test('what a session says (S2)', () => {
    const product = { product_id: 'p1', price: 0.1, quantity: 3, currency: 'DKK' }
    given(sessionize)
      .when(
        viewed('10:00', 'web'),
        event('10:01 product.viewed', { product_id: 'p2' }, { channel: 'web' }),
        event('10:02 product.added', product),
        event('10:02:30 product.added', { product_id: 'p3', price: 0.2 }),
        event('10:03 product.removed', { product_id: 'p3', price: 0.2 }),
        viewed('10:03', 'app'),
        event(
          '10:04 order.completed',
          { order_id: 'o', total: 20, currency: 'EUR', products: [{ product_id: 'p9' }, { quantity: 1 }] },
          { channel: 'app' },
        ),
        event('10:05 ticket.purchased', { order_id: 'o2', total: 5.5 }),
      )
      .timePasses(END)
      .thenEmits(
        emission('10:35:00.001 session.closed', {
          events: 8,
          pages: 2,
          products: ['p1', 'p2', 'p3', 'p9'],
          channels: ['app', 'web'],
          cart_value: 0.3,
          order_total: 25.5,
          currency: 'EUR',
          converted: true,
          types: {
            'order.completed': 1,
            'page.viewed': 2,
            'product.added': 2,
            'product.removed': 1,
            'product.viewed': 1,
            'ticket.purchased': 1,
          },
        }),
      )
  })
  test('a cart is never worth less than nothing, and what is unknown is null', () => {
    given(sessionize)
      .when(event('10:00 product.removed', { product_id: 'p1', price: 5 }))
      .timePasses(END)
      .thenEmits(
        emission('10:30:00.001 session.closed', {
          cart_value: 0,
          order_total: 0,
          currency: null,
          converted: false,
          channels: [],
          pages: 0,
        }),
      )
  })
})

describe('two people who are one', () => {
  test('open sessions within the gap unite, distant ones do not', () => {
    given(sessionize)
      .when(viewed('10:00'))
      .merges(given(sessionize).when(viewed('10:10')), '10:20')
      .when(viewed('10:20'))
      .timePasses(END)
      .thenEmits(closed('10:50:00.001', '10:00', '10:20', 3))
    given(sessionize, { gap: '5m' })
      .when(viewed('10:00'))
      .merges(given(sessionize, { gap: '5m' }).when(viewed('10:10')), '10:12')
      .timePasses(END)
      .thenEmits(closed('10:05:00.001', '10:00', '10:00', 1), closed('10:15:00.001', '10:10', '10:10', 1))
  })
  test('with nobody known', () => {
    given(sessionize)
      .merges(given(sessionize).when(viewed('10:10')), '10:20')
      .timePasses(END)
      .thenEmits(closed('10:40:00.001', '10:10', '10:10', 1))
  })
})

describe('laws', () => {
  const START = time('10:00')
  const LATENESS = 5 * MINUTE_MS
  const config = { gap: '3m', max: '12m' }
  const some = fc.record({
    minute: fc.integer({ min: 0, max: 80 }),
    ms: fc.constantFrom(0, 0, 1),
    price: fc.integer({ min: 1, max: 99 }),
    type: fc.constantFrom('page.viewed', 'product.added', 'product.removed', 'order.completed'),
    channel: fc.constantFrom('web', 'app', undefined),
  })
  const events = (maxLength: number) =>
    fc
      .array(some, { minLength: 1, maxLength })
      .map((list) =>
        list
          .map(({ minute, ms, price, type, channel }) =>
            event(
              `${iso(START + (minute * MINUTE_MS) / 2 + ms)} ${type}`,
              { product_id: `p${price % 5}`, price: price / 100, total: price, currency: `C${price % 3}` },
              { channel },
            ),
          )
          .sort((a, b) => a.time - b.time),
      )

  /** The naive model: all events sorted, cut from the front. */
  function model(sorted: readonly StreamEvent[]): readonly string[] {
    const sessions: StreamEvent[][] = []
    for (const one of sorted) {
      const open = sessions.at(-1)
      const joins =
        open !== undefined &&
        one.time - (open.at(-1)?.time ?? 0) <= 3 * MINUTE_MS &&
        one.time < (open[0]?.time ?? 0) + 12 * MINUTE_MS
      if (joins) open.push(one)
      else sessions.push([one])
    }
    return sessions
      .map((session) => `${iso(session[0]?.time ?? 0)} ${iso(session.at(-1)?.time ?? 0)} ${session.length}`)
      .sort()
  }

  test('any arrival within the lateness gives the same sessions, those of the naive model', () => {
    const arrival = events(30).chain((sorted) =>
      fc.tuple(fc.constant(sorted), inAnyArrival(sorted, LATENESS)),
    )
    fc.assert(
      fc.property(arrival, ([sorted, arrived]) => {
        const emitted = emissionsOf(sessionize, config, arrived, LATENESS, time(END))
        expect(emitted).toEqual(emissionsOf(sessionize, config, sorted, LATENESS, time(END)))
        const seen = emitted
          .map((text) => JSON.parse(text).data)
          .map((data) => `${data.started_at} ${data.ended_at} ${data.events}`)
        expect(seen.sort()).toEqual(model(sorted))
      }),
    )
  })
  /** The model that keeps every event: what comes, late events and a merge at any moment, with sessions closed as time passes. */
  function keeper() {
    let open: number[] = []
    const out: string[] = []
    const front = () => {
      let end = 1
      while (
        end < open.length &&
        open[end]! - open[end - 1]! <= 3 * MINUTE_MS &&
        open[end]! < open[0]! + 12 * MINUTE_MS
      )
        end++
      return { end, due: Math.min(open[end - 1]! + 3 * MINUTE_MS + 1, open[0]! + 12 * MINUTE_MS) }
    }
    const dueWith = (at: number, rest: number[]): number => {
      open = [...rest, at].sort((x, y) => x - y)
      for (;;) {
        const { end, due } = front()
        if (open.slice(0, end).includes(at)) return due
        open = open.slice(end)
      }
    }
    return {
      passes(to: number) {
        for (let first; open.length > 0 && (first = front()).due <= to; open = open.slice(first.end))
          out.push(`${iso(first.due)} ${iso(open[0]!)} ${first.end}`)
      },
      takes(at: number, watermark: number) {
        const before = open
        const due = dueWith(at, before)
        open = due <= watermark ? before : [...before, at].sort((x, y) => x - y)
      },
      merges(other: readonly number[]) {
        open = [...open, ...other].sort((x, y) => x - y)
      },
      open: () => open,
      out: () => out,
    }
  }

  test('late events and merges at any moment give the sessions of a model that keeps every event', () => {
    const steps = fc.array(
      fc.record({
        who: fc.boolean(),
        back: fc.integer({ min: 0, max: 24 }),
        forth: fc.integer({ min: 0, max: 4 }),
      }),
      { minLength: 4, maxLength: 60 },
    )
    fc.assert(
      fc.property(steps, fc.nat(60), (list, mergeAt) => {
        const chains = [given(sessionize, config), given(sessionize, config)] as const
        const models = [keeper(), keeper()] as const
        let watermark = START
        const passes = (to: number) => {
          watermark = to
          for (const i of [0, 1] as const) {
            chains[i].timePasses(to)
            models[i].passes(to)
          }
        }
        let merged = false
        for (const [i, { who, back, forth }] of list.entries()) {
          passes(watermark + (forth * MINUTE_MS) / 2)
          if (i === mergeAt) {
            chains[0].merges(chains[1], watermark)
            models[0].merges(models[1].open())
            merged = true
          }
          const person = who || merged ? 0 : 1
          const at = watermark + ((8 - back) * MINUTE_MS) / 2
          chains[person].when(viewed(iso(at))).now()
          models[person].takes(at, watermark)
        }
        chains[0].timePasses(time(END))
        models[0].passes(time(END))
        const seen = chains[0]
          .emitted()
          .map(
            (draft) =>
              `${iso(draft.time ?? 0)} ${String(draft.data.started_at)} ${String(draft.data.events)}`,
          )
        expect(seen).toEqual(models[0].out())
      }),
      { numRuns: 300 },
    )
  })
  test.each(['person', 'channel'])('merging in any order ends equal, by %s', (by) => {
    fc.assert(
      fc.property(
        fc.tuple(events(8), events(8), events(8), fc.integer({ min: 0, max: 10 })),
        ([a, b, c, minutes]) =>
          expectMergeInAnyOrder(sessionize, { ...config, by }, [a, b, c], START + minutes * MINUTE_MS),
      ),
    )
  })
  test('a busy person costs no more than a rare one, also while the watermark stands still', () => {
    const chain = given(sessionize)
    const many = (from: string) => Array.from({ length: 1000 }, (_, i) => viewed(iso(time(from) + i * 1000)))
    for (const one of many('10:00')) chain.when(one).at(one.time - 5000)
    expect(chain.now().lanes[0]?.blocks.length).toBeLessThan(10)
    const still = given(sessionize).when(...many('10:00').slice(0, 500))
    expect(still.now().lanes[0]?.blocks.length).toBeLessThan(202)
    still.timePasses(END).thenEmits(emission('10:38:19.001 session.closed', { events: 500 }))
  })
})

test('what a document may say', () => {
  expect(sessionize.config.parse({})).toMatchObject({ gap: 30 * MINUTE_MS, by: 'person' })
  const problem = (config: unknown) => sessionize.config.safeParse(config).error?.issues[0]
  expect(problem({ gap: '30 minutes' })).toMatchObject({ path: ['gap'], params: { code: 'bad-duration' } })
  expect(problem({ gap: 30 })).toMatchObject({ path: ['gap'], params: { code: 'bad-duration' } })
  expect(problem({ max: '0s' })).toMatchObject({ path: ['max'], params: { code: 'bad-value' } })
  expect(problem({ gapp: '30m' })).toMatchObject({ code: 'unrecognized_keys' })
})
