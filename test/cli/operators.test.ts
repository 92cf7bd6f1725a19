/** `shopkeeper operators [TYPE]`. */
import { describe, expect, test } from '@jest/globals'
import { OPERATORS } from '../../src/topology/registry.ts'
import { runCaptured } from '../support/captured-run.ts'

describe('operators', () => {
  test('all of them, a line each', async () => {
    const { code, stdout } = await runCaptured('operators')
    expect(code).toBe(0)
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => line.split(' ')[0]),
    ).toEqual([...OPERATORS.keys()])
  })

  test('as JSON', async () => {
    const { stdout } = await runCaptured('operators', '--json')
    expect((JSON.parse(stdout) as { type: string }[]).map(({ type }) => type)).toEqual([...OPERATORS.keys()])
  })

  test('one: keys with kind, default and meaning', async () => {
    const { code, stdout } = await runCaptured('operators', 'sessionize')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^sessionize: /)
    expect(stdout).toMatch(/\n {2}gap +duration +30m +\S/)
    expect(stdout).toMatch(/\n {2}by +person or channel +person +\S/)
    expect(stdout).toMatch(/\nemits {2}session\.closed\n/)
  })

  test('one with keys inside keys', async () => {
    const { stdout } = await runCaptured('operators', 'offer')
    expect(stdout).toMatch(/\n {2}offers\[\]\.on +text +required/)
    expect(stdout).toMatch(/\n {2}holdout\.percent +/)
  })

  test.each([...OPERATORS.keys()])('%s: every key has a meaning', async (type) => {
    const { stdout } = await runCaptured('operators', type, '--json')
    const { config } = JSON.parse(stdout) as {
      config: { properties: Record<string, { description?: string }> }
    }
    const bare = Object.entries(config.properties).filter(([, { description }]) => description === undefined)
    expect(bare.map(([key]) => key)).toEqual([])
  })

  test('an unknown one', async () => {
    const { code, stdout, stderr } = await runCaptured('operators', 'sessionise')
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(/^error: there is no operator "sessionise"\ndid you mean "sessionize"\?/)
  })
})
