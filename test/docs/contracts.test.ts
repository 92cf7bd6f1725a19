/** docs/contracts.md and ARCHITECTURE.md against the code: what can be compared is. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { createProgram } from '../../src/cli/program.ts'
import { EVENT_TYPES } from '../../src/model/event-types.ts'
import { FINDING_CODES } from '../../src/model/errors.ts'
import {
  CART_CHANGES_MAX,
  ENCOUNTERS_WAITING_MAX,
  EVENT_IDENTIFIERS_MAX,
  FEELINGS_PER_PERSON_MAX,
  IDENTIFIER_LENGTH_MAX,
  INPUT_BYTES_MAX,
  INSTANCES_PER_PERSON_MAX,
  NESTING_MAX,
  NOTES_PER_PERSON_MAX,
  OFFERS_PER_PERSON_MAX,
  PATTERN_EVENTS_PER_MATCH_MAX,
  PATTERN_EVENTS_PER_PERSON_MAX,
  PATTERN_KEY_LENGTH_MAX,
  PATTERN_STEPS_MAX,
  PLACES_MAX,
  PLACES_PER_READING_MAX,
  PROFILE_CART_CHANGES_MAX,
  PROFILE_NAMES_MAX,
  PROFILE_OFFERS_MAX,
  READINGS_CONFIRM_MAX,
  READINGS_WAITING_MAX,
  REFUSED_LINES_NAMED_MAX,
  REPORTED_REFUSALS_MAX,
  SEGMENTS_MAX,
  SESSION_DISTINCT_MAX,
  SHARED_IDENTIFIERS_MAX,
  TOO_LARGE_KEPT_BYTES,
  TOUCHPOINTS_PER_PERSON_MAX,
  WARMTH_TYPES_MAX,
} from '../../src/model/limits.ts'
import { RULES } from '../../src/operators/brief/lanes.ts'
import { planOf, replayed } from '../support/replayed.ts'
import { blocksOf, ROOT, textOf } from './fenced.ts'

const text = textOf('docs/contracts.md')

/** The text of a section, by its number. */
const section = (number: number): string =>
  text.slice(text.indexOf(`\n## ${number}. `), text.indexOf(`\n## ${number + 1}. `))

