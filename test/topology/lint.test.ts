/** Every code of the closed list, at its exact place; and many mistakes at once. `▶` marks where a finding must stand. */
import { describe, expect, test } from '@jest/globals'
import { FINDING_CODES, type Finding } from '../../src/model/errors.ts'
import { parseTopology } from '../../src/topology/document.ts'
import { lint } from '../../src/topology/lint.ts'
import { OPERATORS, type RegisteredOperator } from '../../src/topology/registry.ts'
import { readMarks } from '../support/marked-text.ts'

const lintText = (text: string): readonly Finding[] => lint(parseTopology({ file: 'shop.yaml', text }))
const inShort = ({ place, level, code }: Finding): string => `${place.line}:${place.column} ${level} ${code}`
const errorOf = (finding: Finding): string => `${finding.message}; ${finding.hint}`

const HEAD = 'topology: shop'
const WEB = 'sources: { web: { topic: web } }'
const IDENTITY = '{ id: identity, type: identity, from: web }'
const VISIT = '{ id: visit, type: sessionize, from: identity }'
const CART = '{ id: cart, type: cart-abandonment, from: identity }'
const SINK = 'sinks: { out: { from: visit, topic: out } }'
const doc = (...lines: readonly string[]): string => lines.join('\n')
const operators = (...rows: readonly string[]): string =>
  doc('operators:', ...rows.map((row) => `  - ${row}`))
const offer = (rest: string): string =>
  `{ id: offers, type: offer, from: cart, config: { offers: [ { id: a, on: cart, channels: [push], template: t${rest} } ] } }`
const OFFERS = 'sinks: { out: { from: offers, topic: offers } }'

interface Case {
  readonly name: string
  readonly marked: string
  readonly code: Finding['code']
  readonly level?: Finding['level']
  readonly says: RegExp
}

