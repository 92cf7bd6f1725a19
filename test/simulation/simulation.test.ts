/** Workload, checkers and comparison against each other: what is right passes, and each kind of wrong is seen. */
import { describe, expect, test } from '@jest/globals'
import { checkInvariants } from './checkers.ts'
import { compare } from './compare.ts'
import { oracle, type OutputRecord } from './oracle.ts'
import { objectOf } from './oracle/settings.ts'
import { prngOf } from './prng.ts'
import { survey } from './survey.ts'
import { workloadOf } from './workload.ts'
import { outcomesOfSeed } from './world-seed.ts'

const runOf = (seed: number) => {
  const { document, lines, until } = workloadOf(seed)
  return { document, lines, result: oracle(document, lines, until === undefined ? {} : { until }) }
}

/** The first seed whose output has what a test needs. */
function seedWith(fits: (records: readonly OutputRecord[]) => boolean) {
  for (let seed = 1; seed < 200; seed++) {
    const run = runOf(seed)
    if (fits(run.result.records)) return { ...run, records: run.result.records }
  }
  throw new Error('no such seed')
}

const isA = (type: string) => (record: OutputRecord) => record.value['type'] === type

/** The same output with other ids, as the product would have them. */
function relabelled(records: readonly OutputRecord[]): readonly OutputRecord[] {
  const text = JSON.stringify(records).replaceAll(
    /"(person|shared):([^"]+)"/g,
    (_all, kind: string, value: string) => JSON.stringify(`${kind}-${Buffer.from(value).toString('hex')}`),
  )
  return JSON.parse(text) as OutputRecord[]
}

test('chance is the same from the same seed, and not from another one', () => {
  const draw = (seed: number) =>
    Array.from({ length: 5 }, (_, i) => [prngOf(seed), i] as const).map(([p]) => p.u32())
  expect(draw(1)).toEqual(draw(1))
  expect(draw(1)).not.toEqual(draw(2))
  expect(workloadOf(7)).toEqual(workloadOf(7))
})

describe('the oracle over drawn workloads', () => {
  test('breaks no invariant and equals itself', () => {
    for (let seed = 1; seed <= 60; seed++) {
      const { document, lines, result } = runOf(seed)
      const counts = {
        processed: result.summary.processed,
        duplicates: result.summary.duplicates,
        dropped: result.summary.dropped,
      }
      expect([seed, checkInvariants({ document, lines, records: result.records, counts })]).toEqual([
        seed,
        [],
      ])
      expect([seed, compare(document, result.records, result.records)]).toEqual([seed, []])
    }
  })

  test('goes where the rules are', () => {
    const { table } = survey(60, () => 0)
    const percent = (what: string) => table.find((row) => row.what === what)?.percent ?? 0
    for (const what of ['merges', 'sessions', 'triggers', 'offers', 'ambiguous']) {
      expect([what, percent(what) >= 40]).toEqual([what, true])
    }
    for (const what of [
      'zones',
      'duplicates',
      'late',
      'sessionLate',
      'retracted',
      'revoked',
      'held',
      'dead_letters time-ahead',
    ]) {
      expect([what, percent(what) > 0]).toEqual([what, true])
    }
  })
})

/** Each kind of what can happen, as `npm run simulate` counts it under `outcomes`. */
const COVERED = [
  ...[
    'completed',
    'answered',
    'silent',
    'been',
    'no-date',
    'timeout',
    'bought',
    'exited',
    'reentered',
    'left',
    'kept',
  ].map((outcome) => `journey ${outcome}`),
  ...['again', 'gift', 'discount', 'variant'].map((what) => `offer ${what}`),
  ...['email', 'push', 'sms', 'kiosk', 'onsite', 'store', 'call', 'seller'].map(
    (channel) => `offer on ${channel}`,
  ),
  ...['emitted', 'none', 'held', 'holdout'].map((outcome) => `decision ${outcome}`),
  ...['capped', 'duplicate', 'expired', 'no-consent', 'no-channel', 'quiet-hours', 'retracted'].map(
    (reason) => `rejected ${reason}`,
  ),
  ...['offer.accepted', 'offer.declined', 'offer.failed'].map((type) => `told ${type}`),
  ...['cart-abandonment', 'late-arrival', 'behaviour', 'path', 'price-watch'].map((kind) => `fired ${kind}`),
  'order to erase',
  'order to lift',
  'person.erased',
  'path.noted',
  'offer.revoked',
  'zone.entered',
  'zone.left',
  'segment.entered',
  'segment.left',
  'lead.warmed',
  'brief told',
]

