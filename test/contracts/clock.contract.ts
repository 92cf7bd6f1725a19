/** What every Clock must do. How long anything takes is no promise, and not tested. */
import { describe, expect, test } from '@jest/globals'
import type { Clock } from '../../src/runtime/ports/clock.ts'

export function clockContract(name: string, open: () => Clock): void {
  describe(`the Clock port, ${name}`, () => {
    test('now is an integer of milliseconds that does not fall while it sleeps', async () => {
      const clock = open()
      const before = clock.now()
      await clock.sleep(2)
      expect(Number.isSafeInteger(before)).toBe(true)
      expect(clock.now()).toBeGreaterThanOrEqual(before)
    })

    test('sleeping no time at all lets others go first, and comes back', async () => {
      const order: string[] = []
      const slept = open()
        .sleep(0)
        .then(() => order.push('slept'))
      order.push('went on')
      await slept
      expect(order).toEqual(['went on', 'slept'])
    })

    test('the shorter of two sleeps ends first', async () => {
      const clock = open()
      const order: number[] = []
      await Promise.all([30, 1].map((ms) => clock.sleep(ms).then(() => order.push(ms))))
      expect(order).toEqual([1, 30])
    })
  })
}
