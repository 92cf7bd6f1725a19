/** brief: what to know of a person before meeting them (contracts, section 5 and B1 to B6). */
import { describe, expect, test } from '@jest/globals'
import { NOTHING_KNOWN } from '../../../src/model/known.ts'
import type { Json, StreamEvent } from '../../../src/model/event.ts'
import { EVENT_TYPES } from '../../../src/model/event-types.ts'
import { INSTANCES_PER_PERSON_MAX } from '../../../src/model/limits.ts'
import { NO_FACTS } from '../../../src/operators/brief/facts.ts'
import { RULES } from '../../../src/operators/brief/lanes.ts'
import { brief } from '../../../src/operators/brief/operator.ts'
import { emission, event, given, iso, time, wiringOf } from '../../support/given.ts'

const END = '3d00:00'
const on = (text: string, data: Json = {}, channel?: string) => event(text, data, { channel })
const visit = (at: string, data: Json = {}) => on(`${at} store.visited`, data)
const briefs = (config: object = {}, rest: object = {}) => given(brief, config, rest)
/** The data of the brief of a visit at noon. */
function told(...events: readonly StreamEvent[]): Json {
  const emitted = briefs()
    .when(...events, visit('12:00', { store_id: 's1' }))
    .timePasses(END)
    .emitted()
  return emitted.at(-1)?.data as Json
}

describe('when', () => {
  test('on a handover, an appointment, a visit and whatever else is named, at its time', () => {
    const calls = (chain: ReturnType<typeof briefs>) =>
      chain
        .when(
          on('10:00 lead.handed_over', { deal_id: 'd1', seller_id: 'eve' }),
          on('10:01 meeting.scheduled'),
          visit('10:02'),
          on('10:03 call.received'),
        )
        .timePasses(END)
        .emitted()
        .map((draft) => `${iso(draft.time ?? 0)} ${(draft.data['on'] as Json)['type'] as string}`)
    const three = [
      `${iso('10:00')} lead.handed_over`,
      `${iso('10:01')} meeting.scheduled`,
      `${iso('10:02')} store.visited`,
    ]
    expect(calls(briefs())).toEqual(three)
    expect(calls(briefs({ on: ['call.received'] }))).toEqual([...three, `${iso('10:03')} call.received`])
  })

  test('when the watermark is past it, with what was known at its time, whatever came first', () => {
    const mood = (at: string, value: number) => on(`${at} mood.measured`, { mood: value })
    for (const order of [
      [visit('10:00'), mood('10:00', 0.5), mood('10:01', -0.5)],
      [mood('10:01', -0.5), mood('10:00', 0.5), visit('10:00')],
    ])
      briefs()
        .when(...order)
        .timePasses('10:00')
        .thenNothing()
        .timePasses('10:00:00.001')
        .thenEmits(emission('10:00 brief.prepared', { mood: { mood: 0.5 } }))
  })

  test('of a late call at once, with what is known then', () => {
    briefs()
      .when(on('09:50 product.searched', { query: 'kite' }), on('09:58 product.searched', { query: 'boat' }))
      .timePasses('10:00')
      .when(visit('09:55'))
      .thenEmits(emission('09:55 brief.prepared', { needs: { searches: [{ query: 'kite' }] } }))
  })

  test('says what called for it', () => {
    const call = visit('12:00', { store_id: 's1', topic: 'repair', nested: { deep: 1 }, id: 'own' })
    briefs()
      .when(call)
      .timePasses(END)
      .thenEmits(
        emission('12:00 brief.prepared', {
          on: { type: 'store.visited', id: call.id, time: iso('12:00'), store_id: 's1', topic: 'repair' },
        }),
      )
  })
})

