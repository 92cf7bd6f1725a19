/** docs/cookbook.md: every recipe lints clean, and every story comes out as told. */
import { describe, expect, test } from '@jest/globals'
import { parse, stringify } from 'yaml'
import { runTopology } from '../../src/app/test-files.ts'
import { parseTestDocument, runCase, type RunLines } from '../../src/app/topology-test.ts'
import { parseTopology } from '../../src/topology/document.ts'
import { lint } from '../../src/topology/lint.ts'
import { textOf } from './fenced.ts'

interface Piece {
  readonly sources?: object
  readonly operators?: readonly object[]
  readonly sinks?: object
}

const TEXT = textOf('docs/cookbook.md')
const FENCE = /^```yaml title=(\S+)\n([\s\S]*?)^```$/gm

const blocksIn = (text: string, title: string): readonly string[] =>
  [...text.matchAll(FENCE)].flatMap(([, name, body]) => (name === title ? [body as string] : []))

const [head = '', ...recipes] = TEXT.split(/^## /m)
const base = parse(blocksIn(head, 'base.yaml')[0] as string) as Piece
const people = parse(blocksIn(head, 'people.yaml')[0] as string) as object

/** The base with a recipe's pieces; other keys of the recipe stand beside them. */
function documentOf(recipe: string): string {
  const piece = parse(blocksIn(recipe, 'recipe')[0] as string) as Piece
  return stringify({
    ...base,
    ...piece,
    sources: { ...base.sources, ...piece.sources },
    operators: [...(base.operators ?? []), ...(piece.operators ?? [])],
  })
}

const run: RunLines = (text, lines, untilMs) => runTopology({ text, file: 'cookbook.yaml' }, lines, untilMs)

test('there are twenty recipes at least, each with its story', () => {
  expect(recipes.length).toBeGreaterThanOrEqual(20)
  for (const recipe of recipes)
    expect([blocksIn(recipe, 'recipe').length, blocksIn(recipe, 'story').length]).toEqual([1, 1])
})

describe.each(recipes.map((recipe) => [recipe.slice(0, recipe.indexOf('\n')), recipe]))('%s', (_, recipe) => {
  const text = documentOf(recipe)

  test('lints clean', () => {
    expect(lint(parseTopology({ text, file: 'cookbook.yaml' }))).toEqual([])
  })

  const cases = parse(blocksIn(recipe, 'story')[0] as string) as object[]
  const story = stringify({ topology: 'cookbook.yaml', people, cases })
  const parsed = parseTestDocument(story, { file: 'docs/cookbook.md', topologyZone: 'Europe/Copenhagen' })
  test.each(parsed.cases.map((one) => [one.name, one] as const))('%s', async (_name, one) => {
    expect(await runCase(one, text, run)).toEqual([])
  })
})
