/** Walks the nodes that `yaml` parsed: what in them would fail later, and where the value at a path stands. */
import { isAlias, isMap, isScalar, isSeq, type Document, type Node, type Pair } from 'yaml'
import type { FindingCode } from '../model/errors.ts'

/** Nodes that all aliases of a document may stand for together. */
const ALIASED_NODES_MAX = 10_000

/** A path from the root: keys and list indexes. */
export type Path = readonly (string | number)[]

/** Adds a finding at an offset of the text. */
export type ReportAt = (offset: number, code: FindingCode, message: string, hint: string) => void

/** Finds what stands in the nodes and would fail later: keys twice, aliases to nothing, to themselves or to far too much. */
export function checkNodes(yaml: Document.Parsed, text: string, report: ReportAt): void {
  let aliased = 0
  const visit = (node: unknown, around: readonly unknown[], counting: boolean): void => {
    if (aliased > ALIASED_NODES_MAX) return
    if (counting) aliased++
    if (isAlias(node)) {
      const target = node.resolve(yaml)
      const at = node.range?.[0] ?? 0
      if (counting && (target === undefined || around.includes(target))) return
      if (target === undefined)
        report(
          at,
          'yaml-syntax',
          `no anchor "&${node.source}" before this alias`,
          `name an anchor above, or quote "*${node.source}"`,
        )
      else if (around.includes(target))
        report(at, 'yaml-syntax', `the alias "*${node.source}" holds itself`, 'write the value out')
      else {
        visit(target, [...around, target], true)
        if (aliased > ALIASED_NODES_MAX && !counting)
          report(at, 'yaml-syntax', 'aliases stand for too much', 'write the values out')
      }
      return
    }
    const inside = [...around, node]
    if (isSeq(node)) for (const item of node.items) visit(item, inside, counting)
    if (!isMap(node)) return
    if (!counting) checkKeys(yaml, node.items, text, report)
    for (const pair of node.items) {
      visit(pair.key, inside, counting)
      visit(pair.value, inside, counting)
    }
  }
  visit(yaml.contents, [], false)
}

function checkKeys(yaml: Document, pairs: readonly Pair[], text: string, report: ReportAt): void {
  const first = new Map<string, number>()
  for (const pair of pairs) {
    const at = startOf(pair.key) ?? 0
    if (isMergeKey(pair.key)) {
      if (mergedMaps(yaml, pair.value) === undefined)
        report(
          at,
          'yaml-syntax',
          '"<<" merges what is no mapping',
          'name an alias of a mapping, or a list of such aliases',
        )
      continue
    }
    if (!isScalar(pair.key) && !isAlias(pair.key)) {
      report(
        at,
        'yaml-syntax',
        'a mapping or list as a key',
        'keys are words; a text that begins with { or [ needs quotes',
      )
      continue
    }
    const name = keyName(yaml, pair.key)
    const before = first.get(name)
    if (before === undefined) first.set(name, at)
    else {
      const line = text.slice(0, before).split('\n').length
      report(
        valueOffset(pair),
        'duplicate-key',
        `the key "${name}" stands twice`,
        `keep one of the two; the first is on line ${line}`,
      )
    }
  }
}

const isMergeKey = (key: unknown): boolean =>
  isScalar(key) &&
  (typeof key.value === 'symbol' || (key.value === '<<' && (key.type ?? 'PLAIN') === 'PLAIN'))

/** The mappings that `<<` brings in; undefined when its value is none. */
function mergedMaps(yaml: Document, value: unknown): readonly (Node & { items: Pair[] })[] | undefined {
  const one = followed(yaml, value)
  if (isMap(one)) return [one]
  if (!isSeq(one)) return undefined
  const maps = one.items.map((item) => followed(yaml, item))
  return maps.every(isMap) ? maps : undefined
}

const followed = (yaml: Document, node: unknown): unknown => (isAlias(node) ? node.resolve(yaml) : node)

function keyName(yaml: Document, key: unknown): string {
  const node = followed(yaml, key)
  const value = isScalar(node) ? node.value : node
  return typeof value === 'object' || value === undefined
    ? ''
    : String(value as string | number | boolean | bigint | symbol)
}

const startOf = (node: unknown): number | undefined => (node as Node | null)?.range?.[0]

/** Where a pair's value begins; an empty value has no place, so then its key's. */
function valueOffset(pair: Pair): number {
  const { value } = pair
  const empty =
    value === null || value === undefined || (isScalar(value) && value.value === null && value.source === '')
  return (empty ? startOf(pair.key) : startOf(value)) ?? startOf(pair.key) ?? 0
}

/** Walks down `path` as far as it goes. */
export function offsetOf(yaml: Document, path: Path, wanted: 'key' | 'value'): number {
  let node: unknown = yaml.contents
  let offset = startOf(node) ?? 0
  for (const [depth, part] of path.entries()) {
    node = followed(yaml, node)
    const last = depth === path.length - 1
    if (isSeq(node)) {
      node = node.items[Number(part)]
      offset = startOf(node) ?? offset
    } else if (isMap(node)) {
      const pair = pairOf(yaml, node.items as Pair[], String(part))
      if (pair === undefined) return offset
      node = pair.value
      offset = last && wanted === 'key' ? (startOf(pair.key) ?? offset) : valueOffset(pair)
    } else return offset
  }
  return offset
}

/** The pair that counts for a key: its own, the last of equal ones; else one that `<<` brings in. */
function pairOf(yaml: Document, pairs: readonly Pair[], name: string): Pair | undefined {
  const own = pairs.findLast((pair) => !isMergeKey(pair.key) && keyName(yaml, pair.key) === name)
  if (own !== undefined) return own
  for (const pair of pairs) {
    if (!isMergeKey(pair.key)) continue
    for (const map of mergedMaps(yaml, pair.value) ?? []) {
      const found = pairOf(yaml, map.items, name)
      if (found !== undefined) return found
    }
  }
  return undefined
}