describe('what is told', () => {
  test('of nobody anything is known: all fields are there, and empty but for the visit itself', () => {
    const data = told()
    expect(data).toMatchObject({
      ...NO_FACTS,
      preferred_channel: 'store',
      preferred_hours: ['12:00'],
      notable: [{ time: iso('12:00'), type: 'store.visited', words: 'came to the store at s1' }],
      withheld: false,
      consent: {},
      consent_words: [],
    })
  })

  test('needs: searches, comparisons and content, newest first', () => {
    const { needs } = told(
      on('09:00 product.searched', { query: 'kite' }),
      on('09:01 product.searched', { query: 'boat', category: 'toys' }),
      on('09:02 product.compared', { product_id: 'p1', name: 'Kite', price: 20, currency: 'EUR' }),
      on('09:03 content.read', { title: 'How to fly', topic: 'kites', seconds: 80 }),
    )
    expect(needs).toEqual({
      searches: [
        { query: 'boat', category: 'toys', time: iso('09:01') },
        { query: 'kite', category: null, time: iso('09:00') },
      ],
      comparisons: [
        {
          product_id: 'p1',
          name: 'Kite',
          category: null,
          brand: null,
          price: 20,
          currency: 'EUR',
          time: iso('09:02'),
        },
      ],
      content: [{ title: 'How to fly', topic: 'kites', url: null, seconds: 80, time: iso('09:03') }],
    })
  })

  test('interests: what was looked at most', () => {
    const { interests } = told(
      on('09:00 product.viewed', { product_id: 'p1', category: 'toys' }),
      on('09:01 product.viewed', { product_id: 'p2', category: 'toys' }),
      on('09:02 content.read', { topic: 'kites' }),
      on('09:03 page.viewed', { category: 'books' }),
      on('09:04 call.received', { topic: 'delivery', category: 'complaint' }),
    )
    expect(interests).toEqual([
      { category: 'toys', weight: 2 },
      { category: 'books', weight: 1 },
      { category: 'kites', weight: 1 },
    ])
  })

  test('the open cart: what was put in and neither taken out nor bought', () => {
    const change = (at: string, type: string, product: string, rest: Json = {}) =>
      on(`${at} product.${type}`, { product_id: product, price: 0.1, currency: 'EUR', ...rest })
    expect(
      told(
        change('09:00', 'added', 'old'),
        change('09:00', 'added', 'kept', { cart_id: 'k2', quantity: 3 }),
        on('09:05 order.completed', { order_id: 'o1', cart_id: 'default' }),
        change('09:05', 'added', 'again', { category: 'toys' }),
        change('09:06', 'removed', 'kept', { cart_id: 'k2' }),
        change('09:07', 'removed', 'never'),
        change('12:00:00.001', 'added', 'later'),
      )['open_cart'],
    ).toEqual({
      value: 0.3,
      currency: 'EUR',
      lines: [
        { product_id: 'kept', name: null, category: null, quantity: 2, price: 0.1 },
        { product_id: 'again', name: null, category: 'toys', quantity: 1, price: 0.1 },
      ],
    })
    expect(
      told(change('09:00', 'added', 'a'), on('09:05 order.completed', { order_id: 'o' }))['open_cart'],
    ).toBe(null)
  })

  test('what was bought, tickets and deals among it', () => {
    const products = [{ product_id: 'p1', name: 'Kite' }, { product_id: 'p2' }, 7]
    expect(
      told(
        on('09:00 order.completed', { order_id: 'o1', total: 20, currency: 'EUR', products }, 'web'),
        on('09:01 ticket.purchased', { order_id: 'o2', product: 'day', total: 40 }),
        on('09:02 deal.closed', { deal_id: 'd1', value: 900, won: true }),
        on('09:03 deal.closed', { deal_id: 'd2', value: 900, won: false }),
      )['bought'],
    ).toEqual([
      { order_id: 'd1', channel: null, total: 900, currency: null, products: [], time: iso('09:02') },
      { order_id: 'o2', channel: null, total: 40, currency: null, products: [], time: iso('09:01') },
      {
        order_id: 'o1',
        channel: 'web',
        total: 20,
        currency: 'EUR',
        products: ['Kite', 'p2'],
        time: iso('09:00'),
      },
    ])
  })

  test('an order that is reported twice was bought once', () => {
    const ordered = (at: string, channel: string) => on(`${at} order.completed`, { order_id: 'o1' }, channel)
    const { bought } = told(ordered('09:05', 'web'), ordered('09:00', 'store'))
    expect(bought).toMatchObject([{ order_id: 'o1', channel: 'store', time: iso('09:00') }])
  })

  test('offers and the last answer to each', () => {
    expect(
      told(
        on('09:00 offer.emitted', { offer_id: '1', offer: 'coffee', channel: 'push' }),
        on('09:00 offer.emitted', { offer_id: '2', offer: 'bag', channel: 'email' }),
        on('09:10 offer.opened', { offer_id: '1' }),
        on('09:11 offer.accepted', { offer_id: '1' }),
        on('13:00 offer.dismissed', { offer_id: '2' }),
      )['offers'],
    ).toEqual([
      {
        offer_id: '1',
        offer: 'coffee',
        channel: 'push',
        seen_at: iso('09:00'),
        answer: 'accepted',
        answered_at: iso('09:11'),
      },
      {
        offer_id: '2',
        offer: 'bag',
        channel: 'email',
        seen_at: iso('09:00'),
        answer: 'emitted',
        answered_at: iso('09:00'),
      },
    ])
  })

  test('mood and sentiment, the newest of each', () => {
    expect(
      told(
        on('09:00 mood.measured', { mood: -0.5, moment: 'arrival' }),
        on('09:01 call.received', { sentiment: -0.8, topic: 'delivery' }),
        on('09:02 call.received', { topic: 'returns' }),
      ),
    ).toMatchObject({
      mood: { mood: -0.5, moment: 'arrival', sensor: null, time: iso('09:00') },
      sentiment: {
        type: 'call.received',
        sentiment: -0.8,
        topic: 'delivery',
        category: null,
        time: iso('09:01'),
      },
    })
  })

  test('traits, the newest of each name, and the tribe', () => {
    const described = (at: string, traits: Json) => on(`${at} person.described`, { traits })
    expect(
      told(
        described('09:00', { tribe: 'makers', household: { size: 4 }, age: 40, gone: 'x' }),
        described('09:30', { age: 41, gone: null, long: 'x'.repeat(300) }),
        described('12:01', { age: 42 }),
      ),
    ).toMatchObject({ tribe: 'makers', traits: { age: 41, household: { size: 4 }, tribe: 'makers' } })
    expect(
      Object.keys(
        told(described('09:00', { gone: 1 }), described('09:01', { gone: null }))['traits'] as Json,
      ),
    ).toEqual([])
  })

  test('the channel and hours that they prefer, by their own clock', () => {
    const zone = on('08:00 person.described', { traits: { timezone: 'Europe/Copenhagen' } })
    const views = ['18:05', '18:30', '19:00', '19:10', '06:00'].map((at) =>
      on(`${at} page.viewed`, {}, 'app'),
    )
    const chain = briefs()
      .when(zone, ...views, on('1d18:00 page.viewed', {}, 'web'), visit('2d12:00'))
      .timePasses(END)
    expect(chain.emitted()[0]?.data).toMatchObject({
      preferred_channel: 'app',
      preferred_hours: ['08:00', '20:00', '21:00'],
    })
  })

  test('warmth and interests as others know them, when they do', () => {
    const warmed = on('09:00 lead.warmed', { warmth: 61, reasons: [{ type: 'email.clicked', share: 0.5 }] })
    expect(told(warmed)).toMatchObject({
      warmth: 61,
      warmth_reasons: [{ type: 'email.clicked', share: 0.5 }],
    })
    const asked: number[] = []
    const known = {
      profile: (at: number) => {
        asked.push(at)
        return {
          warmth: 70,
          warmth_reasons: ['a'],
          preferred_channel: 'email',
          interests: { toys: 2.5, books: 3 },
        }
      },
    }
    briefs({}, { known })
      .when(warmed, visit('12:00'))
      .timePasses(END)
      .thenEmits(
        emission('12:00 brief.prepared', {
          warmth: 70,
          warmth_reasons: ['a'],
          preferred_channel: 'email',
          interests: [
            { category: 'books', weight: 3 },
            { category: 'toys', weight: 2.5 },
          ],
        }),
      )
    expect(asked).toEqual([time('12:00')])
  })

  test('the ten newest notable events in words', () => {
    const words = (...events: readonly StreamEvent[]) =>
      (told(...events)['notable'] as readonly { words: string }[]).slice(1).map((entry) => entry.words)
    expect(
      words(
        on('09:00 order.completed', { order_id: 'o1', total: 20, currency: 'EUR' }, 'store'),
        on('09:01 call.received', { topic: 'delivery', sentiment: -0.6 }),
        on('09:02 ticket.purchased', { order_id: 'o2', product: 'day', visit_date: '2026-06-01' }),
        on('09:03 staff.met', { agent_id: 'eve', sentiment: 0.9 }),
        on('09:04 product.saved', { product_id: 'p1', name: 'Kite' }),
        on('09:05 offer.dismissed', { offer_id: '1', offer: 'coffee' }),
        on('09:06 consent.changed', { purpose: 'marketing', granted: false, channel: 'sms' }),
        on('09:07 mood.measured', { mood: 0, moment: 'arrival' }),
        on('09:08 deal.closed', { value: 900, currency: 'DKK' }),
      ),
    ).toEqual([
      'closed a deal for 900 DKK',
      'was in an even mood at arrival',
      'refused marketing by sms',
      'turned down offer coffee',
      'put Kite on the wish list',
      'spoke with eve, happy',
      'bought a day ticket to come on 2026-06-01',
      'called about delivery, unhappy',
      'bought for 20 EUR in the store in order o1',
    ])
    const many = Array.from({ length: 15 }, (_, i) => on(`09:${10 + i} review.written`, { topic: `t${i}` }))
    expect(words(...many)).toEqual([14, 13, 12, 11, 10, 9, 8, 7, 6].map((i) => `wrote a review about t${i}`))
  })

  test('every notable type has words of its own', () => {
    for (const type of EVENT_TYPES.keys()) {
      const notable = told(event(`11:59 ${type}`, { purpose: 'x', mood: 0.9, offer_id: '1' }))[
        'notable'
      ] as Json[]
      for (const { words } of notable) expect(words).not.toMatch(/\.|undefined|null|object| {2}/)
    }
  })
})

