/** brief: all that a person ever did, read anew for each call (contract 5, B1 to B6). */
import { formatTime } from '../../../src/model/time.ts'
import { OFFER_RESPONSE, type OracleEvent } from './input.ts'
import { type Tellers, toldOf } from './knowing.ts'
import { type OracleOperator, statesOf, type Unsettled } from './operator.ts'
import type { Emission, Person } from './person.ts'
import { isObject, type Json, listOf, objectOf, type OperatorSettings, textOf } from './settings.ts'

const CALLS = ['lead.handed_over', 'meeting.scheduled', 'store.visited']
const ACTIVE =
  /^(page\.viewed|content\.read|product\.|checkout\.started|order\.completed|ticket\.purchased|visit\.started|call\.received|store\.visited|staff\.met|forum\.posted|social\.posted|review\.written|offer\.(opened|clicked|accepted|redeemed|dismissed)|email\.)/
const TALKING = /^(call\.received|store\.visited|staff\.met|forum\.posted|social\.posted|review\.written)$/
const NOTABLE =
  /^(product\.(compared|saved)|checkout\.started|order\.(completed|refunded)|ticket\.purchased|visit\.started|mood\.measured|call\.received|store\.visited|staff\.met|forum\.posted|social\.posted|review\.written|offer\.(accepted|redeemed|dismissed)|message\.unsubscribed|consent\.changed|lead\.|meeting\.scheduled|deal\.closed)/
const PLACE: Readonly<Record<string, string>> = {
  'visit.started': 'store',
  'store.visited': 'store',
  'staff.met': 'store',
  'call.received': 'phone',
  'email.opened': 'email',
  'email.clicked': 'email',
}
/** What is kept of a person, of all kinds together: with more, something that a brief tells may have fallen out. */
const DEEDS_MAX = 200
const NEWER_MAX = 20

/** Words on consent: said by this person, and by those who became them. */
interface Voice {
  readonly own: OracleEvent[]
  readonly parts: readonly Voice[]
}

interface Life {
  deeds: OracleEvent[]
  calls: OracleEvent[]
  voice: Voice
}

interface Verdict {
  readonly granted: boolean
  readonly at: number
}

const scopeOf = ({ type, data }: OracleEvent): string =>
  JSON.stringify([type === 'consent.changed' ? data['purpose'] : null, data['channel'] ?? null])

/** What holds of a scope at a time, and since when; undefined: nobody said anything. */
function verdictOf(voice: Voice, scope: string, at: number): Verdict | undefined {
  const verdicts = voice.parts.flatMap((part) => verdictOf(part, scope, at) ?? [])
  const before =
    verdicts.length === 0
      ? undefined
      : { granted: verdicts.every((v) => v.granted), at: Math.max(...verdicts.map((v) => v.at)) }
  const words = voice.own.filter((event) => scopeOf(event) === scope && event.time <= at)
  const newest = Math.max(...words.map(({ time }) => time))
  if (words.length === 0 || newest < (before?.at ?? newest)) return before
  const refused = words.some(({ time, data }) => time === newest && data['granted'] !== true)
  return { granted: !refused && (before?.at !== newest || before.granted), at: newest }
}

/** Where the newest of a kind is told, of two at one moment either might be. */
const familyOf = ({ type, data }: OracleEvent): string =>
  TALKING.test(type) ? 'talk' : type.startsWith('offer.') ? `offer ${String(data['offer_id'])}` : type
const areTied = (a: OracleEvent, b: OracleEvent): boolean =>
  a.time === b.time && a.type !== 'page.viewed' && familyOf(a) === familyOf(b)

const scopesOf = ({ own, parts }: Voice): readonly string[] => [
  ...new Set([...own.map(scopeOf), ...parts.flatMap(scopesOf)]),
]

const channelOf = ({ type, context, data }: OracleEvent): unknown =>
  context['channel'] ?? data['channel'] ?? PLACE[type]

function mostOf(words: readonly unknown[]): readonly (readonly [string, number])[] {
  const texts = words.filter((word) => typeof word === 'string')
  return [...new Set(texts)]
    .map((word) => [word, texts.filter((other) => other === word).length] as const)
    .sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
}

const fields = ({ data, time }: OracleEvent, ...names: readonly string[]): Json => ({
  ...Object.fromEntries(names.map((name) => [name, data[name]])),
  time: formatTime(time),
})

