/** pattern: steps in order, close together, and then not something else (contracts, section 5 and P1 to P8). */
import { describe, expect, test } from '@jest/globals'
import { NOTHING_KNOWN } from '../../../src/model/known.ts'
import {
  INSTANCES_PER_PERSON_MAX,
  PATTERN_EVENTS_PER_PERSON_MAX,
  PATTERN_KEY_LENGTH_MAX,
} from '../../../src/model/limits.ts'
import type { Json } from '../../../src/model/event.ts'
import { EVENT_TYPES } from '../../../src/model/event-types.ts'
import { SECOND_MS } from '../../../src/model/time.ts'
import { pattern } from '../../../src/operators/pattern/operator.ts'
import { emission, event, given, iso, time } from '../../support/given.ts'

const END = '3d00:00'
const viewed = (at: string, category = 'toys', id?: string) =>
  event(`${at} product.viewed`, { product_id: 'p1', category }, id === undefined ? {} : { id })
const left = (at: string, intent = true, category = 'toys') =>
  event(`${at} page.left`, { exit_intent: intent, category })
const ordered = (at: string, category = 'toys') =>
  event(`${at} order.completed`, { order_id: 'o1', category })
const fired = (at: string, data: Json = {}) => emission(`${at} trigger.fired`, data)
const ids = (drafts: readonly { readonly data: Json }[]): readonly (readonly string[])[] =>
  drafts.map(({ data }) => (data['matched'] as readonly { id: string }[]).map(({ id }) => id))

const WAVERING = {
  steps: [
    { type: 'product.viewed', times: 3 },
    { type: 'page.left', where: 'event.exit_intent' },
  ],
  within: '10m',
}
const A_THEN_B = { steps: [{ type: 'product.viewed' }, { type: 'page.left' }], within: '10m' }
const GATE = { id: 'identity', type: 'identity', emits: [...EVENT_TYPES.keys()], fields: {} }
const patterns = (config: object) => given(pattern, config, { operatorId: 'wavering', upstream: [GATE] })

describe('steps', () => {
  test('in order, others between them; the firing says what matched', () => {
    const emitted = patterns(WAVERING)
      .when(
        viewed('10:00', 'toys', 'v1'),
        left('10:01', false),
        viewed('10:02', 'toys', 'v2'),
        viewed('10:03', 'toys', 'v3'),
        { ...left('10:05'), id: 'l1' },
      )
      .timePasses(END)
      .emitted()
    expect(emitted).toEqual([
      {
        type: 'trigger.fired',
        time: time('10:05'),
        data: {
          trigger: 'wavering',
          instance: null,
          matched: [
            { id: 'v1', type: 'product.viewed', time: iso('10:00') },
            { id: 'v2', type: 'product.viewed', time: iso('10:02') },
            { id: 'v3', type: 'product.viewed', time: iso('10:03') },
            { id: 'l1', type: 'page.left', time: iso('10:05') },
          ],
        },
      },
    ])
  })

  test('the wrong order is none', () => {
    patterns(A_THEN_B).when(left('10:00'), viewed('10:01')).timePasses(END).thenNothing()
  })

  test('first to last is less than within', () => {
    patterns(A_THEN_B).when(viewed('10:00'), left('10:10')).timePasses(END).thenNothing()
    patterns(A_THEN_B)
      .when(viewed('10:00'), left('10:09:59.999'))
      .timePasses(END)
      .thenEmits(fired('10:09:59.999'))
  })

  test('one step too old is replaced by the next one', () => {
    const chain = patterns(A_THEN_B)
      .when(viewed('10:00', 'toys', 'old'), viewed('10:05', 'toys', 'new'), left('10:12'))
      .timePasses(END)
      .thenEmits(fired('10:12'))
    expect(ids(chain.emitted())[0]?.[0]).toBe('new')
  })

  test('of one moment events go in the order of the steps', () => {
    patterns(A_THEN_B).when(left('10:00'), viewed('10:00')).timePasses(END).thenEmits(fired('10:00'))
  })

  test('an event is one step of a match, also where it could be two', () => {
    const twice = { steps: [{ type: 'page.viewed' }, { type: 'page.viewed' }], within: '10m' }
    patterns(twice).when(event('10:00 page.viewed')).timePasses(END).thenNothing()
    patterns(twice)
      .when(event('10:00 page.viewed'), event('10:01 page.viewed'), event('10:02 page.viewed'))
      .timePasses(END)
      .thenEmits(fired('10:01'))
  })

  test('behind a match it goes on past its last event', () => {
    const times3 = { steps: [{ type: 'page.viewed', times: 3 }], within: '1h' }
    const views = Array.from({ length: 8 }, (_, i) => event(`10:0${i} page.viewed`))
    patterns(times3)
      .when(...views)
      .timePasses(END)
      .thenEmits(fired('10:02'), fired('10:05'))
  })

  test('a condition without a value is false; it sees id, source, time and context too', () => {
    patterns({ steps: [{ type: 'page.left', where: 'event.exit_intent' }] })
      .when(event('10:00 page.left'))
      .timePasses(END)
      .thenNothing()
    const where =
      'event.source == "web" && event.time > "2026-05-04T10:00" && event.context.campaign == "spring"'
    patterns({ steps: [{ type: 'page.left', where }] })
      .when(
        event('10:30 page.left'),
        event('10:31 page.left', {}, { context: { campaign: 'spring' } }),
        event('09:31 page.left', {}, { context: { campaign: 'spring' } }),
      )
      .timePasses(END)
      .thenEmits(fired('10:31'))
  })
})

