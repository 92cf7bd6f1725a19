/** What geofence remembers, in bytes of the version before places could move. */
import { expect, test } from '@jest/globals'
import { ByteReader, ByteWriter } from '../../../src/model/bytes.ts'
import { encodeTimes } from '../../../src/model/rising-times.ts'
import { geofenceState } from '../../../src/operators/geofence/state.ts'

test('version 1 is read: no watch, and readings without coordinates', () => {
  const writer = new ByteWriter()
  writer.byte(3)
  writer.int(5000)
  writer.int(7001)
  writer.uint(2)
  for (const place of ['mill', 'shop']) writer.text(place)
  writer.uint(1)
  writer.uint(0)
  writer.int(4000)
  writer.uint(1)
  writer.uint(1)
  writer.bool(true)
  writer.int(4000)
  encodeTimes([5000], writer)
  writer.uint(1)
  writer.int(7000)
  writer.uint(0)
  writer.value(12)
  writer.uint(1)
  writer.uint(1)
  writer.uint(0)
  const reader = new ByteReader(writer.copy())
  expect(geofenceState.decode(reader, 1)).toEqual({
    decidedAt: 5000,
    armed: 7001,
    stays: [{ place: 'mill', since: 4000 }],
    approaches: [{ place: 'shop', brokenAt: 4000, times: [5000] }],
    waiting: [{ at: 7000, accuracyM: 12, within: ['shop'], about: 'all', point: undefined }],
    watch: undefined,
  })
  expect(reader.done).toBe(true)
  expect(() => geofenceState.decode(reader, 3)).toThrow('version 3')
})
