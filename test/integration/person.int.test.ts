/** `person show` and `person explain` of what the product has committed: Kafka and Redis for real. */
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
    // The watermark may have moved on until it stopped.
    ;[ann] = await shown('ann@example.org', '--topology', file)
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

  test('why somebody got an offer, and why not', async () => {
    const file = product.document(`timezone: Europe/Copenhagen
sources: { web: { topic: ${product.name}.web, lateness: 100ms, idle: 500ms } }
operators:
  - { id: identity, type: identity, from: web }
  - { id: cart, type: cart-abandonment, from: identity, config: { after: 1s } }
  - id: say
    type: offer
    from: cart
    config:
      offers:
        - { id: back, on: cart, channels: [email], template: t }
        - { id: gift, on: cart, when: trigger.value > 100, channels: [email], template: t }
`)
    const made = await product.command('topics', 'create', '--topology', file, '--partitions', '3')
    expect(made.stderr).toBe('')
    const time = Date.now()
    const add = { id: 'e-1', source: 'web', type: 'product.added', time, data: { product_id: 'p', price: 5 } }
    const identifiers = [{ type: 'email', value: 'ann@example.org' }]
    const explain = async (...args: readonly string[]) =>
      product.command('person', 'explain', 'ann@example.org', '--topology', file, ...args)
    await product.whileRunning(file, async () => {
      await product.publish('web', JSON.stringify({ ...add, identifiers }))
      await product.untilRecords('decisions', 1)
    })
    const { stdout, code } = await explain('--json')
    const [told] = JSON.parse(stdout) as readonly Record<string, unknown>[]
    expect(code).toBe(0)
    expect(told).toMatchObject({
      at: null,
      identifiers,
      events: [{ type: 'product.added', source: 'web', id: 'e-1', time: new Date(time).toISOString() }],
      events_remembered: 1,
      held_back_by: { source: 'web/0' },
      decisions: [
        {
          outcome: 'emitted',
          said: '"back" was offered',
          rejected: [
            {
              offer: 'gift',
              reason: 'condition-false',
              why: expect.stringContaining('its condition did not hold'),
            },
          ],
        },
      ],
    })
    const text = (await explain()).stdout
    expect(text).toContain('"gift" not offered: its condition did not hold')
    expect(text).toMatch(/say: "back" was sent by email at \d{4}-\d\d-\d\d \d\d:\d\d/)
    const before = await explain('--json', '--at', new Date(time - 1).toISOString())
    expect(JSON.parse(before.stdout)).toMatchObject([{ events: [], decisions: [], timers: null }])
    expect((await explain('--at', 'noon')).code).toBe(2)
  }, 120_000)
})
