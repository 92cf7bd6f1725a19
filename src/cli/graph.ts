/** `shopkeeper graph FILE`: the topology as text that Mermaid or Graphviz draws. */
import type { Command } from 'commander'
import { ConfigFindings, UsageError } from '../model/errors.ts'
import { readTopology } from './topology-file.ts'

const EXAMPLE = `
Examples:
  shopkeeper graph topologies/theme-park.yaml
  shopkeeper graph --format dot topologies/shop.yaml | dot -Tsvg > shop.svg`

export function register(program: Command): void {
  program
    .command('graph')
    .description('draw a topology as Mermaid or DOT')
    .argument('<file>', 'topology document')
    .option('--format <format>', 'mermaid or dot', 'mermaid')
    .addHelpText('after', EXAMPLE)
    .action(async (file: string, { format }: { readonly format: string }) => {
      if (format !== 'mermaid' && format !== 'dot')
        throw new UsageError(
          `there is no format "${format}" for a graph`,
          'write --format mermaid or --format dot',
        )
      const document = await readTopology(file)
      const { lint } = await import('../topology/lint.ts')
      const findings = lint(document)
      if (findings.some(({ level }) => level === 'error')) throw new ConfigFindings(findings)
      const { drawGraph } = await import('../topology/graph.ts')
      process.stdout.write(drawGraph(document, format))
    })
}