const CASES: readonly Case[] = [
  { name: 'no YAML', code: 'yaml-syntax', says: /quotes/, marked: doc(HEAD, 'operators: ▶shop: none') },
  {
    name: 'a key twice',
    code: 'duplicate-key',
    says: /line 1/,
    marked: doc(HEAD, WEB, operators(IDENTITY, VISIT), SINK, 'topology: ▶shop'),
  },
  {
    name: 'an unknown key of the document',
    code: 'unknown-key',
    says: /did you mean "sinks"/,
    marked: doc(HEAD, WEB, operators(IDENTITY), '▶sink: {}'),
  },
  {
    name: 'an unknown key of a source',
    code: 'unknown-key',
    says: /did you mean "lateness"/,
    marked: doc(HEAD, 'sources: { web: { topic: web, ▶latenes: 10s } }', operators(IDENTITY)),
  },
  {
    name: 'an unknown key of an operator',
    code: 'unknown-key',
    says: /did you mean "config"/,
    marked: doc(HEAD, WEB, operators('{ id: identity, type: identity, from: web, ▶confg: {} }')),
  },
  {
    name: 'an unknown key of a config',
    code: 'unknown-key',
    says: /did you mean "gap"/,
    marked: doc(
      HEAD,
      WEB,
      operators(IDENTITY, '{ id: visit, type: sessionize, from: identity, config: { ▶gapp: 30m } }'),
      SINK,
    ),
  },
  {
    name: 'an unknown key deep inside a config',
    code: 'unknown-key',
    says: /did you mean "priority"/,
    marked: doc(HEAD, WEB, operators(IDENTITY, CART, offer(', ▶prioritty: 1')), OFFERS),
  },
  {
    name: 'a source without a topic',
    code: 'missing-key',
    says: /"topic".*Kafka topic/,
    marked: doc(HEAD, 'sources: { web: ▶{ lateness: 1s } }', operators(IDENTITY)),
  },
  {
    name: 'no name',
    code: 'missing-key',
    says: /"topology"/,
    marked: doc('▶sources: { web: { topic: web } }', operators(IDENTITY)),
  },
  {
    name: 'an operator without from',
    code: 'missing-key',
    says: /"from"/,
    marked: doc(HEAD, WEB, operators(IDENTITY, '▶{ id: visit, type: sessionize }'), SINK),
  },
  { name: 'no identity', code: 'missing-key', says: /identity/, marked: doc(HEAD, WEB, 'operators: ▶[]') },
  {
    name: 'a mapping where a list belongs',
    code: 'wrong-type',
    says: /list/,
    marked: doc(HEAD, WEB, operators(IDENTITY), 'sinks: ▶[]'),
  },
  {
    name: 'a number where a duration belongs',
    code: 'bad-duration',
    says: /10m/,
    marked: doc(HEAD, 'sources: { web: { topic: web, grace: ▶10 } }', operators(IDENTITY)),
  },
  {
    name: 'a number where a text belongs',
    code: 'wrong-type',
    says: /quotes/,
    marked: doc(HEAD, 'sources: { web: { topic: ▶7 } }', operators(IDENTITY)),
  },
  {
    name: 'a text where a number belongs',
    code: 'wrong-type',
    says: /number/,
    marked: doc(
      HEAD,
      WEB,
      operators(
        IDENTITY,
        '{ id: cart, type: cart-abandonment, from: identity, config: { minValue: ▶lots } }',
      ),
      'sinks: { out: { from: cart, topic: out } }',
    ),
  },
  {
    name: 'a number in from',
    code: 'wrong-type',
    says: /text/,
    marked: doc(
      HEAD,
      WEB,
      operators(IDENTITY, VISIT, '{ id: b, type: cart-abandonment, from: [identity, ▶7] }'),
      'sinks: { out: { from: [visit, b], topic: out } }',
    ),
  },
  {
    name: 'no duration',
    code: 'bad-duration',
    says: /10m/,
    marked: doc(HEAD, 'sources: { web: { topic: web, grace: ▶ten minutes } }', operators(IDENTITY)),
  },
  {
    name: 'a duration in weeks',
    code: 'bad-duration',
    says: /1w/,
    marked: doc(
      HEAD,
      WEB,
      operators(IDENTITY, '{ id: visit, type: sessionize, from: identity, config: { gap: ▶1w } }'),
      SINK,
    ),
  },
  {
    name: 'an unknown format',
    code: 'bad-value',
    says: /did you mean "json"/,
    marked: doc(HEAD, 'sources: { web: { topic: web, format: ▶jsno } }', operators(IDENTITY)),
  },
  {
    name: 'a value out of range',
    code: 'bad-value',
    says: /100/,
    marked: doc(
      HEAD,
      WEB,
      operators(
        IDENTITY,
        CART,
        '{ id: offers, type: offer, from: cart, config: { offers: [], holdout: { percent: ▶150, salt: s } } }',
      ),
      OFFERS,
    ),
  },
  {
    name: 'a fraction of a partition',
    code: 'bad-value',
    says: /whole number/,
    marked: doc(HEAD, WEB, operators(IDENTITY), 'partitions: ▶1.5'),
  },
  {
    name: 'a topic that Kafka refuses',
    code: 'bad-value',
    says: /Kafka/,
    marked: doc(HEAD, 'sources: { web: { topic: ▶"web events" } }', operators(IDENTITY)),
  },
  {
    name: 'an id that cannot be a name',
    code: 'bad-value',
    says: /letters/,
    marked: doc(
      HEAD,
      'sources: { web: { topic: w }, ▶"b c": { topic: b, world: true } }',
      operators(IDENTITY),
    ),
  },
  {
    name: 'a type of one word',
    code: 'bad-value',
    says: /product\.viewed/,
    marked: doc(
      HEAD,
      'sources: { web: { topic: web, types: [page.viewed, ▶Clicked] } }',
      operators(IDENTITY),
    ),
  },
  {
    name: 'two identities',
    code: 'bad-value',
    says: /exactly one/,
    marked: doc(HEAD, WEB, operators(IDENTITY, '{ id: who, type: ▶identity, from: web }')),
  },
  {
    name: 'no source',
    code: 'bad-value',
    says: /no source/,
    marked: doc(
      HEAD,
      'sources: ▶{}',
      operators('{ id: identity, type: identity, from: [] }').replace('[]', '▶[]'),
    ),
  },
  {
    name: 'an unknown source',
    code: 'unknown-id',
    says: /did you mean "web"/,
    marked: doc(HEAD, WEB, operators('{ id: identity, type: identity, from: [web, ▶wbe] }')),
  },
  {
    name: 'an unknown operator id',
    code: 'unknown-id',
    says: /did you mean "identity"/,
    marked: doc(HEAD, WEB, operators(IDENTITY, '{ id: visit, type: sessionize, from: ▶identiy }'), SINK),
  },
  {
    name: 'a source behind identity',
    code: 'unknown-id',
    says: /from: identity/,
    marked: doc(HEAD, WEB, operators(IDENTITY, '{ id: visit, type: sessionize, from: ▶web }'), SINK),
  },
  {
    name: 'a sink of nobody',
    code: 'unknown-id',
    says: /did you mean "visit"/,
    marked: doc(
      HEAD,
      WEB,
      operators(IDENTITY, VISIT),
      'sinks: { out: { from: [visit, ▶visits], topic: out } }',
    ),
  },
  {
    name: 'channels of what goes out on none',
    code: 'bad-value',
    says: /type offer/,
    marked: doc(
      HEAD,
      WEB,
      operators(IDENTITY, VISIT),
      'sinks: { out: { from: visit, topic: out, channels: ▶[call] } }',
    ),
  },
  {
    name: 'an offer on an unknown trigger',
    code: 'unknown-id',
    says: /cart/,
    marked: doc(HEAD, WEB, operators(IDENTITY, CART, offer('').replace('on: cart', 'on: ▶crat')), OFFERS),
  },
  {
    name: 'an id twice',
    code: 'duplicate-id',
    says: /visit/,
    marked: doc(
      HEAD,
      WEB,
      operators(IDENTITY, VISIT, '{ id: ▶visit, type: cart-abandonment, from: identity }'),
      SINK,
    ),
  },
  {
    name: 'a reference twice',
    code: 'duplicate-id',
    says: /twice/,
    marked: doc(HEAD, WEB, operators('{ id: identity, type: identity, from: [web, ▶web] }')),
  },
  {
    name: 'a topic read twice',
    code: 'duplicate-id',
    says: /"web"/,
    marked: doc(
      HEAD,
      'sources: { web: { topic: a }, app: { topic: ▶a } }',
      operators('{ id: identity, type: identity, from: [web, app] }'),
    ),
  },
  {
    name: 'a record written twice',
    code: 'duplicate-id',
    says: /twice/,
    marked: doc(
      HEAD,
      WEB,
      operators(IDENTITY, VISIT),
      'sinks: { a: { from: visit, topic: t }, b: { from: [visit], topic: ▶t } }',
    ),
  },
  {
    name: 'an unknown operator type',
    code: 'unknown-operator',
    says: /did you mean "sessionize"/,
    marked: doc(HEAD, WEB, operators(IDENTITY, '{ id: visit, type: ▶sessionise, from: identity }'), SINK),
  },
  {
    name: 'nearly a type of the table',
    code: 'unknown-type',
    level: 'warning',
    says: /did you mean "page.viewed"/,
    marked: doc(
      HEAD,
      'sources: { web: { topic: web, types: [▶page.view, ride.boarded] } }',
      operators(IDENTITY),
    ),
  },
  {
    name: 'no time zone',
    code: 'unknown-timezone',
    says: /did you mean "Europe\/Copenhagen"/,
    marked: doc(HEAD, 'timezone: ▶Europe/Kopenhagen', WEB, operators(IDENTITY)),
  },
  {
    name: 'a circle',
    code: 'cycle',
    says: /one takes from two takes from one/,
    marked: doc(
      HEAD,
      WEB,
      operators(
        IDENTITY,
        '{ id: one, type: sessionize, from: ▶two }',
        '{ id: two, type: sessionize, from: one }',
      ),
      'sinks: { out: { from: [one, two], topic: out } }',
    ),
  },
  {
    name: 'an operator behind itself',
    code: 'cycle',
    says: /itself/,
    marked: doc(
      HEAD,
      WEB,
      operators(IDENTITY, '{ id: one, type: sessionize, from: [identity, ▶one] }'),
      'sinks: { out: { from: one, topic: out } }',
    ),
  },
  {
    name: 'a sink into a source',
    code: 'cycle',
    level: 'warning',
    says: /comes back/,
    marked: doc(HEAD, WEB, operators(IDENTITY, VISIT), 'sinks: { out: { from: visit, topic: ▶web } }'),
  },
  {
    name: 'takes from nobody',
    code: 'no-input',
    says: /nobody/,
    marked: doc(HEAD, WEB, operators(IDENTITY, '{ id: visit, type: sessionize, from: ▶[] }'), SINK),
  },
  {
    name: 'types that no source brings',
    code: 'no-input',
    says: /trip/,
    marked: doc(
      HEAD,
      'sources: { web: { topic: web, types: [page.viewed] } }',
      operators(IDENTITY, '{ id: late, type: late-arrival, from: ▶identity }'),
      'sinks: { out: { from: late, topic: out } }',
    ),
  },
  {
    name: 'triggers that nobody upstream fires',
    code: 'no-input',
    says: /trigger/,
    marked: doc(
      HEAD,
      WEB,
      operators(IDENTITY, VISIT, '{ id: offers, type: offer, from: ▶visit, config: { offers: [] } }'),
      OFFERS,
    ),
  },
  {
    name: 'an operator that nobody hears',
    code: 'unreachable',
    level: 'warning',
    says: /sink/,
    marked: doc(HEAD, WEB, operators(IDENTITY, '{ id: ▶visit, type: sessionize, from: identity }')),
  },
  {
    name: 'a source that nobody reads',
    code: 'unreachable',
    level: 'warning',
    says: /identity/,
    marked: doc(HEAD, 'sources: { web: { topic: web }, app: ▶{ topic: app } }', operators(IDENTITY)),
  },
  {
    name: 'a condition that is no CEL',
    code: 'condition-syntax',
    says: /./,
    marked: doc(HEAD, WEB, operators(IDENTITY, CART, offer(", when: ▶'trigger.value >= '")), OFFERS),
  },
  {
    name: 'a field that the trigger has not',
    code: 'condition-type',
    says: /value/,
    marked: doc(HEAD, WEB, operators(IDENTITY, CART, offer(", when: ▶'trigger.valeu >= 10'")), OFFERS),
  },
  {
    name: 'a number compared with a text',
    code: 'condition-type',
    says: /./,
    marked: doc(HEAD, WEB, operators(IDENTITY, CART, offer(', when: ▶\'trigger.value >= "10"\'')), OFFERS),
  },
  {
    name: 'a sink into the compacted topic',
    code: 'bad-value',
    says: /compacted/,
    marked: doc(HEAD, WEB, operators(IDENTITY, VISIT), 'sinks: { out: { from: visit, topic: ▶identities } }'),
  },
  {
    name: 'late events into the compacted topic',
    code: 'bad-value',
    says: /lateEvents/,
    marked: doc(HEAD, WEB, operators(IDENTITY), 'lateEvents: { topic: ▶who }', 'identities: { topic: who }'),
  },
  {
    name: 'dead letters into a source',
    code: 'cycle',
    level: 'warning',
    says: /comes back/,
    marked: doc(HEAD, WEB, operators(IDENTITY), 'deadLetters: { topic: ▶web }'),
  },
  {
    name: 'a list without types hides no other mistake and makes none',
    code: 'bad-value',
    says: /at least 1 entry, has 0/,
    marked: doc(
      HEAD,
      'sources: { web: { topic: web, types: ▶[] } }',
      operators(IDENTITY, CART),
      'sinks: { out: { from: cart, topic: out } }',
    ),
  },
  {
    name: 'a condition that asks nothing',
    code: 'constant-condition',
    level: 'warning',
    says: /always false, whatever comes/,
    marked: doc(
      HEAD,
      WEB,
      operators(IDENTITY, CART, offer(", when: ▶'trigger.value > 5 && trigger.value < 3'")),
      OFFERS,
    ),
  },
  {
    name: 'everybody held out',
    code: 'never-happens',
    level: 'warning',
    says: /nobody ever hears/,
    marked: doc(
      HEAD,
      WEB,
      operators(
        IDENTITY,
        CART,
        '{ id: offers, type: offer, from: cart, config: { holdout: { percent: ▶100 }, offers: [ { id: a, on: cart, channels: [push], template: t } ] } }',
      ),
      OFFERS,
    ),
  },
  {
    name: 'a gap that no session reaches',
    code: 'no-effect',
    level: 'warning',
    says: /over after 1h, before 2h of silence/,
    marked: doc(
      HEAD,
      WEB,
      operators(IDENTITY, '{ id: visit, type: sessionize, from: identity, config: { gap: ▶2h, max: 1h } }'),
      SINK,
    ),
  },
]

