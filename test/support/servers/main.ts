/**
 * `npm run services -- up [NAME ...] | down | status`: real servers for a developer, kept until `down`.
 * `up` says on standard output what to export: `eval "$(npm run -s services -- up)"`.
 *
 * `hold FILE ...` is for a run of tests: it brings up what these test files ask for, says the variables as one line of JSON
 * on standard output, and takes everything down when its standard input ends, which it does however that run ends.
 *
 * What runs is written down under .services/runs, one file per `up` or `hold`; `down` ends those whose owner is gone, too.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bringUp, type Started, takeDown } from './bring-up.ts'
import { isServerName, SERVER_KINDS, SERVER_NAMES, type ServerName } from './kinds.ts'
import { ROOT } from './programs.ts'
import { needOf } from './selection.ts'
import { runs, type ServerTrace, stopServer } from './server-process.ts'

const RUNS = join(ROOT, '.services/runs')
const KEPT = 'kept'

interface RunFile extends Started {
  readonly addresses: Readonly<Record<string, string>>
}

const say = (line: string): void => {
  process.stderr.write(`${line}\n`)
}
const tell = (line: string): void => {
  process.stdout.write(`${line}\n`)
}

const pathOf = (run: string): string => join(RUNS, `${run}.json`)

function write(run: string, file: RunFile): void {
  mkdirSync(RUNS, { recursive: true })
  writeFileSync(pathOf(run), JSON.stringify(file, undefined, 2))
}

function read(run: string): RunFile | undefined {
  try {
    return JSON.parse(readFileSync(pathOf(run), 'utf8')) as RunFile
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Brings the servers up under this name; nothing of them is left when one fails. */
async function start(run: string, names: readonly ServerName[]): Promise<Readonly<Record<string, string>>> {
  let file: RunFile = { traces: [], composeProject: undefined, addresses: {} }
  try {
    const addresses = await bringUp({
      names,
      environment: process.env,
      composeProject: `shopkeeper-${run}`,
      say,
      started(started) {
        file = { ...started, addresses: {} }
        write(run, file)
      },
    })
    file = { ...file, addresses }
    write(run, file)
    return addresses
  } catch (error) {
    await end(run, file)
    throw error
  }
}

async function end(run: string, file: RunFile): Promise<void> {
  await takeDown(file)
  rmSync(pathOf(run), { force: true })
}

async function up(asked: readonly string[]): Promise<void> {
  const unknown = asked.filter((name) => !isServerName(name))
  if (unknown.length > 0)
    throw new Error(`no server is called ${unknown.join(', ')}: ${SERVER_NAMES.join(', ')}`)
  let addresses = read(KEPT)?.addresses
  if (addresses === undefined)
    addresses = await start(KEPT, asked.length > 0 ? asked.filter(isServerName) : SERVER_NAMES)
  else say('they are up already')
  for (const [variable, address] of Object.entries(addresses)) tell(`export ${variable}=${address}`)
}

async function down(): Promise<void> {
  mkdirSync(RUNS, { recursive: true })
  for (const name of readdirSync(RUNS)) {
    const run = name.split('.')[0] ?? ''
    if (run !== KEPT && isAlive(Number(run))) {
      say(`run ${run} of tests is under way and keeps its servers`)
      continue
    }
    if (name.endsWith('.traces')) {
      await endLeftBehind(join(RUNS, name))
      continue
    }
    const file = read(run)
    if (file === undefined) continue
    await end(run, file)
    say(
      `ended ${file.traces.map(({ name: server, pid }) => `${server} (pid ${pid})`).join(', ') || 'nothing'}`,
    )
  }
}

async function status(): Promise<boolean> {
  const file = read(KEPT)
  if (file === undefined) {
    tell('nothing is up')
    return false
  }
  let well = true
  for (const name of SERVER_NAMES) {
    const { variable, answers } = SERVER_KINDS[name]
    const address = file.addresses[variable]
    if (address === undefined) continue
    const trace = file.traces.find((one) => one.name === name)
    const gone = trace !== undefined && !runs(trace)
    const problem = gone ? 'its process is gone' : await answers(address).then(() => undefined, String)
    tell(`${name}: ${address} ${problem ?? 'answers'}`)
    well &&= problem === undefined
  }
  return well
}

async function hold(paths: readonly string[]): Promise<void> {
  mkdirSync(RUNS, { recursive: true })
  const { shared, own } = needOf(paths.map((path) => readFileSync(path, 'utf8')))
  const run = String(process.pid)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {}) // the end of the input decides
  const traces = join(RUNS, `${run}.traces`)
  const addresses = await start(run, shared)
  try {
    const startable = own.filter(canStart)
    tell(JSON.stringify({ ...addresses, SHOPKEEPER_STARTABLE: startable.join(), SHOPKEEPER_TRACES: traces }))
    for await (const _ of process.stdin);
  } finally {
    const file = read(run)
    if (file !== undefined) await end(run, file)
    await endLeftBehind(traces)
  }
}

/** Whether tests can start this server themselves. Throws where CI is true and they cannot. */
function canStart(name: ServerName): boolean {
  const program = SERVER_KINDS[name].program({ install: true, say })
  if ('found' in program) return true
  const line = `${name}: MISSING for tests that start their own; this would bring it: ${program.missing}`
  if (process.env.CI === 'true') throw new Error(line)
  say(line)
  return false
}

/** Ends the servers that tests started themselves and did not stop: a test that broke off could not. */
async function endLeftBehind(path: string): Promise<void> {
  if (!existsSync(path)) return
  for (const line of readFileSync(path, 'utf8').trim().split('\n')) {
    const trace = JSON.parse(line) as ServerTrace
    if (runs(trace)) say(`${trace.name} (pid ${trace.pid}) was left behind by a test, and is ended`)
    await stopServer(trace)
  }
  rmSync(path)
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

const [command, ...rest] = process.argv.slice(2)
try {
  if (command === 'up') await up(rest)
  else if (command === 'down') await down()
  else if (command === 'status') process.exitCode = (await status()) ? 0 : 1
  else if (command === 'hold') await hold(rest)
  else throw new Error('say up [NAME ...], down or status')
} catch (error) {
  say((error as Error).message)
  process.exitCode = 1
}
// The servers are processes of their own: no open connection to one of them keeps this one.
process.exit()
