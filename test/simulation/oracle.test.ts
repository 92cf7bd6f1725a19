/** The oracle against the conformance suite, where that is at hand, and against cases of its own. */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { describe, expect, test } from '@jest/globals'
import { oracle, type OutputRecord } from './oracle.ts'
import { type Json, objectOf, textOf } from './oracle/settings.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const SUITE = resolve(ROOT, process.env['SHOPKEEPER_CONFORMANCE'] ?? '../shared/conformance')

interface Case {
  readonly id: string
  readonly doc: Json
  readonly dayMs: number
  readonly lint?: unknown
  readonly until?: string | null
  readonly args?: readonly string[]
  readonly input?: { readonly bom?: boolean; readonly crlf?: boolean; readonly missing?: boolean }
  readonly expect: { readonly exit?: number }
}

interface Runner {
  loadSuite(dir: string): readonly Case[]
  linesOf(kase: Case): readonly { readonly text: string }[]
  clockTime(text: string, dayMs: number): number | undefined
  check(kase: Case, doc: Json, records: readonly OutputRecord[], run: { stderr: string }): readonly string[]
}

/** Why a case says nothing about the oracle. */
function notOurs(kase: Case): string | undefined {
  if (kase.lint !== undefined) return 'a document for lint'
  if (kase.expect.exit !== undefined) return 'a refusal of the command'
  const formats = Object.values(objectOf(kase.doc['sources'])).map((s) =>
    textOf(objectOf(s)['format'], 'json'),
  )
  const foreign = formats.find((format) => format !== 'json')
  return foreign === undefined ? undefined : `format ${foreign}`
}

function run(runner: Runner, kase: Case): readonly string[] {
  const { input = {} } = kase
  const lines = runner.linesOf(kase).map((line) => line.text + (input.crlf === true ? '\r' : ''))
  if (input.bom === true && lines[0] !== undefined) lines[0] = `\uFEFF${lines[0]}`
  const until = kase.until ?? undefined
  const at = until === undefined ? undefined : (runner.clockTime(until, kase.dayMs) ?? until)
  const { records, summary } = oracle(kase.doc, lines, at === undefined ? {} : { until: at })
  return runner.check(kase, kase.doc, records, { stderr: JSON.stringify(summary) })
}

if (existsSync(resolve(SUITE, 'run.mjs'))) {
  const runner = (await import(pathToFileURL(resolve(SUITE, 'run.mjs')).href)) as Runner
  const cases = runner.loadSuite(SUITE)
  const ours = cases.filter((kase) => notOurs(kase) === undefined)
  const reasons = new Set(cases.flatMap((kase) => notOurs(kase) ?? []))
  describe('conformance', () => {
    test.each(ours.map((kase) => ({ id: kase.id, kase })))('$id', ({ kase }) => {
      expect(run(runner, kase)).toEqual([])
    })
    for (const reason of reasons) {
      const count = cases.filter((kase) => notOurs(kase) === reason).length
      test.skip(`${count} cases: ${reason}`, () => undefined)
    }
  })
} else {
  test.skip('conformance: the suite is not beside the project, and SHOPKEEPER_CONFORMANCE does not say where', () =>
    undefined)
}
