/** One watermark out of many clocks: it is the least of them, it never goes back, and silence holds it up only for so long. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { ByteReader, ByteWriter } from '../../src/model/bytes.ts'
import { BEGINNING } from '../../src/model/time.ts'
import {
  decodeClock,
  encodeClock,
  finish,
  type GateClock,
  holderOf,
  moveClock,
  newGateClock,
  sourceSpoke,
  stoodAtEnd,
} from '../../src/runtime/watermark.ts'

const RULES = [
  { id: 'web', latenessMs: 10, idleMs: 100 },
  { id: 'trips', latenessMs: 0, idleMs: 50 },
]
const speak = (clock: GateClock, source: number, time: number): void =>
  sourceSpoke(clock, clock.sources[source]!, time)

/** A gate that has started at clock time 1000. */
function started(rules = RULES): GateClock {
  const clock = newGateClock(rules)
  moveClock(clock, 1000)
  return clock
}

describe('on a real log', () => {
  const [web] = RULES
  /** The reader stands at the end, at each of these times. */
  const stand = (clock: GateClock, source: number, ...times: readonly number[]): void => {
    for (const now of times) stoodAtEnd(clock, clock.sources[source]!, now)
  }

  test('a silent source counts with the clock once it stood at its end for the idle time, equality included', () => {
    const clock = newGateClock([web!])
    speak(clock, 0, 1000)
    stand(clock, 0, 5000, 5099)
    expect(clock.watermark).toBe(990)
    stand(clock, 0, 5100)
    expect(clock.watermark).toBe(5090)
  })

  test('time before the first answer in this run makes nothing idle, however long ago the last record was', () => {
    const before = newGateClock([web!])
    speak(before, 0, 1000)
    stand(before, 0, 1010)
    const writer = new ByteWriter()
    encodeClock(before, writer)
    const clock = newGateClock([web!])
    decodeClock(clock, new ByteReader(writer.copy()))
    stand(clock, 0, 4_000_000)
    expect(clock.watermark).toBe(990)
    stand(clock, 0, 4_000_100)
    expect(clock.watermark).toBe(4_000_090)
  })

  test('silence that was not confirmed all the time begins anew', () => {
    const clock = newGateClock([web!])
    speak(clock, 0, 1000)
    stand(clock, 0, 5000, 5090, 15_000)
    expect(clock.watermark).toBe(990)
    stand(clock, 0, 15_100)
    expect(clock.watermark).toBe(15_090)
  })

  test('a record ends the silence', () => {
    const clock = newGateClock([web!])
    stand(clock, 0, 5000, 5090)
    speak(clock, 0, 1000)
    stand(clock, 0, 5110, 5200)
    expect(clock.watermark).toBe(990)
    stand(clock, 0, 5210)
    expect(clock.watermark).toBe(5200)
  })

  test('one silent partition does not hold up the others for ever, and one that is behind does', () => {
    const clock = newGateClock(RULES)
    speak(clock, 0, 1000)
    stand(clock, 1, 5000, 5050)
    expect(clock.watermark).toBe(990)
    expect(holderOf(clock)?.id).toBe('web')
  })
})

describe('the watermark', () => {
  test('is the newest event time less the lateness', () => {
    const clock = started([RULES[0]!])
    for (const time of [1005, 1003, 1001]) speak(clock, 0, time)
    expect(clock.watermark).toBe(995)
  })

  test('is the least over all sources, and none before all have spoken', () => {
    const clock = started()
    speak(clock, 0, 1040)
    expect(clock.watermark).toBe(BEGINNING)
    speak(clock, 1, 1010)
    expect(clock.watermark).toBe(1010)
    speak(clock, 1, 1100)
    expect(clock.watermark).toBe(1030)
  })

  test('of a silent source counts with the clock from the idle time on, equality included', () => {
    const clock = started([RULES[0]!])
    speak(clock, 0, 1000)
    moveClock(clock, 1099)
    expect(clock.watermark).toBe(990)
    moveClock(clock, 1100)
    expect(clock.watermark).toBe(1090)
  })

  test('is not moved by a source that was idle and speaks of the past', () => {
    const clock = started([RULES[0]!])
    moveClock(clock, 1200)
    speak(clock, 0, 1150)
    expect(clock.watermark).toBe(1190)
    moveClock(clock, 1299)
    expect(clock.watermark).toBe(1190)
    moveClock(clock, 1300)
    expect(clock.watermark).toBe(1290)
  })

  test('time from before the start makes nothing idle', () => {
    const clock = newGateClock(RULES)
    moveClock(clock, 5_000_000)
    expect(clock.watermark).toBe(BEGINNING)
  })

  test('the clock does not go back', () => {
    const clock = started([RULES[0]!])
    moveClock(clock, 900)
    expect(clock.now).toBe(1000)
  })

  test('finished sources hold nothing up; a finish in the past moves nothing', () => {
    const clock = started()
    speak(clock, 0, 1020)
    finish(clock, 1005)
    expect(clock.watermark).toBe(1005)
    finish(clock, 500)
    expect([clock.watermark, clock.now]).toEqual([1005, 1005])
  })

  test('never goes back, nor does any clock, whatever comes', () => {
    const act = fc.record({
      kind: fc.constantFrom('clock', 'speak', 'finish'),
      source: fc.nat(1),
      time: fc.integer({ min: 900, max: 1500 }),
    })
    fc.assert(
      fc.property(fc.array(act, { maxLength: 40 }), (acts) => {
        const clock = newGateClock(RULES)
        let before = [BEGINNING, BEGINNING, BEGINNING, BEGINNING]
        for (const { kind, source, time } of acts) {
          if (kind === 'clock') moveClock(clock, time)
          else if (kind === 'finish') finish(clock, time)
          else speak(clock, source, time)
          const now = [clock.now, clock.watermark, ...clock.sources.map(({ watermark }) => watermark)]
          now.forEach((value, i) => expect(value).toBeGreaterThanOrEqual(before[i] as number))
          before = now
        }
      }),
    )
  })
})

describe('the bytes of a clock', () => {
  function copied(clock: GateClock, rules = RULES): GateClock {
    const writer = new ByteWriter()
    encodeClock(clock, writer)
    const back = newGateClock(rules)
    const reader = new ByteReader(writer.copy())
    decodeClock(back, reader)
    expect(reader.done).toBe(true)
    return back
  }

  test('come back, before the beginning and behind it', () => {
    const clock = newGateClock(RULES)
    expect(copied(clock)).toEqual(clock)
    moveClock(clock, 1000)
    speak(clock, 1, 1010)
    expect(copied(clock)).toEqual(clock)
  })

  test('are read past sources that are gone', () => {
    const clock = started()
    expect(copied(clock, [RULES[0]!]).sources).toEqual([clock.sources[0]])
  })

  test('find their sources by name: another order changes nothing, and a new source is silent from now on', () => {
    const clock = started()
    speak(clock, 0, 1020)
    speak(clock, 1, 1030)
    const fresh = { id: 'calls', latenessMs: 0, idleMs: 100 }
    const back = copied(clock, [fresh, RULES[1]!, RULES[0]!])
    expect(back.sources.slice(1)).toEqual([clock.sources[1], clock.sources[0]])
    expect([back.sources[0]?.arrival, back.watermark]).toEqual([1000, clock.watermark])
    moveClock(back, 1099)
    expect(back.sources[0]?.watermark).toBe(BEGINNING)
  })
})
