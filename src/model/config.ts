/** Kinds of config value that more than one operator takes, as zod schemas. */
import { z } from 'zod'
import { parseDuration, type DurationMs } from './time.ts'

/** What the text of a duration looks like, for JSON Schema. */
const DURATION_PATTERN = '^[0-9]{1,9}(ms|s|m|h|d)$'

/** A value of a document to milliseconds; what is no duration, or shorter than `leastMs`, is an issue. */
const toMs =
  (leastMs: DurationMs) =>
  (value: unknown, ctx: z.RefinementCtx): DurationMs => {
    const ms = typeof value === 'string' ? parseDuration(value) : undefined
    if (ms !== undefined && ms >= leastMs) return ms
    const code = ms === undefined ? 'bad-duration' : 'bad-value'
    const message =
      ms === undefined
        ? `${JSON.stringify(value)} is no duration: write a number and a unit, like 500ms 5s 10m 24h 7d`
        : `${JSON.stringify(value)} is too short: at least ${leastMs}ms`
    ctx.issues.push({ code: 'custom', input: value, params: { code }, message })
    return z.NEVER
  }

const META = { unit: 'duration', type: 'string', pattern: DURATION_PATTERN }

/**
 * A duration as a document says it (contracts, section 4: `500ms 5s 10m 24h 7d`), parsed to milliseconds. Anything else, of
 * whatever kind, is an issue with `params.code` `bad-duration`; one below `leastMs` is `bad-value`.
 * Chain `.describe(...)`; the metadata (default, unit) stays.
 */
export function duration(defaultText: string, leastMs: DurationMs = 0) {
  return z
    .unknown()
    .transform(toMs(leastMs))
    .prefault(defaultText)
    .meta({ default: defaultText, ...META })
}

/** The same without a default: missing is an issue, unless `.optional()` is chained. */
export const span = (leastMs: DurationMs = 0) => z.string().transform(toMs(leastMs)).meta(META)
