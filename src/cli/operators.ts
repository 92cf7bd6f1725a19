/** `shopkeeper operators [TYPE]`: what operators exist; one's config keys with kinds, defaults, units and meaning. */
import type { Command } from 'commander'
import { UsageError } from '../model/errors.ts'
import type { RegisteredOperator, Registry } from '../topology/registry.ts'

const EXAMPLE = `
Examples:
  shopkeeper operators
  shopkeeper operators cart-abandonment
  shopkeeper operators offer --json`

export function register(program: Command): void {
  program
    .command('operators')
    .description("what operators exist, or one's config keys")
    .argument('[type]', 'type of an operator')
    .option('--json', 'as JSON; of one operator with the JSON Schema of its config')
    .addHelpText('after', EXAMPLE)
    .action(async (type: string | undefined, options: { readonly json?: boolean }) => {
      const { OPERATORS } = await import('../topology/registry.ts')
      const json = options.json === true
      process.stdout.write(type === undefined ? listed(OPERATORS, json) : await one(OPERATORS, type, json))
    })
}

const inWords = (types: readonly string[] | '*'): string =>
  types === '*' ? 'all types' : types.length === 0 ? 'nothing' : types.join(', ')

function listed(registry: Registry, json: boolean): string {
  const operators = [...registry.values()]
  if (json) return `${JSON.stringify(operators.map(facts))}\n`
  const width = Math.max(...operators.map(({ type }) => type.length))
  return operators.map(({ type, summary }) => `${type.padEnd(width)}  ${summary}\n`).join('')
}

function facts({ type, stage, summary, accepts, emits, tells }: RegisteredOperator): object {
  return {
    type,
    stage,
    summary,
    accepts,
    emits,
    ...(tells === undefined ? {} : { tells: Object.keys(tells) }),
  }
}

async function one(registry: Registry, type: string, json: boolean): Promise<string> {
  const operator = registry.get(type)
  if (operator === undefined) {
    const { didYouMean } = await import('../model/did-you-mean.ts')
    const known = [...registry.keys()]
    const meant = didYouMean(type, known)
    const hint = `${meant === undefined ? '' : `did you mean "${meant}"? `}operators are: ${known.join(', ')}`
    throw new UsageError(`there is no operator "${type}"`, hint)
  }
  const { configKeys, configSchema } = await import('./config-keys.ts')
  if (json) return `${JSON.stringify({ ...facts(operator), config: configSchema(operator.config) })}\n`
  const rows = [
    ['key', 'kind', 'default', 'meaning'],
    ...configKeys(operator.config).map(({ key, kind, standard, meaning }) => [key, kind, standard, meaning]),
  ]
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => (row[column] as string).length)))
  const table = rows.map((row) =>
    `  ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')}`.trimEnd(),
  )
  return [
    `${type}: ${operator.summary}`,
    '',
    `takes  ${inWords(operator.accepts)}`,
    `emits  ${inWords(operator.emits)}`,
    ...(operator.tells === undefined ? [] : [`tells  profile: ${Object.keys(operator.tells).join(', ')}`]),
    '',
    ...table,
    '',
  ].join('\n')
}
