/**
 * `/metrics`: the observer that counts, and the text that a scrape gets.
 *
 * Between scrapes there are plain fields only. At a scrape the samples of all metrics of the registry are made at once and handed to
 * prom-client, which writes them; of what it knows of the process itself, what the registry names is taken over.
 */
import { collectDefaultMetrics, type Metric as ClientMetric, Registry } from 'prom-client'
import type { Clock } from '../../runtime/ports/clock.ts'
import type { Observer, ProcessStatus } from '../../runtime/ports/observer.ts'
import { isOwn } from './metric.ts'
import { METRICS } from './metrics.ts'
import { type Sample, type Samples, samplesOf } from './samples.ts'
import { createTally } from './tally.ts'

export interface MetricsOptions {
  readonly build: { readonly version: string; readonly topology: string }
  readonly clock: Clock
}

export interface Metrics {
  readonly observe: Observer
  readonly contentType: string
  /** The exposition of this moment. */
  text(status: ProcessStatus): Promise<string>
}

const FROM_PROCESS: ReadonlySet<string> = new Set(
  Object.values(METRICS)
    .filter((metric) => !isOwn(metric))
    .map(({ name }) => name),
)

export function createMetrics({ build, clock }: MetricsOptions): Metrics {
  const registry = new Registry()
  const ofProcess = new Registry()
  const tally = createTally()
  let samples: Samples = new Map()
  registry.setDefaultLabels({ topology: build.topology })
  for (const { name, type, help } of Object.values(METRICS)) {
    const get = async (): Promise<object> => ({ name, type, help, values: samples.get(name) ?? [] })
    // To the registry a metric is what answers `get`; its own classes would keep every sample a second time.
    registry.registerMetric({ name, type, help, get } as unknown as ClientMetric)
  }
  collectDefaultMetrics({ register: ofProcess })
  return {
    observe: tally.observe,
    contentType: registry.contentType,
    async text(status) {
      const process = await samplesOfProcess(ofProcess)
      const own = samplesOf({ tally, status, now: clock.now(), version: build.version })
      samples = new Map([...own, ...process])
      return registry.metrics()
    },
  }
}

async function samplesOfProcess(registry: Registry): Promise<Samples> {
  const all = await registry.getMetricsAsJSON()
  return new Map(
    all
      .filter(({ name }) => FROM_PROCESS.has(name))
      .map(({ name, values }) => [name, values as readonly Sample[]]),
  )
}