function openCart(deeds: readonly OracleEvent[]): Json | undefined {
  const orders = deeds.filter(({ type }) => type === 'order.completed')
  const cartOf = ({ data }: OracleEvent): string => textOf(data['cart_id'], 'default')
  const lines = new Map<string, Record<string, unknown>>()
  let currency: unknown
  for (const change of deeds.filter(({ type }) => type === 'product.added' || type === 'product.removed')) {
    const isBought = orders.some(
      (order) =>
        order.time > change.time && (order.data['cart_id'] === undefined || cartOf(order) === cartOf(change)),
    )
    if (isBought) continue
    const { product_id: id, quantity = 1, price, category } = change.data
    const key = `${cartOf(change)}|${String(id)}`
    const line = lines.get(key) ?? { product_id: id, quantity: 0 }
    const sign = change.type === 'product.added' ? 1 : -1
    line['quantity'] = Math.max(0, Number(line['quantity']) + sign * Number(quantity))
    line['price'] = price ?? line['price']
    line['category'] = category ?? line['category']
    lines.set(key, line)
    currency = change.data['currency'] ?? currency
  }
  const held = [...lines.values()].filter((line) => Number(line['quantity']) > 0)
  if (held.length === 0) return undefined
  const value = held.reduce((sum, line) => sum + Number(line['quantity']) * Number(line['price'] ?? 0), 0)
  return { value, currency, lines: held }
}

function offersOf(deeds: readonly OracleEvent[]): readonly Json[] {
  const answers = deeds.filter(
    ({ type, data }) => OFFER_RESPONSE.test(type) && data['offer_id'] !== undefined,
  )
  const ids = [...new Set(answers.map(({ data }) => data['offer_id']))]
  const all = ids.map((id) => {
    const own = answers.filter(({ data }) => data['offer_id'] === id)
    const [first, last] = [own[0] as OracleEvent, own.at(-1) as OracleEvent]
    return {
      offer_id: id,
      channel: own.map(channelOf).findLast((channel) => channel !== undefined),
      seen_at: formatTime(first.time),
      answer: last.type.slice(6),
      answered_at: formatTime(last.time),
      place: answers.indexOf(last),
    }
  })
  const newest = all.sort((a, b) => a.place - b.place).slice(-10)
  return newest.map(({ place: _place, ...offer }) => offer)
}

function traitsOf(deeds: readonly OracleEvent[]): Json {
  const traits: Record<string, unknown> = {}
  for (const { type, data } of deeds)
    if (type === 'person.described') Object.assign(traits, objectOf(data['traits']))
  return Object.fromEntries(Object.entries(traits).filter(([, value]) => value !== null))
}

/** What other operators weighed, or else how often each was looked at. */
const interestsOf = (
  active: readonly OracleEvent[],
  told: unknown,
): readonly (readonly [string, unknown])[] =>
  isObject(told)
    ? Object.entries(told).sort(([a, n], [b, m]) => Number(m) - Number(n) || (a < b ? -1 : 1))
    : mostOf(
        active.filter(({ type }) => !TALKING.test(type)).map(({ data }) => data['category'] ?? data['topic']),
      )

interface Sources {
  readonly deeds: readonly OracleEvent[]
  /** By other operators, as of the brief. */
  readonly told: Json
  readonly hourOf: (at: number, zone: unknown) => number
}

function factsOf({ deeds, told, hourOf }: Sources): Json {
  const of = (...types: readonly string[]) => deeds.filter(({ type }) => types.includes(type))
  const active = deeds.filter(({ type }) => ACTIVE.test(type))
  const traits = traitsOf(deeds)
  const mood = of('mood.measured').at(-1)
  const talk = deeds.findLast(({ type, data }) => TALKING.test(type) && data['sentiment'] !== undefined)
  const bought = of('order.completed', 'ticket.purchased', 'deal.closed').filter(
    ({ data }) => data['won'] !== false,
  )
  const idOf = ({ data }: OracleEvent): unknown => data['order_id'] ?? data['deal_id']
  const reported = new Set<unknown>()
  const once = bought.filter((event) => {
    const isNew = idOf(event) === undefined || !reported.has(idOf(event))
    reported.add(idOf(event))
    return isNew
  })
  const hours = mostOf(
    active.map(({ time }) => `${String(hourOf(time, traits['timezone'])).padStart(2, '0')}:00`),
  )
  return {
    interests: interestsOf(active, told['interests'])
      .slice(0, 10)
      .map(([category, weight]) => ({ category, weight })),
    needs: {
      searches: of('product.searched')
        .slice(-10)
        .map((event) => fields(event, 'query', 'category')),
      comparisons: of('product.compared')
        .slice(-10)
        .map((event) => fields(event, 'product_id', 'price')),
      content: of('content.read')
        .slice(-10)
        .map((event) => fields(event, 'title', 'topic')),
    },
    open_cart: openCart(deeds),
    bought: once.slice(-10).map((event) => ({
      order_id: idOf(event),
      channel: event.context['channel'],
      total: event.data['total'] ?? event.data['value'],
      currency: event.data['currency'],
      products: listOf(event.data['products']).map((line) => objectOf(line)['product_id']),
      time: formatTime(event.time),
    })),
    offers: offersOf(deeds),
    mood: mood === undefined ? undefined : fields(mood, 'mood', 'moment', 'sensor'),
    sentiment:
      talk === undefined ? undefined : { type: talk.type, ...fields(talk, 'sentiment', 'topic', 'category') },
    tribe: traits['tribe'],
    traits,
    preferred_channel: told['preferred_channel'] ?? mostOf(active.map(channelOf))[0]?.[0],
    preferred_hours: hours.slice(0, 3).map(([hour]) => hour),
    warmth: told['warmth'] ?? of('lead.warmed').at(-1)?.data['warmth'],
    warmth_reasons: told['warmth_reasons'] ?? [],
    notable: deeds
      .filter(({ type }) => NOTABLE.test(type))
      .slice(-10)
      .map(({ type, time }) => ({ type, time: formatTime(time) })),
  }
}

