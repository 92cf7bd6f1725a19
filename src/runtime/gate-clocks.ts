/**
 * Which clock belongs to which lane of the sources: one for each partition of a source's topic, or, of recorded lines, one for each source.
 */
import { BEGINNING, type EpochMs } from '../model/time.ts'
import type { Plan, SourcePlan } from '../topology/plan.ts'
import type { Lane, RecordBatch } from './ports/log.ts'
import { type GateClock, type SourceClock, newGateClock } from './watermark.ts'

export interface GateClocks {
  /** Anew, as before the first record. */
  begin(): GateClock
  /** Undefined: the lane is of no source. */
  ofLane(clock: GateClock, lane: Lane): SourceClock | undefined
  /** Of a source's record in that partition. */
  of(clock: GateClock, source: SourcePlan, partition: number): SourceClock
  /** Lane by lane, the one whose clock is furthest behind first, so that in catch-up states do not pile up behind it. */
  inOrderOfTime(clock: GateClock, batches: readonly RecordBatch[]): readonly RecordBatch[]
}

/** `partitions`: of each source's topic, by the source's index; undefined: lines that were recorded. */
export function createGateClocks({ sources }: Plan, partitions: readonly number[] | undefined): GateClocks {
  const rules = sources.flatMap((source) =>
    partitions === undefined
      ? [source]
      : Array.from({ length: partitions[source.index] ?? 0 }, (_, partition) => ({
          ...source,
          id: `${source.id}/${partition}`,
        })),
  )
  /** Where the clocks of each source begin, by the source's index; and which source a topic is. */
  const first: number[] = []
  for (const { index } of sources)
    first[index] = index === 0 ? 0 : (first[index - 1] as number) + (partitions?.[index - 1] ?? 1)
  const sourceOfTopic = new Map(sources.map(({ topic, index }) => [topic, index]))

  function ofLane(clock: GateClock, { topic, partition }: Lane): SourceClock | undefined {
    const source = sourceOfTopic.get(topic)
    return source === undefined ? undefined : clock.sources[(first[source] as number) + partition]
  }

  return {
    begin: () => newGateClock(rules),
    ofLane,
    of: (clock, { index }, partition) =>
      clock.sources[(first[index] as number) + (partitions === undefined ? 0 : partition)] as SourceClock,
    inOrderOfTime(clock, batches) {
      const newest = (lane: Lane): EpochMs => ofLane(clock, lane)?.newest ?? BEGINNING
      const times = batches.map(newest)
      const order = batches.map((_, i) => i)
      order.sort((a, b) => (times[a] as EpochMs) - (times[b] as EpochMs) || a - b)
      return order.map((i) => batches[i] as RecordBatch)
    },
  }
}
