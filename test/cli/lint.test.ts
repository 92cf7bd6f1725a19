/** `shopkeeper lint`: findings on stdout, in the contract's form; exit 2 if one is an error. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { runCaptured } from '../support/captured-run.ts'

let folder = ''
const file = (name: string, text: string): string => {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lint-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const GOOD =
  'topology: shop\nsources: { web: { topic: web } }\noperators: [{ id: who, type: identity, from: web }]\n'
const WARNED = GOOD.replace('web: {', 'app: { topic: app }, web: {')
const BAD = GOOD.replace('topic: web', 'topic: web, latenes: 1s')

describe('lint', () => {
  test('a document that holds: nothing on stdout, exit 0', async () => {
    const run = await runCaptured('lint', file('good.yaml', GOOD))
    expect(run).toEqual({ code: 0, stdout: '', stderr: '1 file: 0 errors, 0 warnings\n' })
  })

  test('a finding is one line: file:line:column  level  code  message  hint', async () => {
    const path = file('bad.yaml', BAD)
    const { code, stdout } = await runCaptured('lint', path)
    expect(code).toBe(2)
    expect(stdout).toMatch(
      /^.*bad\.yaml:2:31 {2}error {2}unknown-key {2}unknown key "latenes" {2}did you mean "lateness"\?.*\n$/,
    )
    expect(stdout.startsWith(path)).toBe(true)
  })

  test('warnings alone exit with 0', async () => {
    const { code, stdout } = await runCaptured('lint', file('warned.yaml', WARNED))
    expect(code).toBe(0)
    expect(stdout).toMatch(/ {2}warning {2}unreachable {2}/)
  })

  test('several files: all findings, one exit code', async () => {
    const { code, stdout, stderr } = await runCaptured(
      'lint',
      file('bad.yaml', BAD),
      file('warned.yaml', WARNED),
      file('good.yaml', GOOD),
    )
    expect(code).toBe(2)
    expect(stdout.trimEnd().split('\n')).toHaveLength(2)
    const lines = stderr.trimEnd().split('\n')
    expect(lines.at(-1)).toBe('3 files: 1 error, 1 warning')
    // The form for matchers: the code right behind the place.
    expect(lines.slice(0, -1).map((line) => line.split(/ {2}/)[1])).toEqual(['unknown-key', 'unreachable'])
  })

  test('a missing file is one clear sentence, after the findings of the others', async () => {
    const { code, stdout, stderr } = await runCaptured(
      'lint',
      join(folder, 'none.yaml'),
      file('bad.yaml', BAD),
    )
    expect(code).toBe(2)
    expect(stdout).toContain('unknown-key')
    expect(stderr).toMatch(/^error: cannot read .*none\.yaml: there is no such file\n.+\n$/m)
  })

  test('a folder', async () => {
    const { code, stderr } = await runCaptured('lint', folder)
    expect([code, stderr]).toEqual([2, expect.stringMatching(/it is a folder/)])
  })

  test('as JSON', async () => {
    const path = file('bad.yaml', BAD)
    const { code, stdout } = await runCaptured('lint', '--json', path)
    expect(code).toBe(2)
    expect(JSON.parse(stdout)).toMatchObject({
      errors: 1,
      warnings: 0,
      findings: [{ file: path, line: 2, column: 31, level: 'error', code: 'unknown-key' }],
    })
  })

  test('what a document says cannot break out of its line', async () => {
    const { stdout } = await runCaptured(
      'lint',
      file('odd.yaml', GOOD.replace('topic: web', 'topic: web, "a\\nb\\e[31m": 1')),
    )
    expect(stdout.trimEnd().split('\n')).toHaveLength(1)
    expect(stdout).not.toContain('\u001b')
  })

  test('no file named', async () => {
    const { code, stderr } = await runCaptured('lint')
    expect([code, stderr]).toEqual([2, expect.stringMatching(/missing required argument 'files'/)])
  })
})
