/** Metrics and health over HTTP, of a process that stands as a test says. */
import { afterEach, describe, expect, test } from '@jest/globals'
import { createMetrics } from '../../src/adapters/prometheus/collector.ts'
import { answer, type HttpFace, openHttpFace, type Route } from '../../src/app/http-face.ts'
import type { ProcessStatus } from '../../src/runtime/ports/observer.ts'
import { processStatus, PROFILE, taskStatus } from '../adapters/prometheus/observed.ts'

let face: HttpFace | undefined
afterEach(async () => {
  await face?.stop()
  face = undefined
})

async function open(
  status: () => ProcessStatus = () => processStatus(),
  routes: Readonly<Record<string, Route>> = {},
): Promise<string> {
  const clock = { now: () => 200_000, sleep: async () => {} }
  const metrics = createMetrics({ build: { version: '1.2.3', topology: 'shop' }, clock })
  face = await openHttpFace({ host: '127.0.0.1', port: 0, metrics, status, clock, routes })
  return `http://127.0.0.1:${face.address.port}`
}

describe('http face', () => {
  test('metrics, in the form that Prometheus reads', async () => {
    const response = await fetch(`${await open()}/metrics`)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect(await response.text()).toContain('shopkeeper_build_info{')
  })

  test('alive and ready: 200; not: 503 with every reason', async () => {
    let status = processStatus({ tasks: [taskStatus({ movedAt: 200_000 })] })
    const url = await open(() => status)
    const said = async (path: string): Promise<readonly [number, unknown]> => {
      const response = await fetch(`${url}/health/${path}`)
      return [response.status, await response.json()]
    }
    expect(await said('ready')).toEqual([200, { status: 'ready' }])
    expect(await said('live')).toEqual([200, { status: 'live' }])
    status = processStatus({
      tasks: [taskStatus({ state: 'restoring', restoreRemaining: 120_000, movedAt: 120_000 })],
    })
    expect(await said('ready')).toEqual([
      503,
      { status: 'not ready', reasons: [`${PROFILE} is restoring: 120000 records left`] },
    ])
    expect(await said('live')).toEqual([
      503,
      { status: 'not live', reasons: [`${PROFILE} is restoring and has not moved for 80 s`] },
    ])
  })

  test('elsewhere there is nothing, and what there is gets named', async () => {
    const url = await open()
    const response = await fetch(`${url}/`)
    expect(response.status).toBe(404)
    expect(await response.json()).toEqual({
      error: 'there are GET /metrics, GET /health/live, GET /health/ready',
    })
  })

  test('a load balancer may ask with HEAD; nothing else than reading is done', async () => {
    const url = await open()
    expect((await fetch(`${url}/health/ready?from=lb`, { method: 'HEAD' })).status).toBe(200)
    const response = await fetch(`${url}/metrics`, { method: 'POST', body: 'x' })
    expect(response.status).toBe(405)
    expect(response.headers.get('allow')).toBe('GET')
  })

  test('routes of a way of running come beside the others; one that fails answers 500, and the face goes on', async () => {
    const url = await open(undefined, {
      '/events': { method: 'POST', hint: 'POST here', handle: (_, response) => answer(response, 202, {}) },
      '/broken': { method: 'GET', hint: '', handle: () => Promise.reject(new Error('a defect')) },
    })
    expect((await fetch(`${url}/events`, { method: 'POST', body: '{}' })).status).toBe(202)
    expect(await (await fetch(`${url}/events`)).json()).toEqual({ error: 'POST here' })
    const broken = await fetch(`${url}/broken`)
    expect([broken.status, await broken.json()]).toEqual([500, { error: 'a defect' }])
    expect((await fetch(`${url}/health/live`)).status).toBe(503)
  })

  test('an address in use is said in words', async () => {
    const url = await open()
    const clock = { now: () => 0, sleep: async () => {} }
    const metrics = createMetrics({ build: { version: '0', topology: 'shop' }, clock })
    const again = openHttpFace({
      host: '127.0.0.1',
      port: Number(new URL(url).port),
      metrics,
      status: () => processStatus(),
      clock,
    })
    await expect(again).rejects.toThrow(/cannot listen on 127\.0\.0\.1:\d+: it is in use/)
  })
})
