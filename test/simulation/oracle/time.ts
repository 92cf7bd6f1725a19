/** The clocks of a replay: the machine's, the sources', and the one watermark that everything behind identity has. */
import type { Settings, SourceSettings } from './settings.ts'

export interface Clocks {
  readonly watermark: () => number
  readonly clock: () => number | undefined
  /** Newest time of an accepted event. */
  readonly newest: () => number | undefined
  /** T1 (1): the machine's clock moves, and what is idle counts. */
  moveClock(to: number): void
  /** T1 (2): an accepted record of the source. */
  count(source: SourceSettings, time: number): void
  /** All sources are finished. */
  finish(at: number): void
}

interface SourceClock {
  readonly settings: SourceSettings
  /** The clock at the arrival of its last record. */
  arrivedAt: number | undefined
  watermark: number
}

export function clocksOf(settings: Settings): Clocks {
  const sources: SourceClock[] = settings.sources.map((s) => ({
    settings: s,
    arrivedAt: undefined,
    watermark: Number.NEGATIVE_INFINITY,
  }))
  let clock: number | undefined
  let startedAt = 0
  let newest: number | undefined
  let watermark = Number.NEGATIVE_INFINITY
  const settle = (): void => {
    watermark = Math.max(watermark, Math.min(...sources.map((s) => s.watermark)))
  }
  return {
    watermark: () => watermark,
    clock: () => clock,
    newest: () => newest,
    moveClock(to) {
      if (clock === undefined) startedAt = to
      clock = Math.max(clock ?? to, to)
      for (const source of sources) {
        const idle = clock - (source.arrivedAt ?? startedAt) >= source.settings.idleMs
        if (idle) source.watermark = Math.max(source.watermark, clock - source.settings.latenessMs)
      }
      settle()
    },
    count(settingsOfSource, time) {
      const source = sources.find((s) => s.settings === settingsOfSource)
      if (source === undefined) throw new Error(`no source ${settingsOfSource.id}`)
      source.arrivedAt = clock
      source.watermark = Math.max(source.watermark, time - source.settings.latenessMs)
      newest = Math.max(newest ?? time, time)
      settle()
    },
    finish(at) {
      watermark = Math.max(watermark, at)
    },
  }
}
