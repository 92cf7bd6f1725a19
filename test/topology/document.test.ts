/** Text becomes a value whose parts know their place; whatever the text is. */
import { describe, expect, test } from '@jest/globals'
import { parseTopology } from '../../src/topology/document.ts'
import { readMarks } from '../support/marked-text.ts'

const parse = (text: string) => parseTopology({ file: 'a.yaml', text })
const at = ({ line, column }: { readonly line: number; readonly column: number }): string =>
  `${line}:${column}`

describe('places', () => {
  test.each<[string, (string | number)[], 'key' | 'value', string]>([
    ['a value of a mapping', ['a', 'b'], 'value', 'a:\n  b: ▶1'],
    ['a key', ['a', 'b'], 'key', 'a:\n  ▶b: 1'],
    ['in a flow mapping', ['a', 'c'], 'value', 'a: { b: 1, c: ▶2 }'],
    ['an entry of a list', ['a', 1], 'value', 'a:\n  - x\n  - ▶y'],
    ['inside an entry', ['a', 0, 'k'], 'value', 'a:\n  - { k: ▶"x" }'],
    ['a missing key: its parent', ['a', 'nope'], 'value', 'a: ▶{ b: 1 }'],
    ['a missing key in a block: the first key of its parent', ['a', 'nope'], 'value', 'a:\n  ▶b: 1'],
    ['an empty value: its key', ['a'], 'value', 'x: 1\n▶a:\nb: 2'],
    ['an alias: where it is used', ['b'], 'value', 'a: &n 1\nb: ▶*n'],
    ['inside an alias: where the text stands', ['b', 'k'], 'value', 'a: &n { k: ▶1 }\nb: *n'],
    ['what a merge brings', ['b', 'k'], 'value', 'a: &n { k: ▶1 }\nb: { <<: *n, l: 2 }'],
    ['what a list of merges brings', ['b', 'k'], 'value', 'a: &n { k: ▶1 }\nb: { <<: [*n, { m: 2 }], l: 2 }'],
    ['a number as a key', ['a', '7'], 'value', 'a: { 7: ▶x }'],
    ['the root', [], 'value', '# a comment\n▶a: 1'],
    ['JSON', ['a', 0, 'b'], 'value', '{ "a": [ { "b": ▶true } ] }'],
    ['after a byte order mark', ['a'], 'value', '\ufeffa: 1'.replace('1', '▶1').replace('\ufeff', '')],
    ['with Windows line ends', ['b'], 'value', 'a: 1\r\nb: ▶2\r\n'],
  ])('%s', (_name, path, wanted, marked) => {
    const { text, places } = readMarks(marked)
    const document = parse(text)
    expect(document.findings).toEqual([])
    expect([at(wanted === 'key' ? document.placeOfKey(path) : document.placeOf(path))]).toEqual(places)
  })

  test('a byte order mark moves no column', () => {
    expect(at(parse('\ufeffa: 1').placeOf(['a']))).toBe('1:4')
  })
})

describe('values', () => {
  test.each<[string, unknown]>([
    ['{"a": [1, "x", null, true]}', { a: [1, 'x', null, true] }],
    ['a: &n { k: 1 }\nb: { <<: *n, k: 2 }', { a: { k: 1 }, b: { k: 2 } }],
    ['%YAML 1.1\n---\non: yes', { on: 'yes' }],
    ['', null],
    ['# nothing', null],
    ['42', 42],
  ])('%j', (text, value) => {
    const document = parse(text)
    expect(document.findings).toEqual([])
    expect(document.value).toEqual(value)
  })
})

describe('text that is no YAML', () => {
  test.each<[string, string, RegExp]>([
    ['a mapping within a line', 'a: ▶b: 1', /mapping within a line/],
    ['an open quote', 'a: "x▶', /quote/],
    ['an open bracket', 'a: [1▶', /\]/],
    ['a tab', 'a:\n▶\tb: 1', /tab/],
    ['two documents', 'a: 1\n▶---\nb: 2', /second document/],
    ['a tag', 'a: ▶!secret x', /tag/],
    ['an alias of nothing', 'a: ▶*nope', /"&nope"/],
    ['an alias of itself', 'a: &x [▶*x]', /holds itself/],
    ['a merge of a number', 'a: 1\n▶<<: 3', /"<<"/],
    ['a mapping as a key', '? ▶{ b: 1 }\n: 2', /as a key/],
  ])('%s', (_name, marked, message) => {
    const { text, places } = readMarks(marked)
    const { findings, value } = parse(text)
    expect(findings.map(({ place }) => at(place))).toEqual(places)
    expect(findings[0]).toMatchObject({
      code: 'yaml-syntax',
      level: 'error',
      message: expect.stringMatching(message),
    })
    expect(findings[0]?.hint).not.toBe('')
    expect(value).toBeUndefined()
  })

  test('a key twice is found at the second value, and the rest stays readable', () => {
    const { text, places } = readMarks('a: 1\nb: { c: 1, c: ▶2 }\na: ▶3')
    const { findings, value } = parse(text)
    expect(findings.map(({ place }) => at(place)).toSorted()).toEqual(places)
    expect(findings.map(({ code }) => code)).toEqual(['duplicate-key', 'duplicate-key'])
    expect(findings.some(({ hint }) => hint.includes('line 1'))).toBe(true)
    expect(value).toEqual({ a: 3, b: { c: 2 } })
  })
})

describe('hostile text', () => {
  const laughs = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]']
  for (let i = 1; i < 10; i++)
    laughs.push(`a${i}: &a${i} [${Array.from({ length: 10 }, () => `*a${i - 1}`).join(', ')}]`)

  test.each<[string, string, RegExp]>([
    ['brackets without end', '['.repeat(20_000), /nested/],
    ['dashes without end', '- '.repeat(20_000), /nested/],
    ['mappings without end', '{a: '.repeat(20_000), /nested/],
    ['keys without end', '? '.repeat(20_000), /nested/],
    ['a billion laughs', laughs.join('\n'), /aliases/],
    ['a very long text', `a: ${'x'.repeat(2_000_000)}`, /longer/],
  ])('%s', (_name, text, message) => {
    const { findings } = parse(text)
    expect(findings).toEqual([
      expect.objectContaining({ code: 'yaml-syntax', message: expect.stringMatching(message) }),
    ])
  })

  test('names of the language are data', () => {
    const { value, findings } = parse('__proto__: { polluted: 1 }\nconstructor: 2')
    expect(findings).toEqual([])
    expect(Object.keys(value as object)).toEqual(['__proto__', 'constructor'])
    expect(({} as { polluted?: number }).polluted).toBeUndefined()
  })
})