describe('one mistake, one finding, at its place', () => {
  test.each(CASES)('$code: $name', ({ marked, code, level = 'error', says }) => {
    const { text, places } = readMarks(marked)
    const findings = lintText(text).filter((finding) => finding.code === code || finding.level === 'error')
    expect(findings.map(({ place, level: found }) => `${place.line}:${place.column} ${found}`)).toEqual(
      places.map((place) => `${place} ${level}`),
    )
    expect(findings.map((finding) => finding.code)).toContain(code)
    expect(findings.map(errorOf).join('\n')).toMatch(says)
    for (const { message, hint, place } of findings) {
      expect(place.file).toBe('shop.yaml')
      expect(message.length).toBeGreaterThan(5)
      expect(hint.length).toBeGreaterThan(5)
    }
  })

  test('the list of codes is covered', () => {
    expect(FINDING_CODES.filter((code) => !CASES.some((row) => row.code === code))).toEqual([])
  })
})

describe('all at once', () => {
  test('mistakes in one part hide none in another, and findings stand in the order of the text', () => {
    const { text, places } = readMarks(
      doc(
        'topology: shop',
        'timezone: ▶Mars/Olympus',
        'sources:',
        '  web: { topic: web, ▶graze: 10m, idle: ▶soon }',
        'operators:',
        '  - { id: identity, type: identity, from: [web, ▶app] }',
        '  - { id: visit, type: sessionize, from: identity, config: { gap: ▶30 minutes, ▶maxx: 1h } }',
        '  - { id: cart, type: ▶cart, from: identity }',
        'sinks:',
        '  out: ▶{ from: [visit, cart] }',
      ),
    )
    expect(lintText(text).map(({ place }) => `${place.line}:${place.column}`)).toEqual(places)
  })

  test('an alias shares a mistake, found where it is written', () => {
    const { text, places } = readMarks(
      doc(
        'topology: shop',
        'sources:',
        '  web: &s { topic: web, grace: ▶soon }',
        '  app: { <<: *s, topic: app }',
        operators('{ id: identity, type: identity, from: [web, app] }'),
      ),
    )
    const found = lintText(text).map(({ place }) => `${place.line}:${place.column}`)
    expect(new Set(found)).toEqual(new Set(places))
  })
})

