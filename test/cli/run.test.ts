/** `shopkeeper run --embedded`: a process that is fed by HTTP, until it is told to stop. */
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { type OwnProcess, startCommand } from '../support/own-process.ts'

jest.setTimeout(30_000)

const DOCUMENT = {
  topology: 'live',
  sources: { web: { topic: 'web', lateness: '0s', grace: '1h', idle: '1s', ahead: '1h' } },
  operators: [
    { id: 'who', type: 'identity', from: ['web'] },
    { id: 'stay', type: 'sessionize', from: 'who', config: { gap: '1s' } },
  ],
  sinks: { stays: { from: 'stay', topic: 'stays' } },
}

let folder = ''
let running: OwnProcess | undefined

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'run-'))
  writeFileSync(join(folder, 'live.yaml'), JSON.stringify(DOCUMENT))
})
afterEach(() => void running?.child.kill('SIGKILL'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function start(...flags: readonly string[]): Promise<{ live: OwnProcess; url: string }> {
  const topology = join(folder, 'live.yaml')
  const live = startCommand(['run', '--embedded', '--topology', topology, '--http', '0', '--json', ...flags])
  running = live
  const [, url = ''] = await live.until(/listening on (http:\S+?):? /)
  return { live, url }
}

const event = (id: string, person: string, time = new Date().toISOString()): string =>
  JSON.stringify({ id, type: 'page.viewed', time, identifiers: [{ type: 'user_id', value: person }] })

const post = (url: string, body: string): Promise<Response> =>
  fetch(`${url}/events`, { method: 'POST', body })

interface Answer {
  readonly accepted: number
  readonly refused: readonly { readonly line: number; readonly reason: string }[]
}

async function stopped(live: OwnProcess, signal: NodeJS.Signals = 'SIGTERM') {
  live.child.kill(signal)
  const end = await live.ended
  const summary = JSON.parse(end.stderr.trim().split('\n').at(-1) ?? '') as Readonly<Record<string, unknown>>
  const records = end.stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { topic: string; value: Readonly<Record<string, unknown>> })
  return { code: end.code, summary, records }
}

describe('run --embedded', () => {
  test('takes events, names the lines that it refuses, and ends with 0 when told', async () => {
    const { live, url } = await start()
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    const body = [
      event('a', 'mia'),
      'torn {',
      '',
      event('b', 'mia'),
      '{"clock":"2030-01-01T00:00:00Z"}',
      '{"id":"c"}',
    ]
    const answer = await post(url, body.join('\n'))
    expect(answer.status).toBe(202)
    const { accepted, refused } = (await answer.json()) as Answer
    expect(accepted).toBe(2)
    expect(refused.map(({ line, reason }) => [line, reason.split(':')[0]])).toEqual([
      [2, 'not-json'],
      [5, 'invalid-event'],
      [6, 'invalid-event'],
    ])
    const { code, summary, records } = await stopped(live)
    expect(code).toBe(0)
    expect(summary).toMatchObject({
      events: 4,
      people: 1,
      dead_letters: { 'not-json': 1, 'invalid-event': 1 },
    })
    expect(records.filter(({ topic }) => topic === 'identities')).toHaveLength(1)
    expect(records.filter(({ topic }) => topic === 'dead-letters')).toHaveLength(2)
  })

  test('time goes on by itself: silence closes a visit', async () => {
    const { live, url } = await start()
    await post(url, event('a', 'mia'))
    while (!live.said.stdout.includes('session.closed')) await once(live.child.stdout, 'data')
    const { code, summary } = await stopped(live, 'SIGINT')
    expect([code, summary['sessions']]).toEqual([0, 1])
  })

  test('many at once: nothing is lost, and nothing counts twice', async () => {
    const { live, url } = await start()
    const bodies = Array.from({ length: 60 }, (_, body) =>
      Array.from({ length: 50 }, (_, line) => event(`${body}-${line}`, `p${(7 * body + line) % 30}`)).join(
        '\n',
      ),
    )
    const answers = await Promise.all(bodies.map((body) => post(url, body)))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]))
    const again = await post(url, bodies[7] as string)
    expect(((await again.json()) as Answer).accepted).toBe(50)
    const { code, summary } = await stopped(live)
    expect(code).toBe(0)
    expect(summary).toMatchObject({ events: 3050, duplicates: 50, people: 30, late: 0, dead_letters: {} })
  })

  test('what was answered before the signal is worked off behind it', async () => {
    const { live, url } = await start()
    const lines = Array.from({ length: 20_000 }, (_, line) => event(`e${line}`, `p${line % 500}`))
    expect((await post(url, lines.join('\n'))).status).toBe(202)
    const { code, summary } = await stopped(live)
    expect([code, summary['events'], summary['people']]).toEqual([0, 20_000, 500])
  })

  test('a body that is too large is refused whole', async () => {
    const { live, url } = await start()
    const answer = await post(url, `${event('a', 'mia')}\n${' '.repeat(8 << 20)}`)
    expect(answer.status).toBe(413)
    expect(((await answer.json()) as { error: string }).error).toContain('8388608')
    expect((await post(url, event('b', 'mia'))).status).toBe(202)
    const { summary } = await stopped(live)
    expect(summary['events']).toBe(1)
  })

  test('says how it is, and what belongs where', async () => {
    const { live, url } = await start()
    const status = async (path: string, method = 'GET'): Promise<number> =>
      (await fetch(`${url}${path}`, { method })).status
    expect(await status('/health/live')).toBe(200)
    expect(await status('/health/ready')).toBe(200)
    expect(await status('/events')).toBe(405)
    expect(await status('/elsewhere')).toBe(404)
    expect((await stopped(live)).code).toBe(0)
  })

  test('an address that is taken: one sentence, a hint, exit 2', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const { port } = taken.address() as AddressInfo
    const run = startCommand([
      'run',
      '--embedded',
      '--topology',
      join(folder, 'live.yaml'),
      '--http',
      String(port),
    ])
    running = run
    const { code, stdout, stderr } = await run.ended
    taken.close()
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(
      new RegExp(`^error: cannot listen on 127\\.0\\.0\\.1:${port}: it is in use\\n.*SHOPKEEPER_HTTP.*\\n$`),
    )
  })

  test('the address comes from the environment too, and one that is none is refused', async () => {
    const run = startCommand(['run', '--embedded', '--topology', join(folder, 'live.yaml')], {
      SHOPKEEPER_HTTP: 'here',
    })
    running = run
    const { code, stderr } = await run.ended
    expect(code).toBe(2)
    expect(stderr).toMatch(/^error: SHOPKEEPER_HTTP: here is no address to listen on\n.*\n$/)
  })
})