describe('key', () => {
  const KEYED = { ...A_THEN_B, key: 'event.category' }

  test('keeps instances apart', () => {
    patterns(KEYED)
      .when(viewed('10:00', 'toys'), viewed('10:01', 'books'), left('10:02', true, 'books'))
      .timePasses(END)
      .thenEmits(fired('10:02', { instance: 'books' }))
  })

  test('an event on which it has no value, or too long a one, is skipped', () => {
    const long = 'x'.repeat(PATTERN_KEY_LENGTH_MAX + 1)
    patterns(KEYED)
      .when(event('10:00 product.viewed', { product_id: 'p1' }), viewed('10:00', ''), viewed('10:00', long))
      .when(event('10:01 page.left'), left('10:01', true, ''), left('10:01', true, long))
      .timePasses(END)
      .thenNothing()
  })

  test('a number and a truth are keys in words', () => {
    const config = { steps: [{ type: 'table.booked' }], key: 'event.size' }
    patterns(config)
      .when(event('10:00 table.booked', { size: 4 }), event('10:01 table.booked', { size: true }))
      .timePasses(END)
      .thenEmits(fired('10:00', { instance: '4' }), fired('10:01', { instance: 'true' }))
  })
})

describe('unless', () => {
  const LEFT_BEHIND = {
    steps: [{ type: 'product.viewed' }],
    unless: { type: 'order.completed', within: '30m' },
  }

  test('fires when the time is over, and not before', () => {
    patterns(LEFT_BEHIND)
      .when(viewed('10:00'))
      .thenTimer('pattern', '10:30')
      .timePasses('10:29:59.999')
      .thenNothing()
      .timePasses('10:30')
      .thenEmits(fired('10:30', { matched: [{ type: 'product.viewed', time: iso('10:00') }] }))
  })

  test.each([
    ['at the last event', '10:00', true],
    ['inside', '10:00:00.001', false],
    ['just before the end', '10:29:59.999', false],
    ['at the end', '10:30', true],
    ['before', '09:50', true],
  ])('an order %s', (_name, at, fires) => {
    for (const order of [
      [viewed('10:00'), ordered(at)],
      [ordered(at), viewed('10:00')],
    ])
      patterns(LEFT_BEHIND)
        .when(...order)
        .timePasses(END)
        .thenEmits(...(fires ? [fired('10:30')] : []))
  })

  test('a match that was called off is used up all the same', () => {
    const config = { ...A_THEN_B, unless: { type: 'order.completed', within: '5m' } }
    patterns(config)
      .when(viewed('10:00'), left('10:01'), ordered('10:02'), left('10:08'))
      .timePasses(END)
      .thenNothing()
  })

  test('only what the condition means, under the same key', () => {
    const config = {
      ...LEFT_BEHIND,
      key: 'event.category',
      unless: { type: 'order.completed', where: 'event.total > 10', within: '30m' },
    }
    const total = (at: string, n: number, category = 'toys') =>
      event(`${at} order.completed`, { order_id: 'o', total: n, category })
    patterns(config)
      .when(viewed('10:00'), total('10:05', 10), total('10:06', 50, 'books'))
      .timePasses(END)
      .thenEmits(fired('10:30', { instance: 'toys' }))
    patterns(config).when(viewed('10:00'), total('10:05', 11)).timePasses(END).thenNothing()
  })

  test('of its own type: the last of a row', () => {
    const config = { steps: [{ type: 'page.viewed' }], unless: { type: 'page.viewed', within: '5m' } }
    patterns(config)
      .when(event('10:00 page.viewed'), event('10:03 page.viewed'), event('10:08 page.viewed'))
      .timePasses(END)
      .thenEmits(fired('10:08'), fired('10:13'))
  })

  test('a stay in a place: entered, and not left for so long', () => {
    const dwell = {
      steps: [{ type: 'zone.entered' }],
      unless: { type: 'zone.left', within: '10m' },
      key: 'event.place_id',
    }
    const at = (when: string, what: string, place: string) =>
      event(`${when} zone.${what}`, { place_id: place })
    patterns(dwell)
      .when(at('10:00', 'entered', 'toys'), at('10:04', 'entered', 'books'), at('10:09', 'left', 'toys'))
      .timePasses(END)
      .thenEmits(fired('10:14', { instance: 'books' }))
  })
})

