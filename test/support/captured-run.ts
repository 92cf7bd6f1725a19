/** Runs the command in this process and keeps what it says. */
import { jest } from '@jest/globals'
import { runProgram } from '../../src/cli/exit.ts'
import { createProgram } from '../../src/cli/program.ts'

export interface CapturedRun {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** One run at a time: standard output belongs to the process. */
export async function runCaptured(...args: readonly string[]): Promise<CapturedRun> {
  const said = { stdout: '', stderr: '' }
  const before = process.exitCode
  process.exitCode = undefined
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    jest.spyOn(process[name], 'write').mockImplementation((text: string | Uint8Array, ...rest: unknown[]) => {
      said[name] += String(text)
      const done = rest.at(-1)
      if (typeof done === 'function') done()
      return true
    }),
  )
  try {
    await runProgram(createProgram(), args)
    return { code: Number(process.exitCode ?? 0), ...said }
  } finally {
    for (const spy of spies) spy.mockRestore()
    process.exitCode = before
  }
}
