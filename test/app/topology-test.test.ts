import { describe, expect, test } from '@jest/globals'
import { UsageError } from '../../src/model/errors.ts'
import { changeTopology, parseTestDocument, runCase } from '../../src/app/topology-test.ts'
import type { OutputValue } from '../../src/app/topology-test/expectation.ts'
import { compareOutcome } from '../../src/app/topology-test/expectation.ts'
import {
  expandEvents,
  readTime,
  wordsOf,
  writeTime,
  type Setting,
} from '../../src/app/topology-test/notation.ts'

const DOCUMENT = `
topology: shop.yaml
day: 2026-07-11
people:
  Ann: user:ann email:ann@example.org
set: { offers: { holdout: { percent: 0 } } }
cases:
  - name: a nudge
    given: [09:00-1d page.viewed Ann]
    when: ['10:00 product.added Ann product_id=17 price=19.50 context.channel=web #add']
    then: { offers: [11:00 Ann reminder channel=email] }
  - name: none
    when: [10:00 page.viewed Ann]
    then: { offers: none }
    set: { offers: { caps: [] } }
`
const parsed = parseTestDocument(DOCUMENT, { file: 'shop.test.yaml', topologyZone: 'Europe/Copenhagen' })
const setting: Setting = parsed.cases[0]!.setting

const output = (type: string, time: string, data: Record<string, unknown>, person = 'P'): OutputValue => ({
  id: 'i',
  type,
  time,
  person_id: person,
  data,
})
const ANN = output('identity.created', '2026-07-11T07:00:00.000Z', {
  identifiers: [{ type: 'user_id', value: 'ann' }],
})
const OFFER = output('offer.emitted', '2026-07-11T09:00:00.000Z', { offer: 'reminder', channel: 'email' })

test('any type of record is a kind of outcome', () => {
  const entered = output('segment.entered', '2026-07-11T09:00:00.000Z', { segment: 'fans' })
  const own = output('ride.praised', '2026-07-11T09:00:00.000Z', { ride: 'mine' })
  const outputs = [ANN, entered, own]
  expect(
    compareOutcome(
      { 'segment.entered': ['11:00 Ann fans'], 'ride.praised': ['11:00 Ann ride=mine'] },
      outputs,
      setting,
    ),
  ).toEqual([])
  expect(compareOutcome({ 'segment.entered': ['11:00 Ann friends'] }, outputs, setting)).toEqual([
    'segment.entered:',
    '  missing  11:00 Ann friends',
    '  surplus  11:00 Ann fans',
  ])
  expect(() => compareOutcome({ segments: [] }, outputs, setting)).toThrow('"segments" is no outcome')
})

describe('a test document', () => {
  test('has cases with their line, events in order and merged settings', () => {
    expect(parsed.topology).toBe('shop.yaml')
    expect(parsed.cases.map(({ name, line }) => [name, line])).toEqual([
      ['a nudge', 8],
      ['none', 12],
    ])
    expect(parsed.cases[0]?.events).toHaveLength(2)
    expect(parsed.cases[1]?.set).toEqual({ offers: { holdout: { percent: 0 }, caps: [] } })
  })

  test.each([
    ['cases: [', 'shop.test.yaml:'],
    ['topology: a.yaml\ncases: []', 'at least one case'],
    ['topology: a.yaml\ncase: []', 'unknown key "case"'],
    [
      'topology: a.yaml\ncases: [{ name: x, when: [10:00 page.viewed u:x], then: { offer: none } }]',
      '"offer" is no outcome',
    ],
    ['topology: a.yaml\ncases: [{ name: x, then: { offers: none } }]', 'nothing happens'],
    [
      'topology: a.yaml\ncases: [{ name: x, when: [10:00 page.viewed u:x], then: { offers: [1] } }]',
      'a list of lines',
    ],
    ['topology: a.yaml\npeople: { ann: user:ann }\ncases: [{ name: x }]', 'capital letter'],
  ])('says what is wrong: %j', (text, words) => {
    const act = (): unknown => parseTestDocument(text, { file: 'shop.test.yaml' })
    expect(act).toThrow(UsageError)
    expect(act).toThrow(words)
  })

  test('changes the configs that it names, and refuses operators that are not there', () => {
    const topology =
      'operators:\n  - { id: offers, type: offer, config: { holdout: { percent: 5, salt: s }, caps: [1] } }\n'
    expect(changeTopology(topology, { offers: { holdout: { percent: 0 } } })).toContain('percent: 0')
    expect(changeTopology(topology, { offers: { holdout: { percent: 0 } } })).toContain('salt: s')
    expect(() => changeTopology(topology, { offer: {} })).toThrow('"offer"')
  })
})

