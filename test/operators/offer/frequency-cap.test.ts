import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../src/model/time.ts'
import type { Draft } from '../../../src/model/event.ts'
import { event, time } from '../../support/given.ts'
import { entry, expectTold, fired, givenOffers, known } from './table.ts'

/** Each line: time of the trigger (a cart of its own each), and the outcome. */
function cappedTable(
  caps: readonly object[],
  table: string,
  channels: readonly string[] = ['email', 'kiosk'],
): void {
  const rows = table
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
    .map((line) => line.split(' '))
  const triggers = rows.map(([at = ''], i) => fired(`${at} cart k${i}`))
  const chain = givenOffers({ offers: [entry('x', { channels })], caps }).when(
    known('00:00', 'email'),
    ...triggers,
  )
  expectTold(
    chain.emitted(),
    rows
      .map(
        ([at, outcome = '']) => `${at} ${outcome === 'capped' ? 'none: x=capped' : `emitted x@${outcome}`}`,
      )
      .join('\n'),
  )
}

describe('caps', () => {
  test('one a day: the left border is free again', () => {
    cappedTable(
      [{ max: 1, per: '24h' }],
      `
      11:00 email
      23:00 capped
      1d10:59 capped
      1d11:00 email`,
    )
  })

  test('decided out of order: a later one that is there already counts', () => {
    cappedTable(
      [{ max: 2, per: '60m' }],
      `
      11:00 email
      11:50 email
      11:30 capped
      10:49 email
      10:50:30 capped
      12:00 email`,
    )
  })

  test('a channel that is capped gives way to the next', () => {
    cappedTable(
      [
        { max: 1, per: '60m', channel: 'email' },
        { max: 3, per: '60m' },
      ],
      `
      11:00 email
      11:10 kiosk
      11:20 kiosk
      11:30 capped
      12:00 email`,
    )
  })

  test('none at all', () => {
    cappedTable([{ max: 0, per: '60m' }], '11:00 capped')
    cappedTable([{ max: 0, per: '60m', channel: 'email' }], '11:00 kiosk')
  })

  test('a revoked offer counts, a held-out one does not', () => {
    const caps = [{ max: 1, per: '24h' }]
    const back = event(
      '11:10 trigger.retracted',
      { instance: 'k1' },
      { source: 'cart', cause: { source: 'web', id: 'e' } },
    )
    expectTold(
      givenOffers({ offers: [entry('x')], caps })
        .when(fired('11:00 cart k1'), back, fired('11:20 cart k2'))
        .emitted(),
      `
      11:00 emitted x@kiosk
      11:10 revoked retracted
      11:20 none: x=capped`,
    )
    expectTold(
      givenOffers({ offers: [entry('x')], caps, holdout: { percent: 100 } })
        .when(fired('11:00 cart k1'), fired('11:20 cart k2'))
        .emitted(),
      `
      11:00 holdout x: x=holdout
      11:20 holdout x: x=holdout`,
    )
  })

  test('what no cap counts and no life needs is let go', () => {
    const chain = givenOffers({
      offers: [entry('x', { expires: '1h' })],
      caps: [{ max: 9, per: '2h' }],
    }).when(fired('08:00 cart a'), fired('09:30 cart b'), fired('10:00 cart c'))
    expect(chain.now().sent).toHaveLength(3)
    expect(chain.at('10:30').when(fired('10:30 cart d')).now().sent).toHaveLength(3)
    expect(chain.at('1d10:30').when(fired('1d10:30 cart e')).now().sent).toHaveLength(1)
  })

  test('a slow source holds decisions far below the newest offer: what they need is kept', () => {
    const drafts = givenOffers({ offers: [entry('x', { expires: '10m' })], caps: [{ max: 1, per: '1h' }] })
      .at('01:35')
      .when(fired('01:30 cart a'), fired('12:00 cart b'), fired('01:40 cart c'))
      .emitted()
    expectTold(
      drafts,
      `
      01:30 emitted x@kiosk
      12:00 emitted x@kiosk
      01:40 none: x=capped`,
    )
  })
})

const CAPS = [
  { max: 1, per: '20m', channel: 'push' },
  { max: 2, per: '60m', channel: 'email' },
  { max: 4, per: '3h' },
]
const SPANS: readonly (readonly [string | undefined, number, number])[] = [
  ['push', 1, 20 * MINUTE_MS],
  ['email', 2, HOUR_MS],
  [undefined, 4, 3 * HOUR_MS],
]

function expectCapsHold(drafts: readonly Draft[]): void {
  const emitted = drafts
    .filter(({ type }) => type === 'offer.emitted')
    .map((draft) => ({ time: draft.time ?? 0, channel: draft.data['channel'] }))
  for (const [channel, max, per] of SPANS) {
    const times = emitted
      .filter((one) => channel === undefined || one.channel === channel)
      .map(({ time }) => time)
    for (const end of times)
      expect(times.filter((time) => time <= end && time > end - per).length).toBeLessThanOrEqual(max)
  }
}

const minutes = fc.array(fc.integer({ min: 0, max: 600 }), { maxLength: 40 })
const START = time('00:00')
/** In order of time but for the lateness, as triggers come. */
const nearlySorted = (times: readonly number[]): readonly number[] =>
  [...times].sort((a, b) => Math.floor(a / 10) - Math.floor(b / 10))
const triggers = (times: readonly number[], name: string) =>
  nearlySorted(times).map((minute, i) => {
    const at = START + minute * MINUTE_MS
    return { ...fired(`00:00 cart ${name}${i}`), time: at }
  })

test('caps hold in every sliding window, for one person and through a merge', () => {
  const config = {
    offers: [entry('x', { channels: ['push', 'email', 'kiosk'] })],
    caps: CAPS,
    quietHours: { from: '03:00', to: '04:10' },
  }
  fc.assert(
    fc.property(minutes, minutes, minutes, (mine, theirs, after) => {
      const a = givenOffers(config, { person: 'a' }).when(
        known('00:00', 'email', 'push_token'),
        ...triggers(mine, 'a'),
      )
      const b = givenOffers(config, { person: 'b' }).when(
        known('00:00', 'email', 'push_token'),
        ...triggers(theirs, 'b'),
      )
      expectCapsHold(a.emitted())
      expectCapsHold(b.emitted())
      const before = a.emitted().length
      a.merges(b, '12:00')
        .when(
          ...triggers(
            after.map((minute) => minute + 720),
            'c',
          ),
        )
        .timePasses(START + 2 * DAY_MS)
      expectCapsHold(a.emitted().slice(before))
      // A merge of two people who have each used a cap is past it already: nothing more is emitted into a window that is full.
      const emitted = (drafts: readonly Draft[]) =>
        drafts.filter(({ type }) => type === 'offer.emitted').map(({ time = 0 }) => time)
      const old = [...emitted(a.emitted().slice(0, before)), ...emitted(b.emitted())]
      const fresh = emitted(a.emitted().slice(before))
      for (const time of fresh)
        expect(
          [...old, ...fresh].filter((other) => other <= time && other > time - 3 * HOUR_MS).length,
        ).toBeLessThanOrEqual(4)
    }),
    { numRuns: 30 },
  )
})
