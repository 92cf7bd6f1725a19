/** The bytes of what is remembered: those of older versions are read for ever. */
import { expect, test } from '@jest/globals'
import { ByteReader } from '../../../src/model/bytes.ts'
import { offerState } from '../../../src/operators/offer/state.ts'
import { encoded, event } from '../../support/given.ts'
import { entry, fired, givenOffers, known } from './table.ts'

test('a state of version 1', () => {
  // Written by version 1: an address, a sent offer, a decision that waits.
  const bytes = Buffer.from(
    '000001c0e989a0be670355544301c0e989a0be6702646100000105656d61696c07656d61696c2d31000180eea8aabe672037323661336165333761386139616439643432336435653033616133306138380178046361727401026b31056b696f736b80eea8aabe6780dedbfcbe6700017001203566303936616337363162303638326439353262616161666238343964386262046361727410636172742d6162616e646f6e6d656e7401026b32070207747269676765720510636172742d6162616e646f6e6d656e7408696e7374616e636505026b320080c9e6d1be6780b0b5f2be67',
    'hex',
  )
  const state = offerState.decode(new ByteReader(bytes), 1)
  const chain = givenOffers(
    { offers: [entry('x')], quietHours: { from: '22:00', to: '08:00' } },
    { person: 'p' },
  ).when(
    known('08:00', 'email'),
    event('08:01 page.viewed', {}, { context: { timezone: 'UTC', locale: 'da' } }),
    fired('11:00 cart k1', { value: 3 }),
    fired('22:30 cart k2'),
  )
  expect(state).toStrictEqual(chain.now())
  expect(encoded(offerState, state)).not.toEqual(bytes)
})

test('of a newer version nothing is guessed', () => {
  expect(() => offerState.decode(new ByteReader(Buffer.alloc(9)), 99)).toThrow(/version 99/)
})