describe('the notation', () => {
  test('reads and writes times of the zone', () => {
    const at = (text: string): string => new Date(readTime(text, setting) ?? NaN).toISOString()
    expect(at('08:00')).toBe('2026-07-11T06:00:00.000Z')
    expect(at('08:00:01.5')).toBe('2026-07-11T06:00:01.500Z')
    expect(at('23:30-1d')).toBe('2026-07-10T21:30:00.000Z')
    expect(at('2026-01-02T08:00')).toBe('2026-01-02T07:00:00.000Z')
    expect(at('2026-10-25T02:30')).toBe('2026-10-25T00:30:00.000Z')
    expect(at('2026-03-29T02:30')).toBe('2026-03-29T01:30:00.000Z')
    expect(readTime('25:00', setting)).toBeUndefined()
    expect(writeTime(readTime('08:00:01+2d', setting) ?? 0, setting)).toBe('08:00:01+2d')
  })

  test('keeps what quotes and brackets hold together', () => {
    expect(wordsOf(`a b='c d' e={x: [1, 2]} f`)).toEqual(['a', "b='c d'", 'e={x: [1, 2]}', 'f'])
    expect(() => wordsOf('a {b')).toThrow('open quote or bracket')
  })

  test('expands an event', () => {
    const [first, second] = expandEvents(parsed.cases[0]!.events, setting).lines.map(
      (line) => JSON.parse(line) as unknown,
    )
    expect(first).toMatchObject({ id: 'e1', time: '2026-07-10T07:00:00.000Z' })
    expect(second).toEqual({
      id: 'add',
      type: 'product.added',
      time: '2026-07-11T08:00:00.000Z',
      identifiers: [
        { type: 'user_id', value: 'ann' },
        { type: 'email', value: 'ann@example.org' },
      ],
      data: { product_id: '17', price: 19.5 },
      context: { channel: 'web' },
    })
  })

  test('repeats a line, moves the clock, lets a line break off', () => {
    const { lines } = expandEvents(
      ['10:00 page.viewed Ann #a', '10:05 again #a', '10:06 clock', '10:07 broken {"id'],
      setting,
    )
    expect(JSON.parse(lines[1] ?? '')).toMatchObject({
      id: 'a',
      time: '2026-07-11T08:00:00.000Z',
      received: '2026-07-11T08:05:00.000Z',
    })
    expect(lines[2]).toBe('{"clock":"2026-07-11T08:06:00.000Z"}')
    expect(lines[3]).toBe('{"id')
  })

  test.each(['nonsense page.viewed Ann', '10:00 Page Ann', '10:00 page.viewed Bob', '10:00 again #b'])(
    'refuses %j',
    (line) => {
      expect(() => expandEvents([line], setting)).toThrow(UsageError)
    },
  )
})

describe('the comparison', () => {
  const differ = (then: Record<string, unknown>, ...outputs: OutputValue[]): readonly string[] =>
    compareOutcome(then, [ANN, ...outputs], setting)

  test('finds nothing where all is as expected, in any order', () => {
    const second = output('offer.emitted', '2026-07-11T10:00:00.000Z', {
      offer: 'points',
      channel: 'push',
      price: 7.5,
    })
    expect(
      differ({ offers: ['12:00 Ann points price=7.5', '11:00 Ann reminder channel=email'] }, OFFER, second),
    ).toEqual([])
    expect(differ({ offers: ['* * *', '11:00 * reminder'] }, OFFER, second)).toEqual([])
    expect(differ({ offers: 2, sessions: 'none' }, OFFER, second)).toEqual([])
  })

  test('shows what is missing and what is too much, in the notation', () => {
    expect(differ({ offers: ['11:00 Ann reminder channel=push'] }, OFFER)).toEqual([
      'offers:',
      '  missing  11:00 Ann reminder channel=push',
      '  surplus  11:00 Ann reminder channel=email',
    ])
    expect(differ({ offers: 'none' }, OFFER)).toHaveLength(2)
  })

  test('sees why an offer was rejected', () => {
    const decision = output('decision.made', '2026-07-11T09:00:00.000Z', {
      outcome: 'none',
      chosen: null,
      rejected: [{ offer: 'reminder', reason: 'capped' }],
    })
    expect(differ({ decisions: ['11:00 Ann none chosen=null rejected.reminder=capped'] }, decision)).toEqual(
      [],
    )
    expect(differ({ decisions: ['11:00 Ann none rejected.reminder=duplicate'] }, decision)).not.toEqual([])
  })

  test('follows merges, and tells people apart', () => {
    const cookie = output(
      'identity.created',
      '2026-07-11T07:00:00.000Z',
      { identifiers: [{ type: 'anonymous_id', value: 'c' }] },
      'Q',
    )
    const merged = output('identity.merged', '2026-07-11T08:00:00.000Z', { absorbed: ['Q'], cause: 'e1' })
    const early = output('offer.emitted', '2026-07-11T07:30:00.000Z', { offer: 'reminder' }, 'Q')
    expect(differ({ different: [['Ann', 'cookie:c']] }, cookie)).toEqual([])
    expect(differ({ same: [['Ann', 'cookie:c']] }, cookie)).toEqual(['same: Ann, cookie:c are 2 people'])
    expect(
      differ({ same: [['Ann', 'cookie:c']], offers: ['09:30 Ann reminder'] }, cookie, merged, early),
    ).toEqual([])
    expect(differ({ same: [['Ann', 'cookie:zzz']] })).toEqual(['same: nobody is known as cookie:zzz'])
  })

  test('sees late and refused records', () => {
    const late: OutputValue = {
      event: { id: 'e3', time: '2026-07-11T07:00:00.000Z' },
      late_by_ms: 5,
      watermark: 'x',
      operator: null,
    }
    const dead: OutputValue = { reason: 'not-json', bytes: '' }
    expect(differ({ late: ['09:00 * e3'], refused: ['* * not-json'] }, late, dead)).toEqual([])
  })
})

test('a case runs until two days after its newest event, unless it says otherwise', async () => {
  const seen: number[] = []
  const run = (_: string, __: readonly string[], untilMs: number): Promise<readonly OutputValue[]> => {
    seen.push(untilMs)
    return Promise.resolve([ANN, OFFER])
  }
  expect(await runCase(parsed.cases[0]!, 'operators: [{ id: offers }]', run)).toEqual([])
  expect(seen).toEqual([Date.parse('2026-07-13T08:00:00Z')])
})
