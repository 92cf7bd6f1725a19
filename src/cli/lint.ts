/** `shopkeeper lint FILE...`: all findings of topology documents. Exit 2 if one is an error. */
import type { Command } from 'commander'
import { type Finding, UsageError } from '../model/errors.ts'
import { findingLine, plainFindingLine } from './finding-line.ts'
import { readTopology } from './topology-file.ts'

const EXAMPLE = `
Examples:
  shopkeeper lint topologies/shop.yaml
  shopkeeper lint --json topologies/shop.yaml topologies/theme-park.yaml

A finding is one line: file:line:column  error|warning  code  message  hint
Warnings alone exit with 0. Where standard output is no terminal, the findings also go to
standard error without their level, for matchers that expect the code behind the place.`

export function register(program: Command): void {
  program
    .command('lint')
    .description('check topology documents: all findings at once, each with its place and a hint')
    .argument('<files...>', 'topology documents')
    .option('--json', 'findings as JSON')
    .addHelpText('after', EXAMPLE)
    .action(async (files: string[], options: { readonly json?: boolean }) => {
      const { lint } = await import('../topology/lint.ts')
      const findings: Finding[] = []
      const unreadable: UsageError[] = []
      for (const file of files) {
        try {
          findings.push(...lint(await readTopology(file)))
        } catch (error) {
          if (!(error instanceof UsageError)) throw error
          unreadable.push(error)
        }
      }
      const errors = findings.filter(({ level }) => level === 'error').length
      if (options.json === true) process.stdout.write(`${JSON.stringify(asJson(findings, errors))}\n`)
      else print(findings)
      if (errors > 0) process.exitCode = 2
      if (unreadable.length > 0)
        throw new UsageError(
          unreadable.map(({ message }) => message).join('; '),
          (unreadable[0] as UsageError).hint,
        )
      process.stderr.write(
        `${count(files.length, 'file')}: ${count(errors, 'error')}, ${count(findings.length - errors, 'warning')}\n`,
      )
    })
}

/** On standard output for people; where that is no terminal, also on standard error in the form that matchers of CI systems read. */
function print(findings: readonly Finding[]): void {
  process.stdout.write(findings.map((finding) => `${findingLine(finding)}\n`).join(''))
  if (process.stdout.isTTY) return
  process.stderr.write(findings.map((finding) => `${plainFindingLine(finding)}\n`).join(''))
}

const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`

function asJson(findings: readonly Finding[], errors: number): object {
  return {
    errors,
    warnings: findings.length - errors,
    findings: findings.map(({ place, level, code, message, hint }) => ({
      ...place,
      level,
      code,
      message,
      hint,
    })),
  }
}
