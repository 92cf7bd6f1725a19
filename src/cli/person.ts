/** `shopkeeper person show|explain|erase IDENTIFIER`: what is known of a person, why it got what it got, and the end of it. */
import type { Command } from 'commander'
import type { Erasure } from '../app/person/erase.ts'
import { UsageError } from '../model/errors.ts'
import { parseDuration, parseRfc3339 } from '../model/time.ts'
import { type ConnectionFlags, connectionFlags, settingsFor } from './connection-flags.ts'
import { readTopology } from './topology-file.ts'

const SHOW = `
Examples:
  shopkeeper person show ann@example.org --topology topologies/shop.yaml
  shopkeeper person show c-81 --type anonymous_id --topology topologies/shop.yaml --json

Shows what is committed. The identifier by which a person was first seen, and a person id, are found at once; for others
every person is looked at, some hundred thousand a second. Exit code 1 if nobody is found.`

const EXPLAIN = `
Examples:
  shopkeeper person explain ann@example.org --topology topologies/shop.yaml
  shopkeeper person explain ann@example.org --at 2026-05-02T12:00:00Z --topology topologies/shop.yaml --json

Why this person got an offer, or did not: the events that came, what each operator holds, what is awaited, and every decision with the
reason against each offer that was not made. Events are told as far back as the internal topic reaches, decisions as far as theirs does.
Exit code 1 if nobody is found.`

const ERASE = `
Examples:
  shopkeeper person erase ann@example.org --topology topologies/shop.yaml
  shopkeeper person erase ann@example.org --lift --topology topologies/shop.yaml

Writes an order into the log, with keyed hashes instead of names, waits until it is worked off, and purges what was read of the
internal topic. All that is remembered of the person goes, and none of its identifiers names anybody from then on, until --lift. Exit
code 1 if nobody has worked the order off in time: it is in the log, and counts as soon as somebody runs the topology.`

const EXAMPLE = `
Examples:
  shopkeeper person show ann@example.org --topology topologies/shop.yaml
  shopkeeper person explain ann@example.org --topology topologies/shop.yaml
  shopkeeper person erase ann@example.org --topology topologies/shop.yaml`

interface Flags extends ConnectionFlags {
  readonly topology: string
  readonly type?: string
  readonly json?: boolean
}

interface ExplainFlags extends Flags {
  readonly at?: string
}

interface EraseFlags extends Flags {
  readonly lift?: boolean
  readonly wait: string
}

const progress = (done: number, total: number): void =>
  void process.stderr.write(`looked at ${done} of ${total} people\n`)

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
  const explain = person
    .command('explain')
    .description('why a person got an offer, or did not')
    .argument('<identifier>', 'an identifier, such as an e-mail address, or a person id')
    .requiredOption('--topology <file>', 'the topology document')
    .option('--type <type>', 'of the identifier; default: any that identifies')
    .option('--at <time>', 'as of this time, in RFC 3339; default: now')
    .option('--json', 'as JSON')
    .addHelpText('after', EXPLAIN)
    .action(runExplain)
  const erase = person
    .command('erase')
    .description('forget a person everywhere, and suppress its identifiers')
    .argument('<identifier>', 'an identifier, such as an e-mail address, or a person id')
    .requiredOption('--topology <file>', 'the topology document')
    .option('--type <type>', 'of the identifier; default: any that identifies')
    .option('--lift', 'end the suppression instead')
    .option('--wait <duration>', 'how long to wait until it is done', '60s')
    .option('--json', 'as JSON')
    .addHelpText('after', ERASE)
    .action(runErase)
  for (const command of [show, explain, erase]) connectionFlags(command, 'kafka', 'redis')
}

async function run(value: string, { topology, type, json, ...flags }: Flags): Promise<void> {
  const settings = await settingsFor(flags)
  const { compile } = await import('../topology/compile.ts')
  const { peopleOf } = await import('../app/person/people.ts')
  const plan = compile(await readTopology(topology), { key: settings.idKey })
  const people = await peopleOf(plan, settings, { value, type, progress })
  if (json === true) process.stdout.write(`${JSON.stringify(people)}\n`)
  else if (people.length === 0) process.stderr.write('nobody is known by that identifier\n')
  else {
    const { stringify } = await import('yaml')
    process.stdout.write(people.map((one) => stringify(one)).join('---\n'))
  }
  if (people.length === 0) process.exitCode = 1
}

async function runExplain(
  value: string,
  { topology, type, json, at: asked, ...flags }: ExplainFlags,
): Promise<void> {
  const settings = await settingsFor(flags)
  const at = asked === undefined ? undefined : parseRfc3339(asked)
  if (asked !== undefined && at === undefined)
    throw new UsageError(`--at ${asked} is no time`, 'write one such as 2026-05-02T12:00:00Z')
  const { compile } = await import('../topology/compile.ts')
  const { explainPeople } = await import('../app/person/people.ts')
  const { explanationText } = await import('../app/person/explain-text.ts')
  const plan = compile(await readTopology(topology), { key: settings.idKey })
  const people = await explainPeople(plan, settings, { value, type, progress, at })
  if (json === true) process.stdout.write(`${JSON.stringify(people)}\n`)
  else if (people.length === 0) process.stderr.write('nobody is known by that identifier\n')
  else process.stdout.write(people.map((one) => explanationText(one, plan.timezone)).join('\n'))
  if (people.length === 0) process.exitCode = 1
}

async function runErase(
  value: string,
  { topology, type, json, lift = false, wait, ...flags }: EraseFlags,
): Promise<void> {
  const settings = await settingsFor(flags)
  const waitMs = parseDuration(wait)
  if (waitMs === undefined) throw new UsageError(`--wait ${wait} is no duration`, 'write one such as 60s')
  const { compile } = await import('../topology/compile.ts')
  const { erasePerson } = await import('../app/person/erase.ts')
  const plan = compile(await readTopology(topology), { key: settings.idKey })
  const erasure = await erasePerson(plan, settings, { value, type, progress, lift, waitMs })
  process.stdout.write(json === true ? `${JSON.stringify(erasure)}\n` : erasureText(value, wait, erasure))
  if (!erasure.done) process.exitCode = 1
}

function erasureText(value: string, wait: string, { lift, people, order, done, purged }: Erasure): string {
  const nobody = `nobody was known as ${value}; from now on nobody will be`
  const erased = `${people.length === 1 ? 'one person' : `${people.length} people`} erased: ${people.join(', ')}`
  const what = lift ? `${value} may name somebody again` : people.length === 0 ? nobody : erased
  if (!done)
    return `the order is in the log (${order}), and was not worked off within ${wait}: it counts as soon as the topology runs\n`
  if (lift) return `${what}\n`
  const lanes = `${purged.length} partition${purged.length === 1 ? '' : 's'} of the internal topic purged`
  return `${what}\nits identifiers are suppressed until shopkeeper person erase --lift\n${lanes}; changelogs and identities lose the rest when the broker compacts them\n`
}
