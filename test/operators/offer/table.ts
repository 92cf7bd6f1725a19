/** What the tests of `offer` share: a topology of two triggers, triggers by one line, decisions as lines of text. */
import { expect } from '@jest/globals'
import type { Draft, Json, StreamEvent } from '../../../src/model/event.ts'
import type { Upstream, Wiring } from '../../../src/model/operator.ts'
import { offer } from '../../../src/operators/offer/operator.ts'
import { event, given, iso } from '../../support/given.ts'

export const UPSTREAM: readonly Upstream[] = [
  {
    id: 'late',
    type: 'late-arrival',
    emits: ['trigger.fired', 'trigger.retracted'],
    fields: {
      trigger: 'text',
      instance: 'text',
      phase: 'text',
      late_minutes: 'number',
      eta_at: 'time',
      reason: 'text',
    },
  },
  {
    id: 'cart',
    type: 'cart-abandonment',
    emits: ['trigger.fired', 'trigger.retracted'],
    fields: { trigger: 'text', instance: 'text', value: 'number', currency: 'text', reason: 'text' },
  },
  { id: 'own', type: 'pattern', emits: ['trigger.fired'], fields: { trigger: 'text', instance: 'text' } },
  { id: 'visits', type: 'sessionize', emits: ['session.closed'], fields: {} },
]

/** An offer of a document, with what a test does not care about. */
export const entry = (id: string, rest: Json = {}): Json => ({
  id,
  on: 'cart',
  channels: ['kiosk'],
  template: 't',
  ...rest,
})

export const givenOffers = (config: Json, wiring: Partial<Wiring> & { readonly person?: string } = {}) =>
  given(offer, config, { operatorId: 'offers', upstream: UPSTREAM, ...wiring })

/** `fired('11:00 cart k1')`; the cause is any source event. */
export function fired(text: string, data: Json = {}, rest: Partial<StreamEvent> = {}): StreamEvent {
  const [at = '', source = '', instance = ''] = text.split(' ')
  const name = UPSTREAM.find(({ id }) => id === source)?.type ?? source
  const shown = instance === '' ? { trigger: name, ...data } : { trigger: name, instance, ...data }
  return event(`${at} trigger.fired`, shown, { source, cause: { source: 'web', id: 'e' }, ...rest })
}

export function retracted(text: string): StreamEvent {
  const [at = '', source = '', instance = ''] = text.split(' ')
  return event(
    `${at} trigger.retracted`,
    { instance, reason: 'x' },
    { source, cause: { source: 'web', id: 'e' } },
  )
}

/** An event that brings identifiers: `known('09:00', 'email', 'push_token')`. */
export const known = (at: string, ...types: readonly string[]): StreamEvent =>
  event(`${at} page.viewed`, {}, { attached: types.map((type) => ({ type, value: `${type}-1` })) })

/** Decisions and revocations as text: `11:00 emitted high@email: low=outranked`. */
export function told(drafts: readonly Draft[]): readonly string[] {
  const channels = new Map(
    drafts
      .filter(({ type }) => type === 'offer.emitted')
      .map(({ data }) => [data['offer_id'], data['channel']]),
  )
  return drafts.flatMap(({ type, time, data }) => {
    const clock = iso(time ?? 0)
      .replace('2026-05-04T', '')
      .replace('2026-05-05T', '1d')
      .replace(':00.000Z', '')
      .replace('.000Z', '')
    if (type === 'offer.revoked') return [`${clock} revoked ${String(data['reason'])}`]
    if (type !== 'decision.made') return []
    const rejected = (data['rejected'] as { offer: string | null; reason: string }[]).map(
      (one) => `${one.offer ?? '-'}=${one.reason}`,
    )
    const chosen = typeof data['chosen'] === 'string' ? ` ${data['chosen']}` : ''
    const channel = channels.has(data['offer_id']) ? `@${String(channels.get(data['offer_id']))}` : ''
    return [
      `${clock} ${String(data['outcome'])}${chosen}${channel}${rejected.length > 0 ? `: ${rejected.join(' ')}` : ''}`,
    ]
  })
}

/** Compares the lines of a text table with what was decided. */
export function expectTold(drafts: readonly Draft[], table: string): void {
  expect(told(drafts)).toEqual(
    table
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== ''),
  )
}
