/**
 * The topology as a picture in text: Mermaid or DOT. Drawn from the outline, so that a document with mistakes can be drawn too. An operator
 * that has a picture of its own, such as a journey, has it beside the topology, in a frame.
 */
import type { Picture as Inside } from '../model/operator.ts'
import type { TopologyDocument } from './document.ts'
import { type OperatorOutline, type Outline, outlineOf } from './outline.ts'
import { OPERATORS, type Registry } from './registry.ts'

export type GraphFormat = 'mermaid' | 'dot'

interface Picture {
  readonly nodes: readonly {
    readonly key: string
    readonly kind: 'source' | 'operator' | 'sink'
    readonly lines: readonly string[]
  }[]
  readonly edges: readonly (readonly [from: string, to: string])[]
  readonly frames: readonly Frame[]
}

interface Frame {
  /** Of the operator's node; keys of nodes inside are put behind it. */
  readonly key: string
  readonly title: string
  readonly inside: Inside
}

/** The text of the picture, ending with a line break. */
export function drawGraph(
  document: TopologyDocument,
  format: GraphFormat,
  registry: Registry = OPERATORS,
): string {
  const outline = outlineOf(document)
  const picture = pictureOf(outline, registry)
  return format === 'dot' ? dot(picture, outline.name ?? 'topology') : mermaid(picture)
}

function pictureOf({ sources, operators, sinks }: Outline, registry: Registry): Picture {
  const sourceKeys = new Map(sources.map(({ id }, i) => [id, `source${i}`]))
  const operatorKeys = new Map(operators.map(({ id }, i) => [id ?? '', `operator${i}`]))
  const edge = (from: string | undefined, to: string): readonly (readonly [string, string])[] =>
    from === undefined ? [] : [[from, to]]
  return {
    nodes: [
      ...sources.map(({ id, topic = '?' }, i) => ({
        key: `source${i}`,
        kind: 'source' as const,
        lines: [id, topic],
      })),
      ...operators.map(({ id = '?', type = '?' }, i) => ({
        key: `operator${i}`,
        kind: 'operator' as const,
        lines: id === type ? [id] : [id, type],
      })),
      ...sinks.map(({ id, topic = '?' }, i) => ({
        key: `sink${i}`,
        kind: 'sink' as const,
        lines: id === topic ? [id] : [id, topic],
      })),
    ],
    edges: [
      ...operators.flatMap(({ type, from }, i) =>
        from.flatMap(({ id }) =>
          edge((type === 'identity' ? sourceKeys : operatorKeys).get(id), `operator${i}`),
        ),
      ),
      ...sinks.flatMap(({ from }, i) => from.flatMap(({ id }) => edge(operatorKeys.get(id), `sink${i}`))),
    ],
    frames: operators.flatMap((operator, i) => frameOf(operator, `operator${i}`, registry)),
  }
}

/** None of an operator that has nothing to draw, or whose config does not hold. */
function frameOf({ id, type, config }: OperatorOutline, key: string, registry: Registry): readonly Frame[] {
  const operator = registry.get(type ?? '')
  if (operator?.picture === undefined) return []
  const parsed = operator.config.safeParse(config ?? {})
  return parsed.success ? [{ key, title: id ?? '?', inside: operator.picture(parsed.data) }] : []
}

/** On one line: a condition may be written on several. */
const inOne = (line: string): string => line.replaceAll(/\s+/g, ' ')

const MERMAID_BORDERS = {
  source: ['[/', '/]'],
  operator: ['[', ']'],
  sink: ['[(', ')]'],
  step: ['[', ']'],
  choice: ['{{', '}}'],
  end: ['([', '])'],
} as const

function mermaid({ nodes, edges, frames }: Picture): string {
  const text = (line: string): string =>
    inOne(line)
      .replaceAll('#', '#35;')
      .replaceAll('"', '#quot;')
      .replaceAll('<', '#lt;')
      .replaceAll('>', '#gt;')
  const node = (key: string, kind: keyof typeof MERMAID_BORDERS, lines: readonly string[]): string =>
    `${key}${MERMAID_BORDERS[kind][0]}"${lines.map(text).join('<br/>')}"${MERMAID_BORDERS[kind][1]}`
  const arrow = (label: string): string => (label === '' ? '-->' : `-->|"${text(label)}"|`)
  return [
    'flowchart LR',
    ...nodes.map(({ key, kind, lines }) => `  ${node(key, kind, lines)}`),
    ...edges.map(([from, to]) => `  ${from} --> ${to}`),
    ...frames.flatMap(({ key, title, inside }) => [
      `  subgraph ${key}_inside["${text(title)}"]`,
      '    direction TB',
      ...inside.nodes.map(({ key: inner, shape, lines }) => `    ${node(`${key}_${inner}`, shape, lines)}`),
      ...inside.edges.map(({ from, to, label }) => `    ${key}_${from} ${arrow(label)} ${key}_${to}`),
      '  end',
      `  ${key} -.- ${key}_inside`,
    ]),
    '',
  ].join('\n')
}

const DOT_SHAPES = {
  source: 'parallelogram',
  operator: 'box',
  sink: 'cylinder',
  step: 'box',
  choice: 'hexagon',
  end: 'oval',
} as const

function dot({ nodes, edges, frames }: Picture, name: string): string {
  const text = (line: string): string => inOne(line).replaceAll('\\', '\\\\').replaceAll('"', '\\"')
  const node = (key: string, kind: keyof typeof DOT_SHAPES, lines: readonly string[]): string =>
    `${key} [shape=${DOT_SHAPES[kind]}, label="${lines.map(text).join('\\n')}"]`
  const ending = (label: string): string => (label === '' ? '' : ` [label="${text(label)}"]`)
  return [
    `digraph "${text(name)}" {`,
    '  rankdir=LR',
    ...nodes.map(({ key, kind, lines }) => `  ${node(key, kind, lines)}`),
    ...edges.map(([from, to]) => `  ${from} -> ${to}`),
    ...frames.flatMap(({ key, title, inside }) => [
      `  subgraph cluster_${key} {`,
      `    label="${text(title)}"`,
      ...inside.nodes.map(({ key: inner, shape, lines }) => `    ${node(`${key}_${inner}`, shape, lines)}`),
      ...inside.edges.map(({ from, to, label }) => `    ${key}_${from} -> ${key}_${to}${ending(label)}`),
      '  }',
      ...inside.nodes
        .slice(0, 1)
        .map(({ key: first }) => `  ${key} -> ${key}_${first} [style=dotted, arrowhead=none]`),
    ]),
    '}',
    '',
  ].join('\n')
}
