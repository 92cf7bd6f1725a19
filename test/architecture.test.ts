/** The rules of the house hold for this tree, and each of them trips when it should. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from '@jest/globals'
import {
  bannedWords,
  classesWhereTheyLive,
  codeOnly,
  FILE_LINES_MAX,
  fileLength,
  type Finding,
  importsPointDown,
  names,
  nothingUnreferenced,
  registryIsFolders,
  type Rule,
  RULES,
  type SourceFile,
  testsMirrorSources,
  whoMayWait,
} from './support/house-rules.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

function readTree(folder: string): readonly SourceFile[] {
  if (!existsSync(join(ROOT, folder))) return []
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) return readTree(path)
    return path.endsWith('.ts') ? [{ path, text: readFileSync(join(ROOT, path), 'utf8') }] : []
  })
}

const lines = (findings: readonly Finding[]): readonly string[] =>
  findings.map(({ path, line, message }) => `${path}:${line} ${message}`)

/** Made-up files, by path. */
const tree = (texts: Readonly<Record<string, string>>): readonly SourceFile[] =>
  Object.entries(texts).map(([path, text]) => ({ path, text }))

const findingsOf = (rule: Rule, texts: Readonly<Record<string, string>>): readonly string[] =>
  lines(rule(tree(texts)))

describe('rules of the house', () => {
  const files = [...readTree('src'), ...readTree('test')]

  test.each(RULES)('$name', ({ check }) => {
    expect(lines(check(files))).toEqual([])
  })
})

