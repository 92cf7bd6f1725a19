/**
 * The rules of the house, as plain functions over a list of files, so that a test can hand them made-up ones.
 *
 * 1. A rule reads nothing but the list; an empty list breaks no rule.
 * 2. Comments and the insides of strings never trip a rule; import specifiers are read separately.
 * 3. Every finding says what to do instead.
 */
import { isBuiltin } from 'node:module'
import { posix } from 'node:path'

/** A file of the project: its path from the root, with forward slashes, and its text. */
export interface SourceFile {
  readonly path: string
  readonly text: string
}

/** One problem with its place and its remedy. */
export interface Finding {
  readonly path: string
  readonly line: number
  readonly message: string
}

export type Rule = (files: readonly SourceFile[]) => readonly Finding[]

export const FILE_LINES_MAX = 400

/** The floor table. A file under `src` belongs to the first prefix that fits; imports point down, or stay on the floor. */
const FLOORS: readonly { readonly prefix: string; readonly floor: number }[] = [
  { prefix: 'src/model/', floor: 0 },
  { prefix: 'src/operators/', floor: 1 },
  { prefix: 'src/topology/', floor: 1 },
  { prefix: 'src/runtime/', floor: 2 },
  { prefix: 'src/adapters/', floor: 3 },
  { prefix: 'src/app/', floor: 4 },
  { prefix: 'src/cli/', floor: 5 },
  { prefix: 'src/console/', floor: 5 },
  { prefix: 'src/index.ts', floor: 5 },
]

const REGISTRY = 'src/operators/index.ts'
const ROOTS = ['src/cli/main.ts', 'src/index.ts']

/** Folders whose parts must not know each other. */
const STRANGERS: readonly { readonly folder: string; readonly remedy: string }[] = [
  {
    folder: 'src/operators/',
    remedy: 'operators never import each other: move what both need to src/model, or let them talk by events',
  },
  {
    folder: 'src/adapters/',
    remedy:
      'adapters never import each other: join them in src/app, or put the contract in src/runtime/ports',
  },
]

/** Classes outside adapters, tasks, supervisor and batch, each with the reason. */
export const CLASSES_ALLOWED: readonly { readonly path: string; readonly reason: string }[] = [
  { path: 'src/model/errors.ts', reason: 'what is thrown must be an Error, and is told apart by instanceof' },
  {
    path: 'src/model/bytes.ts',
    reason: 'a buffer that grows and is reused, and a cursor over one: the hot path',
  },
  {
    path: 'src/operators/identity/graph.ts',
    reason: 'a million records as bytes: what changes is its memory',
  },
  { path: 'src/operators/identity/hash-index.ts', reason: 'a hash table that grows: the hot path' },
  { path: 'src/operators/identity/record-walk.ts', reason: 'a cursor over bytes: the hot path' },
  { path: 'src/runtime/appends.ts', reason: 'columns that grow and are handed over: the hot path' },
  { path: 'src/runtime/people.ts', reason: 'who is in memory and who changed: the hot path' },
  { path: 'src/runtime/person-index.ts', reason: 'a hash table in columns that grow: the hot path' },
  {
    path: 'src/runtime/event-parts.ts',
    reason: 'columns that are filled anew with every event: the hot path',
  },
  { path: 'src/runtime/positions.ts', reason: 'offsets that change with every record: the hot path' },
  { path: 'src/runtime/resting.ts', reason: 'bytes of people in pages that grow: the hot path' },
  { path: 'src/runtime/seen-filter.ts', reason: 'bits that change with every record: the hot path' },
  { path: 'src/model/slabs.ts', reason: 'pages and the free rooms in them: the hot path' },
  { path: 'src/runtime/timer-queue.ts', reason: 'a heap in arrays: the hot path' },
  { path: 'src/runtime/watches.ts', reason: 'rows in columns that grow: a million people may watch' },
  {
    path: 'src/model/condition-library.ts',
    reason: 'the library knows types by their constructors, and only those have functions',
  },
  {
    path: 'src/runtime/wire-event.ts',
    reason: 'one hidden class for every event, its data decoded when read',
  },
  { path: 'src/app/line-writer.ts', reason: 'what is not written yet, and the failure of its stream' },
]

interface Ban {
  readonly pattern: RegExp
  readonly remedy: string
}

