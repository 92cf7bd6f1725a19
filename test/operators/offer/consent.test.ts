import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  allowedChannels,
  CONSENTS_MAX,
  mergeConsents,
  unsubscription,
  withConsent,
} from '../../../src/operators/offer/consent.ts'
import { type Consent, offerState } from '../../../src/operators/offer/state.ts'

/** `+marketing@09:00`, `-marketing/email@09:00`, `unsubscribed/email@09:00`: words of a person. */
function word(text: string): Consent {
  const match = /^([+-]?)(\w+)(?:\/(\w+))?@(\d+)$/.exec(text)
  if (match === null) throw new Error(text)
  const [, sign, purpose = '', channel = '', at] = match
  return purpose === 'unsubscribed'
    ? unsubscription(channel, Number(at))
    : { purpose, channel, at: Number(at), granted: sign === '+' }
}
const words = (text: string): readonly Consent[] =>
  text
    .split(' ')
    .filter(Boolean)
    .reduce<readonly Consent[]>((all, one) => withConsent(all, word(one)), [])
const channels = (consents: readonly Consent[], granted: boolean): string => {
  const allowed = allowedChannels({ ...offerState.initial(), consents }, 'marketing', granted)
  return allowed === undefined ? 'none' : ['email', 'push'].filter(allowed).join(' ')
}

describe('which channels are allowed, when silence means yes, and when it means no', () => {
  test.each([
    ['', 'email push', 'none'],
    ['-marketing@1', 'none', 'none'],
    ['+marketing@1', 'email push', 'email push'],
    ['-statistics@1', 'email push', 'none'],
    ['-marketing@1 +marketing@2', 'email push', 'email push'],
    ['+marketing@2 -marketing@1', 'email push', 'email push'],
    ['+marketing@2 -marketing@2', 'none', 'none'],
    ['-marketing@2 +marketing@2', 'none', 'none'],
    ['-marketing/email@1', 'push', 'none'],
    ['-marketing/email@1 +marketing@2', 'push', 'push'],
    ['+marketing/email@1', 'email push', 'email'],
    ['-marketing@1 +marketing/email@2', 'none', 'none'],
    ['unsubscribed@1', 'none', 'none'],
    ['unsubscribed/email@1', 'push', 'none'],
    ['unsubscribed/email@1 +marketing/email@2', 'email push', 'email'],
    ['unsubscribed/email@3 +marketing/email@2', 'push', ''],
    ['unsubscribed@1 +marketing@2', 'email push', 'email push'],
  ])('%s: %s, %s', (said, silenceIsYes, silenceIsNo) => {
    expect(channels(words(said), true)).toBe(silenceIsYes)
    expect(channels(words(said), false)).toBe(silenceIsNo)
  })
})

describe('two people who become one', () => {
  test.each([
    ['-marketing@1', '+marketing@5', 'none'],
    ['-marketing@1 +marketing@2', '+marketing@5', 'email push'],
    ['-marketing@1', '', 'none'],
    ['unsubscribed/email@1', '+marketing/email@5', 'push'],
    ['unsubscribed/email@1 +marketing/email@2', '+marketing/email@5', 'email push'],
    ['unsubscribed@1', '+marketing@5', 'none'],
  ])('%s and %s: %s', (a, b, expected) => {
    expect(channels(mergeConsents(words(a), words(b)), true)).toBe(expected)
    expect(channels(mergeConsents(words(b), words(a)), true)).toBe(expected)
  })

  test('a grant between the two words does not lift the refusal, one after both does', () => {
    const merged = mergeConsents(words('-marketing@1'), words('+marketing@5'))
    expect(channels(withConsent(merged, word('+marketing@3')), true)).toBe('none')
    expect(channels(withConsent(merged, word('+marketing@6')), true)).toBe('email push')
  })
})

const consent = fc
  .record({
    purpose: fc.constantFrom('', 'marketing', 'statistics'),
    channel: fc.constantFrom('', 'email', 'push'),
    at: fc.integer({ min: 0, max: 5 }),
    granted: fc.boolean(),
  })
  .map((one): Consent => (one.purpose === '' ? { ...one, granted: false } : one))
const said = fc.array(consent, { maxLength: 6 })
const fold = (all: readonly Consent[]): readonly Consent[] => all.reduce<readonly Consent[]>(withConsent, [])

test('words in any order, and people in any order, end equal', () => {
  fc.assert(fc.property(said, (all) => expect(fold([...all].reverse())).toEqual(fold(all))))
  fc.assert(
    fc.property(said, said, said, (a, b, c) => {
      const [x, y, z] = [fold(a), fold(b), fold(c)]
      expect(mergeConsents(y, x)).toEqual(mergeConsents(x, y))
      expect(mergeConsents(mergeConsents(x, y), z)).toEqual(mergeConsents(x, mergeConsents(y, z)))
      expect(channels(mergeConsents(x, []), true)).toBe(channels(x, true))
    }),
    { numRuns: 500 },
  )
})

test('past the limit no refusal is lost to a grant', () => {
  const many = Array.from({ length: CONSENTS_MAX }, (_, i) => `+p${i}@${i + 10}`).join(' ')
  const all = words(`-marketing@1 ${many} unsubscribed/email@2`)
  expect(all).toHaveLength(CONSENTS_MAX)
  expect(channels(all, true)).toBe('none')
})
