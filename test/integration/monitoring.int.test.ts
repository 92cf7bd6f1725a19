/** The files of `operations/` before the tools that read them: promtool, and a Prometheus that scrapes a run. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { parse } from 'yaml'
import { createMetrics } from '../../src/adapters/prometheus/collector.ts'
import { systemClock } from '../../src/adapters/system/clock.ts'
import { generateDay } from '../../src/app/demo/generate.ts'
import { SHOP } from '../../src/app/demo/shop.ts'
import { openEmbedded } from '../../src/app/embed.ts'
import { openHttpFace } from '../../src/app/http-face.ts'
import { HOUR_MS } from '../../src/model/time.ts'
import { ROOT, textOf } from '../docs/fenced.ts'
import { KEY, planOf } from '../support/replayed.ts'
import { freePort } from '../support/servers/free-port.ts'

jest.setTimeout(120_000)

/** A `describe` that needs a program on the PATH. Where CI says that all of it is there, its absence is a failure. */
function describeWithProgram(program: string, title: string, body: () => void): void {
  if (spawnSync(program, ['--version']).status === 0 || process.env['CI'] === 'true') describe(title, body)
  else describe.skip(`${title} [needs ${program}: there is none on the PATH]`, body)
}

/** A run of the shop's topology, served as a live one is; group and store are said to be as a live one has them. */
async function servedRun() {
  const plan = planOf(textOf('topologies/shop.yaml'))
  const metrics = createMetrics({ build: { version: '1.2.3', topology: plan.topology }, clock: systemClock })
  const runtime = await openEmbedded(plan, { key: KEY, onOutput: () => {}, observe: metrics.observe })
  const face = await openHttpFace({
    host: '127.0.0.1',
    port: 0,
    metrics,
    clock: systemClock,
    status: () => ({
      tasks: runtime.status(),
      group: { member: true, reason: undefined, generation: 1, lanes: 2 },
      store: {
        up: true,
        memoryBytes: 1_000_000,
        memoryBytesMax: 2_000_000,
        evictionPolicy: 'noeviction',
        evictedKeys: 0,
        latencyMs: 1,
      },
      ending: undefined,
    }),
  })
  await runtime.feed([...generateDay(SHOP, { events: 3000, seed: 5 })].map(({ line }) => line))
  await runtime.finish({ afterMs: 2 * HOUR_MS })
  const close = async (): Promise<void> => {
    await face.stop()
    await runtime.close()
  }
  return { address: `127.0.0.1:${face.address.port}`, close }
}

describeWithProgram('promtool', 'promtool', () => {
  function promtool(args: readonly string[], input = ''): { readonly status: number | null; said: string } {
    const cwd = join(ROOT, 'operations')
    const { status, stdout, stderr } = spawnSync('promtool', args, { cwd, encoding: 'utf8', input })
    return { status, said: `${stdout}${stderr}` }
  }

  test.each([
    [['check', 'config', 'prometheus.yml']],
    [['check', 'rules', 'alerts.yml']],
    [['test', 'rules', 'alerts.test.yml']],
  ])('%j', (args) => {
    const { status, said } = promtool(args)
    expect([status, said]).toEqual([0, expect.stringContaining('SUCCESS')])
  })

  test('has nothing to say against /metrics', async () => {
    const run = await servedRun()
    const text = await (await fetch(`http://${run.address}/metrics`)).text()
    await run.close()
    expect(promtool(['check', 'metrics'], text)).toEqual({ status: 0, said: '' })
  })
})

describeWithProgram('prometheus', 'a Prometheus that scrapes a run', () => {
  let run: Awaited<ReturnType<typeof servedRun>>
  let server: ChildProcess
  let url = ''
  const folder = mkdtempSync(join(tmpdir(), 'shopkeeper-prometheus-'))

  beforeAll(async () => {
    run = await servedRun()
    const port = await freePort()
    const config = join(folder, 'prometheus.yml')
    const scrape = { job_name: 'shopkeeper', static_configs: [{ targets: [run.address] }] }
    writeFileSync(config, JSON.stringify({ global: { scrape_interval: '1s' }, scrape_configs: [scrape] }))
    const args = [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=error',
    ]
    server = spawn('prometheus', args, { stdio: 'ignore' })
    url = `http://127.0.0.1:${port}`
    // A rate needs two scrapes.
    await until(
      async () => (await answered(url, 'count_over_time(shopkeeper_build_info[1m]) >= 3')).length > 0,
    )
  })

  afterAll(async () => {
    const gone = once(server, 'exit')
    server.kill('SIGTERM')
    await gone
    await run.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const { panels } = JSON.parse(textOf('operations/grafana/dashboards/shopkeeper.json')) as {
    readonly panels: readonly {
      readonly title: string
      readonly targets?: readonly { readonly expr: string }[]
    }[]
  }
  const queries = panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => [title, expr] as const),
  )

  test.each(queries)('the panel "%s" has data: %s', async (_, expr) => {
    const query = expr
      .replaceAll('$topology', 'shop')
      .replaceAll('$instance', '.+')
      .replaceAll('$__rate_interval', '1m')
    expect(query).not.toContain('$')
    expect((await answered(url, query)).length).toBeGreaterThan(0)
  })

  const { groups } = parse(textOf('operations/alerts.yml')) as {
    readonly groups: readonly {
      readonly rules: readonly { readonly alert: string; readonly expr: string }[]
    }[]
  }

  test.each(groups.flatMap(({ rules }) => rules.map(({ alert, expr }) => [alert, expr] as const)))(
    'the expression of %s is one',
    async (_, expr) => {
      await expect(answered(url, expr)).resolves.toBeDefined()
    },
  )
})

/** What a query gives. @throws with Prometheus's own words. */
async function answered(url: string, query: string): Promise<readonly unknown[]> {
  const response = await fetch(`${url}/api/v1/query`, {
    method: 'POST',
    body: new URLSearchParams({ query }),
  })
  const body = (await response.json()) as {
    readonly error?: string
    readonly data?: { readonly result: readonly unknown[] }
  }
  if (body.data === undefined) throw new Error(`${query}: ${body.error}`)
  return body.data.result
}

/** Asks until it holds; what a server that is coming up answers is no failure. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  for (;;) {
    if (await holds().catch(() => false)) return
    await new Promise((done) => setTimeout(done, 100))
  }
}
