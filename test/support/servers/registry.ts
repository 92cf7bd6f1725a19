/** A schema registry of a test's own: Apicurio in memory, behind the address of its Confluent interface. */
import { freePort } from './free-port.ts'
import { programOf, registryProgram } from './programs.ts'
import { JAVA_OPTIONS, type Server, startServer } from './server-process.ts'

export interface RegistryOptions {
  readonly port?: number
}

/** A registry forgets everything when it is killed or stopped. */
export async function startRegistry(options: RegistryOptions = {}): Promise<Server> {
  const port = options.port ?? (await freePort())
  const [java, ...jar] = programOf('registry', registryProgram())
  const address = `http://127.0.0.1:${port}/apis/ccompat/v7`
  return startServer({
    name: 'registry',
    address,
    ports: [port],
    command: (dataFolder) => [
      java,
      ...JAVA_OPTIONS,
      '-Xmx256m',
      `-Dshopkeeper.data=${dataFolder}`,
      '-Dquarkus.http.host=127.0.0.1',
      `-Dquarkus.http.port=${port}`,
      ...jar,
    ],
    ready: () => registryAnswers(address),
  })
}

/** Rejects with the reason when nothing there lists its subjects. */
export async function registryAnswers(address: string): Promise<void> {
  const url = `${address}/subjects`
  const answer = await fetch(url, { signal: AbortSignal.timeout(5000) }).catch((error: Error) => {
    throw new Error(`${url}: ${error.cause instanceof Error ? error.cause.message : error.message}`)
  })
  if (!answer.ok) throw new Error(`${url} answers ${answer.status}`)
  if (!Array.isArray(await answer.json())) throw new Error(`${url} answers no list of subjects`)
}
