/** `{"erase": ...}` in a replay: what comes of it, as a reader of the outputs sees it. */
import { describe, expect, test } from '@jest/globals'
import { planOf, replayed } from '../support/replayed.ts'

const PLAN = planOf({
  topology: 'erasure',
  sources: { web: { topic: 'web' } },
  operators: [
    { id: 'who', type: 'identity', from: 'web' },
    { id: 'cart', type: 'cart-abandonment', from: 'who', config: { after: '10m' } },
    {
      id: 'say',
      type: 'offer',
      from: 'cart',
      config: { offers: [{ id: 'back', on: 'cart', channels: ['email'], template: 't' }] },
    },
  ],
  sinks: { offers: { from: 'say', topic: 'offers' }, people: { from: 'who', topic: 'people' } },
})

const TYPES: Readonly<Record<string, string>> = {
  e: 'email',
  a: 'anonymous_id',
  u: 'user_id',
  d: 'device_id',
  m: 'emial',
}
const identifier = (text: string) => ({ type: TYPES[text[0] ?? ''], value: text.slice(2) })

/** `10:00 e:ann a:1`: puts something into a cart; `erase e:ann`, `lift e:ann`. Ids count up. */
const linesOf = (story: readonly string[]): readonly string[] =>
  story.map((line, i) => {
    const [first = '', ...who] = line.split(' ')
    if (first === 'erase' || first === 'lift')
      return JSON.stringify({ erase: identifier(who[0] ?? ''), lift: first === 'lift' })
    const time = `2026-05-02T${first}:00Z`
    const data = { product_id: 'p' }
    return JSON.stringify({
      id: `e${i + 1}`,
      type: 'product.added',
      time,
      identifiers: who.map(identifier),
      data,
    })
  })

interface Value {
  readonly type: string
  readonly person_id: string
  readonly time: string
  readonly cause: Readonly<Record<string, string>>
  readonly data: Readonly<Record<string, unknown>>
}

async function played(...story: readonly string[]) {
  const input = Buffer.from(linesOf(story).join('\n'))
  const { outputs, summary } = await replayed(PLAN, input, { afterMs: 7_200_000 })
  const all = outputs.map(({ topic, key, value }) => ({
    topic,
    key,
    value: JSON.parse(value) as Value | null,
  }))
  const of = (type: string, topic = '') =>
    all.filter((one) => one.value?.type === type && (topic === '' || one.topic === topic))
  /** What is left of `identities` behind compaction. */
  const identities = new Map(
    all.filter(({ topic }) => topic === 'identities').map((one) => [one.key, one.value]),
  )
  for (const [key, value] of identities) if (value === null) identities.delete(key)
  return { all, of, summary, identities }
}

describe('the person', () => {
  test('gets nothing any more, and is announced as erased, with nothing of it but ids', async () => {
    const { of, identities, summary } = await played(
      '10:00 e:ann@x.y a:1',
      '10:05 e:bob@x.y',
      'erase e:Ann@x.y',
    )
    expect(of('offer.emitted').map(({ value }) => value?.data['recipient'])).toMatchObject([
      { identifiers: [{ value: 'bob@x.y' }] },
    ])
    for (const topic of ['identities', 'people']) {
      expect(of('person.erased', topic)).toHaveLength(1)
      const [erased] = of('person.erased', topic)
      expect(erased?.key).toBe(erased?.value?.person_id)
      expect(erased?.value).toMatchObject({ time: '2026-05-02T10:05:00.000Z', data: { absorbed: [] } })
      expect(JSON.stringify(erased)).not.toContain('ann')
    }
    expect(JSON.stringify([...identities])).not.toContain('ann')
    expect(identities.size).toBe(1)
    expect(summary).toMatchObject({ people: 1, offers: 1, suppressed: {} })
  })

  test('goes with everybody whom it ever absorbed, wherever it is called from', async () => {
    const { all, of, identities, summary } = await played(
      '10:00 a:1',
      '10:01 a:2',
      '10:02 a:1 a:2 e:ann@x.y',
      'erase a:2',
    )
    expect(identities.size).toBe(0)
    const [erased] = of('person.erased', 'identities')
    expect(erased?.value?.data['absorbed']).toHaveLength(1)
    const gone = all.filter(({ value }) => value === null).map(({ key }) => key)
    const absorbed = (erased?.value?.data['absorbed'] ?? []) as readonly string[]
    expect(gone).toEqual([erased?.key, ...absorbed])
    expect(summary).toMatchObject({ people: 0, merges: 1 })
  })

  test('whom nobody knows is suppressed all the same', async () => {
    const { all, summary } = await played('erase e:ann@x.y', '10:00 e:ann@x.y')
    expect(all).toEqual([])
    expect(summary).toMatchObject({ events: 1, people: 0, dead_letters: {}, late: 0 })
    expect(summary).toMatchObject({ suppressed: { 'suppressed-person': 1 }, suppressed_events: 1 })
  })
})