const EMPTY: Json = {
  interests: [],
  needs: { searches: [], comparisons: [], content: [] },
  bought: [],
  offers: [],
  traits: {},
  preferred_hours: [],
  warmth_reasons: [],
  notable: [],
}

/** The hour on the wall, as the calendar of the platform has it. */
function wallHour(timezone: string): (at: number, zone: unknown) => number {
  const hourIn = (at: number, zone: string): number =>
    Number(new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', hourCycle: 'h23' }).format(at))
  return (at, zone) => {
    try {
      return hourIn(at, typeof zone === 'string' && zone !== '' ? zone : timezone)
    } catch {
      return hourIn(at, timezone)
    }
  }
}

export function brief(
  settings: OperatorSettings,
  {
    timezone,
    tellers,
    unsettled,
  }: { readonly timezone: string; readonly tellers: Tellers; readonly unsettled: Unsettled },
): OracleOperator {
  const calls = [...CALLS, ...listOf(settings.config['on']).map(String)]
  const consent = objectOf(settings.config['consent'])
  const purpose = textOf(consent['purpose'], 'sales')
  const hourOf = wallHour(timezone)
  const lives = statesOf<Life>(() => ({ deeds: [], calls: [], voice: { own: [], parts: [] } }))

  function prepare(person: Person, call: OracleEvent): Emission {
    const at = call.time
    const life = lives.of(person)
    const sorted = life.deeds.toSorted((a, b) => a.time - b.time)
    const deeds = sorted.filter(({ time }) => time <= at)
    if (deeds.some((deed) => deeds.some((other) => other !== deed && areTied(deed, other))))
      unsettled('brief: two things of one kind at one moment')
    const [last, tenth] = deeds.filter(({ type }) => NOTABLE.test(type)).slice(-11)
    if (last !== undefined && last.time === tenth?.time) unsettled('brief: the tenth notable thing of two')
    if (sorted.length > DEEDS_MAX || sorted.length - deeds.length > NEWER_MAX)
      unsettled('brief: more of a person than is kept')
    const words = scopesOf(life.voice).flatMap((scope) => {
      const verdict = verdictOf(life.voice, scope, at)
      const [about, channel] = JSON.parse(scope) as [string | null, string | null]
      if (verdict === undefined) return []
      return [{ purpose: about, channel, granted: verdict.granted, since: formatTime(verdict.at) }]
    })
    const all = words.filter((word) => word.purpose !== null && word.channel === null)
    const said = all.find((word) => word.purpose === purpose)?.granted
    const withheld = !(said ?? consent['default'] !== 'denied')
    const data = {
      on: { ...call.data, type: call.type, id: call.id, time: formatTime(at) },
      withheld,
      ...(withheld ? EMPTY : factsOf({ deeds, told: toldOf(tellers, person, at), hourOf })),
      consent: Object.fromEntries(all.map((word) => [word.purpose, word.granted])),
      consent_words: words,
    }
    return { type: 'brief.prepared', time: at, cause: { timer: 'brief', due: at + 1 }, data }
  }

  const firstOf = (person: Person): OracleEvent | undefined =>
    lives.of(person).calls.toSorted((a, b) => a.time - b.time)[0]

  return {
    settings,
    onEvent(person, event) {
      const life = lives.of(person)
      life.deeds.push(event)
      if (event.type === 'consent.changed' || event.type === 'message.unsubscribed')
        life.voice.own.push(event)
      if (calls.includes(event.type)) life.calls.push(event)
      return { emissions: [] }
    },
    due(person) {
      const first = firstOf(person)
      return first === undefined ? undefined : { at: first.time + 1, rank: 0, order: 0, name: 'brief' }
    },
    onDue(person) {
      const life = lives.of(person)
      const first = firstOf(person) as OracleEvent
      life.calls = life.calls.filter((call) => call !== first)
      return [prepare(person, first)]
    },
    merge(kept, absorbed) {
      const life = lives.of(kept)
      const other = lives.take(absorbed)
      life.deeds.push(...other.deeds)
      life.calls.push(...other.calls)
      life.voice = { own: [], parts: [life.voice, other.voice] }
      return []
    },
  }
}
