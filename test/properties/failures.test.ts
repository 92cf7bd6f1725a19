/** What failed goes out once more, however the recording that tells of it is worked off. */
import { expect, test } from '@jest/globals'
import { MINUTE_MS } from '../../src/model/time.ts'
import { planOf, replayed, setOf, type Way } from '../support/replayed.ts'
import { bytesOf, documentOf, type Json, lineOf, PATIENCE_MS } from './made-up.ts'

const PLAN = planOf(
  documentOf(
    [
      {
        id: 'say',
        type: 'offer',
        from: ['cart'],
        config: {
          caps: [
            { max: 2, per: '2h' },
            { max: 1, per: '30m', channel: 'call' },
          ],
          offers: [
            { id: 'back', on: 'cart', channels: ['push', 'call', 'screen'], expires: '1h', template: 'back' },
          ],
        },
      },
    ],
    {
      said: { from: ['say'], topic: 'said' },
      calls: { from: ['say'], topic: 'call-list', channels: ['call'] },
    },
    { lateness: '20s', grace: '4m', idle: '3m' },
  ),
)

const WAYS: readonly Way[] = [
  { batch: 1 },
  { partitions: 4, batch: 7 },
  { crashEvery: 1 },
  { crashEvery: 3, partitions: 4 },
]
const END = { afterMs: 300 * MINUTE_MS }

/** Carts of three people, two of them with every address. */
const LINES = Array.from({ length: 40 }, (_, i) => {
  const who = [`u:${i % 3}`, ...(i < 3 ? [`t:${i}`] : [])]
  const line = lineOf(
    { at: i * 90, who, type: 'product.added', data: { product_id: 'p1', price: 10, cart_id: `k${i % 7}` } },
    `add-${i}`,
  )
  if (i >= 2) return line
  const event = JSON.parse(line) as { identifiers: readonly Json[] }
  return JSON.stringify({
    ...event,
    identifiers: [...event.identifiers, { type: 'phone', value: `+45${i}` }],
  })
})

interface Emitted {
  readonly topic: string
  readonly time: string
  readonly data: Json
}

async function offersOf(lines: readonly string[], way: Way = {}): Promise<readonly Emitted[]> {
  const { outputs } = await replayed(PLAN, bytesOf(lines), END, way)
  return outputs.flatMap(({ topic, value }) => {
    const { type, time, data } = JSON.parse(value) as Emitted & { readonly type: string }
    return type === 'offer.emitted' ? [{ topic, time, data }] : []
  })
}

/** Every second offer on push fails, some twice, ten seconds on: told right behind the cart that it came of, so ahead of the offer itself. */
function withFailures(offers: readonly Emitted[]): readonly string[] {
  const failed = offers.filter(({ data }, i) => data['channel'] === 'push' && i % 2 === 0)
  const lines = failed.flatMap(({ time, data }, i) =>
    [10, 15].slice(0, 1 + (i % 2)).map((seconds) => {
      const identifiers = (data['recipient'] as Json)['identifiers']
      const at = new Date(Date.parse(time) + seconds * 1000).toISOString()
      const said = { offer_id: data['offer_id'], reason: 'gone' }
      return JSON.stringify({
        id: `f-${i}-${seconds}`,
        source: 'made-up',
        type: 'offer.failed',
        time: at,
        identifiers,
        data: said,
      })
    }),
  )
  const timeOf = (line: string): number => Date.parse((JSON.parse(line) as { time: string }).time)
  return [...LINES, ...lines].sort((a, b) => timeOf(a) - timeOf(b))
}

test(
  'once, with an id of its own, and on the call list if it is a call',
  async () => {
    const before = (await offersOf(LINES)).filter(({ topic }) => topic === 'said')
    const lines = withFailures(before)
    expect(lines.length).toBeGreaterThan(LINES.length)
    const all = await offersOf(lines)
    const said = all.filter(({ topic }) => topic === 'said')
    const again = said.filter(({ data }) => data['fallback_of'] !== undefined)
    const failed = before.filter(({ data }, i) => data['channel'] === 'push' && i % 2 === 0)
    expect(again.map(({ data }) => String(data['fallback_of'])).sort()).toEqual(
      failed.map(({ data }) => String(data['offer_id'])).sort(),
    )
    expect(new Set(said.map(({ data }) => data['offer_id'])).size).toBe(said.length)
    expect(new Set(again.map(({ data }) => data['channel']))).toEqual(new Set(['call', 'screen']))
    for (const { time, data } of again) {
      const first = before.find((one) => one.data['offer_id'] === data['fallback_of'])
      expect(Date.parse(time)).toBe(Date.parse(first?.time ?? '') + 10_000)
    }
    // Nothing else changes: what stands in takes no place in the caps over all channels.
    const rest = (list: readonly Emitted[]): readonly unknown[] => list.map(({ data }) => data['offer_id'])
    expect(rest(said.filter(({ data }) => data['fallback_of'] === undefined))).toEqual(rest(before))
    const calls = all.filter(({ topic }) => topic === 'call-list')
    expect(rest(calls)).toEqual(rest(said.filter(({ data }) => data['channel'] === 'call')))
    expect(calls.length).toBeGreaterThan(0)
  },
  PATIENCE_MS,
)

test(
  'the same set in every way',
  async () => {
    const lines = bytesOf(withFailures((await offersOf(LINES)).filter(({ topic }) => topic === 'said')))
    const straight = setOf((await replayed(PLAN, lines, END)).outputs)
    for (const way of WAYS) expect(setOf((await replayed(PLAN, lines, END, way)).outputs)).toEqual(straight)
  },
  PATIENCE_MS,
)
