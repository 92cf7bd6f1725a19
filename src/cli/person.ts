/** `shopkeeper person show IDENTIFIER`: what is known of a person. */
import type { Command } from 'commander'
import { type ConnectionFlags, connectionFlags, settingsFor } from './connection-flags.ts'
import { readTopology } from './topology-file.ts'

const SHOW = `
Examples:
  shopkeeper person show ann@example.org --topology topologies/shop.yaml
  shopkeeper person show c-81 --type anonymous_id --topology topologies/shop.yaml --json

Shows what is committed. The identifier by which a person was first seen, and a person id, are found at once; for others
every person is looked at, some hundred thousand a second. Exit code 1 if nobody is found.`

const EXAMPLE = `
Example:
  shopkeeper person show ann@example.org --topology topologies/shop.yaml`

interface Flags extends ConnectionFlags {
  readonly topology: string
  readonly type?: string
  readonly json?: boolean
}

export function register(program: Command): void {
  const person = program
    .command('person')
    .description('what is known of one person')
    .addHelpText('after', EXAMPLE)
  const show = person
    .command('show')
    .description("a person's identifiers, pending timers, and what each operator remembers")
    .argument('<identifier>', 'an identifier, such as an e-mail address, or a person id')
    .requiredOption('--topology <file>', 'the topology document')
    .option('--type <type>', 'of the identifier; default: any that identifies')
    .option('--json', 'as JSON')
    .addHelpText('after', SHOW)
    .action(run)
  connectionFlags(show, 'kafka', 'redis')
}

async function run(value: string, { topology, type, json, ...flags }: Flags): Promise<void> {
  const settings = await settingsFor(flags)
  const { compile } = await import('../topology/compile.ts')
  const { peopleOf } = await import('../app/person/people.ts')
  const plan = compile(await readTopology(topology), { key: settings.idKey })
  const progress = (done: number, total: number): void =>
    void process.stderr.write(`looked at ${done} of ${total} people\n`)
  const people = await peopleOf(plan, settings, { value, type, progress })
  if (json === true) process.stdout.write(`${JSON.stringify(people)}\n`)
  else if (people.length === 0) process.stderr.write('nobody is known by that identifier\n')
  else {
    const { stringify } = await import('yaml')
    process.stdout.write(people.map((one) => stringify(one)).join('---\n'))
  }
  if (people.length === 0) process.exitCode = 1
}
