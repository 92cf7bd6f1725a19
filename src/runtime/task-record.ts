/** The record that a task keeps of itself among its states, read by whoever looks on from outside: what time it is, whose numbers are whose. */
import { ByteReader } from '../model/bytes.ts'
import { knownVersion } from '../model/errors.ts'
import type { EpochMs } from '../model/time.ts'
import type { Slot } from '../topology/plan.ts'
import { decodeCounts } from './ports/observer.ts'
import { Positions } from './positions.ts'
import { decodeSlotEntries, type SlotTable, slotTable } from './slot-table.ts'

/** Of the task's own record: version, positions, counts, then what the stage writes. */
export const RECORD_VERSION = 1

/** @throws AdapterError `newer-version` */
function stagePart(record: Buffer): ByteReader {
  const reader = new ByteReader(record)
  knownVersion('the record of a task', reader.byte(), RECORD_VERSION)
  new Positions([]).decode(reader)
  decodeCounts(reader)
  return reader
}

/** Of the gate's record: the watermark of everything, as it was committed last. */
export function gateWatermark(record: Buffer): EpochMs {
  const reader = stagePart(record)
  reader.int() // the machine's clock
  return reader.int()
}

/** Of the gate's record: the clock of each source partition (of a recording: of each source). */
export interface ToldClock {
  readonly source: string
  /** BEGINNING: nothing came yet. */
  readonly newest: EpochMs
  readonly watermark: EpochMs
}

/** The one that holds time back, as it was committed last; undefined: there is no source. */
export function gateHolder(record: Buffer): ToldClock | undefined {
  const reader = stagePart(record)
  reader.int() // the machine's clock
  reader.int()
  let holder: ToldClock | undefined
  for (let left = reader.uint(); left > 0; left--) {
    const source = reader.text()
    const newest = reader.int()
    reader.int() // when it spoke last
    const watermark = reader.int()
    if (holder === undefined || watermark < holder.watermark) holder = { source, newest, watermark }
  }
  return holder
}

/** Of a profile task's record: its watermark, and by which numbers its states name the operators. */
export function profileRecord(
  record: Buffer,
  slots: readonly Slot[],
): { readonly watermark: EpochMs; readonly table: SlotTable } {
  const reader = stagePart(record)
  const watermark = reader.int()
  return { watermark, table: slotTable(slots, decodeSlotEntries(reader)) }
}