describe('consent for sales', () => {
  const word = (at: string, granted: boolean, rest: Json = {}) =>
    on(`${at} consent.changed`, { purpose: 'sales', granted, ...rest })

  test('refused: nothing is told but what called for the brief, and the consent', () => {
    const data = told(on('09:00 product.searched', { query: 'kite' }), word('09:01', false))
    expect(data).toEqual({
      on: expect.objectContaining({ type: 'store.visited', store_id: 's1' }),
      withheld: true,
      ...NO_FACTS,
      consent: { sales: false },
      consent_words: [{ purpose: 'sales', channel: null, granted: false, since: iso('09:01') }],
    })
  })

  test('is that of the time: the newest word, of one moment the refusal', () => {
    expect(told(word('09:01', false), word('09:02', true))).toMatchObject({ withheld: false })
    expect(told(word('09:01', true), word('12:00', false))).toMatchObject({ withheld: true })
    expect(told(word('09:01', true), word('12:01', false))).toMatchObject({ withheld: false })
    expect(told(word('09:01', false), word('09:01', true))).toMatchObject({ withheld: true })
    expect(told(word('09:01', true), word('09:01', false))).toMatchObject({ withheld: true })
  })

  test('for one channel, for another purpose, or no messages: what is known may be told', () => {
    const data = told(
      word('09:00', false, { channel: 'sms' }),
      on('09:01 consent.changed', { purpose: 'marketing', granted: false }),
      on('09:02 message.unsubscribed', { channel: 'email' }, 'web'),
    )
    expect(data).toMatchObject({
      withheld: false,
      consent: { marketing: false },
      consent_words: [
        { purpose: null, channel: 'email', granted: false },
        { purpose: 'marketing', channel: null, granted: false },
        { purpose: 'sales', channel: 'sms', granted: false },
      ],
    })
  })

  test('silence is what the document says, and the purpose too', () => {
    const withheld = (consent: object, ...events: readonly ReturnType<typeof on>[]) =>
      briefs({ consent })
        .when(...events, visit('12:00'))
        .timePasses(END)
        .emitted()[0]?.data['withheld']
    expect(withheld({})).toBe(false)
    expect(withheld({ default: 'denied' })).toBe(true)
    expect(withheld({ default: 'denied' }, word('09:00', true))).toBe(false)
    expect(withheld({ purpose: 'advice' }, word('09:00', false))).toBe(false)
  })

  test('a word whose scope is too long to keep is none', () => {
    const long = 'x'.repeat(201)
    expect(
      told(word('09:00', false, { purpose: long }), word('09:00', false, { channel: long })),
    ).toMatchObject({
      withheld: false,
      consent_words: [],
    })
  })

  test('a merge lifts no refusal; a word after both does', () => {
    const one = () => briefs().when(word('09:00', false)).timePasses('10:00')
    const other = () => briefs().when(word('09:30', true)).timePasses('10:00')
    for (const [kept, absorbed] of [
      [one(), other()],
      [other(), one()],
    ] as const)
      kept
        .merges(absorbed, '10:00')
        .when(visit('10:30'), word('11:00', true), visit('11:30'))
        .timePasses(END)
        .thenEmits(
          emission('10:30 brief.prepared', { withheld: true, consent: { sales: false } }),
          emission('11:30 brief.prepared', { withheld: false, consent: { sales: true } }),
        )
  })
})

