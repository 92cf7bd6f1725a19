/**
 * Seeds with journeys: paths of what their people do anyway, and now and then an offer on one of the steps. Drawn from a stream of their
 * own, so that a seed without journeys is what it was before there were any.
 */
/* oxlint-disable unicorn/no-thenable -- the key is the contract's. */
import { formatTime } from '../../../src/model/time.ts'
import { durationOf, type Json, listOf, objectOf } from '../oracle/settings.ts'
import { type Prng, prngOf } from '../prng.ts'

const JOURNEYS = 0x70a7
const HOUR_MS = 3_600_000
const ANSWERS = ['offer.accepted', 'offer.accepted', 'offer.declined']

type Draw = (prng: Prng) => readonly Json[]

const span = (prng: Prng): string => prng.pick(['1m', '5m', '10m', '30m', '2h', '9h'])
const maybe = (prng: Prng, key: string, value: unknown): Json => (prng.chance(1, 2) ? { [key]: value } : {})
const fire = (id: string): Json => ({ id, trigger: true })
const note = (id: string): Json => ({
  id,
  emit: { type: 'path.noted', fields: { what: '${key}!', quantity: '${entered.quantity}' } },
})
/** Between two triggers time passes, so that no two are fired in one moment. */
const PATHS: readonly Draw[] = [
  (prng) => [{ id: 'rest', wait: { for: span(prng) } }, fire('ask'), note('told')],
  (prng) => [
    {
      id: 'away',
      waitFor: {
        type: prng.pick(['product.removed', 'product.added']),
        ...maybe(prng, 'where', 'event.product_id == key'),
        ...maybe(prng, 'within', span(prng)),
      },
      ...maybe(prng, 'then', 'over'),
    },
    fire('ask'),
    { id: 'rest', wait: { for: span(prng) } },
    { id: 'over', end: { outcome: 'left' } },
  ],
  (prng) => [
    {
      id: 'who',
      branch: [{ when: prng.pick(['entered.quantity > 1', 'key == "p0"']), go: 'ask' }, { go: 'rest' }],
    },
    fire('ask'),
    { id: 'rest', wait: { for: span(prng) } },
    { id: 'again', waitFor: { type: 'page.viewed', within: span(prng) } },
    { id: 'more', branch: [{ when: 'entered.quantity > 1', go: 'told' }, { go: 'late' }] },
    { ...note('told'), then: 'last' },
    fire('late'),
    { id: 'last', wait: { for: span(prng) } },
  ],
  (prng) => [
    fire('ask'),
    { id: 'back', waitFor: { type: 'product.removed', within: '30m' }, then: 'rest', else: 'over' },
    { id: 'rest', wait: { for: span(prng) }, then: 'ask' },
    { id: 'over', end: { outcome: 'kept' } },
  ],
]

/** What offers lead to: only where somebody offers, and then often. */
const answer: Draw = (prng) => [
  fire('ask'),
  {
    id: 'answer',
    waitFor: { type: prng.pick(ANSWERS), within: span(prng) },
    then: 'thanks',
    else: 'late',
  },
  { id: 'late', wait: { for: span(prng) } },
  { id: 'again', waitFor: { type: prng.pick(ANSWERS), within: '9h' }, then: 'thanks', else: 'over' },
  { id: 'thanks', end: { outcome: 'answered' } },
  { id: 'over', end: { outcome: 'silent' } },
]

/** Towards a day, or a time of it, that the entering event says; it need not say one. */
export const untilDay: Draw = (prng) => [
  {
    id: 'near',
    wait: { until: 'entered.visit_date', ...maybe(prng, 'minus', prng.pick(['30m', '5h', '2d'])) },
  },
  fire('ask'),
  { id: 'there', wait: { until: 'entered.visit_date' } },
  { id: 'over', end: { outcome: 'been' } },
]

const dayOf = (prng: Prng, now: number): Json => {
  const at = now + prng.pick([-2, 0, 1, 3, 12, 24, 40]) * HOUR_MS
  const text = formatTime(at)
  return prng.chance(1, 10) ? {} : { visit_date: prng.pick([text.slice(0, 10), text, String(at), 'soon']) }
}

export interface Doing {
  readonly type: string
  readonly data: Json
  /** What hangs on the time of the event, and goes over `data`. */
  readonly dated?: (time: number) => Json
}

