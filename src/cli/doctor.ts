/** `shopkeeper doctor`: what stands in the way of running, and what to do about it. */
import type { Command } from 'commander'
import { type ConnectionFlags, connectionFlags, flagsOf } from './connection-flags.ts'
import { columns, sayChecked } from './say-checked.ts'
import { readTopology } from './topology-file.ts'

const EXAMPLE = `
Examples:
  shopkeeper doctor
  shopkeeper doctor --topology topologies/shop.yaml

With a topology its topics, schemas and states are looked at too. Exit code 1 if something is in the way.`

interface Flags extends ConnectionFlags {
  readonly topology?: string
  readonly json?: boolean
}

export function register(program: Command): void {
  const command = program
    .command('doctor')
    .description('check settings, broker, registry, Redis, topics and clock, and say what to do')
    .option('--topology <file>', 'the topology document')
    .option('--json', 'settings and findings as JSON')
    .addHelpText('after', EXAMPLE)
    .action(run)
  connectionFlags(command, 'kafka', 'redis', 'registry')
}

async function run({ topology, json, ...flags }: Flags): Promise<void> {
  const { examine } = await import('../app/doctor/doctor.ts')
  const { systemClock } = await import('../adapters/system/clock.ts')
  const { settings, examined, findings } = await examine({
    environment: process.env,
    flags: flagsOf(flags),
    plan: topology === undefined ? undefined : await planOf(topology),
    clock: systemClock,
  })
  if (json !== true) {
    const rows = settings.map(({ variable, value, from }) => [variable, value === '' ? '-' : value, from])
    process.stdout.write(`${columns(rows)}\n`)
  }
  sayChecked(findings, {
    json: json === true,
    well: `all is well: ${examined.join(', ')}`,
    more: { settings, examined },
  })
}

async function planOf(file: string) {
  const { compile } = await import('../topology/compile.ts')
  const { readServerSettings } = await import('../app/settings.ts')
  // Bad settings are the doctor's to say, not a reason to end here.
  return compile(await readTopology(file), { key: readServerSettings(process.env).settings.idKey })
}
