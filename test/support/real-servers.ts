/**
 * Real servers for tests. `npm test` finds or starts them and leaves their addresses in the environment; a test asks here and is
 * skipped, by name and with the reason, where there are none.
 */
import { describe } from '@jest/globals'

const VARIABLES = {
  kafka: 'SHOPKEEPER_KAFKA',
  redis: 'SHOPKEEPER_REDIS',
  registry: 'SHOPKEEPER_REGISTRY',
  prometheus: 'SHOPKEEPER_PROMETHEUS',
} as const

export type Service = keyof typeof VARIABLES

/** `127.0.0.1:9092`, `redis://127.0.0.1:6379`, `http://127.0.0.1:8081`, `http://127.0.0.1:9090`. */
export type Addresses = Readonly<Record<Service, string>>

/** A `describe` that needs these servers. */
export function describeWith(
  services: readonly Service[],
  title: string,
  body: (addresses: Addresses) => void,
): void {
  const missing = services.filter((service) => !process.env[VARIABLES[service]])
  if (missing.length > 0) {
    describe.skip(`${title} [needs ${missing.join(' and ')}: none was found or could be started]`, () =>
      body(addressesOf()))
    return
  }
  describe(title, () => body(addressesOf()))
}

/** A `describe` whose tests start these servers themselves, to kill and to break them. */
export function describeWithOwn(services: readonly Service[], title: string, body: () => void): void {
  const startable = (process.env.SHOPKEEPER_STARTABLE ?? '').split(',')
  const missing = services.filter((service) => !startable.includes(service))
  if (missing.length === 0) describe(title, body)
  else describe.skip(`${title} [needs ${missing.join(' and ')}: cannot be started here]`, body)
}

function addressesOf(): Addresses {
  return Object.fromEntries(
    Object.entries(VARIABLES).map(([service, variable]) => [service, process.env[variable] ?? '']),
  ) as Addresses
}

let made = 0

/** A name that no other test uses: topics, groups and keys of one test begin with it. */
export const uniqueName = (prefix: string): string =>
  `${prefix}-${process.pid.toString(36)}-${Date.now().toString(36)}-${(made++).toString(36)}`
