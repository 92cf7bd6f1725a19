/** Kinds of config value that more than one operator takes, as zod schemas. */
import { z } from 'zod'
import { parseDuration, type DurationMs } from './time.ts'

/** What the text of a duration looks like, for JSON Schema. */
const DURATION_PATTERN = '^[0-9]{1,9}(ms|s|m|h|d)$'

/**
 * A duration as a document says it (contracts, section 4: `500ms 5s 10m 24h 7d`), parsed to milliseconds. Anything else, of
 * whatever kind, is an issue with `params.code` `bad-duration`; one below `leastMs` is `bad-value`.
 * Chain `.describe(...)`; the metadata (default, unit) stays.
 */
export function duration(defaultText: string, leastMs: DurationMs = 0) {
  return z
    .unknown()
    .transform((value, ctx): DurationMs => {
      const ms = typeof value === 'string' ? parseDuration(value) : undefined
      if (ms !== undefined && ms >= leastMs) return ms
      const code = ms === undefined ? 'bad-duration' : 'bad-value'
      const message =
        ms === undefined
          ? `${JSON.stringify(value)} is no duration: write a number and a unit, like 500ms 5s 10m 24h 7d`
          : `${JSON.stringify(value)} is too short: at least ${leastMs}ms`
      ctx.issues.push({ code: 'custom', input: value, params: { code }, message })
      return z.NEVER
    })
    .prefault(defaultText)
    .meta({ default: defaultText, unit: 'duration', type: 'string', pattern: DURATION_PATTERN })
}
