/** Lint over documents that somebody spoilt on purpose: clear findings, never a crash, and what it lets through can be compiled. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { parse, stringify } from 'yaml'
import { FINDING_CODES, type Finding } from '../../src/model/errors.ts'
import { idKeyOf } from '../../src/model/hash.ts'
import { compile } from '../../src/topology/compile.ts'
import { parseTopology } from '../../src/topology/document.ts'
import { drawGraph } from '../../src/topology/graph.ts'
import { lint } from '../../src/topology/lint.ts'
import { prngOf } from '../simulation/prng.ts'

const KEY = idKeyOf('hostile')
const documentOf = (text: string) => parseTopology({ file: 'hostile.yaml', text })

function expectClear(text: string): readonly Finding[] {
  const document = documentOf(text)
  const findings = lint(document)
  for (const { code, message, hint, place } of findings) {
    expect(FINDING_CODES).toContain(code)
    expect(`${message} ${hint}`).not.toMatch(/undefined|\[object|Invalid input|NaN"|TypeError/)
    expect(message.length).toBeGreaterThan(5)
    expect(hint.length).toBeGreaterThan(3)
    expect(place.line).toBeGreaterThan(0)
    expect(place.column).toBeGreaterThan(0)
  }
  expect(drawGraph(document, 'mermaid')).toContain('flowchart')
  if (findings.every(({ level }) => level === 'warning')) compile(document, { key: KEY })
  return findings
}

/** What somebody may write where something else belongs. */
const HOSTILE: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1e308,
  '',
  ' ',
  'never',
  '999999999d',
  '__proto__',
  'constructor',
  'x'.repeat(3000),
  '"',
  '${',
  'event.',
  '1 +',
  'key == key',
  [],
  [null],
  [[[]]],
  {},
  { id: 1 },
  { toString: 'x' },
  { go: 'plan' },
]

type Holder = Record<string | number, unknown>

/** Every place of a value, as its holder and key. */
function placesIn(value: unknown): readonly (readonly [Holder, string | number])[] {
  if (typeof value !== 'object' || value === null) return []
  const keys = Array.isArray(value) ? [...value.keys()] : Object.keys(value)
  return keys.flatMap((key) => [[value as Holder, key] as const, ...placesIn((value as Holder)[key])])
}

/** The document with one to three of its values replaced, taken out, or put in another's place. */
function spoilt(text: string, seed: number): string {
  const prng = prngOf(seed)
  const root = parse(text) as unknown
  for (let left = prng.between(1, 3); left > 0; left--) {
    const places = placesIn(root)
    const [holder, key] = prng.pick(places)
    const kind = prng.below(4)
    if (kind === 0 && !Array.isArray(holder)) delete holder[key]
    else if (kind === 1) {
      const [other, from] = prng.pick(places)
      holder[key] = structuredClone(other[from])
    } else holder[key] = structuredClone(prng.pick(HOSTILE))
  }
  return stringify(root)
}

const TOPOLOGIES = ['theme-park', 'shop', 'high-street', 'day-out']

describe.each(TOPOLOGIES)('%s', (name) => {
  const text = readFileSync(`topologies/${name}.yaml`, 'utf8')

  test('as it is shipped nothing is said of it', () => {
    expect(expectClear(text)).toEqual([])
  })

  test('spoilt in sixty ways', () => {
    let spoken = 0
    for (let seed = 0; seed < 60; seed++) {
      const hurt = spoilt(text, seed)
      try {
        if (expectClear(hurt).length > 0) spoken++
      } catch (error) {
        throw new Error(`seed ${seed} of ${name}:\n${hurt}`, { cause: error })
      }
    }
    // Some spoil nothing: another text for a template, the same value again.
    expect(spoken).toBeGreaterThan(30)
  })
})

const journey = (config: string): string => `
topology: hostile
sources: { web: { topic: web } }
operators:
  - { id: identity, type: identity, from: web }
  - { id: path, type: journey, from: identity, config: ${config} }
sinks: { out: { from: path, topic: out } }
`
const steps = (...list: readonly string[]): string =>
  journey(`{ enter: { type: ticket.purchased }, steps: [${list.join(', ')}] }`)

describe('journeys', () => {
  test.each<[string, string, readonly string[]]>([
    ['nothing', journey('{}'), ['missing-key', 'missing-key']],
    ['no steps', steps(), ['bad-value']],
    ['a step that is a word', steps('plan'), ['wrong-type']],
    ['a step without an id', steps('{ trigger: true }'), ['missing-key']],
    ['a step with a dot', steps('{ id: a.b, trigger: true }'), ['bad-value']],
    ['a trigger that is none', steps('{ id: a, trigger: false }'), ['bad-value']],
    ['an unknown kind of step', steps('{ id: a, sleep: 1d }'), ['unknown-key']],
    ['itself, at once', steps('{ id: a, trigger: true, go: a }'), ['cycle']],
    ['itself, by a branch', steps('{ id: a, branch: [{ go: a }] }'), ['cycle']],
    ['a branch of nothing', steps('{ id: a, branch: [] }'), ['bad-value']],
    ['a branch to nowhere', steps('{ id: a, branch: [{ go: 7 }] }'), ['wrong-type']],
    ['a wait of no time', steps('{ id: a, wait: { for: 0s } }'), ['bad-value']],
    ['a wait of a number', steps('{ id: a, wait: { for: 5 } }'), ['wrong-type']],
    ['a date that is a list', steps('{ id: a, wait: { until: "[1]" } }'), ['condition-type']],
    ['a name of the language', steps('{ id: constructor, trigger: true, go: toString }'), ['unknown-id']],
    ['an emission of a decision', steps('{ id: a, emit: { type: decision.made } }'), ['bad-value']],
    [
      'half an expression',
      steps("{ id: a, emit: { type: x.y, fields: { z: '${key +}' } } }"),
      ['condition-syntax'],
    ],
    [
      'an offer on a step that is not there',
      `${steps('{ id: a, trigger: true }').replace('sinks:', '  - { id: offers, type: offer, from: path, config: { offers: [{ id: o, on: path.b, channels: [push], template: t }] } }\nsinks:')}`,
      ['unreachable', 'unknown-id'],
    ],
    [
      'two hundred steps in a ring',
      steps(...Array.from({ length: 200 }, (_, i) => `{ id: s${i}, trigger: true, go: s${(i + 1) % 200} }`)),
      ['cycle'],
    ],
    [
      'more steps than there may be',
      steps(...Array.from({ length: 201 }, (_, i) => `{ id: s${i}, trigger: true }`)),
      ['bad-value'],
    ],
  ])('%s', (_name, text, codes) => {
    expect(expectClear(text).map(({ code }) => code)).toEqual(codes)
  })
})
