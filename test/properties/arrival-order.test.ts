/** What is emitted about visits, carts, places, behaviour and what is known of people does not hang on the order of arrival, as long as nothing is late. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { planOf, replayed, setOf } from '../support/replayed.ts'
import {
  arriving,
  bytesOf,
  delays,
  documentOf,
  effort,
  lineOf,
  PATIENCE_MS,
  shoppers,
  shopping,
  strolling,
} from './made-up.ts'

const END = { afterMs: 3_600_000 }
const PLACES = [{ id: 'mill', lat: 0, lon: 0, radius_m: 100 }]
const CASES = {
  'visits of a person': { doing: shopping, document: documentOf() },
  'visits by channel, cut short': {
    doing: shopping,
    document: documentOf(
      [
        {
          id: 'by-channel',
          type: 'sessionize',
          from: 'who',
          config: { gap: '2m', max: '6m', by: 'channel' },
        },
      ],
      { channels: { from: 'by-channel', topic: 'channels' } },
    ),
  },
  'places, entered by two in a row, and whoever stays': {
    doing: strolling,
    document: documentOf(
      [
        { id: 'places', type: 'geofence', from: 'who', config: { places: PLACES, confirm: 2 } },
        {
          id: 'stays',
          type: 'pattern',
          from: 'places',
          config: {
            steps: [{ type: 'zone.entered' }],
            unless: { type: 'zone.left', within: '3m' },
            key: 'event.place_id',
          },
        },
      ],
      { zones: { from: 'places', topic: 'zones' }, stays: { from: 'stays', topic: 'stays' } },
    ),
  },
  'behaviour in steps': {
    doing: shopping,
    document: documentOf(
      [
        {
          id: 'second-thoughts',
          type: 'pattern',
          from: 'who',
          config: {
            steps: [{ type: 'product.added', times: 2 }, { type: 'page.viewed' }],
            within: '6m',
            unless: { type: 'order.completed', within: '4m' },
            once: '5m',
          },
        },
      ],
      { thoughts: { from: 'second-thoughts', topic: 'thoughts' } },
    ),
  },
  'what is known of people': {
    doing: shopping,
    document: documentOf(
      [
        { id: 'known', type: 'profile', from: 'who' },
        { id: 'met', type: 'encounters', from: ['who', 'stay'], config: { quality: { long: '3m' } } },
        {
          id: 'warm',
          type: 'warmth',
          from: 'who',
          config: {
            weights: { 'page.viewed': 12, 'product.added': 20, 'product.removed': -25 },
            halfLife: '5m',
            levels: { warm: 20, hot: 40 },
          },
        },
        {
          id: 'hesitating',
          type: 'pattern',
          from: 'who',
          config: {
            steps: [
              { type: 'page.viewed', where: 'profile.open_cart_value > 10 && profile.orders == 0' },
              { type: 'product.removed' },
            ],
            within: '5m',
            unless: { type: 'product.added', where: 'profile.open_cart_value > 20', within: '2m' },
          },
        },
        {
          id: 'groups',
          type: 'segments',
          from: ['who', 'stay', 'warm'],
          config: {
            segments: [
              { id: 'buyers', when: 'profile.orders >= 1 && profile.open_cart_value < 20' },
              { id: 'warm', when: 'profile.warmth_level != "cold" || profile.encounters > 2' },
              { id: 'cooling', when: '"warm" in profile.segments && profile.warmth < 15' },
            ],
          },
        },
      ],
      { known: { from: ['met', 'warm', 'groups', 'hesitating'], topic: 'known' } },
    ),
  },
}

describe.each(Object.entries(CASES))('%s', (_name, { document, doing }) => {
  const plan = planOf(document)
  test(
    'any arrival within the lateness: the same emissions',
    async () => {
      const cases = shoppers(3, 1800, 30, doing).chain((made) =>
        fc.tuple(fc.constant(made), delays(made.length)),
      )
      await fc.assert(
        fc.asyncProperty(cases, async ([made, late]) => {
          const lines = made.map((one, i) => ({ at: one.at, text: lineOf(one, `e${i}`) }))
          const emitted = async (texts: readonly string[]): Promise<readonly string[]> => {
            const { outputs, summary } = await replayed(plan, bytesOf(texts), END)
            expect([summary.late, summary.dead_letters]).toEqual([0, {}])
            return setOf(outputs.filter(({ topic }) => topic !== 'identities'))
          }
          const inTime = await emitted(lines.map(({ text }) => text))
          const mixed = arriving(lines, ({ at }) => at, late)
          expect(await emitted(mixed.map(({ text }) => text))).toEqual(inTime)
        }),
        effort(150),
      )
    },
    PATIENCE_MS,
  )
})
