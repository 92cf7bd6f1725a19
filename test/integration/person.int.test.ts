/** `person show` of what the product has committed: Kafka and Redis for real. */
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { type LiveProduct, liveProduct } from '../support/live-product.ts'
import { describeWith } from '../support/real-servers.ts'

interface Shown {
  readonly person_id: string
  readonly identifiers: readonly { readonly value: string }[]
  readonly absorbed: readonly string[]
  readonly profile: {
    readonly timers: readonly { readonly operator: string; readonly name: string; readonly due: string }[]
    readonly states: Readonly<Record<string, unknown>>
  } | null
}

describeWith(['kafka', 'redis'], 'person show', (addresses) => {
  let product: LiveProduct
  beforeEach(() => {
    product = liveProduct(addresses)
  })
  afterEach(async () => product.close())

  async function shown(identifier: string, ...args: readonly string[]): Promise<readonly Shown[]> {
    const { stdout, stderr, code } = await product.command('person', 'show', identifier, '--json', ...args)
    if (stdout === '') throw new Error(stderr)
    const people = JSON.parse(stdout) as readonly Shown[]
    expect(code).toBe(people.length === 0 ? 1 : 0)
    return people
  }

  test('by each of the names that a person has, and had', async () => {
    const file =
      product.document(`sources: { web: { topic: ${product.name}.web, lateness: 100ms, idle: 500ms } }
operators:
  - { id: identity, type: identity, from: web }
  - { id: sessions, type: sessionize, from: identity, config: { gap: 10m } }
  - { id: cart, type: cart-abandonment, from: identity, config: { after: 1h } }
`)
    expect((await product.command('topics', 'create', '--topology', file, '--partitions', '3')).stderr).toBe(
      '',
    )
    const now = Date.now()
    const event = (
      n: number,
      type: string,
      data: object,
      ...identifiers: readonly (readonly [string, string])[]
    ): string =>
      JSON.stringify({
        id: `e-${n}`,
        source: 'web',
        type,
        time: now + n,
        identifiers: identifiers.map(([kind, value]) => ({ type: kind, value })),
        data,
      })
    await product.publish(
      'web',
      event(1, 'page.viewed', { url: '/' }, ['anonymous_id', 'c-1']),
      event(2, 'product.added', { product_id: 'p', price: 5 }, ['email', 'ann@example.org']),
      event(
        3,
        'page.viewed',
        { url: '/account' },
        ['email', 'ann@example.org'],
        ['anonymous_id', 'c-1'],
        ['phone', '+45 1'],
      ),
      event(4, 'page.viewed', { url: '/' }, ['email', 'bob@example.org']),
    )
    let ann: Shown | undefined
    await product.whileRunning(file, async () => {
      // Until both of her lives have come to one place.
      await product.untilRecords('identities', 4)
      while (Object.keys(ann?.profile?.states ?? {}).length < 2 || ann?.absorbed.length === 0)
        [ann] = await shown('ann@example.org', '--topology', file)
    })
    expect(ann?.identifiers.map(({ value }) => value).toSorted()).toEqual(['+451', 'ann@example.org', 'c-1'])
    expect(ann?.absorbed).toHaveLength(1)
    for (const name of ['c-1', ' Ann@Example.org', '+45-1', ann?.person_id ?? '', ann?.absorbed[0] ?? ''])
      expect(await shown(name, '--topology', file)).toEqual([ann])
    expect(await shown('ann@example.org', '--type', 'email', '--topology', file)).toEqual([ann])
    expect(Object.keys(ann?.profile?.states ?? {}).toSorted()).toEqual(['cart', 'sessions'])
    expect(ann?.profile?.timers.map(({ operator }) => operator).toSorted()).toEqual(['cart', 'sessions'])
    expect(ann?.profile?.timers.find(({ operator }) => operator === 'cart')?.due).toBe(
      new Date(now + 2 + 3_600_000).toISOString(),
    )
    expect(JSON.stringify(ann?.profile?.states['cart'])).toContain('"p"')

    expect(await shown('nobody@example.org', '--topology', file)).toEqual([])
    const wrong = await product.command('person', 'show', 'x', '--type', 'shoe', '--topology', file)
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('types are: user_id')])
    const text = await product.command('person', 'show', 'bob@example.org', '--topology', file)
    expect(text.stdout).toMatch(/^person_id: [0-9a-f]{32}\n/)
  }, 120_000)
})
