/** README.md: every topology, recording, command and program in it is run, and does what it says. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import { createProgram } from '../../src/cli/program.ts'
import { runCaptured } from '../support/captured-run.ts'
import { blocksOf, commandsOf, ROOT, textOf, titled } from './fenced.ts'

const blocks = blocksOf('README.md')
const text = textOf('README.md')
const shown = (title: string): string => titled(blocks, title)
const before = process.cwd()
let folder = ''
const byText = (a: string, b: string): number => (a < b ? -1 : 1)

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'readme-'))
  for (const name of ['corner-shop.yaml', 'morning.ndjson', 'embed.ts'])
    writeFileSync(join(folder, name), shown(name))
  process.chdir(folder)
})
afterAll(() => {
  process.chdir(before)
  rmSync(folder, { recursive: true, force: true })
})

test('the commands of the example', async () => {
  const [lint = [], replay = []] = commandsOf(blocks)
  expect(await runCaptured(...lint)).toMatchObject({ code: 0, stdout: '' })
  expect(await runCaptured(...replay)).toEqual({
    code: 0,
    stdout: shown('replay.stdout'),
    stderr: shown('replay.stderr'),
  })
})

test('the program passes the type checker', () => {
  const paths = { shopkeeper: [join(ROOT, 'src/index.ts')] }
  const compilerOptions = { paths, typeRoots: [join(ROOT, 'node_modules/@types')], rootDir: '/' }
  const config = { extends: join(ROOT, 'tsconfig.json'), compilerOptions, include: [], files: ['embed.ts'] }
  writeFileSync('package.json', '{"type":"module"}')
  writeFileSync('tsconfig.json', JSON.stringify(config))
  const { status, stdout } = spawnSync(process.execPath, [
    join(ROOT, 'node_modules/typescript/bin/tsc'),
    '-p',
    '.',
  ])
  expect([status, String(stdout)]).toEqual([0, ''])
}, 30_000)

test('the program prints what is shown', async () => {
  const entry = pathToFileURL(join(ROOT, 'src/index.ts')).href
  writeFileSync('run.ts', shown('embed.ts').replace("'shopkeeper'", `'${entry}'`))
  const said: string[] = []
  const spy = jest.spyOn(console, 'log').mockImplementation((...words) => void said.push(words.join(' ')))
  try {
    await import(pathToFileURL(join(folder, 'run.ts')).href)
  } finally {
    spy.mockRestore()
  }
  expect(said).toEqual(shown('embed.stdout').trimEnd().split('\n'))
})

test('the commands on servers are commands, with flags that they have and documents that are there', () => {
  const onServers = commandsOf(blocks).slice(2)
  expect(onServers.map(([name]) => name)).toEqual(['topics', 'doctor', 'run', 'demo'])
  for (const words of onServers) {
    let found = createProgram()
    for (const word of words) found = found.commands.find((command) => command.name() === word) ?? found
    const flags = words.filter((word) => word.startsWith('--'))
    expect(found.options.map(({ long }) => long)).toEqual(expect.arrayContaining(flags))
    expect(existsSync(join(ROOT, words[words.indexOf('--topology') + 1] ?? ''))).toBe(true)
  }
})

test('the table of commands is the list of commands, with all their flags', () => {
  const rows = [...text.matchAll(/^\| `([a-z-]+)(?: [^`]*)?` \| .*$/gm)]
  const shown = rows.map(
    ([row, name]) => `${name}: ${[...row.matchAll(/--[a-z-]+/g)].map(String).toSorted(byText).join(' ')}`,
  )
  // A command with commands of its own has the flags of all of them.
  const actual = createProgram().commands.map((command) => {
    const flags = [command, ...command.commands].flatMap(({ options }) =>
      options.map(({ long }) => `${long}`),
    )
    return `${command.name()}: ${[...new Set(flags)].toSorted(byText).join(' ')}`
  })
  expect(new Set(shown)).toEqual(new Set(actual))
})

test('what it points to is there', () => {
  const targets = [...text.matchAll(/\]\(([^)#]+)\)/g)].map(([, target = '']) => target)
  expect(targets.length).toBeGreaterThan(5)
  expect(targets.filter((target) => !existsSync(join(ROOT, target)))).toEqual([])
})
