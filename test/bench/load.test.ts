/** The load of the bench: the same bytes every time, and what bench/README.md says of it. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import avsc from 'avsc'
import { Load, type LoadOptions } from '../../bench/load.ts'
import { Random } from '../../bench/load/random.ts'

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
  for (const { value, facts } of new Load(OPTIONS).phase(20_000)) {
    const readable = value.length > 5 && value[0] === 0 && value.readInt32BE(1) === 7
    let event: Decoded | undefined
    try {
      if (readable) event = schema.fromBuffer(value.subarray(5)) as Decoded
    } catch {}
    if (facts === undefined) spoilt++
    expect(event?.time).toBe(facts?.time)
    const identifying = event?.identifiers.find(({ type }) => type !== 'device_cookie')
    expect(identifying?.value).toBe(facts?.person)
  }
  expect(spoilt).toBeGreaterThanOrEqual(19)
  expect(spoilt).toBeLessThanOrEqual(20)
})

test('an event is at most five seconds behind its partition; two of a person are never at the same time', () => {
  const newest = [0, 0, 0, 0]
  const seen = new Set<string>()
  for (const { partition, time, facts } of new Load(OPTIONS).phase(50_000)) {
    expect((newest[partition] as number) - time).toBeLessThanOrEqual(5000)
    newest[partition] = Math.max(newest[partition] as number, time)
    if (facts === undefined) continue
    const moment = `${facts.person} ${facts.time}`
    expect(seen.has(moment)).toBe(false)
    seen.add(moment)
  }
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
  for (const { facts } of load.phase(5000)) expect(who.has(facts?.person ?? '')).toBe(false)
})
