/** topologies/shop-fast.yaml is topologies/shop.yaml, sixty times as fast. */
import { expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { parseDuration } from '../../src/model/time.ts'
import { textOf } from './fenced.ts'

/** Spans of the business, as they stand in the configs of operators. */
const SPANS = ['gap', 'after', 'expires', 'per', 'once', 'within']

const documentOf = (file: string, speed: number): { readonly operators: readonly { config?: object }[] } =>
  JSON.parse(JSON.stringify(parse(textOf(file))), (key, value: unknown) =>
    SPANS.includes(key) ? (parseDuration(value as string) ?? 0) / speed : value,
  ) as { operators: { config?: object }[] }

test('what differs from shop.yaml is its name, its pace, and that nothing waits for the morning', () => {
  const { operators, ...rest } = documentOf('topologies/shop.yaml', 60)
  const awake = operators.map((operator) => ({
    ...operator,
    ...(operator.config && { config: { ...operator.config, quietHours: undefined } }),
  }))
  expect(documentOf('topologies/shop-fast.yaml', 1)).toEqual({
    ...rest,
    topology: 'shop-fast',
    operators: awake,
  })
})
