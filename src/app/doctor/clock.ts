/** Whether a server's clock and this machine's agree. Event time decides what comes out; the machine's clock when silence is idleness. */
import { type DurationMs, formatDuration, SECOND_MS } from '../../model/time.ts'
import type { Checked } from '../checked.ts'

/** Log timestamps are compared with this machine's clock where a source is silent: `idle` is tens of seconds. */
const WARNING_MS: DurationMs = 2 * SECOND_MS
const ERROR_MS: DurationMs = 10 * SECOND_MS

/** `aheadMs`: by how much the server's clock is ahead; undefined: it does not say. */
export function clockFindings(about: string, aheadMs: DurationMs | undefined): readonly Checked[] {
  const skew = Math.abs(aheadMs ?? 0)
  if (aheadMs === undefined || skew < WARNING_MS) return []
  const direction = aheadMs < 0 ? 'behind' : 'ahead of'
  const message = `its clock is ${formatDuration(Math.round(skew / SECOND_MS) * SECOND_MS)} ${direction} this machine's`
  const hint =
    'let both follow a time server (chrony, systemd-timesyncd): else silent sources hold time back, or let it go too early'
  return [{ level: skew < ERROR_MS ? 'warning' : 'error', code: 'clock-skew', about, message, hint }]
}
