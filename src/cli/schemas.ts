/** `shopkeeper schemas check|register`: the schemas of a topology's topics in a registry. */
import type { Command } from 'commander'
import { columns, sayChecked } from './say-checked.ts'
import { type ConnectionFlags, connectionFlags, settingsFor } from './connection-flags.ts'
import { readTopology } from './topology-file.ts'

const CHECK = `
Example:
  shopkeeper schemas check --topology topologies/shop.yaml --registry http://127.0.0.1:8081

Exit code 1 if a sink could not be written, or a source not be read.`

const REGISTER = `
Example:
  shopkeeper schemas register --topology topologies/shop.yaml --registry http://127.0.0.1:8081

Registers every version of what the sinks are written by, under <topic>-value. Again it does nothing.`

const EXAMPLES = `
Examples:
  shopkeeper schemas check --topology topologies/shop.yaml
  shopkeeper schemas register --topology topologies/shop.yaml`

interface Flags extends ConnectionFlags {
  readonly topology: string
  readonly json?: boolean
  readonly sources?: boolean
}

export function register(program: Command): void {
  const schemas = program
    .command('schemas')
    .description("the schemas of a topology's Avro topics in a registry")
    .addHelpText('after', EXAMPLES)
  const check = schemas
    .command('check')
    .description('what of them is missing or not compatible')
    .requiredOption('--topology <file>', 'the topology document')
    .option('--json', 'the findings as JSON')
    .addHelpText('after', CHECK)
    .action(checkSchemas)
  const registering = schemas
    .command('register')
    .description('register what the sinks are written by')
    .requiredOption('--topology <file>', 'the topology document')
    .option('--sources', 'also the form of events, for the sources')
    .option('--json', 'what was done, as JSON')
    .addHelpText('after', REGISTER)
    .action(registerSchemas)
  for (const command of [check, registering]) connectionFlags(command, 'registry')
}

async function checkSchemas({ json, ...flags }: Flags): Promise<void> {
  const { plan, book, registry } = await opened(flags)
  const { checkSchemas: check } = await import('../app/schemas.ts')
  const findings = await check(plan, book, registry)
  sayChecked(
    findings.map(({ subject, ...finding }) => ({ ...finding, about: subject })),
    { json: json === true, well: 'all schemas are registered, and compatible' },
  )
}

async function registerSchemas({ json, sources, ...flags }: Flags): Promise<void> {
  const { plan, book, registry } = await opened(flags)
  const { registerSchemas: registerAll } = await import('../app/schemas.ts')
  const done = await registerAll(plan, book, registry, { sources: sources === true })
  if (json === true) process.stdout.write(`${JSON.stringify(done)}\n`)
  else if (done.length === 0) process.stdout.write('no sink of this topology is in Avro\n')
  else {
    const rows = done.map(({ subject, schema, id, known }) => [
      known ? 'there' : 'registered',
      subject,
      schema,
      `id ${id}`,
    ])
    process.stdout.write(columns(rows))
  }
}

async function opened(flags: Flags) {
  const settings = await settingsFor(flags)
  if (settings.registryUrl === undefined) {
    const { UsageError } = await import('../model/errors.ts')
    throw new UsageError('no schema registry is set', 'set SCHEMA_REGISTRY_URL or --registry')
  }
  const { compile } = await import('../topology/compile.ts')
  const { createSchemaBook } = await import('../adapters/formats/avro/schema-book.ts')
  const { openRegistry } = await import('../adapters/registry/registry.ts')
  const plan = compile(await readTopology(flags.topology), { key: settings.idKey })
  return { plan, book: createSchemaBook(), registry: openRegistry({ url: settings.registryUrl }) }
}