describe('once', () => {
  const ONCE = { steps: [{ type: 'page.left' }], key: 'event.category', once: '24h' }

  test('the least span between two firings of one key', () => {
    patterns(ONCE)
      .when(
        left('10:00'),
        left('11:00'),
        left('11:30', true, 'books'),
        left('1d09:59:59.999'),
        left('1d10:00'),
      )
      .timePasses(END)
      .thenEmits(fired('10:00'), fired('11:30', { instance: 'books' }), fired('1d10:00'))
  })

  test('a match that did not fire does not put the next one off', () => {
    patterns({ ...ONCE, once: '1h' })
      .when(left('10:00'), left('10:50'), left('11:10'))
      .timePasses(END)
      .thenEmits(fired('10:00'), fired('11:10'))
  })
})

describe('the watermark decides', () => {
  test('nothing before it has reached the last event', () => {
    patterns(A_THEN_B)
      .when(viewed('10:00'), left('10:05'))
      .timePasses('10:04:59.999')
      .thenNothing()
      .timePasses('10:05')
      .thenEmits(fired('10:05'))
  })

  test('steps that come the wrong way round match in the right one', () => {
    patterns(A_THEN_B).when(left('10:05'), viewed('10:00')).timePasses(END).thenEmits(fired('10:05'))
  })

  test('a late event that completes a match fires at once, with the time of the last event', () => {
    patterns(A_THEN_B)
      .when(left('10:05'))
      .timePasses('10:10')
      .when(viewed('10:01'))
      .thenEmits(fired('10:05'))
      .when(viewed('10:02'))
      .thenNothing()
  })

  test('a late event that what fired could do without fires nothing', () => {
    patterns(A_THEN_B)
      .when(viewed('10:00'), left('10:05'))
      .timePasses('10:30')
      .thenEmits(fired('10:05'))
      .when(viewed('10:01'), ordered('10:02'))
      .thenNothing()
  })

  test('a late event that must stay away calls off what is still open, and takes nothing back', () => {
    const config = { steps: [{ type: 'product.viewed' }], unless: { type: 'order.completed', within: '30m' } }
    patterns(config)
      .when(viewed('10:00'))
      .timePasses('10:29')
      .when(ordered('10:10'))
      .timePasses('11:00')
      .thenNothing()
      .when(viewed('11:00'))
      .timePasses('11:30')
      .thenEmits(fired('11:30'))
      .when(ordered('11:25'))
      .thenNothing()
  })

  test('a late event whose time is over, and that nothing called off', () => {
    const config = { steps: [{ type: 'product.viewed' }], unless: { type: 'order.completed', within: '5m' } }
    patterns(config)
      .when(ordered('10:03'))
      .timePasses('10:10')
      .when(viewed('10:04'))
      .thenEmits(fired('10:09'))
      .when(viewed('10:02'))
      .thenNothing()
  })

  test('several late matches of one step each fire', () => {
    const chain = patterns({ steps: [{ type: 'page.left' }] }).timePasses('11:00')
    chain.when(left('10:55'), left('10:52')).thenEmits(fired('10:55'))
    patterns({ steps: [{ type: 'page.left' }], key: 'event.category' })
      .timePasses('11:00')
      .when(left('10:55', true, 'a'), left('10:52', true, 'b'))
      .thenEmits(fired('10:55', { instance: 'a' }), fired('10:52', { instance: 'b' }))
  })
})