/** A visit on some day; often one for which there is nothing to wait, or next to nothing, by one of the steps. */
export function ticketFor(prng: Prng, now: number, steps: readonly Json[]): Doing {
  const data = { order_id: 'o-visit', visit_id: prng.pick(['v1', 'v2', 'v3']), ...dayOf(prng, now) }
  if (prng.chance(1, 2)) return { type: 'ticket.purchased', data }
  const leads = steps.flatMap(({ wait }) =>
    wait === undefined ? [] : [durationOf(objectOf(wait)['minus'], '0s')],
  )
  const rest = prng.pick(leads) + prng.pick([-1, 0, 1, 500, 999, 1000, 1001])
  return { type: 'ticket.purchased', data, dated: (time) => ({ visit_date: formatTime(time + rest) }) }
}

/** An offer on the journey or one of its steps, if there is an operator that decides. */
function withOffer(prng: Prng, operators: readonly Json[], id: string): readonly Json[] {
  const on = prng.pick([id, `${id}.ask`])
  return operators.map((operator) => {
    if (operator['type'] !== 'offer') return operator
    const config = objectOf(operator['config'])
    const offer = {
      id: `offer-${id}`,
      on,
      channels: ['email', 'kiosk'],
      priority: prng.pick([20, 60]),
      expires: prng.pick(['30m', '24h']),
      template: 'path',
      params: {},
    }
    const from = [...listOf(operator['from']), id]
    return { ...operator, from, config: { ...config, offers: [...listOf(config['offers']), offer] } }
  })
}

export interface Travelling {
  readonly document: Json
  /** How many of the people there are; undefined: all. With fewer there is more of each one's doings. */
  readonly people: number | undefined
  /** What the journeys speak of, beside what there is of it anyway. */
  readonly kinds: readonly (readonly [number, () => Doing])[]
}

/** The document with journeys in it. Undefined: a seed without. `now`: how far the seed's events have come. */
export function drawJourneys(seed: number, document: Json, now: () => number): Travelling | undefined {
  const prng = prngOf(seed ^ JOURNEYS)
  if (!prng.chance(1, 4)) return undefined
  let operators: readonly Json[] = listOf(document['operators']).map(objectOf)
  const sinks: Record<string, unknown> = { ...objectOf(document['sinks']) }
  const decides = operators.some(({ type }) => type === 'offer')
  const count = prng.between(1, 2)
  let visit: readonly Json[] | undefined
  for (let i = 0; i < count; i++) {
    const id = `path-${i}`
    const isVisit = prng.chance(1, 4)
    const isAsked = !isVisit && decides && prng.chance(1, 2)
    const steps = (isVisit ? untilDay : isAsked ? answer : prng.pick(PATHS))(prng)
    if (isVisit) visit = steps
    const config = {
      ...(isVisit
        ? { enter: { type: 'ticket.purchased' }, key: 'event.visit_id' }
        : {
            enter: { type: 'product.added', ...maybe(prng, 'where', 'event.quantity > 1') },
            key: 'event.product_id',
          }),
      ...maybe(prng, 'reenter', prng.pick(['always', 'after-exit'])),
      ...maybe(
        prng,
        'exit',
        [
          { type: 'order.completed', outcome: 'bought' },
          { type: 'product.removed', where: 'event.product_id == key' },
        ].slice(0, prng.between(1, 2)),
      ),
      ...maybe(prng, 'for', span(prng)),
      steps,
    }
    operators = [...operators, { id, type: 'journey', from: ['identity'], config }]
    sinks[id] = { from: id, topic: id, format: 'json' }
    if (isAsked || prng.chance(1, 2)) operators = withOffer(prng, operators, id)
  }
  // Who decides stands last, as in every drawn document: triggers of one time are decided in the order of the document.
  const rank = ({ type }: Json): number => (type === 'offer' ? 1 : 0)
  const product = (): Json => ({ product_id: prng.pick(['p0', 'p1']), quantity: prng.between(1, 2) })
  const weight = prng.pick([0, 8, 20])
  return {
    document: { ...document, operators: operators.toSorted((a, b) => rank(a) - rank(b)), sinks },
    people: prng.chance(1, 2) ? prng.between(1, 3) : undefined,
    kinds: [
      [weight, () => ({ type: 'product.added', data: product() })],
      [weight / 2, () => ({ type: 'page.viewed', data: {} })],
      [weight / 2, () => ({ type: 'product.removed', data: product() })],
      [visit === undefined ? 0 : Math.max(weight / 2, 4), () => ticketFor(prng, now(), visit ?? [])],
    ],
  }
}
