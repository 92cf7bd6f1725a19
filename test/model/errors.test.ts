/** What went wrong is told apart by class; whether trying again helps is a fact of the error. */
import { describe, expect, test } from '@jest/globals'
import {
  AdapterError,
  ConfigFindings,
  Fenced,
  type Finding,
  FINDING_CODES,
  invariant,
  InvariantError,
  UsageError,
} from '../../src/model/errors.ts'

const finding = (code: Finding['code']): Finding => ({
  place: { file: 'a.yaml', line: 1, column: 1 },
  level: 'error',
  code,
  message: 'wrong',
  hint: 'do it right',
})

describe('errors', () => {
  test.each([
    [new UsageError('no such file', 'name one'), 'UsageError'],
    [new ConfigFindings([]), 'ConfigFindings'],
    [new Fenced('taken over'), 'Fenced'],
    [new AdapterError('broker-gone', 'gone', true), 'AdapterError'],
    [new InvariantError('a bug'), 'InvariantError'],
  ])('%s says its name, also where only the text is kept', (error, name) => {
    expect(error).toBeInstanceOf(Error)
    expect(error.name).toBe(name)
    expect(String(error)).toMatch(new RegExp(`^${name}: `))
  })

  test('findings come all at once, and are counted', () => {
    const two = [finding('cycle'), finding('no-input')]
    expect(new ConfigFindings(two).findings).toBe(two)
    expect(new ConfigFindings(two).message).toBe('2 findings')
    expect(new ConfigFindings(two.slice(1)).message).toBe('1 finding')
  })

  test('trouble of the world says whether trying again may help', () => {
    expect(new AdapterError('broker-gone', 'gone', true)).toMatchObject({
      code: 'broker-gone',
      retryable: true,
    })
  })

  test('no finding code is there twice', () => {
    expect(new Set(FINDING_CODES).size).toBe(FINDING_CODES.length)
  })
})

test('invariant lets pass what holds, and names what does not', () => {
  expect(() => invariant(true, 'one is one')).not.toThrow()
  expect(() => invariant(false, 'one is two')).toThrow(new InvariantError('one is two'))
})