describe('who is silent', () => {
  const forgetful = planOf({
    topology: 'forgetful',
    sources: { web: { topic: 'web' } },
    forget: { anonymous: '90d', known: 'never' },
    operators: [
      { id: 'who', type: 'identity', from: 'web' },
      { id: 'stay', type: 'sessionize', from: 'who', config: { gap: '10d' } },
    ],
    sinks: { stays: { from: 'stay', topic: 'stays' } },
  })
  const line = (id: string, time: string, ...who: readonly string[]) =>
    JSON.stringify({ id, type: 'page.viewed', time, identifiers: who.map(identifier), data: {} })

  test('is forgotten as if never met, by what is known of them', async () => {
    const input = [
      line('e1', '2026-01-01T10:00:00Z', 'a:1'),
      line('e2', '2026-01-01T10:00:00Z', 'e:ann@x.y', 'a:2'),
      line('e3', '2026-03-31T10:00:00Z', 'a:3'),
      line('e4', '2026-04-02T10:00:00Z', 'a:1'),
      // A repeat of an event of somebody who is forgotten is an event.
      line('e1', '2026-04-02T10:00:01Z', 'a:1'),
      line('e5', '2026-04-02T10:00:00Z', 'a:2'),
    ]
    const { outputs, summary } = await replayed(forgetful, Buffer.from(input.join('\n')), { afterMs: 0 })
    const of = (type: string) => outputs.filter(({ value }) => value.includes(`"${type}"`))
    expect(outputs.filter(({ value }) => value === 'null').map(({ key }) => key)).toEqual([
      of('identity.created')[0]?.key,
    ])
    expect(of('identity.created')).toHaveLength(4)
    expect(of('person.erased')).toEqual([])
    // What was due before the end of the silence came.
    expect(of('session.closed')).toHaveLength(3)
    expect(summary).toMatchObject({ people: 3, duplicates: 0, merges: 0 })
  })
})

describe('names of it', () => {
  test('count as blocked, all of them: an event left with none is dropped, wherever its bytes would be kept', async () => {
    const late = '08:00 a:1'
    const { all, summary } = await played('10:00 e:ann@x.y a:1', 'erase e:ann@x.y', '10:01 a:1', late)
    expect(all.map(({ topic }) => topic)).not.toContain('late-events')
    expect(all.map(({ topic }) => topic)).not.toContain('dead-letters')
    expect(summary).toMatchObject({ suppressed_events: 2, late: 0, people: 0 })
  })

  test('beside a new one name nobody: it is a new person of the new one', async () => {
    const { of, identities } = await played(
      '10:00 e:ann@x.y a:1',
      'erase e:ann@x.y',
      '10:01 a:1 a:2 e:ann@x.y',
    )
    const [first, second] = of('identity.created', 'identities')
    expect(second?.key).not.toBe(first?.key)
    expect([...identities.values()].map((value) => value?.data['identifiers'])).toEqual([[identifier('a:2')]])
    expect(of('offer.emitted')).toEqual([])
  })

  test('are lifted together, and name somebody who has no past', async () => {
    const { of, summary } = await played(
      '10:00 e:ann@x.y a:1',
      'erase e:ann@x.y',
      '10:01 a:1',
      'lift e:ann@x.y',
      '10:30 a:1 e:ann@x.y',
    )
    expect(of('identity.created', 'identities')).toHaveLength(2)
    expect(of('trigger.fired')).toEqual([])
    expect(of('offer.emitted').map(({ value }) => value?.time)).toEqual(['2026-05-02T10:40:00.000Z'])
    expect(summary).toMatchObject({ people: 1, suppressed_events: 1 })
  })

  test('that everybody has are nobody’s to suppress, and stay everybody’s', async () => {
    const { of, summary } = await played(
      '10:00 u:ann d:tablet',
      '10:01 u:bob d:tablet',
      'erase u:ann',
      '10:02 d:tablet',
      '10:03 u:cat d:tablet',
    )
    expect(of('person.erased', 'identities')).toHaveLength(1)
    // Bob, whoever holds the tablet, and Cat.
    expect(summary).toMatchObject({ people: 3, merges: 0 })
    expect(summary.suppressed_events).toBeUndefined()
  })

  test('that everybody has can be suppressed by name', async () => {
    const story = ['10:00 u:ann d:tablet', '10:01 u:bob d:tablet', '10:02 d:tablet', 'erase d:tablet']
    const { summary } = await played(...story, '10:03 d:tablet', '10:04 u:bob d:tablet')
    expect(summary).toMatchObject({ people: 2, suppressed_events: 1 })
  })
})

test('an order with a type that identifies nobody is refused, and says which it may have meant', async () => {
  const { all, of } = await played('10:00 e:ann@x.y', 'erase m:ann@x.y', '10:01 e:ann@x.y')
  const [refused, ...others] = all.filter(({ topic }) => topic === 'dead-letters')
  expect(others).toEqual([])
  expect(refused?.value).toMatchObject({
    reason: 'invalid-event',
    detail: 'erase: no identifier of type "emial" identifies anybody here; did you mean email?',
  })
  expect(of('person.erased')).toEqual([])
})
