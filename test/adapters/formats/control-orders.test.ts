/** Orders on the control topic: they come back as they were given, and what is none is refused and never thrown. */
import { expect, test } from '@jest/globals'
import { controlOrder, decodeControlOrder } from '../../../src/adapters/formats/control-orders.ts'
import { idKeyOf } from '../../../src/model/hash.ts'
import { printOf } from '../../../src/operators/identity/name-print.ts'

const print = printOf(idKeyOf('test'), { type: 'email', value: 'ann@example.org' })
const read = (bytes: Buffer) =>
  decodeControlOrder(Buffer.concat([Buffer.from('{'), bytes]), 1, 1 + bytes.length)

test.each([
  [{ person: undefined, prints: [print] }, false],
  [{ person: print.digest, prints: [] }, true],
])('%j comes back', (of, lift) => {
  const bytes = controlOrder(of, lift)
  expect(String(bytes)).not.toContain('ann')
  expect(read(bytes)).toEqual({ kind: 'erase', of, lift })
})

test.each([
  '',
  'x',
  '[]',
  '{}',
  '{"version":2}',
  '{"version":1,"erase":{},"lift":"no"}',
  '{"version":1,"erase":{"prints":[{"place":1,"digest":"x"}]},"lift":false}',
])('%s is refused', (text) => {
  expect(read(Buffer.from(text))).toMatchObject({ kind: 'refused' })
})
