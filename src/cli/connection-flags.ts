/** Flags of the commands that talk to servers; each goes before a variable of the environment. */
import type { Command } from 'commander'
import type { Flags } from '../app/setting-table.ts'
import type { ServerSettings } from '../app/settings.ts'

/** Which servers a command talks to. */
export type Server = 'kafka' | 'redis' | 'registry'

export interface ConnectionFlags {
  readonly app?: string
  readonly brokers?: string
  readonly redis?: string
  readonly registry?: string
}

export function connectionFlags(command: Command, ...servers: readonly Server[]): Command {
  command.option('--app <name>', 'name of the application (SHOPKEEPER_APP, shopkeeper)')
  if (servers.includes('kafka'))
    command.option('--brokers <list>', 'host:port, several with commas (KAFKA_BROKERS, 127.0.0.1:9092)')
  if (servers.includes('redis'))
    command.option('--redis <url>', 'where the states are (REDIS_URL, redis://127.0.0.1:6379)')
  if (servers.includes('registry'))
    command.option('--registry <url>', 'schema registry (SCHEMA_REGISTRY_URL, none)')
  return command
}

export const flagsOf = ({ app, brokers, redis, registry }: ConnectionFlags): Flags => ({
  SHOPKEEPER_APP: app,
  KAFKA_BROKERS: brokers,
  REDIS_URL: redis,
  SCHEMA_REGISTRY_URL: registry,
})

/** The settings of a command, its warnings said. @throws UsageError */
export async function settingsFor(flags: ConnectionFlags): Promise<ServerSettings> {
  const { serverSettingsOf, settingWarnings } = await import('../app/settings.ts')
  const settings = serverSettingsOf(process.env, flagsOf(flags))
  for (const line of settingWarnings(settings)) process.stderr.write(`warning: ${line}\n`)
  return settings
}