/** No part of a longer word and no member of an object; a spread (`...name`) is neither. */
const word = (source: string): RegExp => new RegExp(String.raw`(?<![\w$]|(?<!\.\.)\.)${source}`, 'g')
const globalUse = (source: string): RegExp => word(String.raw`(?:globalThis\s*\.\s*)?${source}`)

/** What floors 0 to 2 cannot name. */
const BANNED_BELOW_ADAPTERS: readonly Ban[] = [
  {
    pattern: globalUse(String.raw`Date\b(?!\s*\??:)`),
    remedy:
      'take the time as an EpochMs parameter, parse it with src/model/time.ts, or (floor 2) ask the Clock port',
  },
  {
    pattern: globalUse(String.raw`Math\s*\.\s*random\b`),
    remedy: 'derive it with src/model/hash.ts, or (floor 2) ask the Random port',
  },
  {
    pattern: globalUse(String.raw`(?:setTimeout|setInterval|setImmediate)\b`),
    remedy: 'return a timer change from the step, or (floor 2) wait through the Clock port',
  },
  {
    pattern: globalUse(String.raw`performance\s*\.\s*now\b`),
    remedy: 'let the adapter that observes measure, or (floor 2) ask the Clock port',
  },
  {
    pattern: globalUse(String.raw`process\s*(?:\?\.|[.[])`),
    remedy:
      'take it as a parameter: settings are read in src/app, the process belongs to src/cli and src/adapters/system',
  },
]

const ASYNC = word(String.raw`(?:async|await)\b(?!\s*\??:)`)
const IMPORT = word(String.raw`(?:from\s*|import\s*\(?\s*)(['"])`)
const CLASS = word(String.raw`class\b(?=\s*(?:\{|[\w$]))`)

/** Names that say nothing about what is inside, in the forms people reach for. */
const EMPTY_NAME =
  /^(?:utils?|helpers?|common|commons|types?|managers?|services?)$|-(?:utils?|helpers?|managers?|services?)$/

/** Test folders that mirror nothing. */
const TESTS_OF_THE_WHOLE = [
  'contracts',
  'golden',
  'simulation',
  'chaos',
  'measure',
  'bench',
  'conformance',
  'docs',
  'properties',
  'support',
  'integration',
  'data',
]

/** Where a string that opens at `start` ends: at its closing quote, or at the end of its line when it has none. */
function stringEnd(text: string, start: number): number {
  const quote = text[start]
  let i = start + 1
  while (i < text.length && text[i] !== quote && text[i] !== '\n') i += text[i] === '\\' ? 2 : 1
  return Math.min(i, text.length)
}

/** Where the literal part of a template that begins at `start` ends: at the closing backtick, or at the `$` of `${`. */
function templatePartEnd(text: string, start: number): number {
  let i = start
  while (i < text.length && text[i] !== '`' && !(text[i] === '$' && text[i + 1] === '{')) {
    i += text[i] === '\\' ? 2 : 1
  }
  return Math.min(i, text.length)
}

/** Where a regular expression that opens at `start` ends, or -1 when its line does not close it: then it is a division. */
function regexEnd(text: string, start: number): number {
  let inClass = false
  for (let i = start + 1; i < text.length && text[i] !== '\n'; i++) {
    if (text[i] === '\\') i++
    else if (text[i] === '[') inClass = true
    else if (text[i] === ']') inClass = false
    else if (text[i] === '/' && !inClass) return i
  }
  return -1
}

