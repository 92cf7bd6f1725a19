/** A Prometheus of a test's own, looking every second at the targets it is given. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { freePort } from './free-port.ts'
import { programOf, prometheusProgram } from './programs.ts'
import { type Server, startServer } from './server-process.ts'

export interface PrometheusOptions {
  readonly port?: number
  /** `host:port` of each `/metrics`. */
  readonly targets?: readonly string[]
  /** Absolute paths of rule files. */
  readonly rules?: readonly string[]
}

export async function startPrometheus(options: PrometheusOptions = {}): Promise<Server> {
  const port = options.port ?? (await freePort())
  const program = programOf('prometheus', prometheusProgram())
  const address = `http://127.0.0.1:${port}`
  return startServer({
    name: 'prometheus',
    address,
    ports: [port],
    prepare: (dataFolder) =>
      writeFile(
        join(dataFolder, 'prometheus.yml'),
        stringify({
          global: { scrape_interval: '1s', evaluation_interval: '1s' },
          rule_files: options.rules ?? [],
          scrape_configs: [{ job_name: 'shopkeeper', static_configs: [{ targets: options.targets ?? [] }] }],
        }),
      ),
    command: (dataFolder) => [
      ...program,
      `--config.file=${join(dataFolder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(dataFolder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    async ready() {
      await prometheusAnswers(address)
      await knowsTargets(address, options.targets?.length ?? 0)
    },
  })
}

/** Prometheus answers some seconds before it has read what to look at. */
async function knowsTargets(address: string, count: number): Promise<void> {
  const answer = await fetch(`${address}/api/v1/targets`)
  const { data } = (await answer.json()) as { readonly data: { readonly activeTargets: readonly unknown[] } }
  if (data.activeTargets.length < count) throw new Error('it does not know its targets yet')
}

/** Rejects with the reason when nothing there says that it is ready to be asked. */
export async function prometheusAnswers(address: string): Promise<void> {
  const url = `${address}/-/ready`
  const answer = await fetch(url, { signal: AbortSignal.timeout(5000) }).catch((error: Error) => {
    throw new Error(`${url}: ${error.cause instanceof Error ? error.cause.message : error.message}`)
  })
  if (!answer.ok) throw new Error(`${url} answers ${answer.status}`)
}
