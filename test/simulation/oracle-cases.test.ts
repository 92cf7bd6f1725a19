/** Cases of the oracle's own: what the conformance suite does not ask, and enough of it to stand without that suite. */
import { expect, test } from '@jest/globals'
import { oracle, type OutputRecord } from './oracle.ts'
import { wouldExceed } from './oracle/offers.ts'
import { objectOf } from './oracle/settings.ts'
import { endOfQuiet, isQuiet } from './oracle/wall-clock.ts'

const SOURCE = { topic: 'events', format: 'json', lateness: '10s', grace: '10m', idle: '30s' }
const document = (operators: readonly object[], identity: object = {}) => ({
  topology: 'own',
  timezone: 'UTC',
  sources: { all: SOURCE },
  operators: [{ id: 'identity', type: 'identity', from: ['all'], config: identity }, ...operators],
  sinks: Object.fromEntries(
    operators.map((o) => [
      (o as { id: string }).id,
      { from: (o as { id: string }).id, topic: (o as { id: string }).id },
    ]),
  ),
})

let ids = 0
/** `at('10:00', 'page.viewed', { anonymous_id: 'x' }, data)` on a plain day. */
const at = (time: string, type: string, identifiers: Record<string, string>, data: object = {}): string =>
  JSON.stringify({
    id: `e${++ids}`,
    type,
    time: `2026-05-04T${time}:00Z`,
    identifiers: Object.entries(identifiers).map(([name, value]) => ({ type: name, value })),
    data,
  })

const END = Date.parse('2026-05-06T00:00:00Z')
const ofType = (records: readonly OutputRecord[], type: string) =>
  records.filter((r) => r.value['type'] === type)
const run = (doc: ReturnType<typeof document>, lines: readonly string[]) => oracle(doc, lines, { until: END })

const VISIT = { id: 'visit', type: 'sessionize', from: 'identity', config: { gap: '30m' } }
const CART = { id: 'cart', type: 'cart-abandonment', from: 'identity', config: { after: '60m' } }

test('a session takes what is exactly a gap away, and not a minute more', () => {
  const { summary } = run(
    document([VISIT]),
    ['10:00', '10:30', '11:01'].map((t) => at(t, 'page.viewed', { anonymous_id: 'x' })),
  )
  expect(summary).toMatchObject({ sessions: 2, processed: 3, people: 1 })
})

test('an idle cart fires for its change, once', () => {
  const lines = [
    at('10:00', 'product.added', { anonymous_id: 'x' }, { product_id: 'p', price: 2 }),
    at('15:00', 'page.viewed', { anonymous_id: 'x' }),
  ]
  const [fired, ...more] = ofType(run(document([CART]), lines).records, 'trigger.fired')
  expect(fired?.value['time']).toBe('2026-05-04T11:00:00.000Z')
  expect(more).toEqual([])
})

test('a conflict shares the device, never the log-in', () => {
  const lines = [
    at('10:00', 'page.viewed', { user_id: 'a', device_id: 'D' }),
    at('10:01', 'page.viewed', { user_id: 'b', device_id: 'D' }),
    at('10:02', 'page.viewed', { device_id: 'D' }),
    at('10:03', 'page.viewed', { user_id: 'a', loyalty_id: 'L' }),
    at('10:04', 'page.viewed', { user_id: 'b', loyalty_id: 'L' }),
  ]
  const { records } = run(document([VISIT]), lines)
  expect(ofType(records, 'identity.created').map((r) => r.key)).toEqual([
    'person:user_id|a',
    'person:user_id|b',
    'shared:device_id|D',
  ])
  const reasons = ofType(records, 'identity.ambiguous').map((r) => objectOf(r.value['data'])['reason'])
  expect(reasons).toEqual(['shared', 'shared', 'conflict', 'conflict'])
})

test('a merge past a limit does not happen, and nothing becomes shared', () => {
  const identity = { identifiers: { user_id: { unique: true }, anonymous_id: { limit: 1 } } }
  const lines = [
    at('10:00', 'page.viewed', { user_id: 'a', anonymous_id: '1' }),
    at('10:01', 'page.viewed', { anonymous_id: '2' }),
    at('10:02', 'page.viewed', { user_id: 'a', anonymous_id: '2' }),
    at('10:03', 'page.viewed', { anonymous_id: '2' }),
  ]
  const { summary } = run(document([VISIT], identity), lines)
  expect(summary).toMatchObject({ merges: 0, people: 2, ambiguous: 1, sessions: 2 })
})