describe('each rule trips on a bad file', () => {
  const classes = classesWhereTheyLive([{ path: 'src/model/errors.ts', reason: 'errors' }])

  test.each(RULES)('and passes without files: $name', ({ check }) => {
    expect(check([])).toEqual([])
  })

  test.each<[string, Rule, string, string, RegExp]>([
    [
      'an import that points up',
      importsPointDown,
      'src/model/a.ts',
      "import type { B } from '../runtime/b.ts'",
      /floor 2 is above floor 0.*port/,
    ],
    [
      'a re-export that points up',
      importsPointDown,
      'src/runtime/a.ts',
      "export * from '../app/b.ts'",
      /floor 4 is above floor 2/,
    ],
    [
      'a lazy import that points up',
      importsPointDown,
      'src/app/a.ts',
      "const b = await import('../cli/b.ts')",
      /floor 5 is above floor 4/,
    ],
    [
      'an operator that imports another',
      importsPointDown,
      'src/operators/a/operator.ts',
      "import { b } from '../b/state.ts'",
      /operators never import each other: move/,
    ],
    [
      'an operator that imports the registry',
      importsPointDown,
      'src/operators/a/operator.ts',
      "import { all } from '../index.ts'",
      /operators never/,
    ],
    [
      'an adapter that imports another',
      importsPointDown,
      'src/adapters/kafka/log.ts',
      "import { b } from '../redis/b.ts'",
      /adapters never import each other: join them in src\/app/,
    ],
    [
      'an import from the tests',
      importsPointDown,
      'src/app/a.ts',
      "import { b } from '../../test/support/b.ts'",
      /outside of the floors/,
    ],
    [
      'an import without its ending',
      importsPointDown,
      'src/app/a.ts',
      "import { b } from './b.js'",
      /\.ts ending/,
    ],
    ['a file on no floor', importsPointDown, 'src/elsewhere/a.ts', '', /no floor/],
    ['new Date', bannedWords, 'src/model/a.ts', 'const a = new Date()', /says Date .*EpochMs/],
    ['Date.now', bannedWords, 'src/runtime/a.ts', 'const a = globalThis.Date.now()', /Clock port/],
    [
      'Math.random',
      bannedWords,
      'src/operators/a/operator.ts',
      'const a = Math.random()',
      /hash\.ts.*Random port/,
    ],
    ['setTimeout', bannedWords, 'src/runtime/task.ts', 'setTimeout(run, 5)', /Clock port/],
    ['setInterval', bannedWords, 'src/runtime/task.ts', 'setInterval(run, 5)', /timer change/],
    ['setImmediate', bannedWords, 'src/runtime/task.ts', 'const later = setImmediate', /timer change/],
    ['performance.now', bannedWords, 'src/runtime/batch.ts', 'const a = performance.now()', /Clock port/],
    [
      'a module of Node',
      bannedWords,
      'src/topology/a.ts',
      "import { readFileSync } from 'node:fs'",
      /imports node:fs.*port/,
    ],
    [
      'a module of Node by its short name',
      bannedWords,
      'src/topology/a.ts',
      "import fs from 'fs'",
      /imports fs.*port/,
    ],
    ['process', bannedWords, 'src/runtime/a.ts', 'const a = process.env', /settings are read in src\/app/],
    [
      'a spread of the environment',
      bannedWords,
      'src/runtime/a.ts',
      'const a = { ...process.env }',
      /says process/,
    ],
    ['a spread that waits', whoMayWait, 'src/runtime/a.ts', 'const a = [...await b]', /says await/],
    [
      'a banned word within a template',
      bannedWords,
      'src/model/a.ts',
      'const a = `at ${Date.now()}`',
      /says Date/,
    ],
    ['async on floor 0', whoMayWait, 'src/model/a.ts', 'const a = async () => 1', /says async: keep it pure/],
    ['await on floor 1', whoMayWait, 'src/topology/task.ts', 'const a = await b', /says await/],
    ['await in a rule of floor 2', whoMayWait, 'src/runtime/step.ts', 'const a = await b', /batch\.ts/],
    ['a folder called utils', names, 'src/app/utils/a.ts', '', /"utils", which says nothing/],
    ['a file called types', names, 'src/model/types.ts', '', /"types"/],
    ['a manager by its last name', names, 'src/runtime/task-manager.ts', '', /"task-manager"/],
    ['helpers among the tests', names, 'test/support/helpers.ts', '', /"helpers"/],
    ['a name in camel case', names, 'src/model/streamEvent.ts', '', /kebab-case/],
    ['a barrel', names, 'src/runtime/index.ts', '', /import the file itself/],
    ['a long file', fileLength, 'src/app/a.ts', 'a\n'.repeat(FILE_LINES_MAX + 1), /has 401 lines/],
    [
      'a test that mirrors nothing',
      testsMirrorSources,
      'test/model/gone.test.ts',
      '',
      /src\/model\/gone\.ts, which does not exist/,
    ],
    ['a test in a folder of its own', testsMirrorSources, 'test/misc/a.test.ts', '', /src\/misc\/a\.ts/],
    [
      'an operator outside of the registry',
      registryIsFolders,
      'src/operators/a/operator.ts',
      '',
      /does not import src\/operators\/a\//,
    ],
    [
      'an operator that only the registry knows',
      registryIsFolders,
      'src/operators/index.ts',
      "import { a } from './a/operator.ts'",
      /src\/operators\/a\/, which is not there/,
    ],
    ['a class on floor 0', classes, 'src/model/a.ts', 'export class A {}', /functions and a value/],
    ['a class without a name', classes, 'src/app/a.ts', 'const A = class { }', /functions and a value/],
    [
      'an allowed class that went away',
      classes,
      'src/model/errors.ts',
      'export const a = 1',
      /remove its entry/,
    ],
  ])('%s', (_name, rule, path, text, message) => {
    expect(findingsOf(rule, { [path]: text })).toEqual([expect.stringMatching(message)])
  })

  test('a source file that nothing reaches', () => {
    const texts = {
      'src/cli/main.ts': "import { a } from '../app/a.ts'\nawait import('../app/lazy.ts')",
      'src/app/a.ts': "export * from '../model/b.ts'",
      'src/app/lazy.ts': '',
      'src/model/b.ts': '',
      'src/model/dead.ts': "import './b.ts'",
    }
    expect(findingsOf(nothingUnreferenced, texts)).toEqual([
      expect.stringMatching(/^src\/model\/dead\.ts:1 is reached/),
    ])
  })

  test('a finding names the line', () => {
    const findings = importsPointDown(tree({ 'src/model/a.ts': "\n/* two\nthree */ import '../app/b.ts'" }))
    expect(findings.map(({ line }) => line)).toEqual([3])
  })
})

