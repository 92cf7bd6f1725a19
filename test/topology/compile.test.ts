/** A document becomes the plan that the runtime walks. */
import { describe, expect, test } from '@jest/globals'
import { ConfigFindings } from '../../src/model/errors.ts'
import { idKeyOf } from '../../src/model/hash.ts'
import { compile } from '../../src/topology/compile.ts'
import { parseTopology } from '../../src/topology/document.ts'
import type { Plan } from '../../src/topology/plan.ts'

const plan = (text: string): Plan =>
  compile(parseTopology({ file: 'park.yaml', text }), { key: idKeyOf('test') })

const LEAST = `
topology: shop
sources: { web: { topic: web-events } }
operators: [{ id: who, type: identity, from: web }]
`
const PARK = `
topology: park
timezone: Europe/Copenhagen
partitions: 12
dedupe: { within: 1h, events: 7 }
forget: { anonymous: 90d, known: never }
sources:
  web: { topic: web, format: segment, lateness: 1s, grace: 2s, idle: 3s, ahead: 4s, types: [page.viewed, product.added], dedupe: none }
  trips: { topic: trips }
  rides: { topic: rides, world: true }
operators:
  - id: offers
    type: offer
    from: [cart, late]
    config: { offers: [ { id: a, on: cart, channels: [push], template: t } ] }
  - { id: cart, type: cart-abandonment, from: who }
  - { id: late, type: late-arrival, from: who }
  - { id: who, type: identity, from: [web, trips] }
  - { id: visit, type: sessionize, from: who }
sinks:
  offers: { from: offers, topic: offers, format: avro }
  triggers: { from: [cart, late], topic: triggers }
  sessions: { from: visit, topic: sessions }
  people: { from: who, topic: people }
lateEvents: { topic: too-late }
`

describe('defaults', () => {
  test('the least document', () => {
    const { sources, slots, topics, partitions, dedupe, timezone, topology, identity, forget } = plan(LEAST)
    expect({ topology, timezone, partitions, slots, forget }).toEqual({
      topology: 'shop',
      timezone: 'UTC',
      partitions: undefined,
      slots: [],
      forget: undefined,
    })
    expect(sources).toEqual([
      {
        index: 0,
        id: 'web',
        topic: 'web-events',
        format: 'json',
        latenessMs: 10_000,
        graceMs: 600_000,
        idleMs: 30_000,
        aheadMs: 300_000,
        types: undefined,
        dedupe: true,
        world: false,
      },
    ])
    expect(topics).toEqual({
      late: 'late-events',
      deadLetters: 'dead-letters',
      identities: 'identities',
      decisions: 'decisions',
    })
    expect(dedupe).toEqual({ withinMs: 86_400_000, events: 200 })
    expect(identity).toMatchObject({ id: 'who', sinks: [] })
    expect(identity.ready.key).toEqual(idKeyOf('test'))
  })
})