describe('documents that hold', () => {
  test.each<[string, string]>([
    ['the least there can be', doc(HEAD, WEB, operators(IDENTITY))],
    [
      'every key',
      doc(
        HEAD,
        'timezone: Europe/Copenhagen',
        'partitions: 12',
        'dedupe: { within: 24h, events: 200 }',
        'sources:',
        '  web: { topic: web, format: segment, lateness: 1s, grace: 1m, idle: 5s, ahead: 1m, types: [page.viewed, ride.boarded], dedupe: none }',
        '  rides: { topic: rides, world: true, types: [queue.measured] }',
        operators(IDENTITY, VISIT),
        'sinks:',
        '  sessions: { from: [visit], topic: sessions, format: avro }',
        '  people: { from: identity, topic: people }',
        'lateEvents: { topic: late }',
        'deadLetters: { topic: dead }',
        'identities: { topic: who }',
        'decisions: { topic: why }',
      ),
    ],
    [
      'an empty config',
      doc(HEAD, WEB, operators(IDENTITY, '{ id: visit, type: sessionize, from: identity, config: }'), SINK),
    ],
    [
      'as JSON',
      JSON.stringify({
        topology: 'shop',
        sources: { web: { topic: 'web' } },
        operators: [{ id: 'identity', type: 'identity', from: 'web' }],
      }),
    ],
  ])('%s', (_name, text) => {
    expect(lintText(text).map(inShort)).toEqual([])
  })
})

