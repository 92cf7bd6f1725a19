import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { assignLanes, type Claim, laneName, type LanesToShare } from '../../../src/adapters/kafka/assigner.ts'
import type { Lane } from '../../../src/runtime/ports/log.ts'

const lanes = (topic: string, count: number): readonly Lane[] =>
  Array.from({ length: count }, (_, partition) => ({ topic, partition }))

const TOPICS = ['a', 'b', 'in']
const toShare = (sources: number, internal: number): LanesToShare => ({
  sources: [...lanes('a', sources), ...lanes('b', 1)],
  internal: lanes('in', internal),
})

/** Lanes as `a/0 in/1`. */
const claim = (memberId: string, text = '', generation = text === '' ? -1 : 1, topics = TOPICS): Claim => ({
  memberId,
  topics,
  generation,
  lanes: text
    .split(' ')
    .filter((name) => name !== '')
    .map((name) => ({ topic: name.split('/')[0] ?? '', partition: Number(name.split('/')[1]) })),
})

/** Member ids with their lanes, one line each. */
function shared(claims: readonly Claim[], { sources, internal }: LanesToShare): readonly string[] {
  const found = assignLanes(claims, { sources, internal })
  return [...found].map(([memberId, mine]) => `${memberId}: ${mine.map(laneName).join(' ')}`)
}

describe('assignment of lanes', () => {
  test('one member has all', () => {
    expect(shared([claim('m')], toShare(2, 2))).toEqual(['m: a/0 a/1 b/0 in/0 in/1'])
  })

  test('the gate is at the member with the smaller share', () => {
    expect(shared([claim('m'), claim('n')], toShare(1, 3))).toEqual(['m: a/0 b/0 in/0', 'n: in/1 in/2'])
  })

  test('the gate stays, and the kept lanes with it, when others come', () => {
    const claims = [claim('a'), claim('z', 'a/0 b/0 in/0 in/1 in/2 in/3')]
    expect(shared(claims, toShare(1, 4))).toEqual(['a: in/2 in/3', 'z: a/0 b/0 in/0 in/1'])
  })

  test('the gate goes to who has the fewest internal lanes when its member is gone', () => {
    const claims = [claim('m', 'in/0 in/1 in/2'), claim('n', 'in/3 in/4'), claim('o', 'in/5 in/6')]
    expect(shared(claims, toShare(1, 7))).toEqual([
      'm: in/0 in/1 in/2',
      'n: a/0 b/0 in/3 in/4',
      'o: in/5 in/6',
    ])
  })

  test('who has any lane of the sources gets new ones too', () => {
    expect(shared([claim('m'), claim('n', 'a/0')], toShare(2, 0))).toEqual(['m: ', 'n: a/0 a/1 b/0'])
  })

  test('a member that slept through a generation loses what it claims against the newer one', () => {
    const claims = [claim('m', 'a/0 b/0 in/0 in/1', 4), claim('n', 'a/0 b/0 in/0 in/1', 5)]
    expect(shared(claims, toShare(1, 2))).toEqual(['m: in/1', 'n: a/0 b/0 in/0'])
  })

  test('a member that does not know a source is not the gate’s', () => {
    const claims = [claim('m', 'a/0', 1, ['a', 'in']), claim('n')]
    expect(shared(claims, toShare(1, 0))).toEqual(['m: ', 'n: a/0 b/0'])
  })

  test('unless nobody knows it', () => {
    const claims = [claim('m', '', -1, ['a', 'in']), claim('n', 'a/0', 1, ['a', 'in'])]
    expect(shared(claims, toShare(1, 0))).toEqual(['m: ', 'n: a/0 b/0'])
  })

  test('lanes that are gone are forgotten', () => {
    expect(shared([claim('m', 'in/0 in/9 other/0')], toShare(1, 1))).toEqual(['m: a/0 b/0 in/0'])
  })
})

/** A group whose members claim what they like. */
const group = fc
  .record({ members: fc.integer({ min: 1, max: 6 }), sources: fc.nat(4), internal: fc.nat(12) })
  .chain(({ members, sources, internal }) => {
    const all = toShare(sources, internal)
    const claims = fc.tuple(
      ...Array.from({ length: members }, (_, n) =>
        fc.record({
          memberId: fc.constant(`m${n}`),
          topics: fc.constantFrom(TOPICS, ['a', 'in']),
          generation: fc.integer({ min: 1, max: 3 }),
          lanes: fc.subarray([...all.sources, ...all.internal]),
        }),
      ),
    )
    return fc.record({ all: fc.constant(all), claims: claims as fc.Arbitrary<readonly Claim[]> })
  })

const isInternal = ({ topic }: Lane): boolean => topic === 'in'

describe('whatever members claim', () => {
  test('every lane goes to exactly one member, the sources to one together, the rest evenly', () => {
    fc.assert(
      fc.property(group, ({ all, claims }) => {
        const found = [...assignLanes(claims, all).values()]
        expect(found.flat().map(laneName).toSorted()).toEqual(
          [...all.sources, ...all.internal].map(laneName).toSorted(),
        )
        const gates = found.filter((mine) => mine.some((lane) => !isInternal(lane)))
        expect(gates).toHaveLength(1)
        const counts = found.map((mine) => mine.filter(isInternal).length)
        const least = Math.min(...counts)
        expect(Math.max(...counts) - least).toBeLessThanOrEqual(1)
        expect(gates[0]?.filter(isInternal)).toHaveLength(least)
      }),
    )
  })

  test('the order of members makes no difference', () => {
    fc.assert(
      fc.property(group, ({ all, claims }) => {
        expect(shared(claims.toReversed(), all)).toEqual(shared(claims, all))
      }),
    )
  })

  test('the next generation changes nothing by itself', () => {
    fc.assert(
      fc.property(group, ({ all, claims }) => {
        const first = assignLanes(claims, all)
        const again = claims.map((one) => ({ ...one, generation: 4, lanes: first.get(one.memberId) ?? [] }))
        const able = claims.some(({ topics }) => topics.includes('b'))
        fc.pre(
          !able || again.every(({ topics, lanes: mine }) => topics.includes('b') || mine.every(isInternal)),
        )
        expect(assignLanes(again, all)).toEqual(first)
      }),
    )
  })

  test('nobody loses a lane that its share has room for', () => {
    fc.assert(
      fc.property(group, ({ all, claims }) => {
        const first = assignLanes(claims, all)
        const left = claims.slice(0, -1)
        fc.pre(left.length > 0)
        const again = left.map((one) => ({ ...one, generation: 4, lanes: first.get(one.memberId) ?? [] }))
        const second = assignLanes(again, all)
        for (const { memberId, lanes: had } of again) {
          const kept = second.get(memberId)?.filter(isInternal) ?? []
          const mine = had.filter(isInternal)
          expect(mine.filter((lane) => kept.includes(lane))).toHaveLength(Math.min(mine.length, kept.length))
        }
      }),
    )
  })
})
