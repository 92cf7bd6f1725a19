/** The metrics of a whole run: they agree with its summary, they name nobody, and their number does not grow with what comes. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { createMetrics } from '../../src/adapters/prometheus/collector.ts'
import { systemClock } from '../../src/adapters/system/clock.ts'
import { generateDay } from '../../src/app/demo/generate.ts'
import { SHOP } from '../../src/app/demo/shop.ts'
import { openEmbedded, type Embedded, type Output } from '../../src/app/embed.ts'
import { HOUR_MS } from '../../src/model/time.ts'
import { KEY, planOf } from '../support/replayed.ts'
import { ROOT } from '../docs/fenced.ts'

const PLAN = planOf(readFileSync(`${ROOT}/topologies/shop.yaml`, 'utf8'))

interface Run {
  readonly runtime: Embedded
  readonly outputs: readonly Output[]
  readonly text: () => Promise<string>
}

async function opened(): Promise<Run> {
  const outputs: Output[] = []
  const metrics = createMetrics({ build: { version: '0', topology: PLAN.topology }, clock: systemClock })
  const runtime = await openEmbedded(PLAN, {
    key: KEY,
    partitions: 2,
    onOutput: (output) => outputs.push(output),
    observe: metrics.observe,
  })
  const text = (): Promise<string> =>
    metrics.text({ tasks: runtime.status(), group: undefined, store: undefined, ending: undefined })
  return { runtime, outputs, text }
}

const day = (events: number): readonly string[] =>
  [...generateDay(SHOP, { events, seed: 11 })].map(({ line }) => line)
const samples = (text: string): readonly string[] =>
  text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
const sum = (text: string, series: RegExp): number =>
  samples(text)
    .filter((line) => series.test(line))
    .reduce((total, line) => total + Number(line.slice(line.lastIndexOf(' '))), 0)

describe('the metrics of a run', () => {
  test('agree with its summary', async () => {
    const { runtime, text } = await opened()
    await runtime.feed(day(3000))
    const summary = await runtime.finish({ afterMs: 2 * HOUR_MS })
    const shown = await text()
    await runtime.close()
    expect({
      events: sum(shown, /^shopkeeper_events_read_total\{/),
      duplicates: sum(shown, /^shopkeeper_events_total\{.*outcome="duplicate"/),
      people: sum(shown, /^shopkeeper_people_created_total/) - sum(shown, /^shopkeeper_people_merged_total/),
      merges: sum(shown, /^shopkeeper_people_merged_total/),
      sessions: sum(shown, /^shopkeeper_sessions_closed_total/),
      triggers: sum(shown, /^shopkeeper_triggers_fired_total/),
      retracted: sum(shown, /^shopkeeper_triggers_retracted_total/),
      offers: sum(shown, /^shopkeeper_offers_emitted_total/),
      revoked: sum(shown, /^shopkeeper_offers_revoked_total/),
      decisions: sum(shown, /^shopkeeper_decisions_total/),
      late: sum(shown, /^shopkeeper_events_total\{.*outcome="late"/),
      suppressed: sum(shown, /^shopkeeper_offers_suppressed_total/),
      dead: sum(shown, /^shopkeeper_dead_letters_total/),
    }).toEqual({
      events: summary.events,
      duplicates: summary.duplicates,
      people: summary.people,
      merges: summary.merges,
      sessions: summary.sessions,
      triggers: summary.triggers,
      retracted: summary.retracted,
      offers: summary.offers,
      revoked: summary.revoked,
      decisions: summary.decisions,
      late: summary.late,
      suppressed: Object.values(summary.suppressed).reduce((a, b) => a + b, 0),
      dead: Object.values(summary.dead_letters).reduce((a, b) => a + b, 0),
    })
    expect(summary.offers).toBeGreaterThan(0)
    // Each event ends as exactly one of these.
    expect(sum(shown, /^shopkeeper_events_total\{/)).toBe(summary.events)
    expect(sum(shown, /^shopkeeper_offers_suppressed_total\{.*reason="other"/)).toBe(0)
    expect(sum(shown, /^shopkeeper_records_read_total\{.*identify/)).toBeGreaterThanOrEqual(summary.events)
    expect(sum(shown, /^shopkeeper_state_written_bytes_total\{.*profile/)).toBeGreaterThan(0)
    expect(sum(shown, /^shopkeeper_task_state\{.*state="running"/)).toBe(3)
  })

  test('say of each order to erase what came of it, also that nobody was known', async () => {
    const { runtime, outputs, text } = await opened()
    const known = { type: 'email', value: 'ann@x.y' }
    const event = {
      id: 'e1',
      type: 'page.viewed',
      time: '2026-05-02T10:00:00Z',
      identifiers: [known],
      data: {},
    }
    const stranger = { type: 'email', value: 'bob@x.y' }
    const lines = [
      event,
      { erase: stranger },
      { erase: known },
      { erase: known },
      { erase: stranger, lift: true },
      { erase: { type: 'emial', value: 'ann@x.y' } },
    ]
    await runtime.feed(lines.map((line) => JSON.stringify(line)))
    const summary = await runtime.finish({ afterMs: 0 })
    const shown = await text()
    await runtime.close()
    const orders = samples(shown).filter((line) => line.startsWith('shopkeeper_erase_orders_total'))
    expect(orders.map((line) => /outcome="(\w+)".* (\d+)$/.exec(line)?.slice(1).join(' '))).toEqual([
      'erased 1',
      'unknown 2',
      'lifted 1',
    ])
    expect(orders.join()).not.toContain('@')
    // The metric is all that is said of who was not there (R6).
    expect(outputs.filter(({ value }) => value?.includes('person.erased'))).toHaveLength(1)
    expect(summary).toMatchObject({ people: 0, dead_letters: { 'invalid-event': 1 } })
  })

  test('name nobody: no identifier, no id of an event, nothing that an event says', async () => {
    const { runtime, outputs, text } = await opened()
    const event = (n: number, type: string, more: object, who = `secret${n % 3}@secret.example`): string =>
      JSON.stringify({
        id: `secret-${n}`,
        source: 'secret-source',
        type,
        time: `2026-05-02T09:${String(n).padStart(2, '0')}:00Z`,
        identifiers: [
          { type: 'email', value: who },
          { type: 'anonymous_id', value: `secret-cookie-${n}` },
        ],
        context: { channel: 'secret-channel', campaign: 'secret-campaign' },
        data: more,
      })
    await runtime.feed([
      event(1, 'page.viewed', { url: 'https://secret.example/', title: 'secret' }),
      event(2, 'product.added', {
        product_id: 'secret-product',
        cart_id: 'secret-cart',
        price: 90,
        currency: 'EUR',
      }),
      event(3, 'product.added', { product_id: 'secret-product', price: 90, currency: 'EUR' }),
      event(4, 'consent.changed', { purpose: 'secret-purpose', granted: false }),
      event(4, 'consent.changed', { purpose: 'secret-purpose', granted: false }),
      event(5, 'page.viewed', {}, 'undefined').replaceAll('anonymous_id', 'secret_type'),
      '{"secret',
      '{"id":"secret-6","type":"secret.type"}',
    ])
    await runtime.finish({ afterMs: 3 * HOUR_MS })
    const shown = await text()
    await runtime.close()
    expect(outputs.some(({ topic }) => topic === 'dead-letters')).toBe(true)
    expect(sum(shown, /^shopkeeper_triggers_fired_total/)).toBeGreaterThan(0)
    expect(shown).not.toMatch(/secret/i)
    const people = new Set(outputs.flatMap(({ key }) => (key === null ? [] : [key])))
    expect(people.size).toBeGreaterThan(2)
    for (const person of people) expect(shown).not.toContain(person)
  })

  test('stay as many, however many people and events come', async () => {
    const series = async (run: Run): Promise<number> =>
      samples(await run.text()).filter((line) => line.startsWith('shopkeeper_')).length
    const run = await opened()
    // By then every channel and currency of the business has been named.
    await run.runtime.feed(day(6000).slice(0, 3000))
    const few = await series(run)
    await run.runtime.feed(day(6000).slice(3000))
    expect(await series(run)).toBe(few)
    await run.runtime.close()
  })
})
