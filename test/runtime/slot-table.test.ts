/** A number that stands in stored bytes means the same operator and version for ever. */
import { describe, expect, test } from '@jest/globals'
import { ByteReader, ByteWriter } from '../../src/model/bytes.ts'
import { UsageError } from '../../src/model/errors.ts'
import { decodeSlotEntries, encodeSlotTable, slotTable } from '../../src/runtime/slot-table.ts'
import { journal, slot, tally } from './journal.ts'

const j = slot(0, 'j', journal)
const t = slot(1, 't', tally)
const newer = slot(0, 'j', { ...journal, state: { ...journal.state, version: 2 } })

describe('slotTable', () => {
  test('numbers new operators in the order of the plan', () => {
    const table = slotTable([j, t], [])
    expect([table.numberOf, table.slotOf.map((one) => one?.id)]).toEqual([
      [0, 1],
      ['j', 't'],
    ])
  })

  test('gives everything stored the number it had, whatever the plan says first', () => {
    const { entries } = slotTable([j, t], [])
    const first = slot(0, 't', tally)
    const second = slot(1, 'j', journal)
    expect(slotTable([first, second], entries).numberOf).toEqual([1, 0])
  })

  test('a new version gets a number of its own, and reads what the old one wrote', () => {
    const { entries } = slotTable([j, t], [])
    const table = slotTable([newer, t], entries)
    expect(table.numberOf).toEqual([2, 1])
    expect(table.slotOf.map((one) => one?.id)).toEqual(['j', 't', 'j'])
    expect(table.entries.map(({ version }) => version)).toEqual([1, 1, 2])
  })

  test('an operator that is gone leaves its number behind, unused, and finds it when it comes back', () => {
    const { entries } = slotTable([j, t], [])
    const without = slotTable([slot(0, 't', tally)], entries)
    expect(without.slotOf.map((one) => one?.id)).toEqual([undefined, 't'])
    expect(slotTable([j, t], without.entries).numberOf).toEqual([0, 1])
  })

  test('an id with another type is refused, with a hint', () => {
    const { entries } = slotTable([j], [])
    expect(() => slotTable([slot(0, 'j', tally)], entries)).toThrow(UsageError)
    expect(() => slotTable([slot(0, 'j', tally)], entries)).toThrow(/"j" is tally, .* that of journal/)
  })

  test('comes back from its bytes', () => {
    const table = slotTable([newer, t], slotTable([j], []).entries)
    const writer = new ByteWriter()
    encodeSlotTable(table, writer)
    expect(decodeSlotEntries(new ByteReader(writer.copy()))).toEqual(table.entries)
  })
})
