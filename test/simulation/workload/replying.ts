/**
 * Seeds that are about little else than journeys and what comes of their offers: several instances of few people under way at once, each
 * with an offer of its own that is answered or does not get through, or on their way to a day. Elsewhere that is drawn too, but seldom
 * gets so far, and hardly ever without a question that the contracts leave open. Drawn from a stream of their own, so that a seed without
 * is what it was before there were any.
 */
/* oxlint-disable unicorn/no-thenable -- the key is the contract's. */
import { type Json, listOf, objectOf } from '../oracle/settings.ts'
import { type Prng, prngOf } from '../prng.ts'
import { type Travelling, ticketFor, untilDay } from './journeys.ts'

const REPLYING = 0x4e91
const ID = 'chat'
const PRODUCTS = ['p0', 'p1', 'p2', 'p3']
const ADDRESSED = ['email', 'push', 'sms', 'call']
/** On these anybody is reached: what fails has somewhere to go. */
const OPEN = ['kiosk', 'seller']
const ANSWERS = ['offer.accepted', 'offer.declined']

/** Long enough that several wait at once when one of them is answered. */
const span = (prng: Prng): string => prng.pick(['2h', '9h', '24h'])

const asking = (prng: Prng): readonly Json[] => [
  { id: 'ask', trigger: true },
  { id: 'answer', waitFor: { type: prng.pick(ANSWERS), within: span(prng) }, then: 'thanks', else: 'ask-on' },
  { id: 'ask-on', trigger: true },
  { id: 'again', waitFor: { type: prng.pick(ANSWERS), within: span(prng) }, then: 'thanks', else: 'over' },
  { id: 'thanks', end: { outcome: 'answered' } },
  { id: 'over', end: { outcome: 'silent' } },
]

function offerOn(prng: Prng, on: string, i: number): Json {
  const channels = [...prng.some(ADDRESSED), ...OPEN]
  return {
    id: `chat-${i}`,
    on,
    channels: prng.chance(1, 2) ? channels : channels.toReversed(),
    priority: prng.pick([20, 60]),
    expires: prng.pick(['2h', '24h']),
    template: 'chat',
    params: {},
    ...(prng.chance(1, 4) ? { gift: true } : {}),
  }
}

/** The document without any other triggers, and its people. Undefined: a seed without. */
export function drawReplying(seed: number, document: Json, now: () => number): Travelling | undefined {
  const prng = prngOf(seed ^ REPLYING)
  if (!prng.chance(1, 4)) return undefined
  const operators = listOf(document['operators']).map(objectOf)
  const isVisit = prng.chance(1, 4)
  const steps = isVisit ? untilDay(prng) : asking(prng)
  const path = {
    id: ID,
    type: 'journey',
    from: ['identity'],
    config: {
      ...(isVisit
        ? { enter: { type: 'ticket.purchased' }, key: 'event.visit_id' }
        : { enter: { type: 'product.added' }, key: 'event.product_id' }),
      reenter: prng.pick(['never', 'always', 'after-exit']),
      steps,
    },
  }
  // Whatever else who decides was drawn with holds here too, but for those who never get an offer.
  const {
    holdout: _holdout,
    offers: _offers,
    ...deciding
  } = objectOf(operators.find(({ type }) => type === 'offer')?.['config'] ?? {})
  const asks = steps.flatMap(({ id, trigger }) => (trigger === true ? [`${ID}.${String(id)}`] : []))
  const offers = prng.chance(1, 3) ? [offerOn(prng, ID, 0)] : asks.map((on, i) => offerOn(prng, on, i))
  const decides = { id: 'offers', type: 'offer', from: [ID], config: { ...deciding, offers } }
  const kept = operators.filter(({ type }) => type === 'identity' || type === 'sessionize')
  const all = [...kept, path, decides]
  const weight = prng.pick([20, 60])
  return {
    document: {
      ...document,
      operators: all,
      sinks: Object.fromEntries(
        all.flatMap(({ id, type }) =>
          type === 'identity' ? [] : [[String(id), { from: id, topic: `${String(id)}-out`, format: 'json' }]],
        ),
      ),
    },
    people: prng.between(1, 4),
    kinds: [
      isVisit
        ? [weight, () => ticketFor(prng, now(), steps)]
        : [weight, () => ({ type: 'product.added', data: { product_id: prng.pick(PRODUCTS), quantity: 1 } })],
      [weight / 2, () => ({ type: 'page.viewed', data: {} })],
    ],
  }
}
