/** What is wrong with a document is said all at once, each at its place: `▶` stands before it. */
import { describe, expect, test } from '@jest/globals'
import { lint } from '../../src/topology/lint.ts'
import { parseTopology } from '../../src/topology/document.ts'
import { readMarks } from '../support/marked-text.ts'

/** A small bakery; each case changes some of its lines. */
const BAKERY: Readonly<Record<string, string>> = {
  top: 'topology: bakery',
  sources: 'sources:',
  till: '  till: { topic: till-events }',
  operators: 'operators:',
  who: '  - { id: who, type: identity, from: [till] }',
  stay: '  - { id: stay, type: sessionize, from: who }',
  sinks: 'sinks:',
  out: '  stays: { from: stay, topic: stays }',
}
const bakery = (changes: Readonly<Record<string, string>>): string =>
  Object.values({ ...BAKERY, ...changes }).join('\n')

interface Bad {
  readonly name: string
  readonly text: string
  /** A code for each mark, and a word that the finding says. */
  readonly says: readonly (readonly [code: string, word: string])[]
}

const BAD: readonly Bad[] = [
  {
    name: 'a key with a slip of the pen',
    text: bakery({ till: '  till: { topic: till-events, ▶lateness_: 10s }' }),
    says: [['unknown-key', 'lateness']],
  },
  {
    name: 'the same inside of an operator',
    text: bakery({ stay: '  - { id: stay, type: sessionize, from: who, config: { ▶gapp: 30m } }' }),
    says: [['unknown-key', 'gap']],
  },
  {
    name: 'an operator that there is not',
    text: bakery({ stay: '  - { id: stay, type: ▶sessionise, from: who }' }),
    says: [['unknown-operator', 'sessionize']],
  },
  {
    name: 'coming from nowhere',
    text: bakery({ stay: '  - { id: stay, type: sessionize, from: ▶whoo }' }),
    says: [['unknown-id', 'who']],
  },
  {
    name: 'going out from nowhere',
    text: bakery({ out: '  stays: { from: ▶stays, topic: stays }' }),
    says: [['unknown-id', 'stay']],
  },
  {
    name: 'spans that say no span, all of them',
    text: bakery({
      till: '  till: { topic: till-events, grace: ▶a while }',
      stay: '  - { id: stay, type: sessionize, from: who, config: { gap: ▶half an hour } }\n  - { id: bag, type: cart-abandonment, from: who, config: { after: ▶2w } }',
      out: '  stays: { from: [stay, bag], topic: stays }',
    }),
    says: [
      ['bad-duration', 'a while'],
      ['bad-duration', 'half an hour'],
      ['bad-duration', '2w'],
    ],
  },
  {
    name: 'one name for two',
    text: bakery({
      stay: '  - { id: stay, type: sessionize, from: who }\n  - { id: ▶stay, type: cart-abandonment, from: who }',
    }),
    says: [['duplicate-id', 'stay']],
  },
  {
    name: 'a key that stands there already',
    text: bakery({
      top: 'topology: bakery\ntimezone: Europe/Vienna',
      sinks: 'timezone: ▶Europe/Rome\nsinks:',
    }),
    says: [['duplicate-key', 'timezone']],
  },
  {
    name: 'a source without a topic',
    text: bakery({ till: '  till: ▶{ grace: 10m }' }),
    says: [['missing-key', 'topic']],
  },
  {
    name: 'a zone that is on no map',
    text: bakery({ top: 'topology: bakery\ntimezone: ▶Europe/Wien' }),
    says: [['unknown-timezone', 'Europe/Wien']],
  },
  {
    name: 'an offer on what never happens',
    text: bakery({
      stay: '  - { id: bag, type: cart-abandonment, from: who }\n  - { id: say, type: offer, from: bag, config: { offers: [ { id: bun, on: ▶bga, channels: [email], template: bun } ] } }',
      out: '  said: { from: say, topic: said }',
    }),
    says: [['unknown-id', 'bag']],
  },
  {
    name: 'values that are none, all of them',
    text: bakery({
      till: '  till: { topic: till-events, format: ▶xml }',
      stay: [
        '  - { id: bag, type: cart-abandonment, from: who, config: { minValue: ▶plenty } }',
        '  - id: say',
        '    type: offer',
        '    from: [bag]',
        '    config:',
        '      offers: [ { id: bun, on: bag, channels: [email], template: bun } ]',
        '      holdout: { percent: ▶101, salt: s }',
        '      quietHours: { from: ▶"24:30", to: "07:00", then: hold }',
      ].join('\n'),
      out: '  said: { from: say, topic: said }',
    }),
    says: [
      ['bad-value', 'xml'],
      ['wrong-type', 'plenty'],
      ['bad-value', '101'],
      ['bad-value', 'hh:mm'],
    ],
  },
  {
    name: 'conditions: unfinished, on a field that is not there, on a number as if it were text',
    text: bakery({
      stay: [
        '  - { id: late, type: late-arrival, from: who }',
        '  - id: say',
        '    type: offer',
        '    from: [late]',
        '    config:',
        '      offers:',
        "        - { id: a, on: late, when: ▶'trigger.late_minutes <', channels: [push], template: a }",
        "        - { id: b, on: late, when: ▶'trigger.late_minute > 5', channels: [push], template: b }",
        '        - { id: c, on: late, when: ▶\'trigger.late_minutes > "5"\', channels: [push], template: c }',
      ].join('\n'),
      out: '  said: { from: say, topic: said }',
    }),
    says: [
      ['condition-syntax', ''],
      ['condition-type', 'late_minutes'],
      ['condition-type', ''],
    ],
  },
]

