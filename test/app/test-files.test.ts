import { expect, test } from '@jest/globals'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { UsageError } from '../../src/model/errors.ts'
import { testFiles } from '../../src/app/test-files.ts'

test.each([
  ['theme-park', 12],
  ['shop', 12],
  ['high-street', 7],
  ['day-out', 8],
  ['sales-floor', 5],
  ['showroom', 7],
])('every story of %s comes out as told', async (name, stories) => {
  const results = await testFiles([`topologies/${name}.test.yaml`], '')
  expect(results.length).toBeGreaterThanOrEqual(stories)
  const failed = results.filter(({ differences }) => differences.length > 0)
  expect(failed).toEqual([])
})

test('a case that does not hold says what came instead', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'shopkeeper-test-'))
  try {
    const topology = join(process.cwd(), 'topologies', 'shop.yaml')
    await writeFile(join(folder, 'shop.yaml'), await (await import('node:fs/promises')).readFile(topology))
    const file = join(folder, 'shop.test.yaml')
    const text = `topology: shop.yaml
cases:
  - { name: wrong, when: [10:00 product.added user:bo product_id=p price=24], then: { triggers: [11:00 user:bo cart-abandonment value=25] } }
`
    await writeFile(file, text)
    const [result] = await testFiles([file], '')
    expect(result?.differences).toEqual([
      'triggers:',
      '  missing  11:00 user:bo cart-abandonment value=25',
      '  surplus  11:00 user_id:bo cart-abandonment instance=default value=24',
    ])
    await expect(testFiles([file], 'nothing')).rejects.toThrow(UsageError)
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('a file that is not there is one clear sentence', async () => {
  await expect(testFiles(['no/such.test.yaml'], '')).rejects.toThrow(
    'there is no test document no/such.test.yaml',
  )
})
