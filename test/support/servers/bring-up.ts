/**
 * Finds or starts the servers that tests need. For each of them, in this order:
 *
 * 1. the address that the environment names: it must answer, or the run fails, for it was asked for by name;
 * 2. a container, if an engine answers within 3 s;
 * 3. a process on this machine, its program installed where that is possible;
 * 4. none: one loud line with the command that would bring it. Where CI is true that is a failure.
 *
 * Each step says in one line what it chose. What was started is written down as soon as it runs, so that it can be ended.
 */
import { composeDown, composeUp, noEngine } from './compose.ts'
import { SERVER_KINDS, type ServerName } from './kinds.ts'
import { type ServerTrace, stopServer } from './server-process.ts'

/** What runs for somebody: processes and a container project, to be ended by {@link takeDown}. */
export interface Started {
  readonly traces: readonly ServerTrace[]
  readonly composeProject: string | undefined
}

export interface BringUp {
  readonly names: readonly ServerName[]
  readonly environment: Readonly<Record<string, string | undefined>>
  /** The name under which containers are started. */
  readonly composeProject: string
  readonly say: (line: string) => void
  /** Called with everything that runs by now, each time something was started. */
  readonly started: (started: Started) => void
}

/** The addresses by environment variable; one that could not be had is not among them. */
export type Found = Readonly<Record<string, string>>

export async function bringUp(request: BringUp): Promise<Found> {
  const { names, environment, say } = request
  const found: Record<string, string> = {}
  const open: ServerName[] = []
  for (const name of names) {
    const { variable } = SERVER_KINDS[name]
    const given = environment[variable]
    if (given) {
      await checkGiven(name, given)
      found[variable] = given
      say(`${name}: ${variable} names ${given}, and it answers`)
    } else open.push(name)
  }
  const composed = await inContainers(request, open)
  const traces: ServerTrace[] = []
  const composeProject = composed.size > 0 ? request.composeProject : undefined
  const missing: string[] = []
  for (const name of open) {
    const { variable } = SERVER_KINDS[name]
    const address =
      composed.get(name) ??
      (await asProcess(request, name, missing, (trace) => {
        traces.push(trace)
        request.started({ traces, composeProject })
      }))
    if (address !== undefined) found[variable] = address
  }
  for (const line of missing) say(line)
  if (missing.length > 0 && environment.CI === 'true') {
    throw new Error(`CI needs every server: ${missing.join('; ')}`)
  }
  return found
}

/** Ends everything that {@link bringUp} started; what is gone already is no error. */
export async function takeDown({ traces, composeProject }: Started): Promise<void> {
  await Promise.all(traces.map((trace) => stopServer(trace)))
  if (composeProject !== undefined) await composeDown(composeProject)
}

async function checkGiven(name: ServerName, address: string): Promise<void> {
  const { variable, answers } = SERVER_KINDS[name]
  try {
    await answers(address)
  } catch (error) {
    throw new Error(
      `${name}: ${variable} names ${address}, which does not answer (${(error as Error).message}): start it, or unset ${variable}`,
      { cause: error },
    )
  }
}

async function inContainers(
  { composeProject, say, started }: BringUp,
  names: readonly ServerName[],
): Promise<ReadonlyMap<ServerName, string>> {
  if (names.length === 0) return new Map()
  const reason = noEngine()
  if (reason !== undefined) {
    say(`containers: none, no engine answers (${reason})`)
    return new Map()
  }
  started({ traces: [], composeProject })
  try {
    const addresses = await composeUp(composeProject, names)
    for (const [name, address] of addresses) say(`${name}: a container at ${address}`)
    return addresses
  } catch (error) {
    say(`containers: none, they did not come up (${(error as Error).message})`)
    return new Map()
  }
}

async function asProcess(
  { environment, say }: BringUp,
  name: ServerName,
  missing: string[],
  started: (trace: ServerTrace) => void,
): Promise<string | undefined> {
  const { program, start, variable } = SERVER_KINDS[name]
  const search = { install: true, say }
  const from = program(search)
  if ('missing' in from) {
    missing.push(
      `${name}: MISSING, its tests are skipped; this would bring it: ${from.missing}; or set ${variable}`,
    )
    return undefined
  }
  try {
    const server = await start()
    started(server)
    say(`${name}: a process of its own at ${server.address} (${from.from}, pid ${server.pid})`)
    return server.address
  } catch (error) {
    if (environment.CI === 'true') throw error
    missing.push(`${name}: MISSING, its tests are skipped; ${(error as Error).message}`)
    return undefined
  }
}