const findingsOf = (text: string) => lint(parseTopology({ file: 'bakery.yaml', text }))

describe('a document that cannot be right', () => {
  test.each(BAD)('$name', ({ text: marked, says }) => {
    const { text, places } = readMarks(marked)
    const errors = findingsOf(text).filter(({ level }) => level === 'error')
    places.forEach((at, index) => {
      const [code, word] = says[index] as readonly [string, string]
      const onLine = errors.filter(({ place }) => `${place.line}` === at.split(':')[0])
      expect(onLine.map((finding) => finding.code)).toContain(code)
      const finding = onLine.find((one) => one.code === code)
      expect(`${finding?.message} ${finding?.hint}`).toContain(word)
      // Conditions are placed inside of their text; all else where it begins.
      if (!code.startsWith('condition')) expect(`${finding?.place.line}:${finding?.place.column}`).toBe(at)
    })
    expect(errors).toHaveLength(places.length)
  })

  test('what is no YAML at all', () => {
    const [finding] = findingsOf(bakery({ operators: 'operators: bakery: none', who: '', stay: '' }))
    expect(finding).toMatchObject({ code: 'yaml-syntax', level: 'error', place: { line: 4 } })
  })

  test('operators that wait for each other', () => {
    const text = bakery({
      stay: '  - { id: stay, type: sessionize, from: rest }\n  - { id: rest, type: sessionize, from: stay }',
    })
    expect(findingsOf(text).map(({ code }) => code)).toContain('cycle')
  })
})

test('a document that is right: nothing to say', () => {
  const text = bakery({
    top: 'topology: bakery\ntimezone: Europe/Vienna',
    till: '  till: { topic: till-events, lateness: 10s, grace: 10m, idle: 30s }',
    stay: [
      '  - { id: stay, type: sessionize, from: who, config: { gap: 30m } }',
      '  - { id: bag, type: cart-abandonment, from: who }',
      '  - id: say',
      '    type: offer',
      '    from: [bag]',
      '    config:',
      '      offers:',
      "        - { id: bun, on: bag, when: 'trigger.value >= 10', channels: [email, push], priority: 50, expires: 24h, template: bun }",
      '      caps: [ { max: 1, per: 24h } ]',
      '      quietHours: { from: "22:00", to: "08:00", then: hold }',
      '      holdout: { percent: 5, salt: spring }',
    ].join('\n'),
    out: '  stays: { from: stay, topic: stays }\n  said: { from: say, topic: said }',
  })
  expect(findingsOf(text)).toEqual([])
})
