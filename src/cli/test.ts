/** `shopkeeper test [FILE...]`: the cases beside topologies, each passed or with what differs. Exit 1 if one fails. */
import type { Command } from 'commander'

const EXAMPLE = `
Examples:
  shopkeeper test
  shopkeeper test topologies/theme-park.test.yaml

Without FILE: every *.test.yaml in topologies/, else in the current folder.
The form of a test document: docs/testing-topologies.md`

export function register(program: Command): void {
  program
    .command('test')
    .description('run the *.test.yaml cases beside topologies')
    .argument('[files...]', 'test documents')
    .option('--only <text>', 'only cases whose name contains this text')
    .option('--json', 'results as JSON')
    .addHelpText('after', EXAMPLE)
    .action(async (files: string[], options: { readonly only?: string; readonly json?: boolean }) => {
      const { testFiles } = await import('../app/test-files.ts')
      const results = await testFiles(files, options.only ?? '')
      const failed = results.filter(({ differences }) => differences.length > 0).length
      if (options.json === true)
        process.stdout.write(
          `${JSON.stringify({ passed: results.length - failed, failed, cases: results })}\n`,
        )
      else {
        let file = ''
        for (const result of results) {
          if (result.file !== file) process.stdout.write(`${result.file}\n`)
          file = result.file
          process.stdout.write(`  ${result.differences.length === 0 ? 'passed' : 'FAILED'}  ${result.name}\n`)
          for (const line of result.differences) process.stdout.write(`            ${line}\n`)
          if (result.differences.length > 0)
            process.stdout.write(`            at ${result.file}:${result.line}\n`)
        }
        process.stdout.write(`${results.length - failed} passed, ${failed} failed\n`)
      }
      if (failed > 0) process.exitCode = 1
    })
}