test('of wrong names in one condition each is a finding', () => {
  const text = [
    HEAD,
    WEB,
    operators(IDENTITY, CART, offer(', when: \'trigger.valeu > 1 && trigger.curency == "EUR"\'')),
    OFFERS,
  ].join('\n')
  const told = lintText(text).filter(({ code }) => code === 'condition-type')
  expect(told.map(({ message, hint }) => `${message}; ${hint}`)).toEqual([
    'there is no field valeu (line 1, column 9 of the condition); did you mean value?',
    'there is no field curency (line 1, column 30 of the condition); did you mean currency?',
  ])
})

test('a name that the language would drop is said, and nothing else is hidden by it', () => {
  const text = doc(
    HEAD,
    'sources:',
    '  __proto__: { topic: w }',
    '  web: { topic: a, latenes: 1s }',
    operators(IDENTITY, VISIT),
    SINK,
  )
  expect(lintText(text).map(({ code, place }) => [code, place.line])).toEqual([
    ['bad-value', 3],
    ['unreachable', 3],
    ['unknown-key', 4],
  ])
})

test('values that do not fit hide nothing of what the rest of an operator means', () => {
  const offers =
    '{ id: offers, type: offer, from: cart, config: { holdout: { percent: 150 }, offers: [{ id: a, on: crt, channels: [emial], template: t }] } }'
  const text = doc(
    HEAD,
    WEB,
    operators(IDENTITY, '{ id: cart, type: cart-abandonment, from: identity }', offers),
    'sinks: { offers: { from: offers, topic: offers } }',
  )
  expect(new Set(lintText(text).map(({ code, level }) => `${level} ${code}`))).toEqual(
    new Set(['error bad-value', 'error unknown-id', 'warning bad-value']),
  )
})

