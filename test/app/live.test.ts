/** Events by HTTP, with a runtime that stands still as long as a test wants. */
import { afterEach, describe, expect, jest, test } from '@jest/globals'
import { connect } from 'node:net'
import { createMetrics, type Metrics } from '../../src/adapters/prometheus/collector.ts'
import { systemClock } from '../../src/adapters/system/clock.ts'
import { openEmbedded } from '../../src/app/embed.ts'
import { goLive, type Live, type LiveOptions } from '../../src/app/live.ts'
import { POST_BYTES_MAX, POSTED_BYTES_MAX } from '../../src/model/limits.ts'
import { KEY, planOf } from '../support/replayed.ts'

jest.setTimeout(30_000)

const PLAN = planOf({
  topology: 'live',
  sources: { web: { topic: 'web' } },
  operators: [{ id: 'who', type: 'identity', from: ['web'] }],
  sinks: {},
})
const EVENT = '{"id":"1","type":"page.viewed","time":0,"identifiers":[{"type":"user_id","value":"u"}]}'

/** A runtime that keeps what it is fed, and works it off only when it is let go. */
function standingStill() {
  const fed: { readonly lines: readonly string[]; readonly received: number | undefined }[] = []
  let letGo: () => void = () => {}
  const gone = new Promise<void>((done) => {
    letGo = done
  })
  const runtime: LiveOptions['runtime'] = {
    feed: async () => {},
    async feedBytes(buffer, ranges, received) {
      const lines = Array.from({ length: ranges.length / 2 }, (_, i) =>
        buffer.toString('utf8', ranges[2 * i], ranges[2 * i + 1]),
      )
      fed.push({ lines, received })
      await gone
    },
    moveClock: async () => {},
    status: () => [],
    finish: () => Promise.reject(new Error('not asked for')),
    close: async () => {},
  }
  return { runtime, fed, letGo }
}

let live: Live | undefined
const errors: unknown[] = []
afterEach(async () => {
  await live?.stop()
  live = undefined
})

const newMetrics = (): Metrics =>
  createMetrics({ build: { version: '0', topology: PLAN.topology }, clock: systemClock })

async function open(runtime: LiveOptions['runtime'], metrics = newMetrics()): Promise<string> {
  live = await goLive({
    plan: PLAN,
    runtime,
    metrics,
    host: '127.0.0.1',
    port: 0,
    flush: async () => {},
    onError: (error) => errors.push(error),
  })
  return `http://127.0.0.1:${live.address.port}`
}
const post = (url: string, body: string): Promise<Response> =>
  fetch(`${url}/events`, { method: 'POST', body })

