/**
 * `replay`: a recorded stream through the embedded runtime in virtual time (contracts, section 2). The clock is the recording's;
 * nothing here reads a real one.
 */
import { createReadStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import type { Writable } from 'node:stream'
import { createGunzip, createGzip } from 'node:zlib'
import { UsageError } from '../model/errors.ts'
import type { IdKey } from '../model/hash.ts'
import { parseDuration, parseRfc3339 } from '../model/time.ts'
import type { Plan } from '../topology/plan.ts'
import { type Committed, type EndOfInput, openEmbedded, type Output } from './embed.ts'
import { LineWriter } from './line-writer.ts'
import { lineBlocks } from './lines.ts'
import type { Summary } from './summary.ts'

export interface ReplayOptions {
  readonly key: IdKey
  /** `-`: standard input. A name that ends in `.gz` is read compressed. */
  readonly input: string
  /** `-`: standard output. A name that ends in `.gz` is written compressed. Undefined: nothing is written. */
  readonly output: string | undefined
  /** Files that the output must not overwrite, beside the input. */
  readonly keep?: readonly string[]
  readonly end: EndOfInput | undefined
  readonly partitions?: number
  readonly batch?: number
  readonly crashEvery?: number
  readonly listener?: Listener | undefined
}

/** Somebody who listens in, and looks at what is left when everything has happened. */
export interface Listener {
  hear(output: Output): void
  end(committed: Committed): Promise<void>
}

/** RFC 3339, or `+2h` after the newest accepted event. @throws UsageError */
export function parseUntil(text: string): EndOfInput {
  const afterMs = text.startsWith('+') ? parseDuration(text.slice(1)) : undefined
  if (afterMs !== undefined) return { afterMs }
  const at = parseRfc3339(text)
  if (at === undefined)
    throw new UsageError(
      `--until ${text} is neither a time nor a span`,
      'write a time such as 2026-05-02T12:00:00Z, or +2h after the newest event',
    )
  return { at }
}

/** @throws UsageError when the input cannot be read, or the output not be written. */
export async function replay(plan: Plan, options: ReplayOptions): Promise<Summary> {
  const { input, output, listener } = options
  const source = await openInput(input)
  for (const file of [input, ...(options.keep ?? [])]) await refuseToOverwrite(output, file)
  const sink = output === undefined ? undefined : new LineWriter(await openOutput(output))
  const runtime = await openEmbedded(plan, {
    ...options,
    remember: listener !== undefined,
    onOutput: (one) => {
      sink?.push(one)
      listener?.hear(one)
    },
  })
  for await (const { buffer, ranges } of lineBlocks(source)) {
    await runtime.feedBytes(buffer, ranges)
    await sink?.flush()
  }
  const summary = await runtime.finish(options.end)
  await sink?.close()
  await listener?.end(runtime.committed)
  await runtime.close()
  return summary
}

async function openInput(input: string): Promise<AsyncIterable<Buffer>> {
  if (input === '-') return process.stdin
  const found = await stat(input).catch((error: NodeJS.ErrnoException) => error.code ?? '')
  const problem = typeof found === 'string' ? found : found.isDirectory() ? 'EISDIR' : undefined
  if (problem !== undefined)
    throw new UsageError(
      `cannot read ${input}: ${REASONS[problem] ?? problem}`,
      'name a file of events, one JSON object a line, or - for standard input',
    )
  const file = createReadStream(input, { highWaterMark: 1 << 20 })
  if (!input.endsWith('.gz')) return file
  const unpacked = createGunzip({ chunkSize: 1 << 18 })
  file.on('error', (error) => unpacked.destroy(error))
  return unpackedBytes(file.pipe(unpacked), input)
}

/** What is wrong with a compressed file is said by its name. */
async function* unpackedBytes(stream: AsyncIterable<Buffer>, input: string): AsyncGenerator<Buffer> {
  try {
    yield* stream
  } catch (error) {
    throw new Error(`${input} is not whole or not compressed by gzip: ${(error as Error).message}`)
  }
}

/** @throws UsageError if both names lead to one file: opening it for writing would empty it before it is read. */
async function refuseToOverwrite(output: string | undefined, file: string): Promise<void> {
  if (output === undefined || output === '-' || file === '-') return
  const [a, b] = await Promise.all([output, file].map((name) => stat(name).catch(() => undefined)))
  if (a === undefined || b === undefined || a.ino !== b.ino || a.dev !== b.dev || !a.isFile()) return
  throw new UsageError(`--output ${output} would overwrite ${file}`, 'name another file for the output')
}

async function openOutput(output: string): Promise<Writable> {
  if (output === '-') return process.stdout
  try {
    const file = (await open(output, 'w')).createWriteStream()
    if (!output.endsWith('.gz')) return file
    const packed = createGzip()
    packed.pipe(file)
    file.on('error', (error) => packed.destroy(error))
    return packed
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? ''
    throw new UsageError(
      `cannot write ${output}: ${REASONS[code] ?? code}`,
      'name a file in a folder that exists, or - for standard output',
    )
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EISDIR: 'it is a folder',
  EACCES: 'permission is denied',
}
