/**
 * `run --embedded`: the runtime without servers, fed by HTTP, against the machine's clock.
 *
 * 1. An event's arrival is the moment its body came; what a line says of `received` is somebody's recording and does not count.
 * 2. A body is answered when it is queued. What waits and what is still on its way in are bounded in bytes together: past it the answer
 *    is 429, and nothing of the body is kept, however many callers send at once.
 * 3. Once a second, with everything worked off, the clock moves on, so that silence makes sources idle.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createLineDecoder } from '../adapters/formats/replay-lines.ts'
import type { Metrics } from '../adapters/prometheus/collector.ts'
import { systemClock } from '../adapters/system/clock.ts'
import { POST_BYTES_MAX, POSTED_BYTES_MAX, REFUSED_LINES_NAMED_MAX } from '../model/limits.ts'
import type { EpochMs } from '../model/time.ts'
import type { ProcessStatus } from '../runtime/ports/observer.ts'
import type { Plan } from '../topology/plan.ts'
import type { Embedded } from './embed.ts'
import { answer, openHttpFace } from './http-face.ts'
import { type LineBlock, linesOf } from './lines.ts'

const TICK_MS = 1000

export interface LiveOptions {
  readonly plan: Plan
  readonly runtime: Omit<Embedded, 'committed'>
  /** That the runtime is observed by. */
  readonly metrics: Metrics
  /** `127.0.0.1:9400`. Port 0: any free one. */
  readonly host: string
  readonly port: number
  /** Outputs are written out behind every piece of work. */
  readonly flush: () => Promise<void>
  readonly onError: (error: unknown) => void
}

export interface Live {
  readonly address: { readonly host: string; readonly port: number }
  /** Takes nothing more in, works off what is queued. */
  stop(): Promise<void>
}

interface Posted extends LineBlock {
  readonly received: EpochMs
}

/** @throws UsageError when the address cannot be listened on. */
export async function goLive({
  plan,
  runtime,
  metrics,
  host,
  port,
  flush,
  onError,
}: LiveOptions): Promise<Live> {
  const decodeLine = createLineDecoder(plan.sources)
  const queue: Posted[] = []
  /** Of bodies that are queued or being read. */
  let heldBytes = 0
  let stopping = false
  let failed = false
  let work: Promise<void> | undefined

  async function workOff(): Promise<void> {
    try {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        await runtime.feedBytes(next.buffer, next.ranges, next.received)
        heldBytes -= next.buffer.length
        await flush()
      }
      await runtime.moveClock(systemClock.now())
      await flush()
    } catch (error) {
      failed = true
      onError(error)
    } finally {
      work = undefined
      // A body that came during the last flush has found the work under way.
      if (queue.length > 0) wake()
    }
  }

  function wake(): void {
    if (!failed) work ??= workOff()
  }

  /** Which lines will be dead letters for their form; a directive moves a recording's clock, never this one. */
  function accept(buffer: Buffer): {
    accepted: number
    refused: { line: number; reason: string }[]
    block: LineBlock
  } {
    const { ranges } = linesOf(buffer)
    const kept: number[] = []
    const refused: { line: number; reason: string }[] = []
    let accepted = 0
    for (let i = 0; i < ranges.length; i += 2) {
      const start = ranges[i] as number
      const end = ranges[i + 1] as number
      const decoded = decodeLine(buffer, start, end)
      if (decoded.kind === 'blank') continue
      const directive = decoded.kind !== 'event' && decoded.kind !== 'refused'
      if (!directive) kept.push(start, end)
      if (decoded.kind === 'event') accepted++
      else if (refused.length < REFUSED_LINES_NAMED_MAX) {
        const reason =
          decoded.kind === 'refused'
            ? `${decoded.reason}: ${decoded.detail}`
            : 'invalid-event: directives are for replay'
        refused.push({ line: i / 2 + 1, reason })
      }
    }
    return { accepted, refused, block: { buffer, ranges: kept } }
  }

  /** Room for so many bytes more, or fewer; false: there is none. */
  function hold(bytes: number): boolean {
    if (heldBytes + bytes > POSTED_BYTES_MAX) return false
    heldBytes += bytes
    return true
  }

  async function post(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (stopping || failed)
      return answer(response, 503, { error: failed ? 'the runtime has failed' : 'stopping' })
    const body = await bodyOf(request, hold)
    if (body === 'too many') return tooMany(response)
    if (!Buffer.isBuffer(body))
      return answer(response, 413, {
        error: `a body holds at most ${POST_BYTES_MAX} bytes; send it in parts`,
      })
    const { accepted, refused, block } = accept(body)
    queue.push({ ...block, received: systemClock.now() })
    wake()
    answer(response, 202, { accepted, refused })
  }

  const status = (): ProcessStatus => ({
    tasks: runtime.status(),
    group: undefined,
    store: undefined,
    ending: failed ? 'the runtime has failed' : stopping ? 'it is stopping' : undefined,
  })
  const face = await openHttpFace({
    host,
    port,
    metrics,
    status,
    clock: systemClock,
    routes: { '/events': { method: 'POST', hint: 'POST events here, one JSON object a line', handle: post } },
  })
  const ticking = setInterval(wake, TICK_MS)
  return {
    address: face.address,
    async stop() {
      stopping = true
      clearInterval(ticking)
      await face.stop()
      await work
      wake()
      await work
    },
  }
}

/** The whole body, with room taken by `hold`; or why it is not taken. Then nothing of it is kept, and its room is given back at once. */
async function bodyOf(
  request: IncomingMessage,
  hold: (bytes: number) => boolean,
): Promise<Buffer | 'too large' | 'too many' | 'broken off'> {
  let parts: Buffer[] = []
  let held = 0
  let size = 0
  let untaken: 'too large' | 'too many' | 'broken off' | undefined
  const drop = (why: typeof untaken): void => {
    untaken ??= why
    hold(-held)
    held = 0
    parts = []
  }
  try {
    for await (const part of request as AsyncIterable<Buffer>) {
      size += part.length
      if (size > POST_BYTES_MAX) drop('too large')
      else if (untaken !== undefined) continue
      else if (!hold(part.length)) drop('too many')
      else {
        held += part.length
        parts.push(part)
      }
      if (size > 4 * POST_BYTES_MAX) {
        request.destroy()
        break
      }
    }
  } catch {
    drop('broken off')
  }
  return untaken ?? Buffer.concat(parts)
}

function tooMany(response: ServerResponse): void {
  response.setHeader('Retry-After', '1')
  answer(response, 429, { error: 'more came than could be worked off; send it again in a second' })
}
