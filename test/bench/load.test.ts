/** The load of the bench: the same bytes every time, and what bench/README.md says of it. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import avsc from 'avsc'
import { Load, type LoadedRecord, type LoadOptions } from '../../bench/load.ts'
import { Random } from '../../bench/load/random.ts'
import { ABANDONED_MS, createRecentAdds } from '../../bench/load/recent-adds.ts'
import { ADDED, CHECKOUT, ORDERED, type Planned, type Visit, Visits } from '../../bench/load/visits.ts'

const OPTIONS: LoadOptions = { seed: 1, users: 1000, partitions: 4, schemaId: 7 }
const schema = avsc.Type.forSchema(
  JSON.parse(readFileSync(new URL('../../bench/load/event.avsc', import.meta.url), 'utf8')) as avsc.Schema,
)

interface Decoded {
  readonly id: string
  readonly time: number
  readonly type: string
  readonly identifiers: readonly { readonly type: string; readonly value: string }[]
}

test('the row of random numbers is that of splitmix64', () => {
  const random = new Random(0)
  random.draw()
  expect([random.hi >>> 0, random.lo >>> 0]).toEqual([0xe220a839, 0x7b1dcdaf])
  random.draw()
  expect([random.hi >>> 0, random.lo >>> 0]).toEqual([0x6e789e6a, 0xa1b965f4])
})

const digest = (options: LoadOptions): string => {
  const hash = createHash('sha256')
  const load = new Load(options)
  for (const events of [3000, 2000])
    for (const { partition, key, value } of load.phase(events))
      hash.update(`${partition}`).update(key).update(value)
  return hash.digest('hex')
}

test('same settings, same bytes; another seed, others', () => {
  expect(digest(OPTIONS)).toBe(digest({ ...OPTIONS }))
  expect(digest(OPTIONS)).not.toBe(digest({ ...OPTIONS, seed: 2 }))
})

test('a phase has exactly its events and a bell on every partition', () => {
  const load = new Load(OPTIONS)
  for (const events of [5000, 1234]) {
    const records = [...load.phase(events)].map(({ partition, facts }) => ({ partition, facts }))
    expect(records).toHaveLength(events + 4)
    expect(records.slice(-4).map(({ partition }) => partition)).toEqual([0, 1, 2, 3])
  }
})

test('values are what the facts say, but for one in a thousand, which cannot be decoded', () => {
  let spoilt = 0
  const wrong: unknown[] = []
  for (const { value, facts } of new Load(OPTIONS).phase(20_000)) {
    const readable = value.length > 5 && value[0] === 0 && value.readInt32BE(1) === 7
    let event: Decoded | undefined
    try {
      if (readable) event = schema.fromBuffer(value.subarray(5)) as Decoded
    } catch {}
    if (facts === undefined) spoilt++
    const identifying = event?.identifiers.find(({ type }) => type !== 'device_cookie')
    if (event?.time !== facts?.time || identifying?.value !== facts?.person) wrong.push(facts)
  }
  expect(wrong).toEqual([])
  expect(spoilt).toBeGreaterThanOrEqual(19)
  expect(spoilt).toBeLessThanOrEqual(20)
})

/** Records that are too far behind their partition, or at a time that their person has had. */
function createLookout() {
  const newest: number[] = []
  const seen = new Set<string>()
  const misplaced: unknown[] = []
  return {
    misplaced,
    see({ partition, time, facts }: LoadedRecord): void {
      const moment = `${facts?.person} ${facts?.time}`
      if ((newest[partition] ?? 0) - time > 5000 || (facts !== undefined && seen.has(moment)))
        misplaced.push({ partition, time, facts })
      newest[partition] = Math.max(newest[partition] ?? 0, time)
      seen.add(moment)
    },
  }
}

test('an event is at most five seconds behind its partition; two of a person are never at the same time', () => {
  const lookout = createLookout()
  for (const record of new Load(OPTIONS).phase(50_000)) lookout.see(record)
  expect(lookout.misplaced).toEqual([])
})

test('newcomers come once, evenly, and are nobody of those who come again', () => {
  const load = new Load(OPTIONS)
  const began = load.time
  const who = new Map<string, number[]>()
  for (const { facts } of load.newcomers(500, 1_000_000))
    if (facts !== undefined) who.set(facts.person, [...(who.get(facts.person) ?? []), facts.type])
  expect(who.size).toBe(500)
  expect([...who.values()].filter((types) => types.length === 2).length).toBeGreaterThanOrEqual(498)
  expect(load.time - began).toBeGreaterThan(990_000)
  expect(load.time - began).toBeLessThan(1_010_000)
  const again = [...load.phase(5000)].filter(({ facts }) => who.has(facts?.person ?? ''))
  expect(again).toEqual([])
})

test('what goes on live ends when it is told to, and what follows is later', () => {
  const load = new Load(OPTIONS)
  const lookout = createLookout()
  let count = 0
  for (const record of load.live()) {
    lookout.see(record)
    if (++count === 3000) load.finish()
  }
  expect(count).toBeGreaterThan(3000)
  for (const record of load.phase(3000)) lookout.see(record)
  expect(lookout.misplaced).toEqual([])
})

/** Orders of visits in which somebody checked out and something that was added turned an hour old in between. */
function turnedOld(seed: number, events: number): readonly unknown[] {
  const visits = new Visits(seed, 100)
  visits.begin({ events })
  const adds = new Map<string, number[]>()
  const checkouts = new Map<Visit, number>()
  const orders: Planned[] = []
  // A known person's events are one person's here, whether they say the user or not: stricter than the job.
  const shopperOf = ({ cookie, userId }: Visit): string => (userId ?? cookie).toString('latin1')
  for (let next = visits.next(); next !== undefined; next = visits.next()) {
    const { visit, type, time } = next
    if (type === CHECKOUT) checkouts.set(visit, time)
    else if (type === ORDERED) orders.push(next)
    else if (type === ADDED) adds.set(shopperOf(visit), [...(adds.get(shopperOf(visit)) ?? []), time])
  }
  expect(checkouts.size).toBeGreaterThan(events / 200)
  return orders.filter(({ visit, time }) => {
    const checkout = checkouts.get(visit) ?? time
    return adds
      .get(shopperOf(visit))
      ?.some((added) => added > checkout - ABANDONED_MS && added <= time - ABANDONED_MS)
  })
}

test('nothing that was added turns an hour old between a checkout and its order', () => {
  for (const seed of [1, 2]) expect(turnedOld(seed, 200_000)).toEqual([])
})

test('what was added is remembered for an hour, up to the very moment', () => {
  const adds = createRecentAdds()
  adds.saw(7, [1000, 2000], 500)
  expect([adds.between(7, 1000, 1999), adds.between(7, 999, 1000), adds.between(7, 1500, 2000)]).toEqual([
    false,
    true,
    true,
  ])
  adds.saw(8, [], 2000 + ABANDONED_MS)
  expect([adds.between(7, 0, 3000), adds.between(8, 0, 3000)]).toEqual([false, false])
})