describe('docs/contracts.md', () => {
  test('commands: each row is there, or says that it is not in this version', () => {
    const rows = [...section(1).matchAll(/^\| `([a-z-]+)[^`]*` \| (.*)$/gm)]
    const there = rows
      .filter(([, , says = '']) => !says.startsWith('*not in this version'))
      .map(([, name]) => name)
    expect(new Set(there)).toEqual(new Set(createProgram().commands.map((command) => command.name())))
    expect(there.length).toBeGreaterThan(10)
  })

  test('the table of types is the one that the gate checks by', () => {
    const cells = [...section(3).matchAll(/^\| ((?:world: )?`[^|]*) \|/gm)].map(([, cell = '']) => cell)
    const types = cells.flatMap((cell) => [...cell.matchAll(/`([a-z_]+\.[a-z_]+)`/g)].map(([, type]) => type))
    expect(types).toHaveLength(new Set(types).size)
    expect(new Set(types)).toEqual(new Set(EVENT_TYPES.keys()))
  })

  test('the event that it shows is one', async () => {
    const [example] = blocksOf('docs/contracts.md').filter(({ language }) => language === 'json')
    const line = JSON.stringify(JSON.parse(example?.text ?? ''))
    const plan = planOf({
      topology: 'any',
      sources: { web: { topic: 'web' } },
      operators: [{ id: 'identity', type: 'identity', from: 'web' }],
    })
    const { summary } = await replayed(plan, Buffer.from(line), undefined)
    expect(summary).toMatchObject({ events: 1, people: 1, dead_letters: {} })
  })

  test('no rule of the fine print is missing', () => {
    const last = {
      T: 14,
      E: 5,
      M: 1,
      I: 11,
      S: 4,
      C: 8,
      L: 6,
      G: 12,
      P: 9,
      A: 7,
      K: 15,
      B: 6,
      J: 10,
      W: 15,
      O: 27,
      R: 12,
      X: 10,
    }
    const all = Object.entries(last).flatMap(([letter, n]) =>
      Array.from({ length: n }, (_, i) => `${letter}${i + 1}`),
    )
    const found = [...section(8).matchAll(/^- \*\*([A-Z]\d+)\b/gm)].map(([, rule]) => rule)
    expect(found).toEqual(all)
  })

  test('the codes of lint', () => {
    const [, codes = ''] = /Lint codes\.\*\* \*\*Rule:\*\* a closed list: `([^`]+)`/.exec(text) ?? []
    expect(codes.split(' ')).toEqual([...FINDING_CODES])
  })

  test('bounds that it names are those of limits.ts', () => {
    const said: readonly (readonly [number, string])[] = [
      [INPUT_BYTES_MAX, '1 MiB (% bytes) a line'],
      [TOO_LARGE_KEPT_BYTES, 'carries the first % bytes'],
      [CART_CHANGES_MAX, 'its newest % changes'],
      [EVENT_IDENTIFIERS_MAX, '% identifiers'],
      [IDENTIFIER_LENGTH_MAX, '% characters in an id'],
      [NESTING_MAX, '% levels of `data`'],
      [REPORTED_REFUSALS_MAX, 'at most % of them'],
      [REFUSED_LINES_NAMED_MAX, 'At most % refused lines'],
      [INSTANCES_PER_PERSON_MAX, 'at most % carts'],
      [INSTANCES_PER_PERSON_MAX, 'at most % held decisions'],
      [SESSION_DISTINCT_MAX, 'hold the first %'],
      [SHARED_IDENTIFIERS_MAX, 'count only past %'],
      [OFFERS_PER_PERSON_MAX, '% emitted offers'],
      [PLACES_PER_READING_MAX, 'more than % places at once'],
      [READINGS_WAITING_MAX, '% readings of a person wait'],
      [PLACES_MAX, '% places of one operator'],
      [PATTERN_KEY_LENGTH_MAX, '1 to % characters'],
      [PATTERN_STEPS_MAX, '% steps'],
      [PATTERN_EVENTS_PER_MATCH_MAX, '% events a match'],
      [PATTERN_EVENTS_PER_PERSON_MAX, 'at most % events'],
      [INSTANCES_PER_PERSON_MAX, '% keys in one pattern'],
      [NOTES_PER_PERSON_MAX, '% events of a person are kept'],
      [PROFILE_NAMES_MAX, '% facts, 200 interests, 200 channels'],
      [PROFILE_CART_CHANGES_MAX, '% changes of carts (the oldest'],
      [PROFILE_OFFERS_MAX, '% offers (older'],
      [WARMTH_TYPES_MAX, '% weights'],
      [SEGMENTS_MAX, '% segments of one operator'],
      [INSTANCES_PER_PERSON_MAX, '% moments of a person wait'],
      [ENCOUNTERS_WAITING_MAX, '% encounters of a person wait'],
      [FEELINGS_PER_PERSON_MAX, '% moods and 200 sentiments'],
      [READINGS_CONFIRM_MAX, '`confirm` up to %'],
      [INSTANCES_PER_PERSON_MAX, 'in % places after merges'],
      [TOUCHPOINTS_PER_PERSON_MAX, 'of a person % touchpoints'],
      [INSTANCES_PER_PERSON_MAX, '% waiting orders'],
      [RULES.activity.max, 'the newest % of what they did'],
      [RULES.cart.max, '% changes of carts'],
      [RULES.traits.max, '% traits'],
      [RULES.consents.max, '% words of consent, 60'],
      [RULES.offers.max, '% answers to offers'],
      [RULES.notable.max, '% notable events'],
      [RULES.bought.max, '% searches, comparisons'],
      [RULES.moods.max, '% moods and sentiments'],
      [INSTANCES_PER_PERSON_MAX, '% briefs that wait'],
    ]
    const missing = said.map(([n, words]) => words.replace('%', n.toLocaleString('en-US')))
    expect(missing.filter((words) => !text.includes(words))).toEqual([])
  })
})

const DOCUMENTS = [
  'README.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'docs/contracts.md',
  'docs/glossary.md',
  'docs/operations.md',
  'docs/operators.md',
  'docs/testing-topologies.md',
]

test.each(DOCUMENTS)('%s: the files that it names are there', (document) => {
  const named = [...textOf(document).matchAll(/`((?:[\w.*-]+\/)+[\w.*-]*)`/g)]
    .map(([, path = '']) => path)
    .filter((path) => !/[*]|^\.|visit-counter|KAFKA|^application\//.test(path))
    .filter((path) => /\.(?:ts|md|yaml|mjs)$|\/$/.test(path))
  const gone = named.filter((path) => !existsSync(join(ROOT, path)) && !existsSync(join(ROOT, 'src', path)))
  expect(gone).toEqual([])
})
