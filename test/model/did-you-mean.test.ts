/** The nearest known word, or none. */
import { describe, expect, test } from '@jest/globals'
import { didYouMean } from '../../src/model/did-you-mean.ts'

describe('didYouMean', () => {
  test.each<[string, readonly string[], string | undefined]>([
    ['latenes', ['grace', 'lateness'], 'lateness'],
    ['gapp', ['gap', 'max'], 'gap'],
    ['sessionise', ['sessionize', 'offer'], 'sessionize'],
    ['identiy', ['identity'], 'identity'],
    ['crat', ['cart', 'late'], 'cart'],
    ['Topic', ['topic'], 'topic'],
    ['Europe/Kopenhagen', ['Europe/Berlin', 'Europe/Copenhagen'], 'Europe/Copenhagen'],
    ['abc', ['abcdef'], undefined],
    ['xyz', ['abc'], undefined],
    ['ab', ['cd'], undefined],
    ['a', ['b'], undefined],
    ['', ['a'], undefined],
    ['topic', ['topic'], undefined],
    ['cap', ['caps', 'gap'], 'caps'],
    ['word', [], undefined],
  ])('%s among %j: %s', (word, candidates, meant) => {
    expect(didYouMean(word, candidates)).toBe(meant)
  })
})
