/**
 * Numbers for operators in stored states: a person's bytes say `3`, not `abandoned-carts`, and the table, kept in the task's
 * own record, says what 3 was when they were written. A number is never given twice.
 */
import type { ByteReader, ByteWriter } from '../model/bytes.ts'
import { UsageError } from '../model/errors.ts'
import type { Slot } from '../topology/plan.ts'

interface TableEntry {
  readonly id: string
  readonly type: string
  readonly version: number
}

export interface SlotTable {
  readonly entries: readonly TableEntry[]
  /** Number of each present slot, by slot index. */
  readonly numberOf: readonly number[]
  /** Present slot of each number; undefined: the operator is gone, and its state with it. */
  readonly slotOf: readonly (Slot | undefined)[]
}

/**
 * The table of a plan, continuing a stored one.
 * @throws UsageError when an id is there with another type: its states would be read as something else.
 */
export function slotTable(slots: readonly Slot[], stored: readonly TableEntry[]): SlotTable {
  const entries = [...stored]
  const numberOf = slots.map(({ id, operator }) => {
    const other = stored.find((entry) => entry.id === id && entry.type !== operator.type)
    if (other !== undefined) {
      throw new UsageError(
        `operator "${id}" is ${operator.type}, but its stored state is that of ${other.type}`,
        'give the new operator an id of its own',
      )
    }
    const found = entries.findIndex((entry) => entry.id === id && entry.version === operator.state.version)
    return found >= 0 ? found : entries.push({ id, type: operator.type, version: operator.state.version }) - 1
  })
  const slotOf = entries.map((entry) =>
    slots.find((slot) => slot.id === entry.id && slot.operator.type === entry.type),
  )
  return { entries, numberOf, slotOf }
}

export function encodeSlotTable(table: SlotTable, writer: ByteWriter): void {
  writer.uint(table.entries.length)
  for (const { id, type, version } of table.entries) {
    writer.text(id)
    writer.text(type)
    writer.uint(version)
  }
}

export function decodeSlotEntries(reader: ByteReader): readonly TableEntry[] {
  const entries: TableEntry[] = []
  for (let left = reader.uint(); left > 0; left--)
    entries.push({ id: reader.text(), type: reader.text(), version: reader.uint() })
  return entries
}
