/**
 * Seeds with described behaviour: patterns in the topology, of what their people do anyway, and now and then an offer on one. Drawn from
 * a stream of their own, so that a seed without patterns is what it was before there were any.
 */
import { type Json, listOf, objectOf } from '../oracle/settings.ts'
import { type Prng, prngOf } from '../prng.ts'

const PATTERNS = 0x9a77

type Draw = (prng: Prng) => Json

const span = (prng: Prng): string => prng.pick(['1m', '5m', '10m', '30m', '2h'])
const maybe = (prng: Prng, key: string, value: unknown): Json => (prng.chance(1, 2) ? { [key]: value } : {})

/** By what the topology has: those at the end need places. */
const SHOPPING: readonly Draw[] = [
  (prng) => ({
    steps: [
      { type: 'product.added', times: prng.between(1, 3), ...maybe(prng, 'where', 'event.quantity > 1') },
      { type: 'product.removed' },
    ],
    within: span(prng),
    ...maybe(prng, 'key', 'event.product_id'),
    ...maybe(prng, 'once', span(prng)),
    ...maybe(prng, 'decide', 'at-once'),
  }),
  (prng) => ({
    steps: [
      { type: 'page.viewed', times: prng.between(1, 2) },
      { type: 'product.added' },
      { type: 'page.left' },
    ],
    within: prng.pick(['30m', '2h']),
    ...maybe(prng, 'unless', { type: 'order.completed', within: span(prng) }),
    ...maybe(prng, 'once', span(prng)),
  }),
  (prng) => ({
    steps: [{ type: prng.pick(['page.viewed', 'product.added']) }],
    unless: { type: prng.pick(['page.viewed', 'product.added', 'product.removed']), within: span(prng) },
    ...maybe(prng, 'once', span(prng)),
  }),
  (prng) => ({
    steps: [
      { type: 'product.added', times: 2 },
      { type: 'product.added', where: 'event.quantity > 1' },
    ],
    within: '2h',
    key: 'event.product_id',
    ...maybe(prng, 'unless', { type: 'product.removed', within: span(prng) }),
  }),
]
const STROLLING: readonly Draw[] = [
  (prng) => ({
    steps: [{ type: 'zone.entered' }],
    unless: { type: 'zone.left', within: span(prng) },
    key: 'event.place_id',
    ...maybe(prng, 'once', span(prng)),
  }),
  (prng) => ({
    steps: [
      { type: 'zone.left', ...maybe(prng, 'where', 'event.dwell_seconds >= 60') },
      { type: prng.pick(['product.added', 'page.viewed', 'zone.entered']) },
    ],
    within: prng.pick(['10m', '2h']),
    ...maybe(prng, 'unless', { type: 'zone.left', within: span(prng) }),
  }),
]

/** An offer on the pattern, if there is an operator that decides. */
function withOffer(prng: Prng, operators: readonly Json[], on: string): readonly Json[] {
  return operators.map((operator) => {
    if (operator['type'] !== 'offer') return operator
    const config = objectOf(operator['config'])
    const offer = {
      id: `offer-${on}`,
      on,
      channels: ['email', 'kiosk'],
      priority: prng.pick([20, 60]),
      expires: prng.pick(['30m', '24h']),
      template: 'behaviour',
      params: {},
    }
    const from = [...listOf(operator['from']), on]
    return { ...operator, from, config: { ...config, offers: [...listOf(config['offers']), offer] } }
  })
}

export interface Behaving {
  readonly document: Json
  /** How many of the people there are; undefined: all. With fewer there is more of each one's doings. */
  readonly people: number | undefined
  /** What the patterns speak of, beside what there is of it anyway. */
  readonly kinds: readonly (readonly [number, () => { readonly type: string; readonly data: Json }])[]
}

/** The document with patterns in it. Undefined: a seed without. */
export function drawBehaving(seed: number, document: Json): Behaving | undefined {
  const prng = prngOf(seed ^ PATTERNS)
  if (!prng.chance(1, 4)) return undefined
  let operators: readonly Json[] = listOf(document['operators']).map(objectOf)
  const sinks: Record<string, unknown> = { ...objectOf(document['sinks']) }
  const hasPlaces = operators.some(({ id }) => id === 'places')
  const count = prng.between(1, 2)
  for (let i = 0; i < count; i++) {
    const strolls = hasPlaces && prng.chance(2, 3)
    const config = prng.pick(strolls ? STROLLING : SHOPPING)(prng)
    const id = `behaviour-${i}`
    operators = [
      ...operators,
      { id, type: 'pattern', from: strolls ? ['identity', 'places'] : ['identity'], config },
    ]
    sinks[id] = { from: id, topic: id, format: 'json' }
    if (prng.chance(1, 2)) operators = withOffer(prng, operators, id)
  }
  // Who decides stands last, as in every drawn document: triggers of one time are decided in the order of the document.
  const rank = ({ type }: Json): number => (type === 'offer' ? 1 : 0)
  const product = (): Json => ({ product_id: prng.pick(['p0', 'p1']), quantity: prng.between(1, 2) })
  const weight = prng.pick([0, 8, 20])
  return {
    document: { ...document, operators: operators.toSorted((a, b) => rank(a) - rank(b)), sinks },
    people: prng.chance(1, 2) ? prng.between(1, 3) : undefined,
    kinds: [
      [weight, () => ({ type: 'page.viewed', data: {} })],
      [weight, () => ({ type: 'page.left', data: { exit_intent: true } })],
      [weight, () => ({ type: 'product.added', data: product() })],
      [weight / 2, () => ({ type: 'product.removed', data: product() })],
    ],
  }
}
