/** What a measure is: a question with a section of its own in `docs/performance.md`. */
import type { Contestant } from '../contest.ts'
import { type EngineName, enginesOf } from '../engines/by-name.ts'
import type { Engine } from '../engines/engine.ts'
import type { Settings } from '../judge.ts'
import type { NodeBinary } from '../node-binary.ts'
import type { Options } from '../options.ts'
import type { Site } from '../site.ts'
import { ratioOf, type Row } from '../table.ts'

export interface Scene {
  readonly site: Site
  readonly options: Options
  readonly node: NodeBinary
  readonly say: (line: string) => void
}

export interface Measure {
  readonly name: string
  /** What is asked, in one line. */
  readonly title: string
  /** It is too long for more than one run. */
  readonly once?: true
  /** The section, in Markdown; `write` takes a picture beside the page and answers what names it there. */
  run(scene: Scene, draw: (svg: string) => string): Promise<string>
}

export const enginesFor = ({ options, node, say }: Scene, names: readonly EngineName[]): readonly Engine[] =>
  enginesOf(options.engines ?? names, node, say)

export const withSettings = (
  { options: { settings } }: Scene,
  engines: readonly Engine[],
  changes: Partial<Settings> = {},
): readonly Contestant[] => engines.map((engine) => ({ engine, settings: { ...settings, ...changes } }))

/** How the rows of some engines stand to each of the others, or, where there are no others, the first row to the rest. */
export function ratiosOf(rows: readonly Row[], engines: readonly string[]): string {
  const ours = rows.filter(({ engine }) => engines.includes(engine))
  const others = rows.filter((row) => !ours.includes(row))
  const [some, rest] = others.length > 0 ? [ours, others] : [rows.slice(0, 1), rows.slice(1)]
  return some
    .flatMap((one) => rest.map((other) => `- ${one.title} / ${other.title}: ${ratioOf(one, other)}`))
    .join('\n')
}

export const PRODUCT: readonly EngineName[] = ['shopkeeper', 'shopkeeper-features-off']