describe('bounds', () => {
  test('what is looked at pushes out nothing else, and what is missed is counted', () => {
    const state = briefs().when(
      on('09:00 order.completed', { order_id: 'o1' }),
      ...Array.from({ length: 300 }, () => on('10:00 page.viewed', {}, 'web')),
    )
    expect(state.now().lanes.activity).toHaveLength(RULES.activity.max)
    expect(state.now().lanes.bought).toHaveLength(1)
    const ready = brief.prepare(brief.config.parse({}), wiringOf('brief'))
    const moment = { at: 0, watermark: time('09:00'), person: 'p', known: NOTHING_KNOWN }
    const full = Array.from({ length: RULES.cart.max }, (_, i) => ({ at: i, kind: 6, said: {} }))
    const step = (type: string) =>
      brief.onEvent(
        { ...state.now(), lanes: { ...state.now().lanes, cart: full } },
        event(`10:00 ${type}`, { product_id: 'p' }),
        moment,
        ready,
      )
    expect(step('product.added')?.fellOut).toBe(1)
    expect(step('page.viewed')?.fellOut).toBe(0)
  })

  test('of traits and consents the newest stands for those before it, as soon as no brief can ask for them', () => {
    const described = (at: string) => on(`${at} person.described`, { traits: { age: Number(at.slice(3)) } })
    const chain = briefs().when(described('09:00'), described('09:10'), described('09:20'))
    expect(chain.now().lanes.traits).toHaveLength(3)
    // As old as 09:10 a call may still be.
    expect(
      chain
        .timePasses('09:21')
        .when(described('09:22'))
        .now()
        .lanes.traits.map(({ at }) => at),
    ).toEqual([time('09:10'), time('09:20'), time('09:22')])
  })

  test('calls that wait', () => {
    const chain = briefs().when(...Array.from({ length: INSTANCES_PER_PERSON_MAX + 1 }, () => visit('10:00')))
    expect(chain.now().calls).toHaveLength(INSTANCES_PER_PERSON_MAX)
  })
})

test('findings: a type that nobody brings, and nothing that calls for a brief', () => {
  const check = (config: object, emits: readonly string[]) =>
    brief
      .check?.(
        brief.config.parse(config),
        wiringOf('brief', {
          upstream: [{ id: 'identity', type: 'identity', emits, fields: {} }],
          sourceTypes: emits,
        }),
      )
      .map(({ path, code, message }) => [path.join('.'), code, message])
  expect(check({}, ['store.visited'])).toEqual([])
  expect(check({ on: ['page.viewed'] }, ['page.viewed'])).toEqual([])
  expect(check({ on: ['store.visited', 'lead.handed_over'] }, ['store.visited'])).toEqual([])
  expect(check({ on: ['page.left'] }, ['page.viewed'])).toEqual([
    ['on.0', 'no-input', 'nobody in `from` brings page.left'],
  ])
  expect(check({}, ['page.viewed'])).toEqual([['', 'no-input', expect.stringContaining('never be a brief')]])
})
