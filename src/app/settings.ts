/** Settings of a process: flags first (the caller's), then environment, then defaults for a developer's machine. */
import { UsageError } from '../model/errors.ts'
import { type IdKey, idKeyOf } from '../model/hash.ts'

/** Serves a developer's machine; every installation sets its own and keeps it for ever, since all ids hang on it. */
const DEVELOPER_KEY = 'shopkeeper-developer-key'

const HTTP_DEFAULT = '127.0.0.1:9400'

export interface Settings {
  readonly idKey: IdKey
  readonly http: { readonly host: string; readonly port: number }
}

export function settingsOf(environment: Readonly<Record<string, string | undefined>>): Settings {
  const key = environment['SHOPKEEPER_ID_KEY']
  const http = environment['SHOPKEEPER_HTTP']
  return {
    idKey: idKeyOf(key === undefined || key === '' ? DEVELOPER_KEY : key),
    http: parseAddress(http === undefined || http === '' ? HTTP_DEFAULT : http),
  }
}

/** `9400`, `0.0.0.0:9400` or `[::1]:9400`; without a host the loopback address. @throws UsageError */
export function parseAddress(text: string): { host: string; port: number } {
  const match = /^(?:(?:\[([^\]]+)\]|([^:]+)):)?(\d{1,5})$/.exec(text)
  const port = Number(match?.[3])
  if (match === null || port > 65_535)
    throw new UsageError(
      `${text} is no address to listen on`,
      'write a port or host:port, such as 127.0.0.1:9400',
    )
  return { host: match[1] ?? match[2] ?? '127.0.0.1', port }
}