test('whatever can happen does', async () => {
  const missing = new Set(COVERED)
  for (let seed = 1; seed <= 200 && missing.size > 0; seed++)
    for (const name of Object.keys(await outcomesOfSeed(seed))) missing.delete(name)
  expect([...missing]).toEqual([])
}, 600_000)

describe('the comparison', () => {
  test('follows people through other ids', () => {
    const { document, records } = seedWith(
      (rs) => rs.some(isA('identity.merged')) && rs.every((r) => r.value['type'] !== 'decision.made'),
    )
    const isIdentity = (r: OutputRecord) => String(r.value['type']).startsWith('identity.')
    const product = relabelled(records)
    const moved = [...product.filter(isIdentity), ...product.filter((r) => !isIdentity(r)).toReversed()]
    expect(product).not.toEqual(records)
    expect(compare(document, moved, records)).toEqual([])
  })

  test.each(['trigger.fired', 'session.closed', 'offer.emitted', 'decision.made', 'identity.merged'])(
    'sees that a %s is missing',
    (type) => {
      const { document, records } = seedWith((rs) => rs.some(isA(type)))
      const place = records.findIndex(isA(type))
      expect(compare(document, records.toSpliced(place, 1), records)).not.toEqual([])
    },
  )

  test('sees another value', () => {
    const { document, records } = seedWith((rs) => rs.some(isA('session.closed')))
    const place = records.findIndex(isA('session.closed'))
    const record = records[place] as OutputRecord
    const data = { ...objectOf(record.value['data']), events: 99 }
    const wrong = records.with(place, { ...record, value: { ...record.value, data } })
    expect(compare(document, wrong, records)).toHaveLength(2)
  })
})

describe('the checkers', () => {
  const offerSeed = () => seedWith((rs) => rs.some(isA('offer.emitted')))

  test('see a second offer of one decision', () => {
    const { document, lines, records } = offerSeed()
    const offer = records.find(isA('offer.emitted')) as OutputRecord
    const found = checkInvariants({ document, lines, records: [...records, offer] })
    expect(found.join('\n')).toMatch(/one offer per decision/)
  })

  test('see an offer to someone held out', () => {
    const { document, lines, records } = offerSeed()
    const held = records.map((r) =>
      isA('decision.made')(r)
        ? { ...r, value: { ...r.value, data: { ...objectOf(r.value['data']), outcome: 'holdout' } } }
        : r,
    )
    const found = checkInvariants({
      document,
      lines,
      records: [...held, ...records.filter(isA('offer.emitted'))],
    })
    expect(found.join('\n')).toMatch(/held-out people get none/)
  })

  test('see an input that got lost', () => {
    const { document, lines, result } = runOf(1)
    const counts = {
      processed: result.summary.processed - 1,
      duplicates: result.summary.duplicates,
      dropped: result.summary.dropped,
    }
    const found = checkInvariants({ document, lines, records: result.records, counts })
    expect(found.join('\n')).toMatch(/every input ends once/)
  })

  test('see more offers than a cap allows', () => {
    const { document, lines, records } = offerSeed()
    const operators = (document['operators'] as readonly Record<string, unknown>[]).map((o) =>
      o['type'] === 'offer'
        ? { ...o, config: { ...objectOf(o['config']), caps: [{ max: 0, per: '1h' }] } }
        : o,
    )
    const found = checkInvariants({ document: { ...document, operators }, lines, records })
    expect(found.join('\n')).toMatch(/caps hold/)
  })
})
