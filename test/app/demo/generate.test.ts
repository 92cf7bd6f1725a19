import { describe, expect, test } from '@jest/globals'
import { createHash } from 'node:crypto'
import { dataProblem, isEventType } from '../../../src/model/event-types.ts'
import { parseRfc3339 } from '../../../src/model/time.ts'
import type { Business } from '../../../src/app/demo/business.ts'
import { generateDay } from '../../../src/app/demo/generate.ts'
import { SHOP } from '../../../src/app/demo/shop.ts'
import { THEME_PARK } from '../../../src/app/demo/theme-park.ts'

interface Line {
  readonly id: string
  readonly type: string
  readonly time: string
  readonly received: string
  readonly identifiers: readonly { readonly type: string; readonly value: string }[]
  readonly data: Record<string, unknown>
}

const day = (business: Business, seed: number, events = 5000): string[] =>
  [...generateDay(business, { events, seed })].map(({ line }) => line)
const digest = (lines: readonly string[]): string =>
  createHash('sha256').update(lines.join('\n')).digest('hex')
const parsedLines = (
  lines: readonly string[],
): { readonly events: readonly Line[]; readonly broken: number } => {
  const events: Line[] = []
  let broken = 0
  for (const line of lines) {
    try {
      events.push(JSON.parse(line) as Line)
    } catch {
      broken++
    }
  }
  return { events, broken }
}

describe.each([THEME_PARK, SHOP])('a day of $name', (business) => {
  const lines = day(business, 1)
  const { events, broken } = parsedLines(lines)

  test('is the same for the same seed, and another for another', () => {
    expect(digest(day(business, 1))).toBe(digest(lines))
    expect(digest(day(business, 2))).not.toBe(digest(lines))
  })

  test.each([1, 100, 777, 5000])('has exactly %d lines when asked for', (count) => {
    expect(day(business, 3, count)).toHaveLength(count)
  })

  test('has valid events only, a few broken lines aside', () => {
    expect(broken).toBeGreaterThan(0)
    expect(broken).toBeLessThan(25)
    for (const { type, data, time } of events) {
      expect([type, isEventType(type)]).toEqual([type, true])
      expect([type, dataProblem(type, data)]).toEqual([type, undefined])
      expect(parseRfc3339(time)).toBeDefined()
    }
  })

  test('arrives in order', () => {
    const received = events.map((event) => parseRfc3339(event.received) ?? NaN)
    expect(received).toEqual(received.toSorted((a, b) => a - b))
  })

  test('has real disorder: late and repeated events, lost identifiers, shared devices', () => {
    const lateMs = events.map(
      ({ time, received }) => (parseRfc3339(received) ?? 0) - (parseRfc3339(time) ?? 0),
    )
    expect(lateMs.filter((ms) => ms > 20_000).length).toBeGreaterThan(20)
    expect(lateMs.filter((ms) => ms > 900_000).length).toBeGreaterThan(0)
    expect(events.length - new Set(events.map(({ id }) => id)).size).toBeGreaterThan(20)
    expect(
      events.filter(({ identifiers }) =>
        identifiers.every(({ value }) => ['', 'null', 'undefined', '00000000'].includes(value)),
      ).length,
    ).toBeGreaterThan(5)
    const users = new Map<string, Set<string>>()
    for (const { identifiers } of events) {
      const device = identifiers.find(({ type }) => type === 'device_id')?.value
      const user = identifiers.find(({ type }) => type === 'user_id')?.value
      if (device !== undefined && user !== undefined)
        users.set(device, (users.get(device) ?? new Set()).add(user))
    }
    expect([...users.values()].some((set) => set.size > 1)).toBe(true)
  })

  test('tells the story of named people', () => {
    const told = [...generateDay(business, { events: 5000, seed: 1 })].filter(
      ({ tell }) => tell !== undefined,
    )
    expect(told.length).toBeGreaterThan(8)
  })
})