describe('a whole document', () => {
  const park = plan(PARK)
  const ids = (slots: readonly { readonly id: string }[]): readonly string[] => slots.map(({ id }) => id)

  test('sources say what the document says', () => {
    expect(park.sources[0]).toEqual({
      index: 0,
      id: 'web',
      topic: 'web',
      format: 'segment',
      latenessMs: 1000,
      graceMs: 2000,
      idleMs: 3000,
      aheadMs: 4000,
      types: new Set(['page.viewed', 'product.added']),
      dedupe: false,
      world: false,
    })
    expect(park.sources.map(({ index, world }) => [index, world])).toEqual([
      [0, false],
      [1, false],
      [2, true],
    ])
    expect(park).toMatchObject({
      timezone: 'Europe/Copenhagen',
      partitions: 12,
      dedupe: { withinMs: 3_600_000, events: 7 },
    })
    expect(park.forget).toEqual({ anonymousMs: 90 * 86_400_000, knownMs: undefined })
    expect(park.topics).toMatchObject({ late: 'too-late', decisions: 'decisions' })
  })

  test('slots stand behind everything upstream of them', () => {
    expect(ids(park.slots)).toEqual(['cart', 'late', 'offers', 'visit'])
    expect(park.slots.map(({ index }) => index)).toEqual([0, 1, 2, 3])
    expect(park.slots.map(({ downstream }) => downstream)).toEqual([[2], [2], [], []])
  })

  test('sinks', () => {
    expect(
      park.slots.map(({ sinks }) => sinks.map(({ id, topic, format }) => `${id} ${topic} ${format}`)),
    ).toEqual([
      ['triggers triggers json'],
      ['triggers triggers json'],
      ['offers offers avro'],
      ['sessions sessions json'],
    ])
    expect(park.identity.sinks).toEqual([{ id: 'people', topic: 'people', format: 'json' }])
  })

  test('takers: behind identity by what they accept, and whoever hears it; asked twice, the same answer', () => {
    expect(ids(park.takers('product.added'))).toEqual(expect.arrayContaining(['cart', 'visit']))
    expect(ids(park.takers('product.added'))).not.toContain('late')
    expect(ids(park.takers('trip.eta_updated'))).toContain('late')
    expect(ids(park.takers('consent.changed'))).toContain('offers')
    expect(park.takers('ride.boarded')).toBe(park.takers('ride.boarded'))
  })

  test('accepts: an emission of upstream', () => {
    const [, , offers, visit] = park.slots
    if (offers === undefined || visit === undefined) throw new Error('four slots')
    expect(park.accepts(offers, 'trigger.fired')).toBe(true)
    expect(park.accepts(offers, 'session.closed')).toBe(false)
  })
})

test('of all types an operator may take only those that its config names', () => {
  const { takers, slots, accepts } = plan(`
topology: town
sources: { phones: { topic: phones } }
operators:
  - { id: who, type: identity, from: phones }
  - { id: places, type: geofence, from: who, config: { places: [{ id: mill, lat: 0, lon: 0, radius_m: 9 }] } }
  - id: stays
    type: pattern
    from: [who, places]
    config: { steps: [{ type: zone.entered }], unless: { type: page.left, within: 5m }, key: event.place_id }
sinks: { stays: { from: stays, topic: stays } }
`)
  const idsOf = (type: string): readonly string[] => takers(type).map(({ id }) => id)
  expect(idsOf('page.left')).toEqual(['stays'])
  expect(idsOf('location.updated')).toEqual(['places'])
  expect(idsOf('page.viewed')).toEqual([])
  const [stays] = slots.filter(({ id }) => id === 'stays')
  expect(stays !== undefined && accepts(stays, 'zone.entered')).toBe(true)
  expect(stays !== undefined && accepts(stays, 'zone.left')).toBe(false)
})

describe('a document that does not hold', () => {
  test('is refused with all its findings', () => {
    const bad = LEAST.replace('from: web', 'from: wbe').replace(
      'topic: web-events',
      'topic: web-events, grace: soon',
    )
    const thrown = ((): unknown => {
      try {
        return plan(bad)
      } catch (error) {
        return error
      }
    })()
    expect(thrown).toBeInstanceOf(ConfigFindings)
    expect((thrown as ConfigFindings).findings.map(({ code, level }) => `${level} ${code}`)).toEqual(
      ['error bad-duration', 'warning unreachable', 'error unknown-id'].toSorted((a, b) =>
        a.includes('unreachable') ? -1 : b.includes('unreachable') ? 1 : 0,
      ),
    )
  })

  test('warnings alone do not stop it', () => {
    // The source that nobody reads is warned of, and holds no time back.
    const { sources } = plan(LEAST.replace('web: {', 'app: { topic: app }, web: {'))
    expect(sources.map(({ id, index }) => [id, index])).toEqual([['web', 0]])
  })
})
