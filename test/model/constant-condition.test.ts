/** What is always true or always false, and nothing that depends. */
import { describe, expect, test } from '@jest/globals'
import { constantOf } from '../../src/model/constant-condition.ts'

const VARIABLES = { trigger: { fields: { value: 'number', step: 'text' } }, context: 'any' } as const
const always = (text: string): boolean | undefined => constantOf(text, VARIABLES)

describe('always', () => {
  test.each<[string, boolean]>([
    ['true', true],
    ['false', false],
    ['1 > 2', false],
    ['"a" in ["a", "b"]', true],
    ['!(1 > 2)', true],
    ['trigger.value > 5 && false', false],
    ['trigger.value > 5 || 1 == 1', true],
    ['trigger.value > 5 && trigger.value < 3', false],
    ['trigger.value > 5 && trigger.step == "a" && 5 >= trigger.value', false],
    ['trigger.value > 5 && trigger.value < 5', false],
    ['trigger.value >= 5 && trigger.value < 5', false],
    ['trigger.step == "a" && trigger.step == "b"', false],
    ['trigger.value == 5 && trigger.value > 7', false],
    ['!(trigger.value > 5 && false)', true],
    ['trigger.value > 5 || (context.a == 1 && context.a == 2 || true)', true],
  ])('%s', (text, answer) => {
    expect(always(text)).toBe(answer)
  })
})

describe('it depends', () => {
  test.each([
    'trigger.value > 5',
    'trigger.value >= 5 && trigger.value <= 5',
    'trigger.value > 3 && trigger.value < 5',
    'trigger.step == "a" || trigger.step == "b"',
    'trigger.step == "a" && context.step == "b"',
    'trigger.value == 5 && trigger.value > 3',
    'trigger.value > 5 && trigger.value > 7',
    'trigger.value > 5 || false',
    'trigger.value > 5 && true',
    'has(trigger.value)',
    // Without a value it has no answer, and so its opposite has none.
    '!(trigger.value > 5 && trigger.value < 3)',
    'trigger.value >',
    'trigger.value < 3 || trigger.value > 5',
  ])('%s', (text) => {
    expect(always(text)).toBeUndefined()
  })
})
