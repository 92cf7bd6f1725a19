/** Several engines, or one in several ways, taking turns: what the machine does besides meets all of them alike. */
import { loadavg } from 'node:os'
import type { Engine, Expected } from './engines/engine.ts'
import { expect, type Figures, measure, type Settings } from './judge.ts'
import type { Site } from './site.ts'
import { perCpuSecond, type Row } from './table.ts'

export interface Contestant {
  readonly engine: Engine
  /** Where the engine's own does not say enough. */
  readonly title?: string
  readonly settings: Settings
}

export async function contest(
  site: Site,
  contestants: readonly Contestant[],
  runs: number,
  say: (line: string) => void,
): Promise<readonly Row[]> {
  const found = contestants.map((): Figures[] => [])
  let known: { readonly of: string; readonly expected: Expected } | undefined
  for (let round = 1; round <= runs; round++)
    for (const [place, { engine, settings }] of contestants.entries()) {
      const of = JSON.stringify(settings)
      if (known?.of !== of) {
        known = undefined
        known = { of, expected: expect(settings) }
      }
      const figures = await measure(site, engine, settings, known.expected)
      found[place]?.push(figures)
      say(`run ${round}, load ${(loadavg()[0] as number).toFixed(1)}: ${engine.name} ${told(figures)}`)
    }
  return contestants.map(({ engine, title, settings }, place) => ({
    title: title ?? engine.title,
    engine: engine.name,
    warmup: settings.warmup + 2 * settings.idlePeople,
    figures: found[place] ?? [],
  }))
}

function told(figures: Figures): string {
  const { cpuS, seconds, foreignCpuS, missing, unexpected, coldCpuS, coldSeconds } = figures
  return (
    `${Math.round(perCpuSecond(figures))} events/CPU-s, ${cpuS.toFixed(2)} CPU-s in ${seconds.toFixed(2)} s, ` +
    `cold ${coldCpuS.toFixed(1)} CPU-s in ${coldSeconds.toFixed(1)} s, others ${foreignCpuS.toFixed(1)} CPU-s; ` +
    `${missing} missing, ${unexpected} unexpected`
  )
}
