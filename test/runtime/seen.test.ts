/** A repeat of one of the newest events is always found; what is forgotten follows from the events alone. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { ByteReader, ByteWriter } from '../../src/model/bytes.ts'
import {
  CHUNK_EVENTS,
  chunkNumbers,
  decodeSeen,
  encodeChunk,
  encodeSeen,
  hasSeen,
  mergeSeen,
  newSeen,
  remember,
  type Seen,
  type SeenRule,
} from '../../src/runtime/seen.ts'

const RULE: SeenRule = { withinMs: 1000, events: 40 }
type Fact = readonly [key: number, time: number]

function seenOf(facts: readonly Fact[], rule = RULE): Seen {
  const seen = newSeen()
  for (const [key, time] of facts) remember(seen, key, time, rule)
  return seen
}
/** Keys that must be known: of the `events` newest, at most `withinMs` older than the newest. */
function guaranteed(facts: readonly Fact[], rule = RULE): readonly number[] {
  const newest = Math.max(...facts.map(([, time]) => time))
  return [...facts]
    .sort((a, b) => b[1] - a[1])
    .slice(0, rule.events)
    .filter(([, time]) => time >= newest - rule.withinMs)
    .map(([key]) => key)
}
const unknownOf = (seen: Seen, keys: readonly number[]): readonly number[] =>
  keys.filter((key) => !hasSeen(seen, key))

/** Distinct keys and distinct times: which of two equal times is the newer one is nobody's promise. */
const anyFacts = fc
  .uniqueArray(fc.integer({ min: 0, max: 3000 }), { minLength: 1, maxLength: 150 })
  .map((times) => times.map((time, i): Fact => [i + 1, time]))

describe('remember', () => {
  test('knows what came, and nothing else', () => {
    const seen = seenOf([
      [7, 1],
      [8, 2],
    ])
    expect([7, 8, 9].map((key) => hasSeen(seen, key))).toEqual([true, true, false])
  })

  test('never forgets one of the newest, in whatever order they come', () => {
    fc.assert(
      fc.property(anyFacts, (facts) => expect(unknownOf(seenOf(facts), guaranteed(facts))).toEqual([])),
    )
  })

  test('says which part to write and which to delete, and keeps the rest small', () => {
    const seen = newSeen()
    const parts = new Set<number>()
    for (let i = 0; i < 500; i++) {
      const change = remember(seen, i, i, RULE)
      expect(change === undefined).toBe((i + 1) % CHUNK_EVENTS !== 0)
      if (change?.written !== undefined) parts.add(change.written.number)
      for (const { number } of change?.deleted ?? []) expect(parts.delete(number)).toBe(true)
      expect(seen.keys.length - CHUNK_EVENTS * seen.chunks.length).toBeLessThan(CHUNK_EVENTS)
      expect(seen.times.length).toBe(seen.keys.length)
      expect([...parts]).toEqual(seen.chunks.map(({ number }) => number))
      expect(parts.size).toBeLessThanOrEqual(Math.ceil(RULE.events / CHUNK_EVENTS) + 1)
    }
  })

  test('a flood of one moment keeps as many as the rule says, and no more', () => {
    const seen = newSeen()
    for (let key = 0; key < 5000; key++) remember(seen, key, 1000, { withinMs: 100_000, events: 200 })
    expect(seen.chunks.length).toBeLessThanOrEqual(14)
    for (let key = 4800; key < 5000; key++) expect(hasSeen(seen, key)).toBe(true)
  })

  test('times scattered on purpose cannot keep everything', () => {
    const seen = newSeen()
    for (let key = 0; key < 5000; key++)
      remember(seen, key, key % 16 === 0 ? 1_000_000 + key : key, { withinMs: 10_000_000, events: 200 })
    expect(seen.chunks.length).toBeLessThanOrEqual(28)
  })

  test('lets go of what is too old, and of nothing by a late event', () => {
    const old = Array.from({ length: CHUNK_EVENTS }, (_, i): Fact => [i, i])
    const next = Array.from({ length: CHUNK_EVENTS }, (_, i): Fact => [100 + i, 500])
    expect(unknownOf(seenOf([...old, ...next]), [0, 15])).toEqual([])
    const late = Array.from({ length: CHUNK_EVENTS }, (_, i): Fact => [200 + i, -400])
    expect(unknownOf(seenOf([...old, ...late]), [0, 15, 200])).toEqual([])
    const far = Array.from({ length: CHUNK_EVENTS }, (_, i): Fact => [300 + i, 2000])
    expect(unknownOf(seenOf([...old, ...far]), [0, 15, 300])).toEqual([0, 15])
  })
})

describe('mergeSeen', () => {
  const anySplit = fc.tuple(
    anyFacts,
    fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 150, maxLength: 150 }),
  )

  test('of any three people, in any order, knows the newest of all', () => {
    fc.assert(
      fc.property(anySplit, ([facts, owners]) => {
        const person = (i: number) => seenOf(facts.filter((_, at) => owners[at] === i))
        const merges = [
          mergeSeen(mergeSeen(person(0), person(1), RULE), person(2), RULE),
          mergeSeen(person(0), mergeSeen(person(1), person(2), RULE), RULE),
          mergeSeen(mergeSeen(person(2), person(0), RULE), person(1), RULE),
        ]
        for (const merged of merges) {
          expect(unknownOf(merged, guaranteed(facts))).toEqual([])
          expect(merged.newest).toBe(Math.max(...facts.map(([, time]) => time)))
        }
      }),
    )
  })

  test('counts a key that both had once, at its newer time', () => {
    const merged = mergeSeen(
      seenOf([[1, 10]]),
      seenOf([
        [1, 20],
        [2, 5],
      ]),
      RULE,
    )
    expect([merged.keys, merged.times]).toEqual([
      [2, 1],
      [5, 20],
    ])
  })

  test('gives its parts numbers that neither person has used', () => {
    const facts = (from: number) => Array.from({ length: 33 }, (_, i): Fact => [from + i, i])
    const [kept, absorbed] = [seenOf(facts(0)), seenOf(facts(100))]
    const used = [...kept.chunks, ...absorbed.chunks].map(({ number }) => number)
    for (const { number } of mergeSeen(kept, absorbed, RULE).chunks) expect(used).not.toContain(number)
  })
})

describe('bytes', () => {
  test('come back, with the parts inline or beside them', () => {
    fc.assert(
      fc.property(anyFacts, (facts) => {
        const seen = seenOf(facts)
        const inline = new ByteWriter()
        encodeSeen(seen, inline, true)
        expect(decodeSeen(new ByteReader(inline.copy()), undefined)).toEqual(seen)
        const beside = new ByteWriter()
        encodeSeen(seen, beside, false)
        expect(chunkNumbers(new ByteReader(beside.copy()))).toEqual(seen.chunks.map(({ number }) => number))
        const chunkOf = (number: number) => {
          const writer = new ByteWriter()
          encodeChunk(seen, seen.chunks.find((chunk) => chunk.number === number)!, writer)
          return { reader: new ByteReader(writer.copy()), place: -1 }
        }
        expect(decodeSeen(new ByteReader(beside.copy()), chunkOf)).toEqual(seen)
      }),
    )
  })

  test('of nobody come back', () => {
    const writer = new ByteWriter()
    encodeSeen(newSeen(), writer, false)
    expect(decodeSeen(new ByteReader(writer.copy()), undefined)).toEqual(newSeen())
  })
})