/** Whether a slash after `before` opens a regular expression: after an operator or such a keyword no division can stand. */
function regexMayFollow(before: string): boolean {
  return /(?:^|[(,=:[!&|?{};+\-*%~^<>]|(?:^|[^\w$.])(?:return|typeof|case|in|of|void|throw|await|yield|else|do))$/.test(
    before,
  )
}

/** The text with comments and the insides of literals blanked; every character keeps its place. `${code}` stays code. */
export function codeOnly(text: string): string {
  const out = text.split('')
  const braces: number[] = [] // one entry per open `${`: how many braces are open inside it
  const blank = (from: number, to: number): void => {
    for (let k = from; k < to && k < out.length; k++) if (out[k] !== '\n') out[k] = ' '
  }
  const template = (from: number): number => {
    const end = templatePartEnd(text, from)
    blank(from, end)
    if (text[end] !== '$') return end + 1
    braces.push(0)
    return end + 2
  }
  let last = 0 // the end of the last thing that was no white space and no comment
  let i = 0
  while (i < text.length) {
    const char = text[i]
    const start = i
    if (char === '/' && (text[i + 1] === '/' || text[i + 1] === '*')) {
      const close = text[i + 1] === '/' ? text.indexOf('\n', i) : text.indexOf('*/', i + 2) + 2
      i = close < i + 2 ? text.length : close
      blank(start, i)
      continue
    }
    if (char === "'" || char === '"') {
      i = stringEnd(text, i)
      blank(start + 1, i++)
    } else if (char === '`') {
      i = template(i + 1)
    } else if (char === '}' && braces.at(-1) === 0) {
      braces.pop()
      i = template(i + 1)
    } else if (char === '/' && regexMayFollow(text.slice(Math.max(0, last - 12), last))) {
      const end = regexEnd(text, i)
      if (end > 0) blank(start + 1, end)
      i = Math.max(end, i) + 1
    } else {
      const open = braces.length - 1
      if (open >= 0 && char === '{') braces[open] = (braces[open] ?? 0) + 1
      if (open >= 0 && char === '}') braces[open] = (braces[open] ?? 0) - 1
      i++
    }
    if (char !== ' ' && char !== '\n' && char !== '\t' && char !== '\r') last = i
  }
  return out.join('')
}

interface Import {
  readonly specifier: string
  readonly line: number
  /** The path a relative specifier leads to; `undefined` for a package. */
  readonly target: string | undefined
}

interface Parsed {
  readonly code: string
  readonly imports: readonly Import[]
}

const parsed = new WeakMap<SourceFile, Parsed>()

const lineAt = (text: string, index: number): number => text.slice(0, index).split('\n').length

/** Code and imports (also types, re-exports and `import()`) of a file; each file is read once. */
function parse(file: SourceFile): Parsed {
  const known = parsed.get(file)
  if (known) return known
  const code = codeOnly(file.text)
  const imports = [...code.matchAll(IMPORT)].map((match): Import => {
    const start = match.index + match[0].length
    const specifier = file.text.slice(start, code.indexOf(match[1] ?? "'", start))
    const relative = specifier.startsWith('.')
    const target = relative ? posix.join(posix.dirname(file.path), specifier) : undefined
    return { specifier, line: lineAt(file.text, start), target }
  })
  const result = { code, imports }
  parsed.set(file, result)
  return result
}

const floorOf = (path: string): number | undefined =>
  FLOORS.find(({ prefix }) => path === prefix || (prefix.endsWith('/') && path.startsWith(prefix)))?.floor

/** The part of `folder` that a path lies in: a folder directly inside, or a file; `undefined` outside of `folder`. */
const partOf = (folder: string, path: string): string | undefined =>
  path.startsWith(folder) ? path.slice(folder.length).split('/')[0] : undefined

const isSource = (file: SourceFile): boolean => file.path.startsWith('src/') && file.path.endsWith('.ts')
const isTest = (file: SourceFile): boolean => file.path.startsWith('test/') && file.path.endsWith('.ts')
const isGenerated = (path: string): boolean => path.endsWith('.generated.ts') || path.includes('/generated/')

function matchesOf(
  file: SourceFile,
  pattern: RegExp,
): readonly { readonly word: string; readonly line: number }[] {
  const { code } = parse(file)
  return [...code.matchAll(pattern)].map((m) => ({ word: m[0].trim(), line: lineAt(code, m.index) }))
}

/** Imports point down the floor table or stay on their floor; every source file has a floor. */
export const importsPointDown: Rule = (files) =>
  files.filter(isSource).flatMap((file) => {
    const floor = floorOf(file.path)
    if (floor === undefined) {
      return [
        { path: file.path, line: 1, message: 'is on no floor: put it into a folder of the floor table' },
      ]
    }
    return parse(file).imports.flatMap(({ specifier, line, target }) => {
      if (target === undefined) return []
      const message = importProblem(file.path, floor, target)
      return message === undefined
        ? []
        : [{ path: file.path, line, message: `imports ${specifier}: ${message}` }]
    })
  })

function importProblem(path: string, floor: number, target: string): string | undefined {
  if (!/\.(?:ts|json)$/.test(target)) return 'name the file as it is, with its .ts ending'
  const targetFloor = floorOf(target)
  if (targetFloor === undefined) return 'it is outside of the floors: src imports only what is under src'
  if (targetFloor > floor) {
    return `floor ${targetFloor} is above floor ${floor}: take it as a parameter, or declare a port in src/runtime/ports`
  }
  for (const { folder, remedy } of STRANGERS) {
    const own = partOf(folder, path)
    const other = partOf(folder, target)
    if (own === undefined || other === undefined || own === other || path === REGISTRY) continue
    // A file directly in the folder is shared ground, except the registry, which leads back to every operator.
    const shared = folder === 'src/operators/' && other.endsWith('.ts') && target !== REGISTRY
    if (!shared) return remedy
  }
  return undefined
}

/** Floors 0 to 2 know no clock, no chance, no timers and no Node. */
export const bannedWords: Rule = (files) =>
  files
    .filter((file) => isSource(file) && (floorOf(file.path) ?? 9) <= 2)
    .flatMap((file) => [
      ...BANNED_BELOW_ADAPTERS.flatMap(({ pattern, remedy }) =>
        matchesOf(file, pattern).map(({ word, line }) => ({
          path: file.path,
          line,
          message: `says ${word} below floor 3: ${remedy}`,
        })),
      ),
      ...parse(file)
        .imports.filter(({ specifier }) => isBuiltin(specifier))
        .map(({ specifier, line }) => ({
          path: file.path,
          line,
          message: `imports ${specifier} below floor 3: declare a port in src/runtime/ports; src/adapters/system has Node`,
        })),
    ])

/** Nothing waits on floors 0 and 1; on floor 2 only what sets the pace does. */
export const whoMayWait: Rule = (files) =>
  files
    .filter((file) => isSource(file) && (floorOf(file.path) ?? 9) <= 2 && !mayWait(file.path))
    .flatMap((file) =>
      matchesOf(file, ASYNC).map(({ word, line }) => ({
        path: file.path,
        line,
        message: `says ${word}: keep it pure and return a value; batch.ts, *task.ts or *supervisor.ts waits`,
      })),
    )

const setsThePace = (path: string): boolean =>
  path.startsWith('src/runtime/') && /(?:^|\/)(?:batch|(?:[\w-]+-)?(?:supervisor|task))\.ts$/.test(path)
const mayWait = (path: string): boolean => setsThePace(path) || path.startsWith('src/runtime/ports/')

/** Names say what is inside; files are kebab-case; `index.ts` only at the registry and the public entry. */
export const names: Rule = (files) => {
  const finding = (path: string, message: string): Finding => ({ path, line: 1, message })
  return files
    .filter((file) => isSource(file) || isTest(file))
    .flatMap(({ path }) => {
      const parts = path.split('/').map((part) => part.split('.')[0] ?? '')
      const empty = parts.filter((part) => EMPTY_NAME.test(part))
      const odd = parts.filter((part) => !/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(part))
      const index = isSource({ path, text: '' }) && parts.at(-1) === 'index'
      return [
        ...empty.map((part) =>
          finding(
            path,
            `is called "${part}", which says nothing: name the idea, or move each part to its owner`,
          ),
        ),
        ...odd.map((part) => finding(path, `"${part}" is not kebab-case: name it after its main export`)),
        ...(index && path !== REGISTRY && path !== 'src/index.ts'
          ? [
              finding(
                path,
                'index.ts is only for the operator registry and the public entry: import the file itself',
              ),
            ]
          : []),
      ]
    })
}

/** A file has one reason to change, and fits in the head. */
export const fileLength: Rule = (files) =>
  files.filter(isSource).flatMap((file) => {
    const lines = file.text.replace(/\n$/, '').split('\n').length
    if (lines <= FILE_LINES_MAX || isGenerated(file.path)) return []
    const message = `has ${lines} lines, above ${FILE_LINES_MAX}: split it by reason to change (rule, pace, wire)`
    return [{ path: file.path, line: lines, message }]
  })

/** On floors 0 to 3 a test mirrors the file it tests; `a.test.ts`, `a.int.test.ts` and `a.<aspect>.test.ts` mirror `a.ts`. */
export const testsMirrorSources: Rule = (files) => {
  const sources = new Set(files.filter(isSource).map((file) => file.path))
  return files.filter(isTest).flatMap(({ path }) => {
    const parts = path.split('/')
    if (!path.endsWith('.test.ts') || parts.length === 2 || TESTS_OF_THE_WHOLE.includes(parts[1] ?? ''))
      return []
    const mirrored = path.replace(/^test\//, 'src/').replace(/\.[^/]*$/, '.ts')
    const floor = floorOf(mirrored)
    if (floor !== undefined && (floor > 3 || sources.has(mirrored))) return []
    return [
      {
        path,
        line: 1,
        message: `mirrors ${mirrored}, which does not exist: move it beside its source's path, or to test/${TESTS_OF_THE_WHOLE.join(', test/')}`,
      },
    ]
  })
}

/** Each operator folder stands in the registry, and the registry names no other. */
export const registryIsFolders: Rule = (files) => {
  const folder = 'src/operators/'
  const partsIn = (paths: readonly string[]): ReadonlySet<string> =>
    new Set(paths.flatMap((path) => partOf(folder, path) ?? []).filter((part) => !part.endsWith('.ts')))
  const registry = files.find((file) => file.path === REGISTRY)
  const imports = registry === undefined ? [] : parse(registry).imports
  const present = partsIn(files.filter(isSource).map((file) => file.path))
  const named = partsIn(imports.flatMap(({ target }) => target ?? []))
  const finding = (message: string): Finding => ({ path: REGISTRY, line: 1, message })
  return [
    ...[...present]
      .filter((name) => !named.has(name))
      .map((name) => finding(`does not import ${folder}${name}/: add its line, or remove the folder`)),
    ...[...named]
      .filter((name) => !present.has(name))
      .map((name) =>
        finding(`imports ${folder}${name}/, which is not there: remove its line, or add the folder`),
      ),
  ]
}

/** Every source file can be reached from the command or the public entry. */
export const nothingUnreferenced: Rule = (files) => {
  const sources = new Map(files.filter(isSource).map((file) => [file.path, file]))
  const reached = new Set(ROOTS.filter((root) => sources.has(root)))
  if (reached.size === 0) return []
  // A Set hands out what is added while it is walked, so this loop ends when nothing new is reached.
  for (const path of reached) {
    const file = sources.get(path)
    for (const { target } of file === undefined ? [] : parse(file).imports)
      if (target !== undefined) reached.add(target)
  }
  return [...sources.keys()]
    .filter((path) => !reached.has(path))
    .map((path) => ({
      path,
      line: 1,
      message: `is reached from neither ${ROOTS.join(' nor ')}: import it where it is needed, or remove it`,
    }))
}

/** A class only where something lives or is thrown; an entry of the allow list that no longer holds one goes. */
export function classesWhereTheyLive(allowed: typeof CLASSES_ALLOWED = CLASSES_ALLOWED): Rule {
  return (files) =>
    files.filter(isSource).flatMap((file) => {
      const { path } = file
      const found = matchesOf(file, CLASS)
      if (allowed.some((entry) => entry.path === path)) {
        const message = 'is in CLASSES_ALLOWED but holds no class: remove its entry'
        return found.length > 0 ? [] : [{ path, line: 1, message }]
      }
      if (path.startsWith('src/adapters/') || setsThePace(path)) return []
      const message =
        'declares a class: use functions and a value, or add it to CLASSES_ALLOWED with the reason'
      return found.map(({ line }) => ({ path, line, message }))
    })
}

/** All rules by the sentence that a test run prints. */
export const RULES: readonly { readonly name: string; readonly check: Rule }[] = [
  { name: 'imports point down, and operators and adapters do not know each other', check: importsPointDown },
  { name: 'floors 0 to 2 name no clock, chance, timer or Node', check: bannedWords },
  { name: 'only batch, task, supervisor and ports wait below the adapters', check: whoMayWait },
  { name: 'names say what is inside', check: names },
  { name: `no source file is above ${FILE_LINES_MAX} lines`, check: fileLength },
  { name: 'tests mirror sources', check: testsMirrorSources },
  { name: 'the registry is the list of operator folders', check: registryIsFolders },
  { name: 'no source file is unreferenced', check: nothingUnreferenced },
  { name: 'classes only where something lives or is thrown', check: classesWhereTheyLive() },
]
