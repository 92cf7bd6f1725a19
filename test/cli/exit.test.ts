/** How commands end: exit codes, one clear sentence, no stack for a user's mistake. */
import type { Command } from 'commander'
import { afterEach, describe, expect, jest, test } from '@jest/globals'
import { endWith } from '../../src/cli/exit.ts'
import { createProgram } from '../../src/cli/program.ts'
import { AdapterError, ConfigFindings, InvariantError, UsageError } from '../../src/model/errors.ts'
import { runCaptured } from '../support/captured-run.ts'

function endSaid(error: unknown): { readonly code: number; readonly stderr: string } {
  let stderr = ''
  const spy = jest.spyOn(process.stderr, 'write').mockImplementation((text: string | Uint8Array) => {
    stderr += String(text)
    return true
  })
  const code = endWith(error)
  spy.mockRestore()
  return { code, stderr }
}

const levelBefore = process.env['LOG_LEVEL']
afterEach(() => {
  if (levelBefore === undefined) delete process.env['LOG_LEVEL']
  else process.env['LOG_LEVEL'] = levelBefore
})

describe('endWith', () => {
  const place = { file: 'a.yaml', line: 3, column: 5 }
  test.each<[string, unknown, number, string]>([
    ['wrong use', new UsageError('no such thing', 'take another'), 2, 'error: no such thing\ntake another\n'],
    [
      'wrong configuration',
      new ConfigFindings([{ place, level: 'error', code: 'cycle', message: 'm', hint: 'h' }]),
      2,
      'a.yaml:3:5  error  cycle  m  h\n',
    ],
    ['a failure', new Error('broker gone'), 1, 'error: broker gone\nLOG_LEVEL=debug shows where\n'],
    ['a bug', new InvariantError('cannot be'), 1, 'error: cannot be\nLOG_LEVEL=debug shows where\n'],
    [
      'state of a newer version',
      new AdapterError('newer-version', 'state is from 2.0', false),
      3,
      'error: state is from 2.0\nLOG_LEVEL=debug shows where\n',
    ],
    ['what is no error', 'odd', 1, 'error: odd\nLOG_LEVEL=debug shows where\n'],
  ])('%s', (_name, error, code, stderr) => {
    delete process.env['LOG_LEVEL']
    expect(endSaid(error)).toEqual({ code, stderr })
  })

  test('a stack only when asked for, and never for a user', () => {
    process.env['LOG_LEVEL'] = 'debug'
    expect(endSaid(new Error('broker gone')).stderr).toMatch(/\n {4}at /)
    expect(endSaid(new UsageError('a', 'b')).stderr).toBe('error: a\nb\n')
  })
})

describe('the program', () => {
  test.each<[string, string[], RegExp]>([
    ['an unknown command', ['lnt'], /unknown command 'lnt'[^]*lint/],
    ['an unknown option', ['lint', '--jsn', 'a.yaml'], /unknown option '--jsn'[^]*--json/],
    ['too many arguments', ['graph', 'a.yaml', 'b.yaml'], /too many arguments/],
    ['no command', [], /Usage: shopkeeper/],
  ])('%s: exit 2', async (_name, args, stderr) => {
    const run = await runCaptured(...args)
    expect(run).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(stderr) })
    expect(run.stderr).not.toMatch(/\n\s+at /)
  })

  test('--version', async () => {
    expect(await runCaptured('--version')).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
      stderr: '',
    })
  })

  test('--help', async () => {
    expect(await runCaptured('--help')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/Usage: shopkeeper[^]*Examples:/),
      stderr: '',
    })
  })

  const names = createProgram().commands.map((command: Command) => command.name())
  test.each(names)('%s --help has an example', async (name) => {
    expect(await runCaptured(name, '--help')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/Examples?:\n {2}shopkeeper /),
    })
  })
})
