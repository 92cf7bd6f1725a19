/** Where results go: sections of `docs/performance.md` between markers, each with what it takes to judge it, and pictures beside it. */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { arch, cpus, loadavg, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'
import { formatTime } from '../src/model/time.ts'

const PAGE = fileURLToPath(new URL('../docs/performance.md', import.meta.url))
const POM = fileURLToPath(new URL('../services/pom.xml', import.meta.url))

const begin = (name: string): string => `<!-- bench ${name} -->`
const end = (name: string): string => `<!-- end of bench ${name} -->`

/** The page with `text` between the markers of this name. @throws when it has none */
export function withSection(page: string, name: string, text: string): string {
  const from = page.indexOf(begin(name))
  const to = page.indexOf(end(name))
  if (from < 0 || to < from)
    throw new Error(`docs/performance.md has no markers ${begin(name)} and ${end(name)}`)
  return `${page.slice(0, from + begin(name).length)}\n${text.trim()}\n${page.slice(to)}`
}

export function writeSection(name: string, text: string): void {
  writeFileSync(PAGE, withSection(readFileSync(PAGE, 'utf8'), name, text))
}

/** Answers how the page names it. */
export function writePicture(name: string, title: string, svg: string): string {
  writeFileSync(fileURLToPath(new URL(`../docs/performance-${name}.svg`, import.meta.url)), svg)
  return `![${title}](performance-${name}.svg)`
}

/** A path to some Node is of one machine: its version says more. */
export const commandOf = (args: readonly string[], version: string): string =>
  ['npm run bench', ...(args.length === 0 ? [] : ['--'])]
    .concat(args.map((arg, i) => (args[i - 1] === '--node' && arg.includes('/') ? majorOf(version) : arg)))
    .join(' ')

const majorOf = (version: string): string => /\d+/.exec(version)?.[0] ?? version

export interface Circumstances {
  readonly node: string
  readonly redis: string
  readonly runs: number
  readonly args: readonly string[]
}

/** Machine, versions, command, runs, day and load: without these no figure is worth anything. */
export function circumstancesOf({ node, redis, runs, args }: Circumstances): string {
  const all = cpus()
  const load = loadavg().map((value) => value.toFixed(1))
  return [
    `\`${commandOf(args, node)}\`, ${formatTime(Date.now()).slice(0, 10)}:`,
    `${all.length} x ${all[0]?.model ?? arch()}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${systemName()};`,
    `Kafka and Kafka Streams ${kafkaVersion()}, Redis ${redis}, Node ${node}, Java ${javaVersion()};`,
    `everything on the one machine; ${runs} ${runs === 1 ? 'run' : 'runs of each, in turn'}; load average at the end ${load.join(', ')}.`,
  ].join('\n')
}

const kafkaVersion = (): string => /<kafka.version>([^<]+)/.exec(readFileSync(POM, 'utf8'))?.[1] ?? 'unknown'

function systemName(): string {
  const file = '/etc/os-release'
  const text = existsSync(file) ? readFileSync(file, 'utf8') : ''
  return /^PRETTY_NAME="([^"]+)"/m.exec(text)?.[1] ?? process.platform
}

function javaVersion(): string {
  const { stderr } = spawnSync('java', ['-version'], { encoding: 'utf8' })
  return /version "([^"]+)"/.exec(stderr)?.[1] ?? 'none'
}