describe('at once', () => {
  const AT_ONCE = { ...A_THEN_B, decide: 'at-once' }

  test('fires when the event of the last step arrives', () => {
    patterns(AT_ONCE)
      .when(viewed('10:00'), left('10:05'))
      .thenEmits(fired('10:05'))
      .timePasses(END)
      .thenNothing()
  })

  test('follows the order of arrival', () => {
    patterns(AT_ONCE).when(left('10:05'), viewed('10:00')).timePasses(END).thenNothing()
  })

  test('once holds here too', () => {
    patterns({ steps: [{ type: 'page.left' }], decide: 'at-once', once: '1h' })
      .when(left('10:00'), left('10:59'), left('11:00'))
      .thenEmits(fired('10:00'), fired('11:00'))
  })
})

describe('two people who become one', () => {
  test('match together what is still to be decided', () => {
    const other = patterns(A_THEN_B).when(viewed('10:00')).timePasses('10:01')
    patterns(A_THEN_B)
      .when(left('10:05'))
      .timePasses('10:01')
      .merges(other, '10:01')
      .thenNothing()
      .timePasses(END)
      .thenEmits(fired('10:05'))
  })

  test('a merge by itself fires nothing, and neither does what comes behind it', () => {
    const other = patterns(A_THEN_B).when(viewed('10:00')).timePasses('10:08')
    patterns(A_THEN_B)
      .when(left('10:05'))
      .timePasses('10:08')
      .merges(other, '10:08')
      .thenNothing()
      .when(viewed('10:09'))
      .timePasses('10:09:30')
      .thenNothing()
      .when(left('10:09:40'))
      .timePasses(END)
      .thenEmits(fired('10:09:40'))
  })

  test('fired for either of them counts for both', () => {
    const config = { steps: [{ type: 'page.left' }], once: '1h' }
    const other = patterns(config).when(left('10:30')).timePasses('11:00').thenEmits(fired('10:30'))
    patterns(config)
      .when(left('10:00'))
      .timePasses('11:00')
      .thenEmits(fired('10:00'))
      .merges(other, '11:00')
      .when(left('11:29:59'), left('11:30'))
      .timePasses(END)
      .thenEmits(fired('11:30'))
  })

  test('what lies in front of the last match of either is used up', () => {
    const other = () =>
      patterns(A_THEN_B)
        .when(viewed('10:01'), left('10:02'), viewed('10:03'))
        .timePasses('10:10')
        .thenEmits(fired('10:02'))
    const matched = () =>
      patterns(A_THEN_B).when(viewed('10:00'), left('10:05')).timePasses('10:10').thenEmits(fired('10:05'))
    for (const chain of [matched().merges(other(), '10:10'), other().merges(matched(), '10:10')])
      chain
        .when(left('10:11'))
        .timePasses('10:20')
        .thenNothing()
        .when(viewed('10:21'), left('10:22'))
        .timePasses(END)
        .thenEmits(fired('10:22'))
  })

  test('what one bought calls off what the other left', () => {
    const config = { steps: [{ type: 'product.viewed' }], unless: { type: 'order.completed', within: '30m' } }
    const other = patterns(config).when(ordered('10:10')).timePasses('10:15')
    patterns(config)
      .when(viewed('10:00'))
      .timePasses('10:15')
      .merges(other, '10:15')
      .timePasses(END)
      .thenNothing()
  })
})

describe('bounds', () => {
  const start = time('10:00')
  const at = (seconds: number): string => iso(start + seconds * SECOND_MS)

  test('the oldest events fall out', () => {
    const config = { steps: [{ type: 'product.viewed' }, { type: 'page.left' }], within: '1d' }
    const views = Array.from({ length: PATTERN_EVENTS_PER_PERSON_MAX }, (_, i) =>
      viewed(at(i), 'toys', `v${i}`),
    )
    const chain = patterns(config)
      .when(...views, left('12:00'))
      .timePasses('12:00')
      .thenEmits(fired('12:00'))
    expect(ids(chain.emitted())).toEqual([['v1', expect.anything()]])
  })

  test('the oldest keys fall out', () => {
    const config = { ...A_THEN_B, within: '1d', key: 'event.category' }
    const views = Array.from({ length: INSTANCES_PER_PERSON_MAX + 1 }, (_, i) => viewed(at(i), `c${i}`))
    const chain = patterns(config).when(...views)
    expect(chain.now().instances).toHaveLength(INSTANCES_PER_PERSON_MAX)
    chain
      .when(left('12:00', true, 'c1'), left('12:01', true, 'c0'))
      .timePasses(END)
      .thenEmits(fired('12:00', { instance: 'c1' }))
  })

  test('what can matter no more is forgotten, and the person with it', () => {
    const chain = patterns(WAVERING).when(viewed('10:00'), viewed('10:01'), ordered('10:02'))
    expect(chain.now().instances).toHaveLength(1)
    chain.timePasses('11:00')
    expect(chain.now()).toEqual(pattern.state.initial())
    chain.thenTimer('pattern', undefined)
  })
})