describe('live', () => {
  test('what waits is bounded: past it 429 with the time to wait, and nothing of that body is kept', async () => {
    const { runtime, fed, letGo } = standingStill()
    const url = await open(runtime)
    const body = `${EVENT}\n${' '.repeat(POST_BYTES_MAX - EVENT.length - 1)}`
    const answers: Response[] = []
    for (let i = 0; i < 6; i++) answers.push(await post(url, body))
    const fits = POSTED_BYTES_MAX / POST_BYTES_MAX
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 202, 429, 429])
    expect(answers.at(-1)?.headers.get('retry-after')).toBe('1')
    letGo()
    await live?.stop()
    expect(fed).toHaveLength(fits)
    live = undefined
  })

  test('bodies on their way in count: many callers at once are told 429 before their bodies are held', async () => {
    const { runtime, letGo } = standingStill()
    const url = await open(runtime)
    letGo()
    const { hostname, port } = new URL(url)
    const callers = await Promise.all(
      Array.from({ length: 6 }, async () => {
        const socket = connect(Number(port), hostname)
        const told = new Promise<string>((done) => socket.once('data', (data) => done(data.toString())))
        socket.write(`POST /events HTTP/1.1\r\nHost: here\r\nContent-Length: ${POST_BYTES_MAX}\r\n\r\n`)
        await new Promise<void>((done) => socket.write(' '.repeat(POST_BYTES_MAX - 1), () => done()))
        return { socket, told }
      }),
    )
    for (const { socket } of callers) socket.write('\n')
    const answers = await Promise.all(callers.map(({ told }) => told))
    const statuses = answers.map((text) => text.slice(9, 12)).sort()
    expect(statuses).toEqual(['202', '202', '202', '202', '429', '429'])
    for (const { socket } of callers) socket.destroy()
    expect((await post(url, EVENT)).status).toBe(202)
  })

  test('an arrival is the moment it came, and directives never reach the runtime', async () => {
    const { runtime, fed, letGo } = standingStill()
    const url = await open(runtime)
    letGo()
    const before = Date.now()
    const answer = await post(url, `{"clock":"2030-01-01T00:00:00Z"}\n\n${EVENT}\r\n`)
    expect(await answer.json()).toMatchObject({ accepted: 1, refused: [{ line: 1 }] })
    await live?.stop()
    live = undefined
    expect(fed.map(({ lines }) => lines)).toEqual([[`${EVENT}\r`]])
    expect(fed[0]?.received).toBeGreaterThanOrEqual(before)
    expect(fed[0]?.received).toBeLessThanOrEqual(Date.now())
  })

  test('while it stops it takes nothing in, and works off what it took', async () => {
    const { runtime, fed, letGo } = standingStill()
    const url = await open(runtime)
    expect((await post(url, EVENT)).status).toBe(202)
    expect((await post(url, EVENT)).status).toBe(202)
    const stopping = live?.stop()
    await expect(post(url, EVENT)).rejects.toThrow()
    letGo()
    await stopping
    live = undefined
    expect(fed).toHaveLength(2)
  })

  test('a runtime that fails: the error is told, and what comes after is refused', async () => {
    const { runtime } = standingStill()
    errors.length = 0
    const url = await open({ ...runtime, feedBytes: () => Promise.reject(new Error('broken')) })
    expect((await post(url, EVENT)).status).toBe(202)
    while (errors.length === 0) await new Promise((done) => setTimeout(done, 1))
    expect(errors).toEqual([new Error('broken')])
    expect((await post(url, EVENT)).status).toBe(503)
    expect((await fetch(`${url}/health/ready`)).status).toBe(503)
    expect((await fetch(`${url}/health/live`)).status).toBe(200)
  })

  test('a caller who hangs up in the middle of a body leaves nothing behind', async () => {
    const { runtime, fed, letGo } = standingStill()
    const url = await open(runtime)
    letGo()
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    await new Promise<void>((done) => socket.once('connect', () => done()))
    socket.write(`POST /events HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n${EVENT}`)
    await new Promise((done) => setTimeout(done, 20))
    socket.destroy()
    expect((await post(url, EVENT)).status).toBe(202)
    await live?.stop()
    live = undefined
    expect(fed).toHaveLength(1)
  })

  test('a caller who keeps a connection open without a word does not hold the end up', async () => {
    const { runtime, letGo } = standingStill()
    const url = await open(runtime)
    letGo()
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    await new Promise<void>((done) => socket.once('connect', () => done()))
    const started = Date.now()
    await live?.stop()
    live = undefined
    socket.destroy()
    expect(Date.now() - started).toBeLessThan(4000)
  })

  test('says how it stands: ready, alive, and what it has counted', async () => {
    const metrics = newMetrics()
    const runtime = await openEmbedded(PLAN, { key: KEY, onOutput: () => {}, observe: metrics.observe })
    const url = await open(runtime, metrics)
    expect(await (await fetch(`${url}/health/ready`)).json()).toEqual({ status: 'ready' })
    expect(await (await fetch(`${url}/health/live`)).json()).toEqual({ status: 'live' })
    expect((await post(url, EVENT)).status).toBe(202)
    const counted = /^shopkeeper_events_read_total\{task="shopkeeper.live.identify",topology="live"\} 1$/m
    let text = ''
    while (!counted.test(text)) text = await (await fetch(`${url}/metrics`)).text()
    expect(text).toContain(
      'shopkeeper_task_state{task="shopkeeper.live.profile.0",state="running",topology="live"} 1',
    )
    expect((await fetch(`${url}/events`)).status).toBe(405)
  })
})