test('every line ends once', () => {
  const again = at('10:05', 'page.viewed', { anonymous_id: 'x' })
  const lines = [
    at('10:00', 'page.viewed', { anonymous_id: 'x' }),
    again,
    again,
    '',
    'no json',
    '{"clock":"2026-05-04T10:06:00Z"}',
    at('11:00', 'page.viewed', { anonymous_id: 'x' }),
    at('10:10', 'page.viewed', { anonymous_id: 'x' }),
    at('11:01', 'page.viewed', { anonymous_id: 'null' }),
  ]
  expect(run(document([VISIT]), lines).summary).toMatchObject({
    lines: 9,
    processed: 3,
    duplicates: 1,
    late: 1,
    blank: 1,
    directives: 1,
    dead_letters: { 'not-json': 1, 'no-identifier': 1 },
  })
})

test('a row of positions enters, the first beyond leaves; late ones count only if they are the newest', () => {
  const places = [{ id: 'mill', lat: 0, lon: 0, radius_m: 100 }]
  const GEOFENCE = { id: 'places', type: 'geofence', from: 'identity', config: { places, confirm: 2 } }
  const moved = (time: string, lat: number): string =>
    at(time, 'location.updated', { anonymous_id: 'x' }, { lat, lon: 0, accuracy_m: 5 })
  const lines = [
    moved('10:00', 0),
    moved('10:02', 0.0001),
    moved('10:01', 0.0005),
    moved('11:00', 0.0011),
    at('11:30', 'page.viewed', { anonymous_id: 'y' }),
    moved('11:10', 0),
    moved('11:25', 0),
    moved('11:22', 0),
  ]
  const { records, summary } = run(document([GEOFENCE]), lines)
  expect(ofType(records, 'zone.entered').map((r) => r.value['time'])).toEqual(['2026-05-04T10:01:00.000Z'])
  expect(ofType(records, 'zone.left').map((r) => objectOf(r.value['data'])['dwell_seconds'])).toEqual([3540])
  expect(summary).toMatchObject({ zones: 2, late: 1, sessionLate: 1 })
})

test('behaviour fires when its time is over, one match after the other; what a geofence says is part of it', () => {
  const places = [{ id: 'mill', lat: 0, lon: 0, radius_m: 100 }]
  const GEOFENCE = { id: 'places', type: 'geofence', from: 'identity', config: { places } }
  const STAY = {
    id: 'stay',
    type: 'pattern',
    from: ['places'],
    config: {
      steps: [{ type: 'zone.entered' }],
      unless: { type: 'zone.left', within: '30m' },
      key: 'event.place_id',
    },
  }
  const TWICE = {
    id: 'twice',
    type: 'pattern',
    from: ['identity'],
    config: { steps: [{ type: 'page.viewed', times: 2 }], within: '10m', once: '1h' },
  }
  const x = { anonymous_id: 'x' }
  const moved = (time: string, lat: number): string => at(time, 'location.updated', x, { lat, lon: 0 })
  const lines = [
    moved('10:00', 0),
    ...['10:01', '10:02', '10:03', '10:04'].map((time) => at(time, 'page.viewed', x)),
    moved('10:20', 1),
    moved('11:00', 0),
    ...['11:01', '11:11', '11:12'].map((time) => at(time, 'page.viewed', x)),
  ]
  const fired = ofType(run(document([GEOFENCE, STAY, TWICE]), lines).records, 'trigger.fired')
  expect(fired.map(({ topic, value }) => [topic, value['time']])).toEqual([
    ['twice', '2026-05-04T10:02:00.000Z'],
    ['twice', '2026-05-04T11:12:00.000Z'],
    ['stay', '2026-05-04T11:30:00.000Z'],
  ])
})

test('a cap holds in every window that holds the emission', () => {
  const cap = { max: 1, perMs: 100 }
  expect(wouldExceed([0], 100, cap)).toBe(false)
  expect(wouldExceed([0], 99, cap)).toBe(true)
  expect(wouldExceed([50], 0, cap)).toBe(true)
  expect(wouldExceed([0, 99], 300, cap)).toBe(false)
})

test.each([
  ['an ordinary night', 'Europe/Copenhagen', '2026-05-04T22:30Z', '22:00', '08:00', '2026-05-05T06:00Z'],
  [
    '`to` in the hour that is left out',
    'Europe/Copenhagen',
    '2026-03-28T23:30Z',
    '22:00',
    '02:30',
    '2026-03-29T01:00Z',
  ],
  ['`to` twice: the first', 'Europe/Copenhagen', '2026-10-24T23:30Z', '22:00', '02:30', '2026-10-25T00:30Z'],
  ['`to` twice: the second', 'Europe/Copenhagen', '2026-10-25T01:15Z', '22:00', '02:30', '2026-10-25T01:30Z'],
])('quiet hours end: %s', (_name, zone, now, from, to, end) => {
  const minutes = (text: string) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3))
  const hours = { from: minutes(from), to: minutes(to) }
  expect(isQuiet(hours, zone, Date.parse(now))).toBe(true)
  expect(endOfQuiet(hours, zone, Date.parse(now))).toBe(Date.parse(end))
})
