/** "Adding an operator" in CONTRIBUTING.md, done word for word in a copy of the source tree. */
import { spawnSync } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { blocksOf, ROOT, titled } from './fenced.ts'

const REGISTRY = 'src/operators/index.ts'
const FOLDER = 'src/operators/visit-counter/'
const DEADLINE_MS = 60_000
const blocks = blocksOf('CONTRIBUTING.md')
let tree = ''

interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

function run(...args: readonly string[]): Ran {
  // A test run inside a test run keeps its count to itself.
  const env = { ...process.env, JEST_SUMMARY_FILE: '' }
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: tree, encoding: 'utf8', env })
  return { code: status, stdout, stderr }
}

const shopkeeper = (...args: readonly string[]): Ran => run('dist/cli/main.js', ...args)

function write(path: string, text: string): void {
  mkdirSync(dirname(join(tree, path)), { recursive: true })
  writeFileSync(join(tree, path), text)
}

const linesWith = (sign: string, diff: string): readonly string[] =>
  diff
    .split('\n')
    .filter((line) => line.startsWith(sign))
    .map((line) => line.slice(1))
const plus = (diff: string): readonly string[] => linesWith('+', diff)

/** The registry with the shown line behind the others. */
const registered = (registry: string, diff: string): string => `${registry}${plus(diff).join('\n')}\n`

beforeAll(() => {
  tree = mkdtempSync(join(tmpdir(), 'toy-operator-'))
  for (const part of ['src', 'test/support', 'schemas', 'scripts'])
    cpSync(join(ROOT, part), join(tree, part), { recursive: true })
  for (const part of ['package.json', 'jest.config.js', 'tsconfig.json', 'tsconfig.build.json'])
    cpSync(join(ROOT, part), join(tree, part))
  symlinkSync(join(ROOT, 'node_modules'), join(tree, 'node_modules'))
  for (const { language, title, text } of blocks)
    if (title !== undefined && language !== 'diff' && !title.endsWith('.txt') && title !== 'triggers.ndjson')
      write(title, text)
  write(REGISTRY, registered(readFileSync(join(ROOT, REGISTRY), 'utf8'), titled(blocks, REGISTRY)))
})
afterAll(() => rmSync(tree, { recursive: true, force: true }))

/** Every file under `src` of a tree, by path. */
function sourcesOf(root: string): ReadonlyMap<string, string> {
  const entries = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
  return new Map(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [path.slice(root.length).replace(/^\//, ''), readFileSync(path, 'utf8')]),
  )
}

test('the tree differs by one folder and one line', () => {
  const before = sourcesOf(ROOT)
  const after = sourcesOf(tree)
  const changed = [...after.keys()].filter((path) => before.get(path) !== after.get(path))
  expect(changed.filter((path) => !path.startsWith(FOLDER))).toEqual([REGISTRY])
  expect([...before.keys()].filter((path) => !after.has(path))).toEqual([])
  const linesBefore = (before.get(REGISTRY) as string).split('\n')
  const linesAfter = (after.get(REGISTRY) as string).split('\n')
  const added = linesAfter.filter((line) => !linesBefore.includes(line))
  expect(added).toEqual(plus(titled(blocks, REGISTRY)))
  expect(added).toHaveLength(1)
  expect(linesAfter).toHaveLength(linesBefore.length + 1)
})

describe('built', () => {
  beforeAll(() => {
    const built = run('node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json')
    if (built.code !== 0) throw new Error(`${built.stdout}${built.stderr}`)
  }, DEADLINE_MS)

  test(
    'its own test passes',
    () => {
      const { code, stderr } = run(
        '--experimental-vm-modules',
        '--disable-warning=ExperimentalWarning',
        'node_modules/jest/bin/jest.js',
        'test/operators/visit-counter',
      )
      expect([code, stderr]).toEqual([0, expect.stringMatching(/Tests: +4 passed, 4 total/)])
    },
    DEADLINE_MS,
  )

  test('it is listed and described', () => {
    expect(shopkeeper('operators').stdout).toMatch(/^visit-counter +Counts the visits of a person/m)
    const { code, stdout } = shopkeeper('operators', 'visit-counter')
    expect([code, stdout]).toEqual([0, titled(blocks, 'operators.txt')])
  })

  test('lint knows it, and its keys', () => {
    expect(shopkeeper('lint', 'visits.yaml')).toEqual({
      code: 0,
      stdout: '',
      stderr: '1 file: 0 errors, 0 warnings\n',
    })
    write('wrong.yaml', titled(blocks, 'visits.yaml').replace('every: 2', 'evry: 2'))
    const { code, stdout } = shopkeeper('lint', 'wrong.yaml')
    expect([code, stdout]).toEqual([2, expect.stringMatching(/unknown-key .*did you mean "every"\?/)])
  })

  const replayed = (input: string, ...more: readonly string[]): readonly string[] => {
    const args = ['replay', '--topology', 'visits.yaml', '--input', input, '--until', '+1m', ...more]
    const { code, stdout, stderr } = shopkeeper(...args)
    if (code !== 0) throw new Error(stderr)
    return stdout
      .trimEnd()
      .split('\n')
      .filter((line) => line.startsWith('{"topic":"triggers"'))
  }

  test('a topology that uses it replays as shown', () => {
    const data = replayed('visits.ndjson').map(
      (line) => (JSON.parse(line) as { value: { data: object } }).value.data,
    )
    expect(data.map((one) => `${JSON.stringify(one)}\n`).join('')).toBe(titled(blocks, 'triggers.ndjson'))
  })

  test('partitions, batches and crashes give the same set', () => {
    write('crowd.ndjson', crowd())
    const straight = [...replayed('crowd.ndjson')].sort()
    expect(straight.length).toBeGreaterThan(80)
    for (const way of [
      ['--partitions', '4'],
      ['--batch', '1'],
      ['--batch', '7', '--partitions', '3'],
      ['--crash-every', '5', '--partitions', '2'],
    ])
      expect([...replayed('crowd.ndjson', ...way)].sort()).toEqual(straight)
  })
})

/** 40 people, seven visits each, up to 9 s out of order; every fourth turns out to be the one before. */
function crowd(): string {
  const visits = Array.from({ length: 280 }, (_, n) => ({ n, person: n % 40, at: n * 4000 }))
  const arrival = ({ n, at }: { readonly n: number; readonly at: number }): number =>
    at + ((n * 7919) % 9) * 1000
  return visits
    .sort((a, b) => arrival(a) - arrival(b))
    .map(({ n, person, at }) => {
      const bands = n > 200 && person % 4 === 0 && person > 0 ? [person, person - 1] : [person]
      return JSON.stringify({
        id: `v${n}`,
        type: 'zone.entered',
        time: Date.UTC(2026, 6, 11, 10) + at,
        identifiers: bands.map((band) => ({ type: 'device_id', value: `band-${band}` })),
        data: { zone_id: 'carousel' },
      })
    })
    .join('\n')
}
