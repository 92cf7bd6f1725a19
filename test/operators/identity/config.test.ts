import { describe, expect, test } from '@jest/globals'
import { checkIdentity, identityConfig } from '../../../src/operators/identity/config.ts'
import { readyOf } from './fold.ts'

describe('config', () => {
  test('the default table, by priority', () => {
    const { types, blocked, mergesMax, identifiersMax } = readyOf()
    expect(
      [...types.values()].map(({ type, priority, unique, limit }) => [type, priority, unique, limit]),
    ).toEqual([
      ['user_id', 0, true, 1],
      ['loyalty_id', 1, true, 1],
      ['email', 2, false, 5],
      ['phone', 3, false, 5],
      ['device_id', 4, false, 10],
      ['push_token', 5, false, 10],
      ['anonymous_id', 6, false, 20],
    ])
    expect([blocked.size, mergesMax, identifiersMax]).toEqual([0, 100, 200])
  })

  test('a table of its own replaces the default one; a type without limit has none', () => {
    const { types } = readyOf({ identifiers: { crm: {}, user_id: { unique: true } } })
    expect([...types.keys()]).toEqual(['crm', 'user_id'])
    expect(types.get('crm')?.limit).toBe(Number.POSITIVE_INFINITY)
  })

  test.each([
    { mergeMax: 5 },
    { identifiers: { user_id: { uniqe: true } } },
    { identifiers: { '1': {} } },
    { identifiers: { email: { limit: 0 } } },
    { identifiersMax: 0 },
    { block: [null] },
  ])('%j is refused', (config) => {
    expect(identityConfig.safeParse(config).success).toBe(false)
  })

  test('what the shape cannot see', () => {
    const problems = (config: unknown) =>
      checkIdentity(identityConfig.parse(config)).map(({ path, code }) => [path.join('.'), code])
    expect(problems({})).toEqual([])
    expect(problems({ identifiers: {} })).toEqual([['identifiers', 'bad-value']])
    expect(problems({ identifiers: { user_id: { unique: true, limit: 3 } } })).toEqual([
      ['identifiers.user_id.limit', 'bad-value'],
    ])
  })

  test('every key says what it means', () => {
    for (const key of Object.values(identityConfig.shape)) expect(key.description).toMatch(/\.$/)
  })
})
