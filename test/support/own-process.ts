/** The command in a process of its own, run from the sources. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface OwnProcess {
  readonly child: ChildProcessWithoutNullStreams
  /** What it has said so far. */
  readonly said: { stdout: string; stderr: string }
  readonly ended: Promise<Ended>
  /** Waits until stderr says so. */
  until(pattern: RegExp): Promise<RegExpExecArray>
}

export function startCommand(args: readonly string[], environment: NodeJS.ProcessEnv = {}): OwnProcess {
  const hook = fileURLToPath(new URL('./run-typescript.mjs', import.meta.url))
  const child = spawn(process.execPath, ['--import', hook, 'src/cli/main.ts', ...args], {
    cwd: ROOT,
    env: { ...process.env, NODE_OPTIONS: '', ...environment },
  })
  const said = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said.stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said.stderr += text
  })
  child.stdin.on('error', () => {})
  const ended = (once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>).then(
    ([code, signal]) => ({ code, signal, ...said }),
  )
  return {
    child,
    said,
    ended,
    async until(pattern) {
      for (;;) {
        const found = pattern.exec(said.stderr)
        if (found !== null) return found
        const over = await Promise.race([
          ended.then(() => true),
          once(child.stderr, 'data').then(() => false),
        ])
        if (over && pattern.exec(said.stderr) === null) throw new Error(`it ended: ${said.stderr}`)
      }
    },
  }
}

/** Runs it to its end, with this on standard input. */
export async function runCommand(args: readonly string[], input: string | Buffer = ''): Promise<Ended> {
  const { child, ended } = startCommand(args)
  child.stdin.end(input)
  return ended
}
