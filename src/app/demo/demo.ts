/** The demo put together: which businesses there are, a day played or written, and the table at the end. */
import { createWriteStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createGzip } from 'node:zlib'
import { UsageError } from '../../model/errors.ts'
import { DAY_MS, HOUR_MS } from '../../model/time.ts'
import { openTopology, type Summary } from '../virtual-run.ts'
import type { Business } from './business.ts'
import { generateDay, type DayOptions } from './generate.ts'
import { playDay } from './play.ts'
import { SHOP } from './shop.ts'
import { THEME_PARK } from './theme-park.ts'

const BUSINESSES: readonly Business[] = [THEME_PARK, SHOP]

/** Throws UsageError for a name that is none. */
export function businessNamed(name: string): Business {
  const found = BUSINESSES.find((business) => business.name === name)
  if (found !== undefined) return found
  throw new UsageError(
    `there is no demo called "${name}"`,
    `demos are ${BUSINESSES.map((one) => one.name).join(' and ')}`,
  )
}

/** A flag's text as a whole number within bounds. Throws UsageError. */
export function wholeNumber(
  flag: string,
  text: string,
  { min, max }: { readonly min: number; readonly max: number },
): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= min && value <= max) return value
  throw new UsageError(`${flag} is "${text}"`, `it must be a whole number from ${min} to ${max}`)
}

/** The document of the package. */
export const topologyPath = (business: Business): string =>
  fileURLToPath(new URL(`../../../topologies/${business.topology}`, import.meta.url))

export interface DemoSummary extends Summary {
  readonly demo: string
  readonly seed: number
  readonly seconds: number
  readonly events_per_second: number
}

export interface DemoOptions extends DayOptions {
  readonly business: Business
  readonly tell: (line: string) => void
  readonly progress: (done: number) => void
  /** Times as fast as the clock; undefined: as fast as it goes. */
  readonly speed: number | undefined
}

/** Plays a day and measures it. */
export async function demoSummary(options: DemoOptions): Promise<DemoSummary> {
  const { business, seed, speed } = options
  const file = topologyPath(business)
  const text = await readFile(file, 'utf8')
  const started = performance.now()
  const pace = speed === undefined ? undefined : pacer(business.ends.dayAt - DAY_MS + 6 * HOUR_MS, speed)
  const summary = await playDay({
    ...options,
    pace,
    open: (onOutput) => openTopology({ text, file }, onOutput),
  })
  const seconds = (performance.now() - started) / 1000
  return {
    demo: business.name,
    seed,
    ...summary,
    seconds: Math.round(seconds * 100) / 100,
    events_per_second: Math.round(options.events / seconds),
  }
}

/** Waits for the clock from `from` on; what lies before goes by at once. */
function pacer(from: number, speed: number): (at: number) => Promise<void> {
  let started: number | undefined
  return async (at) => {
    if (at < from) return
    started ??= performance.now()
    const waitMs = (at - from) / speed - (performance.now() - started)
    if (waitMs > 4) await sleep(waitMs)
  }
}

const UNWRITABLE: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such folder',
  EISDIR: 'it is a folder',
  EACCES: 'permission is denied',
}

/** Writes a day as NDJSON that replay reads. */
export async function writeDay(
  business: Business,
  day: DayOptions,
  file: string,
): Promise<{ readonly topologyFile: string }> {
  const lines = function* (): Generator<string> {
    let block = ''
    for (const { line } of generateDay(business, day)) {
      block += `${line}\n`
      if (block.length < 65_536) continue
      yield block
      block = ''
    }
    yield block
  }
  const target: Writable[] = file.endsWith('.gz')
    ? [createGzip(), createWriteStream(file)]
    : [createWriteStream(file)]
  try {
    await pipeline([Readable.from(lines()), ...target])
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException
    const why = UNWRITABLE[code]
    if (why === undefined) throw new Error(`cannot write ${file}: ${message}`)
    throw new UsageError(`cannot write ${file}: ${why}`, 'name a file in a folder that exists')
  }
  return { topologyFile: `topologies/${business.topology}` }
}

/** Two aligned columns. */
export function summaryTable(summary: DemoSummary): string {
  const number = (value: number): string => value.toLocaleString('en-US')
  const reasons = Object.entries(summary.suppressed).toSorted(([, a], [, b]) => b - a)
  const refused = Object.entries(summary.dead_letters).toSorted(([, a], [, b]) => b - a)
  const rows: readonly (readonly [string, string])[] = [
    ['events', number(summary.events)],
    ['  repeats, without effect', number(summary.duplicates)],
    ['  too late', number(summary.late)],
    ...refused.map(([reason, count]): [string, string] => [`  refused: ${reason}`, number(count)]),
    ['people', number(summary.people)],
    ['merges', number(summary.merges)],
    ['sessions', number(summary.sessions)],
    ['triggers', number(summary.triggers)],
    ['offers', number(summary.offers)],
    ['  taken back', number(summary.revoked)],
    ...reasons.map(([reason, count]): [string, string] => [`no offer: ${reason}`, number(count)]),
    ['seconds', summary.seconds.toFixed(2)],
    ['events per second', number(summary.events_per_second)],
  ]
  const left = Math.max(...rows.map(([name]) => name.length))
  const right = Math.max(...rows.map(([, value]) => value.length))
  return rows.map(([name, value]) => `${name.padEnd(left)}  ${value.padStart(right)}\n`).join('')
}
