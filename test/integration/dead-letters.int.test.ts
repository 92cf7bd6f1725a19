/** A record is refused, the topology is mended, and the record goes back once and is taken: product, Kafka and Redis for real. */
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { type LiveProduct, liveProduct } from '../support/live-product.ts'
import { describeWith } from '../support/real-servers.ts'

describeWith(['kafka', 'redis'], 'dead letters', (addresses) => {
  let product: LiveProduct
  beforeEach(() => {
    product = liveProduct(addresses)
  })
  afterEach(async () => product.close())

  const document = (identifiers: string): string =>
    product.document(`sources: { web: { topic: ${product.name}.web, lateness: 100ms, idle: 500ms, grace: 10s } }
operators: [{ id: identity, type: identity, from: web, config: { identifiers: { ${identifiers} } } }]
`)
  const event = (id: string): string =>
    JSON.stringify({
      id,
      source: 'web',
      type: 'page.viewed',
      time: new Date().toISOString(),
      identifiers: [{ type: 'badge', value: 'b-1' }],
      data: {},
    })

  test('go back once after a fix', async () => {
    const broken = document('email: {}')
    expect(
      (await product.command('topics', 'create', '--topology', broken, '--partitions', '1')).stderr,
    ).toBe('')
    await product.publish('web', event('e-1'), event('e-2'), 'no json')
    await product.whileRunning(broken, () => product.untilRecords('deadLetters', 3))

    const listed = await product.command('dead-letters', 'list', '--topology', broken, '--json')
    expect(JSON.parse(listed.stdout)).toMatchObject({
      total: 3,
      by_reason: { 'no-identifier': 2, 'not-json': 1 },
    })
    const still = await product.command('dead-letters', 'retry', '--topology', broken, '--dry-run', '--json')
    expect(JSON.parse(still.stdout)).toMatchObject({ letters: 3, events: 0, done: 0 })

    const mended = document('badge: { unique: true }')
    const unasked = await product.command('dead-letters', 'retry', '--topology', mended)
    expect([unasked.code, unasked.stderr]).toEqual([2, expect.stringContaining('--yes')])
    const before = await product.records('web')
    const retried = await product.command('dead-letters', 'retry', '--topology', mended, '--yes', '--json')
    expect(JSON.parse(retried.stdout)).toMatchObject({
      events: 2,
      refused: { 'not-json': 1 },
      lateUnknown: 0,
      done: 2,
    })
    const after = await product.records('web')
    expect(after).toBeGreaterThanOrEqual(before + 2)
    const again = await product.command('dead-letters', 'retry', '--topology', mended, '--yes')
    expect(again.stdout).toContain('of which 0 can go back\n  2 went back before, and do not again')
    expect(await product.records('web')).toBe(after)
    await product.whileRunning(mended, () => product.untilRecords('identities', 1))
  }, 180_000)
})
