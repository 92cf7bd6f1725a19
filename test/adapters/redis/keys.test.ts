/** A task's keys have one slot, and no other task's. */
import { expect, test } from '@jest/globals'
import { keysOf } from '../../../src/adapters/redis/keys.ts'

test('the keys of a task begin with its name in braces', () => {
  expect(keysOf('shopkeeper.shop.profile.3')).toEqual([
    '{shopkeeper:shop:profile:3}:meta',
    '{shopkeeper:shop:profile:3}:states',
    '{shopkeeper:shop:profile:3}:due',
  ])
  expect(keysOf('shopkeeper.shop.identify')[0]).toBe('{shopkeeper:shop:identify}:meta')
})
