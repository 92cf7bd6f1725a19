/** The end of a process is nobody's trouble to live with: no task and no supervisor takes it for an error that trying again mends. */
import { expect, test } from '@jest/globals'
import { Crash } from '../../../src/adapters/embedded/faults.ts'
import { AdapterError, Fenced } from '../../../src/model/errors.ts'

test('a crash is an error of no kind that the runtime handles', () => {
  const crash = new Crash('here')
  expect(crash).toBeInstanceOf(Error)
  expect(crash.name).toBe('Crash')
  expect(crash instanceof AdapterError || crash instanceof Fenced).toBe(false)
})