test('under another config what was kept means nothing, except when it fired last', () => {
  const before = patterns({ ...A_THEN_B, once: '1h' })
    .when(viewed('10:00'), left('10:01'), viewed('10:02'))
    .timePasses('10:02')
    .thenEmits(fired('10:01'))
  const other = { steps: [{ type: 'page.viewed' }, { type: 'page.left' }], within: '10m', once: '1h' }
  patterns(other)
    .state(before.now())
    .timePasses('10:03')
    .when(left('10:04'), event('10:05 page.viewed'), left('10:06'), event('11:02 page.viewed'), left('11:03'))
    .timePasses(END)
    .thenEmits(fired('11:03'))
})

describe('conditions about the person', () => {
  const WITHOUT_ORDER = {
    steps: [{ type: 'page.left', where: 'event.exit_intent && profile.orders == 0' }],
    key: 'event.category',
  }
  const FIELDS = { told: { orders: 'number' }, untold: new Map() } as const
  /** Who ordered at these times; more may be heard of. */
  const asking = (config: object, orders: string[] = []) =>
    given(pattern, config, {
      operatorId: 'wavering',
      upstream: [GATE],
      profile: FIELDS,
      known: {
        ...NOTHING_KNOWN,
        profile: (at) => ({ orders: orders.filter((one) => time(one) <= at).length }),
      },
    })

  test('are asked when the watermark is past the event, of what is known then of that moment', () => {
    const orders: string[] = []
    const chain = asking(WITHOUT_ORDER, orders).when(left('10:00'), left('10:05')).at('09:59')
    orders.push('10:03', '10:00:00.001')
    chain
      .timePasses('10:00')
      .thenNothing()
      .timePasses('11:00')
      .thenEmits(fired('10:00', { instance: 'toys' }))
  })

  test('in the order of the events, whatever waits and whatever does not', () => {
    const config = {
      steps: [{ type: 'page.left', where: 'profile.orders == 0' }, { type: 'product.viewed' }],
      within: '10m',
    }
    for (const events of [
      [left('10:00'), viewed('10:01')],
      [viewed('10:01'), left('10:00')],
    ])
      asking(config)
        .when(...events)
        .timePasses('11:00')
        .thenEmits(fired('10:01'))
  })

  test('two keys of one moment are two firings', () => {
    asking(WITHOUT_ORDER)
      .when(left('10:00', true, 'toys'), left('10:00', true, 'books'))
      .timePasses('11:00')
      .thenEmits(fired('10:00', { instance: 'books' }), fired('10:00', { instance: 'toys' }))
  })

  test('what must stay away may be about the person too', () => {
    const config = {
      steps: [{ type: 'product.viewed' }],
      unless: { type: 'page.left', where: 'profile.orders == 0', within: '10m' },
    }
    asking(config).when(viewed('10:00'), left('10:09:59.999')).timePasses('11:00').thenNothing()
    asking(config, ['09:00'])
      .when(viewed('10:00'), left('10:05'))
      .timePasses('11:00')
      .thenEmits(fired('10:10'))
  })

  test('late events are asked when they come; at once everybody is', () => {
    asking(WITHOUT_ORDER).timePasses('10:05').when(left('10:00')).thenEmits(fired('10:00'))
    asking({ ...WITHOUT_ORDER, decide: 'at-once' })
      .when(left('10:00'))
      .thenEmits(fired('10:00'))
  })

  test('what waits goes along into a merge', () => {
    const other = asking(WITHOUT_ORDER).when(left('10:02', true, 'books'))
    asking(WITHOUT_ORDER)
      .when(left('10:01'))
      .merges(other, '10:00')
      .timePasses('11:00')
      .thenEmits(fired('10:01'), fired('10:02'))
  })

  test('of too many that wait the oldest fall out', () => {
    const many = Array.from({ length: PATTERN_EVENTS_PER_PERSON_MAX + 2 }, (_, i) =>
      left(iso(time('10:00') + i)),
    )
    expect(
      asking(WITHOUT_ORDER)
        .when(...many)
        .now().asked,
    ).toHaveLength(PATTERN_EVENTS_PER_PERSON_MAX)
  })
})
