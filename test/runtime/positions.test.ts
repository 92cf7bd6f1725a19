/** Where a task stands: by lane, told only of lanes that were read, and back from its bytes as it was. */
import { expect, test } from '@jest/globals'
import { ByteReader, ByteWriter } from '../../src/model/bytes.ts'
import { EARLIEST } from '../../src/runtime/ports/log.ts'
import { Positions } from '../../src/runtime/positions.ts'

const A = { topic: 'web', partition: 0 }
const B = { topic: 'web', partition: 1 }
const C = { topic: 'trips', partition: 0 }

test('lanes begin wherever their log does, and only what was consumed moves them', () => {
  const positions = new Positions([A, B, C])
  expect(positions.all().map(({ offset }) => offset)).toEqual([EARLIEST, EARLIEST, EARLIEST])
  expect([positions.known(), positions.moved]).toEqual([[], false])
  positions.advance(B, 5)
  expect([positions.known(), positions.moved]).toEqual([[{ ...B, offset: 5 }], true])
})

test('markers are passed without a commit of their own, and never backwards', () => {
  const positions = new Positions([A])
  positions.advance(A, 5)
  positions.settle()
  positions.skip(A, 7)
  positions.skip(A, 6)
  expect([positions.of(A), positions.moved]).toEqual([7, false])
})

test('they come back from their bytes; new lanes begin, and one that was no input for a while goes on where it was', () => {
  const before = new Positions([A, B])
  before.advance(A, 3)
  before.advance(B, 2 ** 40)
  const writer = new ByteWriter()
  before.encode(writer)
  const after = new Positions([B, C])
  after.decode(new ByteReader(writer.copy()))
  expect(after.all()).toEqual([
    { ...B, offset: 2 ** 40 },
    { ...C, offset: EARLIEST },
  ])
  expect(after.moved).toBe(false)
  after.encode((writer.reset(), writer))
  const again = new Positions([A])
  again.decode(new ByteReader(writer.copy()))
  expect(again.all()).toEqual([{ ...A, offset: 3 }])
})
