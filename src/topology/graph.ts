/** The topology as a picture in text: Mermaid or DOT. Drawn from the outline, so that a document with mistakes can be drawn too. */
import type { TopologyDocument } from './document.ts'
import { type Outline, outlineOf } from './outline.ts'

export type GraphFormat = 'mermaid' | 'dot'

interface Picture {
  readonly nodes: readonly {
    readonly key: string
    readonly kind: 'source' | 'operator' | 'sink'
    readonly lines: readonly string[]
  }[]
  readonly edges: readonly (readonly [from: string, to: string])[]
}

/** The text of the picture, ending with a line break. */
export function drawGraph(document: TopologyDocument, format: GraphFormat): string {
  const outline = outlineOf(document)
  const picture = pictureOf(outline)
  return format === 'dot' ? dot(picture, outline.name ?? 'topology') : mermaid(picture)
}

function pictureOf({ sources, operators, sinks }: Outline): Picture {
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
  }
}

const MERMAID_BORDERS = { source: ['[/', '/]'], operator: ['[', ']'], sink: ['[(', ')]'] } as const

function mermaid({ nodes, edges }: Picture): string {
  const text = (line: string): string =>
    line.replaceAll('#', '#35;').replaceAll('"', '#quot;').replaceAll('<', '#lt;').replaceAll('>', '#gt;')
  return [
    'flowchart LR',
    ...nodes.map(
      ({ key, kind, lines }) =>
        `  ${key}${MERMAID_BORDERS[kind][0]}"${lines.map(text).join('<br/>')}"${MERMAID_BORDERS[kind][1]}`,
    ),
    ...edges.map(([from, to]) => `  ${from} --> ${to}`),
    '',
  ].join('\n')
}

const DOT_SHAPES = { source: 'parallelogram', operator: 'box', sink: 'cylinder' } as const

function dot({ nodes, edges }: Picture, name: string): string {
  const text = (line: string): string => line.replaceAll('\\', '\\\\').replaceAll('"', '\\"')
  return [
    `digraph "${text(name)}" {`,
    '  rankdir=LR',
    ...nodes.map(
      ({ key, kind, lines }) =>
        `  ${key} [shape=${DOT_SHAPES[kind]}, label="${lines.map(text).join('\\n')}"]`,
    ),
    ...edges.map(([from, to]) => `  ${from} -> ${to}`),
    '}',
    '',
  ].join('\n')
}
