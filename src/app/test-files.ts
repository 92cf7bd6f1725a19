/** Finds test documents and the topologies beside them, and runs their cases. */
import { readdir, readFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { parse } from 'yaml'
import { UsageError } from '../model/errors.ts'
import type { EpochMs } from '../model/time.ts'
import { parseTestDocument, runCase, type RunLines } from './topology-test.ts'
import type { OutputValue } from './topology-test/expectation.ts'
import { openTopology } from './virtual-run.ts'

export interface TestResult {
  readonly file: string
  readonly name: string
  readonly line: number
  /** None: passed. */
  readonly differences: readonly string[]
}

async function read(file: string, what: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch {
    throw new UsageError(
      `there is no ${what} ${file}`,
      'name an existing file, relative to the current folder',
    )
  }
}

/** The files to run when none is named. */
async function findFiles(): Promise<readonly string[]> {
  for (const folder of ['topologies', '.']) {
    const names = await readdir(folder).catch((): string[] => [])
    const found = names.filter((name) => name.endsWith('.test.yaml')).toSorted((a, b) => (a < b ? -1 : 1))
    if (found.length > 0) return found.map((name) => join(folder, name))
  }
  throw new UsageError('there is no *.test.yaml here', 'name a file: shopkeeper test FILE')
}

/** The zone that a topology's text names, without checking the rest of it. */
function zoneOf(topology: string): string | undefined {
  try {
    const zone = (parse(topology) as { readonly timezone?: unknown } | null)?.timezone
    return typeof zone === 'string' ? zone : undefined
  } catch {
    return undefined // the topology's own check names the place, when a case opens it
  }
}

/** Lines through a topology in virtual time, and what came out of it. */
export async function runTopology(
  topology: { readonly text: string; readonly file: string },
  lines: readonly string[],
  untilMs: EpochMs,
): Promise<readonly OutputValue[]> {
  // A record that goes to two sinks is one, with one id.
  const outputs = new Set<string>()
  const opened = await openTopology(topology, ({ value }) => {
    // A deletion says nothing of its own.
    if (value !== 'null') outputs.add(value)
  })
  await opened.feed(lines)
  await opened.finish(untilMs)
  return [...outputs].map((value) => JSON.parse(value) as OutputValue)
}

/** Runs every case of the files (none: of all that are found) whose name contains `only`. Throws UsageError and ConfigFindings. */
export async function testFiles(files: readonly string[], only: string): Promise<readonly TestResult[]> {
  const results: TestResult[] = []
  for (const file of files.length > 0 ? files : await findFiles()) {
    const text = await read(file, 'test document')
    const topologyFile = relative('.', join(dirname(file), parseTestDocument(text, { file }).topology))
    const topology = await read(topologyFile, 'topology')
    const { cases } = parseTestDocument(text, { file, topologyZone: zoneOf(topology) ?? 'UTC' })
    for (const test of cases.filter(({ name }) => name.includes(only))) {
      const run: RunLines = (changed, lines, untilMs) =>
        runTopology({ text: changed, file: topologyFile }, lines, untilMs)
      const differences = await runCase(test, topology, run).catch((error: unknown) => {
        if (!(error instanceof UsageError)) throw error
        throw new UsageError(`${file}:${test.line}: case "${test.name}": ${error.message}`, error.hint)
      })
      results.push({ file, name: test.name, line: test.line, differences })
    }
  }
  if (results.length === 0)
    throw new UsageError(`no case has "${only}" in its name`, 'leave --only out to run all')
  return results
}
