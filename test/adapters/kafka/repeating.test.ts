import { describe, expect, test } from '@jest/globals'
import { Again, type Patience, repeating } from '../../../src/adapters/kafka/repeating.ts'
import { AdapterError, Fenced } from '../../../src/model/errors.ts'

const silence = new AdapterError('broker-unreachable', 'nobody there', true)
const busy = new Again(new AdapterError('busy', 'not now', true), 'again')
const soon = (more: Partial<Patience> = {}): Patience => ({ until: performance.now() + 5000, ...more })

/** Fails with these in turn, then answers how often it was called. */
function failing(...errors: readonly Error[]) {
  let calls = 0
  return async () => {
    const error = errors[calls++]
    if (error !== undefined) throw error
    return calls
  }
}

describe('sending again', () => {
  test('goes on over answers that say so and over silence, and mends before', async () => {
    const mended: string[] = []
    const moved = new Again(silence, 'coordinator')
    const before = async ({ about }: Again) => void mended.push(about)
    expect(await repeating(soon(), failing(busy, silence, moved), before)).toBe(4)
    expect(mended).toEqual(['again', 'leader', 'coordinator'])
  })

  test('goes on when mending finds nobody either', async () => {
    const nobody = async () => {
      throw silence
    }
    expect(await repeating(soon(), failing(silence, silence), nobody)).toBe(3)
  })

  test('goes on when what is to be mended is not known yet', async () => {
    let mends = 0
    const unknown = async () => {
      if (++mends < 3) throw busy
    }
    expect(await repeating(soon(), failing(busy, busy, busy), unknown)).toBe(4)
  })

  test.each([
    ['another has it', new Fenced('gone')],
    ['what cannot be mended', new AdapterError('x', 'y', false)],
    ['what is no silence', new AdapterError('x', 'y', true)],
  ])('stops at %s', async (_, error) => {
    await expect(repeating(soon(), failing(busy, error), async () => {})).rejects.toBe(error)
    await expect(
      repeating(soon(), failing(busy), async () => {
        throw error
      }),
    ).rejects.toBe(error)
  })

  test('stops at silence where what was asked may be done', async () => {
    await expect(
      repeating(soon({ answeredOnly: true }), failing(busy, silence), async () => {}),
    ).rejects.toBe(silence)
  })

  test('ends with the last failure when the time is up', async () => {
    const call = failing(...Array.from({ length: 1000 }, () => busy))
    await expect(repeating({ until: performance.now() + 5 }, call, async () => {})).rejects.toBe(busy.cause)
  })
})
