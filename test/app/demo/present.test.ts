import { describe, expect, test } from '@jest/globals'
import { EVENT_TYPES } from '../../../src/model/event-types.ts'
import { generateDay } from '../../../src/app/demo/generate.ts'
import { presentDay, type PresentEvent } from '../../../src/app/demo/present.ts'
import { SHOP } from '../../../src/app/demo/shop.ts'
import { THEME_PARK } from '../../../src/app/demo/theme-park.ts'
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../../src/model/time.ts'

interface Line {
  readonly type: string
  readonly id: string
  readonly time: string
  readonly received?: string
  readonly identifiers: readonly unknown[]
  readonly data: Readonly<Record<string, string>>
}

const STARTED_AT = Date.parse('2031-01-15T13:00:00Z')
const lineOf = ({ line }: PresentEvent): Line => JSON.parse(line) as Line
const present = (business: typeof SHOP, speed: number, startedAt = STARTED_AT): readonly PresentEvent[] => [
  ...presentDay({ business, events: 3000, seed: 1, startedAt, speed }),
]

describe.each([SHOP, THEME_PARK])('a day of $name in the present', (business) => {
  const day = present(business, 60)

  test('begins at once and is over after the evening, the night and the day, at its speed', () => {
    expect(day[0]?.at).toBe(STARTED_AT)
    const end = day.at(-1)?.at ?? 0
    expect(end).toBeGreaterThan(STARTED_AT + (20 * HOUR_MS) / 60)
    expect(end).toBeLessThanOrEqual(STARTED_AT + (30 * HOUR_MS) / 60 + MINUTE_MS)
  })

  test('is in order; an event is told of when it happens, or seconds later', () => {
    expect(day.map(({ at }) => at)).toEqual(day.map(({ at }) => at).toSorted((a, b) => a - b))
    const delays = day.map((event) => event.at - Date.parse(lineOf(event).time))
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...delays)).toBeLessThanOrEqual(3 * SECOND_MS)
  })

  test('has every event once, whole, with somebody in it, and no arrival but that in the log', () => {
    const lines = day.map(lineOf)
    // The story of the park has a repeat of its own.
    const crowd = lines.filter(({ id }) => /^(?:shop|theme-park|looker)-/.test(id))
    expect(crowd.length).toBeGreaterThan(2500)
    expect(new Set(crowd.map(({ id }) => id)).size).toBe(crowd.length)
    const nobodys = lines.filter(({ identifiers }) => identifiers.length === 0)
    expect(nobodys.every(({ type }) => EVENT_TYPES.get(type)?.world === true)).toBe(true)
    expect(lines.filter(({ received }) => received !== undefined)).toEqual([])
  })

  test('has other ids the next time', () => {
    const ids = new Set(day.map((event) => lineOf(event).id))
    const next = present(business, 60, STARTED_AT + 1)
    expect(next.filter((event) => ids.has(lineOf(event).id))).toEqual([])
  })
})

test('times in the data move with the event', () => {
  const spans = (lines: readonly Line[]): readonly number[] =>
    lines.flatMap(({ time, data }) =>
      data['scheduled_arrival_at'] === undefined
        ? []
        : [Date.parse(data['scheduled_arrival_at']) - Date.parse(time)],
    )
  const day = { events: 3000, seed: 1, tidy: true }
  const told = spans([...generateDay(THEME_PARK, day)].map(({ line }) => JSON.parse(line) as Line))
  expect(told.length).toBeGreaterThan(10)
  expect(spans(present(THEME_PARK, 1).map(lineOf))).toEqual(told)
})
