/**
 * A topology document as text becomes a value whose every part still knows its place.
 *
 * 1. Total: any text gives a document; what is wrong with it is in `findings`. JSON is YAML too.
 * 2. Bounded before anything recurses: length, depth and aliases. (The composer of `yaml` recurses: a line of twenty thousand
 *    `[` takes the whole process down inside a regular expression, which no `catch` sees.)
 * 3. Anchors, aliases and `<<` are followed; a place inside an alias is where its text stands.
 */
import { Composer, type Document, LineCounter, Parser } from 'yaml'
import type { CST } from 'yaml'
import type { Finding, Place } from '../model/errors.ts'
import { checkNodes, offsetOf, type Path, type ReportAt } from './yaml-nodes.ts'

export type { Path } from './yaml-nodes.ts'

/** Longest text of a document, in UTF-16 units. */
const TEXT_LENGTH_MAX = 1_048_576
/** Depth of tokens; a level of a mapping is two. */
const TOKEN_DEPTH_MAX = 100

/** A document's text and the name under which findings speak of it. */
export interface TopologyText {
  readonly file: string
  readonly text: string
}

export interface TopologyDocument {
  readonly file: string
  /** Plain data; `undefined` when the text is no YAML at all. */
  readonly value: unknown
  /** `yaml-syntax` and `duplicate-key`, in the order of the text. */
  readonly findings: readonly Finding[]
  /** Where the value at `path` stands; where there is none, its nearest parent that has a place. */
  placeOf(path: Path): Place
  /** Where the key at the end of `path` stands; else as {@link placeOf}. */
  placeOfKey(path: Path): Place
}

/** Parses one document. Never throws. */
export function parseTopology({ file, text: original }: TopologyText): TopologyDocument {
  const text = original.charCodeAt(0) === 0xfeff ? original.slice(1) : original
  const lines = new LineCounter()
  const found: Finding[] = []
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(Math.min(offset, text.length))
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) }
  }
  const report: ReportAt = (offset, code, message, hint) => {
    found.push({ place: placeAt(offset), level: 'error', code, message, hint })
  }
  const yaml = compose(text, lines, report)
  if (yaml !== undefined && found.length === 0) checkNodes(yaml, text, report)
  const readable = yaml !== undefined && found.every(({ code }) => code === 'duplicate-key')
  const locate = (path: Path, wanted: 'key' | 'value'): Place =>
    placeAt(yaml === undefined ? 0 : offsetOf(yaml, path, wanted))
  return {
    file,
    value: readable ? yaml.toJS({ maxAliasCount: -1 }) : undefined,
    findings: found.toSorted((a, b) => a.place.line - b.place.line || a.place.column - b.place.column),
    placeOf: (path) => locate(path, 'value'),
    placeOfKey: (path) => locate(path, 'key'),
  }
}

function compose(text: string, lines: LineCounter, report: ReportAt): Document.Parsed | undefined {
  if (text.length > TEXT_LENGTH_MAX) {
    report(
      0,
      'yaml-syntax',
      `the document is longer than ${TEXT_LENGTH_MAX} characters`,
      'split it into several topologies',
    )
    return undefined
  }
  const tokens = [...new Parser(lines.addNewLine).parse(text)]
  for (const token of tokens) {
    const deep = tooDeepAt(token)
    if (deep === undefined) continue
    report(
      deep,
      'yaml-syntax',
      'the document is nested too deeply',
      'a topology needs no more than ten levels',
    )
    return undefined
  }
  const options = {
    lineCounter: lines,
    schema: 'core',
    merge: true,
    uniqueKeys: false,
    logLevel: 'error',
  } as const
  const documents = [...new Composer(options).compose(tokens, true, text.length)]
  const [first, second] = documents as Document.Parsed[]
  if (first === undefined) return undefined
  for (const { pos, message, code } of [...first.errors, ...first.warnings].sort(
    (a, b) => a.pos[0] - b.pos[0],
  )) {
    report(
      pos[0],
      'yaml-syntax',
      SYNTAX[code]?.message ?? lowerFirst(message),
      SYNTAX[code]?.hint ?? SYNTAX_HINT,
    )
    if (code !== 'TAG_RESOLVE_FAILED') break // what follows an error of syntax is mostly its echo
  }
  if (second !== undefined) {
    const hint = 'one file holds one topology: put the second document into a file of its own'
    report(second.range[0], 'yaml-syntax', 'a second document begins here', hint)
  }
  return first
}

const SYNTAX_HINT =
  'check the indentation, the brackets and the quotes here; a text with ": " or " #" in it needs quotes'
const SYNTAX: Readonly<Record<string, { readonly message: string; readonly hint: string } | undefined>> = {
  TAG_RESOLVE_FAILED: {
    message: 'a tag that a topology does not know',
    hint: 'remove the word that begins with "!"',
  },
  TAB_AS_INDENT: { message: 'a tab as indentation', hint: 'indent with blanks' },
  BLOCK_AS_IMPLICIT_KEY: {
    message: 'a mapping within a line of a mapping',
    hint: 'put the inner mapping on lines of its own, or in { }; a text with ": " in it needs quotes',
  },
}
const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1)

/** The offset of the first token that lies too deep, found without recursion. */
function tooDeepAt(root: CST.Token): number | undefined {
  const open: [token: CST.Token, depth: number][] = [[root, 1]]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [token, depth] = next
    if (depth > TOKEN_DEPTH_MAX) return 'offset' in token ? token.offset : 0
    if (token.type === 'document' && token.value) open.push([token.value, depth + 1])
    if (!('items' in token)) continue
    for (const item of token.items) {
      if (item.key) open.push([item.key, depth + 1])
      if (item.value) open.push([item.value, depth + 1])
    }
  }
  return undefined
}