describe('no rule trips on a good file', () => {
  test.each<[string, Rule, Readonly<Record<string, string>>]>([
    [
      'imports down and within',
      importsPointDown,
      { 'src/runtime/task.ts': "import '../model/a.ts'\nimport './ports/clock.ts'\nimport 'yaml'" },
    ],
    [
      'the registry imports all operators',
      importsPointDown,
      { 'src/operators/index.ts': "import './a/operator.ts'\nimport './b/operator.ts'" },
    ],
    [
      'an operator imports its own parts',
      importsPointDown,
      { 'src/operators/a/operator.ts': "import './state.ts'" },
    ],
    [
      'banned words in comments and strings',
      bannedWords,
      {
        'src/model/a.ts':
          "// Date.now()\n/** process.env */ const a = 'Math.random()' + /process./.source + `setTimeout`",
      },
    ],
    [
      'words that only look banned',
      bannedWords,
      { 'src/model/a.ts': 'preprocess.a; a.process.b; isoDate(1); birthDate; const a = { Date: 1 }' },
    ],
    [
      'Node and the clock in an adapter',
      bannedWords,
      { 'src/adapters/system/clock.ts': "import 'node:fs'\nDate.now()" },
    ],
    [
      'await where the pace is set',
      whoMayWait,
      {
        'src/runtime/batch.ts': 'await a',
        'src/runtime/key-task.ts': 'await a',
        'src/runtime/ports/log.ts': 'async () => 1',
      },
    ],
    ['await in the application', whoMayWait, { 'src/app/compose.ts': 'await a' }],
    [
      'telling names',
      names,
      { 'src/model/event-types.ts': '', 'src/index.ts': '', 'src/operators/index.ts': '' },
    ],
    ['a long generated file', fileLength, { 'src/model/a.generated.ts': 'a\n'.repeat(500) }],
    ['a file at the limit', fileLength, { 'src/model/a.ts': 'a\n'.repeat(FILE_LINES_MAX) }],
    [
      'a mirror, one aspect of it, and one with servers',
      testsMirrorSources,
      {
        'src/model/a.ts': '',
        'test/model/a.test.ts': '',
        'test/model/a.laws.test.ts': '',
        'test/model/a.int.test.ts': '',
      },
    ],
    [
      'tests of the whole',
      testsMirrorSources,
      { 'test/a.test.ts': '', 'test/golden/a.test.ts': '', 'test/cli/a.test.ts': '' },
    ],
    [
      'a registry that is its folders',
      registryIsFolders,
      { 'src/operators/index.ts': "import { a } from './a/operator.ts'", 'src/operators/a/operator.ts': '' },
    ],
    ['no entry yet', nothingUnreferenced, { 'src/model/a.ts': '' }],
    [
      'classes where something lives',
      classesWhereTheyLive(),
      { 'src/adapters/redis/a.ts': 'class A {}', 'src/runtime/task.ts': 'class A {}' },
    ],
    [
      'class as a word',
      classesWhereTheyLive(),
      { 'src/model/a.ts': "// class A {}\nconst a = b.class\nconst c = { class: 'x' }" },
    ],
  ])('%s', (_name, rule, texts) => {
    expect(findingsOf(rule, texts)).toEqual([])
  })
})

describe('codeOnly', () => {
  test.each([
    ['a // b', 'a     '],
    ['a /* b\nc */ d', 'a     \n     d'],
    ["'it\\'s' + b", "'     ' + b"],
    ["'//' + b", "'  ' + b"],
    ['`a ${b + `c ${d}`} e` + f', '`  ${b + `  ${d}`}  ` + f'],
    ['`${{ a: { b } }}c`', '`${{ a: { b } }} `'],
    ['a = /[/"]x/.test(b)', 'a = /     /.test(b)'],
    ['return /"/g', 'return / /g'],
    ['a / b / c', 'a / b / c'],
    ['(a) / 2 // "', '(a) / 2     '],
  ])('%j', (text, code) => {
    expect(codeOnly(text)).toBe(code)
  })
})
