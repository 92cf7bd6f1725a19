/** The Observer port: facts about the runtime, for metrics, summaries, logs and checkers. Never asked for anything. */
import type { ByteReader, ByteWriter } from '../../model/bytes.ts'
import type { EpochMs } from '../../model/time.ts'

export type Observation =
  /** Counts of a committed transaction. */
  | {
      readonly kind: 'committed'
      readonly task: string
      readonly counts: Counts
      readonly watermark: EpochMs
    }
  | { readonly kind: 'opened'; readonly task: string; readonly rebuilt: boolean; readonly restored: number }
  | { readonly kind: 'closed'; readonly task: string; readonly reason: string }

/** What one commit did. Plain fields: counted in the fold, read after the commit. */
export interface Counts {
  events: number
  blanks: number
  late: number
  deadLetters: Map<string, number>
  /** Persons created minus persons absorbed. */
  people: number
  merges: number
  processed: number
  duplicates: number
  operatorLate: number
  sessions: number
  triggers: number
  retracted: number
  offers: number
  revoked: number
  decisions: number
  /** Final decisions `none` or `holdout`, by the reason of the highest-priority candidate. */
  suppressed: Map<string, number>
  timersFired: number
}

export type Observer = (observation: Observation) => void

export function newCounts(): Counts {
  return {
    events: 0,
    blanks: 0,
    late: 0,
    deadLetters: new Map(),
    people: 0,
    merges: 0,
    processed: 0,
    duplicates: 0,
    operatorLate: 0,
    sessions: 0,
    triggers: 0,
    retracted: 0,
    offers: 0,
    revoked: 0,
    decisions: 0,
    suppressed: new Map(),
    timersFired: 0,
  }
}

/** Adds what one commit did to a running total. */
export function addCounts(total: Counts, more: Counts): void {
  for (const key of Object.keys(more) as (keyof Counts)[]) {
    const value = more[key]
    if (typeof value === 'number') (total[key] as number) += value
    else
      for (const [reason, n] of value)
        (total[key] as Map<string, number>).set(
          reason,
          ((total[key] as Map<string, number>).get(reason) ?? 0) + n,
        )
  }
}

export function encodeCounts(counts: Counts, writer: ByteWriter): void {
  const plain: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(counts))
    plain[key] = typeof value === 'number' ? value : Object.fromEntries(value)
  writer.value(plain)
}

export function decodeCounts(reader: ByteReader): Counts {
  const counts = newCounts()
  const plain = reader.value() as Record<string, number | Record<string, number>>
  for (const key of Object.keys(counts) as (keyof Counts)[]) {
    const value = plain[key]
    if (typeof value === 'number') (counts[key] as number) = value
    else if (value !== undefined) (counts[key] as Map<string, number>) = new Map(Object.entries(value))
  }
  return counts
}
