/** The servers of docker-compose.yml, for machines with a container engine: under a project name and ports of their own. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { freePort } from './free-port.ts'
import { warmUp } from './kafka-ready.ts'
import { SERVER_KINDS, type ServerName } from './kinds.ts'
import { ROOT } from './programs.ts'

const ENGINE_MS_MAX = 3000
const READY_MS_MAX = 90_000
const LOOK_AGAIN_MS = 200

/** For each server: the variable of docker-compose.yml with its port on this machine, and the address behind that port. */
export const COMPOSED: Readonly<
  Record<ServerName, { readonly portVariable: string; readonly address: (port: number) => string }>
> = {
  kafka: { portVariable: 'KAFKA_PORT', address: (port) => `127.0.0.1:${port}` },
  redis: { portVariable: 'REDIS_PORT', address: (port) => `redis://127.0.0.1:${port}` },
  registry: { portVariable: 'REGISTRY_PORT', address: (port) => `http://127.0.0.1:${port}/apis/ccompat/v7` },
  prometheus: { portVariable: 'PROMETHEUS_PORT', address: (port) => `http://127.0.0.1:${port}` },
}

/** Why no containers can be had here; `undefined` when an engine answers within 3 s. */
export function noEngine(): string | undefined {
  const { error, status, stderr } = spawnSync('docker', ['info'], {
    encoding: 'utf8',
    timeout: ENGINE_MS_MAX,
    env: { ...process.env, LC_ALL: 'C' },
  })
  if (error !== undefined) return `docker info: ${(error as NodeJS.ErrnoException).code ?? error.message}`
  if (status !== 0) return `docker info: ${stderr.trim().split('\n').at(-1)}`
  if (spawnSync('docker', ['compose', 'version']).status !== 0) return 'docker has no compose command'
  return undefined
}

/** Brings these servers up and answers their addresses; what was begun is taken down again when one does not come. */
export async function composeUp(
  project: string,
  names: readonly ServerName[],
): Promise<ReadonlyMap<ServerName, string>> {
  const env: NodeJS.ProcessEnv = { ...process.env }
  const addresses = new Map<ServerName, string>()
  for (const name of names) {
    const { portVariable, address } = COMPOSED[name]
    const port = await freePort()
    env[portVariable] = String(port)
    addresses.set(name, address(port))
  }
  try {
    await compose(project, ['up', '--detach', '--wait', '--no-deps', ...names], env)
    for (const [name, address] of addresses) await untilAnswers(name, address)
    const kafka = addresses.get('kafka')
    if (kafka !== undefined) await warmUp(kafka)
    return addresses
  } catch (error) {
    await composeDown(project)
    throw error
  }
}

/** A container that runs need not answer yet. Throws the last refusal after 90 s. */
async function untilAnswers(name: ServerName, address: string): Promise<void> {
  const giveUpAt = performance.now() + READY_MS_MAX
  for (;;) {
    try {
      await SERVER_KINDS[name].answers(address)
      return
    } catch (error) {
      if (performance.now() > giveUpAt) throw error
    }
    await pause(LOOK_AGAIN_MS)
  }
}

/** Takes the project's containers away, and what they stored. */
export const composeDown = (project: string): Promise<void> => compose(project, ['down', '--volumes'])

async function compose(
  project: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<void> {
  const child = spawn('docker', ['compose', '--project-name', project, ...args], {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new Error(`docker compose ${args[0]}: ${said.trim().split('\n').at(-1)}`)
}
