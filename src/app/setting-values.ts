/** The values of settings, each read from its text: a value, or in words why it is none. What is secret is named here, never shown. */
import { formatDuration, parseDuration } from '../model/time.ts'
import type { DurationMs } from '../model/time.ts'

/** Why a text is no value of its setting. */
export interface Unfit {
  /** What is wrong with it. Never holds what may be secret. */
  readonly problem: string
  readonly hint: string
}

export const unfit = (problem: string, hint: string): Unfit => ({ problem, hint })

export const isUnfit = (value: unknown): value is Unfit =>
  typeof value === 'object' && value !== null && 'problem' in value

export type Parse<Value> = (text: string) => Value | Unfit

export interface Address {
  readonly host: string
  readonly port: number
}

/** `9400`, `0.0.0.0:9400` or `[::1]:9400`; without a host the loopback address. */
export function listenAddress(text: string): Address | Unfit {
  const match = /^(?:(?:\[([^\]]+)\]|([^:]+)):)?(\d{1,5})$/.exec(text)
  const port = Number(match?.[3])
  if (match === null || port > 65_535)
    return unfit(`${text} is no address to listen on`, 'write a port or host:port, such as 127.0.0.1:9400')
  return { host: match[1] ?? match[2] ?? '127.0.0.1', port }
}

/** `host:port`, several with commas between them. */
export function brokerList(text: string): readonly string[] | Unfit {
  const brokers = text.split(',').map((broker) => broker.trim())
  for (const broker of brokers) {
    const match = /^(?:\[[0-9a-fA-F:.]+\]|[^\s:/@,[\]]+):(\d{1,5})$/.exec(broker)
    const port = Number(match?.[1])
    if (match === null || port < 1 || port > 65_535)
      return unfit(
        broker.includes('@') ? 'a broker is given as a URL, with a login' : `"${broker}" is no broker`,
        'write host:port, several with commas between them, such as kafka-1:9092,kafka-2:9092',
      )
  }
  return brokers
}

/** Names of topics, groups and keys begin with it. */
export function appName(text: string): string | Unfit {
  if (/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(text)) return text
  return unfit(
    `"${text}" is no name of an application`,
    'use letters, digits, - and _, at most 64 of them: it begins the names of topics and keys',
  )
}

/** An address with one of these schemes. What it holds beside the scheme may be a password: it is not repeated. */
export function urlOf(schemes: readonly string[], example: string): Parse<string> {
  const hint = `write a URL such as ${example}`
  return (text) => {
    let url: URL
    try {
      url = new URL(text)
    } catch {
      return unfit('the value is no URL', hint)
    }
    const scheme = url.protocol.slice(0, -1)
    if (!schemes.includes(scheme))
      return unfit(`the URL must begin with ${schemes.map((one) => `${one}://`).join(' or ')}`, hint)
    return url.hostname === '' ? unfit('the URL names no host', hint) : text
  }
}

/** A span of time within these bounds, both included. */
export function spanOf(least: DurationMs, most: DurationMs): Parse<DurationMs> {
  return (text) => {
    const ms = parseDuration(text)
    if (ms !== undefined && ms >= least && ms <= most) return ms
    return unfit(
      `"${text}" is no span of time from ${formatDuration(least)} to ${formatDuration(most)}`,
      'write a number and a unit, such as 500ms, 10s or 2m',
    )
  }
}

export function oneOf<Word extends string>(...words: readonly Word[]): Parse<Word> {
  return (text) =>
    words.find((word) => word === text) ??
    unfit(`"${text}" is none of ${words.join(', ')}`, `write ${words.join(' or ')}`)
}

export function flag(text: string): boolean | Unfit {
  if (text === 'true' || text === 'false') return text === 'true'
  return unfit(`"${text}" is neither true nor false`, 'write true or false')
}

/** A URL as it may be shown: whatever stands before its last @ as `***`, and without a query; of what is no URL nothing. */
export function maskUrl(text: string): string {
  const [, scheme, login, rest = ''] = /^([a-z+]+:\/\/)(.*@)?([^@?#]*)/is.exec(text) ?? []
  if (scheme === undefined) return '***'
  return `${scheme}${login === undefined ? '' : '***@'}${rest.replace(/\/$/, '')}`
}
