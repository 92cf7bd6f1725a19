/**
 * How every command ends: 0 done, 1 failed while running, 2 wrong use or wrong configuration, 3 made by a newer version.
 *
 * A user's mistake is one clear sentence and a hint on stderr, never a stack; other failures show theirs under LOG_LEVEL=debug.
 */
import type { Command } from 'commander'
import { AdapterError, ConfigFindings, UsageError } from '../model/errors.ts'
import { findingLine } from './finding-line.ts'

/** The code of an AdapterError that says: state or topics were written by a newer version. */
const NEWER_VERSION = 'newer-version'

/** Runs the command that `args` name and leaves its exit code in `process.exitCode`. Never throws. */
export async function runProgram(program: Command, args: readonly string[]): Promise<void> {
  try {
    await program.parseAsync(args, { from: 'user' })
  } catch (error) {
    process.exitCode = endWith(error)
  }
}

/** Says on stderr what went wrong and returns the exit code. */
export function endWith(error: unknown): number {
  if (error instanceof ConfigFindings) {
    process.stderr.write(error.findings.map((finding) => `${findingLine(finding)}\n`).join(''))
    return 2
  }
  if (error instanceof UsageError) {
    process.stderr.write(`error: ${error.message}\n${error.hint}\n`)
    return 2
  }
  // Commander has said it already; --help and --version end this way too, with 0.
  if (isCommanderError(error)) return error.exitCode === 0 ? 0 : 2
  const message = error instanceof Error ? error.message || error.name : String(error)
  process.stderr.write(`error: ${message}\n`)
  if (process.env['LOG_LEVEL'] === 'debug') {
    if (error instanceof Error) process.stderr.write(`${error.stack}\n`)
  } else process.stderr.write('LOG_LEVEL=debug shows where\n')
  return error instanceof AdapterError && error.code === NEWER_VERSION ? 3 : 1
}

const isCommanderError = (error: unknown): error is Error & { readonly exitCode: number } =>
  error instanceof Error &&
  'exitCode' in error &&
  'code' in error &&
  String(error.code).startsWith('commander.')

/** A reader that goes away (`| head`) ends the command quietly, as it ends any other. */
export function endQuietlyOnClosedPipe(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0)
      // Nothing more can be said on a stream that fails; the other one may still work.
      if (stream === process.stdout)
        process.stderr.write(`error: cannot write standard output: ${error.message}\n`)
      process.exit(1)
    })
  }
}