test.each([
  ['{ anonymous: 90d, known: never }', []],
  ['{ anonymous: soon }', ['bad-duration']],
  ['{ everybody: 90d }', ['unknown-key']],
])('forget: %s', (forget, codes) => {
  const text = doc(HEAD, `forget: ${forget}`, WEB, operators(IDENTITY, VISIT), SINK)
  expect(lintText(text).map(({ code }) => code)).toEqual(codes)
})

describe('documents that are no topology', () => {
  test.each<[string, string]>([
    ['nothing', ''],
    ['a comment', '# later'],
    ['a number', '42'],
    ['a list', '- a\n- b'],
    ['a text', 'hello'],
    ['null in every place', 'topology:\nsources:\noperators:\nsinks:'],
    ['lists in every place', 'topology: []\nsources: []\noperators: {}\nsinks: []\ndedupe: []\nforget: []'],
    [
      'entries of no kind',
      'topology: a\nsources: { web: 1, app: null, x: [] }\noperators: [1, null, [], x]\nsinks: { a: 1, b: null }',
    ],
    [
      'names of the language',
      '__proto__: {}\nconstructor: {}\ntopology: a\nsources: { __proto__: { topic: a }, toString: 1 }\noperators: [{ id: constructor, type: toString, from: hasOwnProperty }]',
    ],
    ['numbers as ids', 'topology: 1\nsources: { 1: { topic: 2 } }\noperators: [{ id: 3, type: 4, from: 1 }]'],
    [
      'a circle through all',
      `${HEAD}\n${WEB}\n${operators('{ id: a, type: sessionize, from: b }', '{ id: b, type: sessionize, from: c }', '{ id: c, type: sessionize, from: a }')}`,
    ],
    ['infinite numbers', `${HEAD}\n${WEB}\n${operators(IDENTITY)}\npartitions: .inf`],
    ['no number', `${HEAD}\n${WEB}\n${operators(IDENTITY)}\ndedupe: { events: .nan }`],
    ['a very long name', `topology: ${'x'.repeat(5000)}\n${WEB}\n${operators(IDENTITY)}`],
    [
      'a duration beyond ten years',
      `${HEAD}\nsources: { web: { topic: web, grace: 999999999d } }\n${operators(IDENTITY)}`,
    ],
    ['a negative duration', `${HEAD}\nsources: { web: { topic: web, grace: -5m } }\n${operators(IDENTITY)}`],
    ['control characters', `${HEAD}\nsources: { web: { topic: "\\u001b[31mred" } }\n${operators(IDENTITY)}`],
    [
      'too many operators',
      `${HEAD}\n${WEB}\noperators: [${Array.from({ length: 2000 }, (_, i) => `{ id: o${i}, type: sessionize, from: o${i + 1} }`).join(', ')}]`,
    ],
    ['only what does not belong', 'hello: world\nfoo: [bar]'],
    ['a chain of merges', 'a: &a { topology: x }\nb: &b { <<: *a }\n<<: *b'],
  ])('%s', (_name, text) => {
    const findings = lintText(text)
    expect(findings.some(({ level }) => level === 'error')).toBe(true)
    for (const { code, message, hint, place } of findings) {
      expect(FINDING_CODES).toContain(code)
      expect(`${message} ${hint}`).not.toMatch(/undefined|\[object|Invalid input|NaN"/)
      expect(place.line).toBeGreaterThan(0)
      expect(place.column).toBeGreaterThan(0)
    }
  })
})

test('a sink of an operator that emits nothing', () => {
  const quiet = { ...(OPERATORS.get('sessionize') as RegisteredOperator), type: 'quiet', emits: [] }
  const registry = new Map([...OPERATORS, ['quiet', quiet]])
  const text = doc(
    HEAD,
    WEB,
    operators(IDENTITY, VISIT, '{ id: q, type: quiet, from: identity }'),
    'sinks: { out: { from: visit, topic: out }, both: { from: [q, visit], topic: both }, none: { from: q, topic: none } }',
  )
  const findings = lint(parseTopology({ file: 'shop.yaml', text }), { registry })
  expect(findings.map(errorOf)).toEqual([
    'nothing ever comes to the sink "none": q emits nothing; let it take from an operator that emits, or remove the sink',
  ])
})

test('a mistake in a journey leads to no finding about its steps elsewhere', () => {
  const path = (minus: string): string =>
    `{ id: path, type: journey, from: identity, config: { enter: { type: ticket.purchased }, steps: [ { id: plan, wait: { until: entered.visit_date, minus: ${minus} } }, { id: park, trigger: true }, { id: told, emit: { type: path.told } } ] } }`
  const rest = [
    '{ id: told, type: pattern, from: path, config: { steps: [ { type: path.told } ] } }',
    '{ id: offers, type: offer, from: path, config: { offers: [ { id: a, on: path.park, channels: [push], template: t } ] } }',
  ]
  const sinks = 'sinks: { out: { from: [offers, told], topic: out } }'
  const codes = (minus: string) =>
    lintText(doc(HEAD, WEB, operators(IDENTITY, path(minus), ...rest), sinks)).map(({ code }) => code)
  expect(codes('14d')).toEqual([])
  expect(codes('14x')).toEqual(['bad-duration'])
})
