/**
 * offer: one final decision per trigger, in the order in which things are processed (contract 5, O1 to O17, M1).
 *
 * Everything that was emitted, held or heard of a person is kept for ever, and each decision looks through all of it.
 */
import { formatTime } from '../../../src/model/time.ts'
import * as consent from './consent.ts'
import type { OracleEvent } from './input.ts'
import { cartOf, contentOf, isOnsite, isVisiting } from './offers-more.ts'
import { hasType, type OracleOperator, statesOf, type Trigger, type Unsettled } from './operator.ts'
import type { Cause, Emission, Person } from './person.ts'
import {
  durationOf,
  isObject,
  type Json,
  listOf,
  numberOf,
  objectOf,
  type OperatorSettings,
  textOf,
} from './settings.ts'
import type { OracleWorld } from './world.ts'
import { endOfQuiet, firstLoud, isQuiet, type QuietHours } from './wall-clock.ts'
import { zoneAt } from './zone-said.ts'

export type Condition = (trigger: Json, world: OracleWorld, at: number) => boolean

export interface OfferWorld {
  readonly timezone: string
  readonly conditions: ReadonlyMap<string, Condition>
  readonly facts: OracleWorld
  /** The coin of one person id; people who were merged have several. */
  heldOut(label: string, holdout: { readonly percent: number; readonly salt: string }): boolean
  /** Whether an identifier that became shared still is an address of the person who had it. */
  readonly sharedStaysReachable: boolean
  /** What the offer is called in the input, where somebody answers it. */
  offerId(label: string, known: string): string | undefined
  readonly unsettled: Unsettled
}

interface Offer {
  readonly id: string
  readonly place: number
  readonly on: readonly string[]
  readonly when: string | undefined
  readonly channels: readonly string[]
  readonly priority: number
  readonly expiresMs: number
  readonly expiresOn: readonly string[]
  readonly gift: boolean
  readonly group: string | undefined
  readonly maxPerPerson: number
  /** As the document says it. */
  readonly entry: Json
}

interface Cap {
  readonly max: number
  readonly per: string
  readonly perMs: number
  readonly channel: string | undefined
}

interface Emitted {
  readonly id: string
  readonly offer: Offer
  readonly trigger: Trigger
  /** `offer.emitted.time`. */
  readonly at: number
  readonly expiresAt: number
  readonly channel: string
  /** Where else it may go. */
  readonly fallbacks: readonly string[]
  readonly content: Json
  readonly decision: string
  readonly person: string
  /** It stands in for one that failed. */
  readonly again: boolean
  /** It failed, and that was seen to. */
  over: boolean
  revoked: boolean
}

interface Failure {
  readonly due: number
  readonly at: number
  readonly id: string
}

interface Held {
  readonly id: string
  readonly trigger: Trigger
  readonly dueAt: number
  readonly chosen: Offer
}

interface Told {
  events: OracleEvent[]
  emitted: Emitted[]
  held: Held[]
  failures: Failure[]
  words: consent.Words
  /** Every identifier that the person ever had. */
  addresses: { type: string; value: string }[]
}

interface Verdict {
  readonly offer: Offer
  readonly reason: string | undefined
  readonly channels: readonly string[]
  readonly content: Json
}

const ADDRESS: Readonly<Record<string, string>> = {
  push: 'push_token',
  sms: 'phone',
  whatsapp: 'phone',
  email: 'email',
  call: 'phone',
}

/** Newest offers of a person that may still go out on another channel. */
const RETRIES_KEPT = 20
const FAILED = 'failed'

const firstFailure = ({ failures }: Told): Failure | undefined =>
  [...failures].sort((a, b) => a.due - b.due || a.at - b.at || (a.id < b.id ? -1 : 1))[0]

const minutesOf = (text: string): number => Number(text.slice(0, 2)) * 60 + Number(text.slice(3, 5))
/** Null: the trigger has no instances, and all of it are one. */
const instanceOf = ({ emission }: Trigger): string | null => {
  const { instance } = emission.data
  return typeof instance === 'string' ? instance : null
}

/** Triggers of a journey name their step. */
const nameOf = ({ operator, emission: { data } }: Trigger): string =>
  data['trigger'] === operator && typeof data['step'] === 'string' ? `${operator}.${data['step']}` : operator
const isOn = ({ on }: Offer, trigger: Trigger): boolean =>
  on.includes(trigger.operator) || on.includes(nameOf(trigger))

function offersOf(config: Json): readonly Offer[] {
  return listOf(config['offers']).map((entry, place) => {
    const offer = objectOf(entry)
    return {
      id: textOf(offer['id'], ''),
      place,
      on: listOf(offer['on']).map(String),
      when: typeof offer['when'] === 'string' ? offer['when'] : undefined,
      channels: listOf(offer['channels']).map(String),
      priority: numberOf(offer['priority'], 50),
      expiresMs: durationOf(offer['expires'], '24h'),
      expiresOn: listOf(offer['expiresOn']).map(String),
      gift: offer['gift'] === true,
      group: typeof offer['group'] === 'string' ? offer['group'] : undefined,
      maxPerPerson: numberOf(offer['maxPerPerson'], Number.POSITIVE_INFINITY),
      entry: offer,
    }
  })
}

const capsOf = (caps: unknown): readonly Cap[] =>
  listOf(caps).map((entry) => {
    const cap = objectOf(entry)
    const per = textOf(cap['per'], '24h')
    const channel = typeof cap['channel'] === 'string' ? cap['channel'] : undefined
    return { max: numberOf(cap['max'], 0), per, perMs: durationOf(per, '24h'), channel }
  })

/** O2: whether some window of the length would hold more than `max` with one more at `at`. */
export function wouldExceed(
  times: readonly number[],
  at: number,
  cap: { max: number; perMs: number },
): boolean {
  const sorted = [...times, at].sort((a, b) => a - b)
  return sorted.some((first, i) => {
    const last = sorted[i + cap.max]
    return last !== undefined && last - first < cap.perMs && first <= at && at <= last
  })
}

/** Whether the event ends offers of this trigger, by the kind of instance that the trigger is made of. */
function isOfInstance(event: OracleEvent, trigger: Trigger): boolean {
  const [trip, cart] = [event.data['trip_id'], cartOf(event)]
  if (trip === undefined && cart === undefined) return true
  const own = trigger.emission.data['trigger'] === 'late-arrival' ? trip : cart
  return own === instanceOf(trigger)
}

export function offerOperator(settings: OperatorSettings, world: OfferWorld): OracleOperator {
  const { config } = settings
  const offers = offersOf(config)
  const ownCaps = capsOf(config['caps'])
  const giftCaps = capsOf(config['giftCaps'])
  const onsiteMs = durationOf(config['onsiteWithin'], '5m')
  const quiet = isObject(config['quietHours']) ? config['quietHours'] : undefined
  const hours: QuietHours | undefined = quiet && {
    from: minutesOf(textOf(quiet['from'], '00:00')),
    to: minutesOf(textOf(quiet['to'], '00:00')),
  }
  const holdoutConfig = isObject(config['holdout']) ? config['holdout'] : undefined
  const holdout = holdoutConfig && {
    percent: numberOf(holdoutConfig['percent'], 0),
    salt: textOf(holdoutConfig['salt'], ''),
  }
  const consentConfig = isObject(config['consent']) ? config['consent'] : undefined
  const purpose = textOf(consentConfig?.['purpose'], '')
  const byDefault = consentConfig?.['default'] !== 'denied'
  const propensity = holdout === undefined ? 1 : 1 - holdout.percent / 100
  const states = statesOf<Told>(() => ({
    events: [],
    emitted: [],
    held: [],
    failures: [],
    words: new Map(),
    addresses: [],
  }))
  let decisions = 0

  /** Times of events that end offers of this trigger and catalogue entry. */
  const endings = (told: Told, offer: Offer, trigger: Trigger): readonly number[] =>
    told.events
      .filter((e) => offer.expiresOn.includes(e.type) && isOfInstance(e, trigger))
      .filter((e) => {
        if (e.time === trigger.emission.time) world.unsettled('offer: ended at the very time of its trigger')
        return e.time >= trigger.emission.time
      })
      .map((e) => e.time)

  function isExpired(told: Told, offer: Offer, trigger: Trigger, at: number): boolean {
    return (
      at >= trigger.emission.time + offer.expiresMs ||
      endings(told, offer, trigger).some((time) => time <= at)
    )
  }

  const isLive = (told: Told, e: Emitted, at: number): boolean =>
    !e.revoked && !isExpired(told, e.offer, e.trigger, at)

  const zoneOf = (told: Told, at: number): string =>
    zoneAt(told.events, at, world.unsettled) ?? world.timezone

  function holds(offer: Offer, trigger: Trigger, at: number): boolean {
    return offer.when === undefined || isTrue(offer.when, trigger, at)
  }

  function isTrue(when: string, trigger: Trigger, at: number): boolean {
    const condition = world.conditions.get(when)
    if (condition === undefined) throw new Error(`the oracle does not know the condition ${when}`)
    return condition({ ...trigger.emission.data, operator: trigger.operator }, world.facts, at)
  }

  const isCapped = (told: Told, at: number, gift: boolean, channel: string | undefined): boolean =>
    (gift ? giftCaps : ownCaps)
      .filter((cap) => cap.channel === channel)
      .some((cap) => {
        const counted = told.emitted.filter(
          (e) => e.offer.gift === gift && (channel === undefined ? !e.again : e.channel === channel),
        )
        return wouldExceed(
          counted.map((e) => e.at),
          at,
          cap,
        )
      })

  /** Consent and address: the channels that are left, or why none is. */
  function reach(
    person: Person,
    told: Told,
    offer: Offer,
    at: number,
  ): readonly string[] | 'no-consent' | 'no-channel' {
    if (consentConfig !== undefined) {
      if (!byDefault && !told.words.has(consent.ALL) && [...told.words.values()].some((w) => w.granted)) {
        world.unsettled('consent: denied by default, and only a channel was spoken of')
      }
      if (!consent.isGranted(told.words, consent.ALL, byDefault)) return 'no-consent'
    }
    const addresses = world.sharedStaysReachable ? told.addresses : person.identifiers
    const withAddress = offer.channels.filter((channel) => {
      if (channel === 'onsite') return isOnsite(told.events, at, onsiteMs)
      if (channel === 'store') return isVisiting(told.events, at)
      const type = ADDRESS[channel]
      return type === undefined || hasType(addresses, type)
    })
    if (withAddress.length === 0) return 'no-channel'
    const allowed = withAddress.filter(
      (channel) => consentConfig === undefined || consent.isGranted(told.words, channel, true),
    )
    return allowed.length === 0 ? 'no-consent' : allowed
  }

  /** Why an offer is not possible, or the channels on which it is (O3, O4). */
  function judge(person: Person, told: Told, offer: Offer, trigger: Trigger, at: number): Verdict {
    const no = (reason: string): Verdict => ({ offer, reason, channels: [], content: {} })
    const data = { ...trigger.emission.data, operator: trigger.operator }
    const content = contentOf(offer.entry, data, (when) => isTrue(when, trigger, at))
    if (!holds(offer, trigger, at) || content === undefined) return no('condition-false')
    const possible = (): Verdict => {
      if (person.shared) return no('identity-ambiguous')
      const channels = reach(person, told, offer, at)
      if (typeof channels === 'string') return no(channels)
      const same = told.emitted.filter(
        (e) => nameOf(e.trigger) === nameOf(trigger) && instanceOf(e.trigger) === instanceOf(trigger),
      )
      if (same.some((e) => e.offer.id === offer.id && isLive(told, e, at))) return no('duplicate')
      if (offer.group !== undefined && same.some((e) => e.offer.group === offer.group)) return no('duplicate')
      if (told.emitted.filter((e) => e.offer.id === offer.id && !e.again).length >= offer.maxPerPerson)
        return no('capped')
      const free = channels.filter((channel) => !isCapped(told, at, offer.gift, channel))
      if (isCapped(told, at, offer.gift, undefined) || free.length === 0) return no('capped')
      return { offer, reason: undefined, channels: free, content }
    }
    const verdict = possible()
    if (!isExpired(told, offer, trigger, at)) return verdict
    if (verdict.reason !== undefined) world.unsettled('offer: expired, and refused for another reason too')
    return no('expired')
  }

  interface Decision {
    readonly person: Person
    readonly id: string
    readonly trigger: Trigger
    readonly at: number
    readonly cause: Cause
  }

  function decisionMade(decision: Decision, data: Json): Emission {
    const { trigger, id, at, cause } = decision
    const { operator, emission } = trigger
    return {
      type: 'decision.made',
      time: at,
      cause,
      data: {
        decision_id: id,
        trigger: { operator, name: emission.data['trigger'], instance: instanceOf(trigger) },
        outcome: 'none',
        chosen: null,
        offer_id: null,
        rejected: [],
        held_until: null,
        propensity,
        policy: 'priority',
        ...data,
      },
    }
  }

  function offerEmitted(decision: Decision, told: Told, chosen: Verdict, failed?: Emitted): Emission {
    const { person, trigger, at, cause } = decision
    const [channel, ...fallbacks] = chosen.channels as [string, ...string[]]
    const { offer } = chosen
    const expiresAt = trigger.emission.time + offer.expiresMs
    const { step } = trigger.emission.data
    const known = JSON.stringify([
      offer.id,
      formatTime(at),
      trigger.operator,
      instanceOf(trigger),
      step ?? null,
      formatTime(expiresAt),
      failed?.id ?? null,
    ])
    const emitted: Emitted = {
      id: world.offerId(person.label, known) ?? `offer-of-${failed?.id ?? decision.id}`,
      offer,
      trigger,
      at,
      expiresAt,
      channel,
      fallbacks: failed === undefined ? fallbacks : [],
      content: chosen.content,
      decision: decision.id,
      person: person.label,
      again: failed !== undefined,
      over: false,
      revoked: false,
    }
    told.emitted.push(emitted)
    return {
      type: 'offer.emitted',
      time: at,
      cause,
      data: {
        offer_id: emitted.id,
        offer: offer.id,
        decision_id: decision.id,
        channel,
        channel_fallbacks: emitted.fallbacks,
        ...(failed === undefined ? {} : { fallback_of: failed.id }),
        content: chosen.content,
        priority: offer.priority,
        expires_at: formatTime(emitted.expiresAt),
        trigger: {
          operator: trigger.operator,
          name: trigger.emission.data['trigger'],
          instance: instanceOf(trigger),
          data: trigger.emission.data,
        },
        experiment: { policy: 'priority', propensity, holdout: false },
        ...(offer.gift ? { gift: true } : {}),
        caps: (offer.gift ? giftCaps : ownCaps)
          .filter((cap) => cap.channel === undefined || cap.channel === channel)
          .map((cap) => ({
            per: cap.per,
            max: cap.max,
            used: told.emitted.filter(
              (e) =>
                e.offer.gift === offer.gift &&
                e.at <= at &&
                e.at > at - cap.perMs &&
                (cap.channel === undefined ? !e.again : e.channel === cap.channel),
            ).length,
          })),
      },
    }
  }

  const isHeldOut = (person: Person): boolean =>
    holdout !== undefined && [person.label, ...person.absorbed].some((label) => world.heldOut(label, holdout))

  function held(
    decision: Decision,
    told: Told,
    chosen: Verdict,
    rejected: readonly Json[],
  ): Emission | undefined {
    const { at, trigger, id } = decision
    if (hours === undefined || hours.from === hours.to) return undefined
    const zone = zoneOf(told, at)
    if (!isQuiet(hours, zone, at)) return undefined
    const reasons = [...rejected, { offer: chosen.offer.id, reason: 'quiet-hours' }]
    if (quiet?.['then'] === 'drop') return decisionMade(decision, { rejected: reasons })
    const dueAt = endOfQuiet(hours, zone, at)
    if (dueAt !== firstLoud(hours, zone, at))
      world.unsettled('quiet hours: the clock is set back out of them')
    if (told.held.some((h) => h.dueAt === dueAt && h.trigger.emission.time === trigger.emission.time)) {
      world.unsettled('offer: two held decisions with one trigger time')
    }
    told.held.push({ id, trigger, dueAt, chosen: chosen.offer })
    return decisionMade(decision, { outcome: 'held', rejected: reasons, held_until: formatTime(dueAt) })
  }

  function decide(decision: Decision): readonly Emission[] {
    const { person, trigger, at } = decision
    const told = states.of(person)
    const verdicts = offers
      .filter((offer) => isOn(offer, trigger))
      .map((offer) => judge(person, told, offer, trigger, at))
    if (verdicts.length === 0) {
      return [decisionMade(decision, { rejected: [{ offer: null, reason: 'no-candidate' }] })]
    }
    const chosen = verdicts
      .filter((v) => v.reason === undefined)
      .sort((a, b) => b.offer.priority - a.offer.priority || a.offer.place - b.offer.place)[0]
    const rejected = verdicts
      .filter((v) => v !== chosen)
      .map((v) => ({ offer: v.offer.id, reason: v.reason ?? 'outranked' }))
    if (chosen === undefined) return [decisionMade(decision, { rejected })]
    const waits = held(decision, told, chosen, rejected)
    if (waits !== undefined) return [waits]
    if (isHeldOut(person)) {
      const reasons = [...rejected, { offer: chosen.offer.id, reason: 'holdout' }]
      return [decisionMade(decision, { outcome: 'holdout', chosen: chosen.offer.id, rejected: reasons })]
    }
    const offer = offerEmitted(decision, told, chosen)
    const made = { outcome: 'emitted', chosen: chosen.offer.id, offer_id: offer.data['offer_id'], rejected }
    return [offer, decisionMade(decision, made)]
  }

  function fail(told: Told, failure: Failure): void {
    const before = told.failures.find(({ id }) => id === failure.id)
    if (before !== undefined && failure.at < before.at)
      world.unsettled('offer: a second failure from before the first')
    if (before === undefined) told.failures.push(failure)
  }

  /** O26. */
  function fallBack(person: Person, told: Told, { at, id }: { at: number; id: string }): readonly Emission[] {
    const failed = told.emitted.find((e) => e.id === id)
    if (failed === undefined || failed.again || failed.over || !isLive(told, failed, at)) return []
    const newer = told.emitted.filter((e) => e !== failed && e.fallbacks.length > 0 && e.at >= failed.at)
    if (newer.length >= RETRIES_KEPT) world.unsettled('offer: a failure beyond what is kept of offers')
    const { offer, trigger } = failed
    const open = reach(person, told, { ...offer, channels: failed.fallbacks }, at)
    const free =
      typeof open === 'string' ? [] : open.filter((channel) => !isCapped(told, at, offer.gift, channel))
    const zone = zoneOf(told, at)
    const waits = hours !== undefined && hours.from !== hours.to && isQuiet(hours, zone, at)
    if (waits && quiet?.['then'] !== 'drop' && free.length > 0) {
      const due = endOfQuiet(hours, zone, at)
      if (due !== firstLoud(hours, zone, at))
        world.unsettled('quiet hours: the clock is set back out of them')
      told.failures.push({ due, at, id })
      return []
    }
    failed.over = true
    const [channel] = free
    if (channel === undefined || waits) return []
    const decision = { person, id: failed.decision, trigger, at, cause: { timer: 'failed', due: at } }
    const again = { offer, reason: undefined, channels: [channel], content: failed.content }
    return [offerEmitted(decision, told, again, failed)]
  }

  function retract(person: Person, trigger: Trigger): readonly Emission[] {
    const told = states.of(person)
    const { emission } = trigger
    const concerns = (other: Trigger): boolean => {
      const same = other.operator === trigger.operator && instanceOf(other) === instanceOf(trigger)
      if (
        same &&
        emission.data['idle_since'] !== undefined &&
        emission.data['idle_since'] !== other.emission.data['idle_since']
      ) {
        world.unsettled('offer: a retraction of one firing, and an offer of another one of that cart')
      }
      return same
    }
    const out: Emission[] = []
    for (const e of told.emitted) {
      if (e.revoked || !concerns(e.trigger)) continue
      const known = told.events.filter(
        (x) => e.offer.expiresOn.includes(x.type) && isOfInstance(x, e.trigger),
      )
      if (known.some((x) => x.time < e.trigger.emission.time || x.time > emission.time)) {
        world.unsettled('offer: an ending event from another time than the offer and its retraction')
      }
      if (endings(told, e.offer, e.trigger).length > 0 || emission.time >= e.expiresAt) continue
      e.revoked = true
      const data = { offer_id: e.id, reason: 'retracted', person: e.person }
      out.push({ type: 'offer.revoked', time: emission.time, cause: emission.cause, data })
    }
    for (const h of told.held.filter((x) => concerns(x.trigger))) {
      told.held = told.held.filter((x) => x !== h)
      const candidates = offers.filter((offer) => isOn(offer, h.trigger))
      const decision = { person, id: h.id, trigger: h.trigger, at: emission.time, cause: emission.cause }
      const rejected = candidates.map((offer) => ({ offer: offer.id, reason: 'retracted' }))
      out.push(decisionMade(decision, { rejected }))
    }
    return out
  }

  return {
    settings,
    onEvent(person, event) {
      const told = states.of(person)
      told.events.push(event)
      told.addresses.push(...person.identifiers)
      consent.hear(told.words, event, purpose, world.unsettled)
      if (event.type === 'offer.failed')
        fail(told, { due: event.time, at: event.time, id: textOf(event.data['offer_id'], '') })
      return { emissions: [] }
    },
    onTrigger(person, trigger) {
      const { emission } = trigger
      if (emission.type === 'trigger.retracted') return retract(person, trigger)
      if (emission.type !== 'trigger.fired') return []
      return decide({
        person,
        id: `decision-${++decisions}`,
        trigger,
        at: emission.time,
        cause: emission.cause,
      })
    },
    due(person) {
      const told = states.of(person)
      const held = [...told.held].sort(
        (a, b) => a.dueAt - b.dueAt || a.trigger.emission.time - b.trigger.emission.time,
      )[0]
      const failure = firstFailure(told)
      if (failure !== undefined && held?.dueAt === failure.due)
        world.unsettled('offer: a failure and a held decision at one time')
      if (failure !== undefined && failure.due <= (held?.dueAt ?? failure.due))
        return { at: failure.due, rank: 1, order: failure.at, name: FAILED }
      return held && { at: held.dueAt, rank: 1, order: held.trigger.emission.time, name: held.id }
    },
    onDue(person, due) {
      const told = states.of(person)
      if (due.name === FAILED) {
        const failure = firstFailure(told) as Failure
        told.failures = told.failures.filter((f) => f !== failure)
        return fallBack(person, told, { at: due.at, id: failure.id })
      }
      const next = told.held.find((h) => h.id === due.name)
      if (next === undefined) throw new Error('no decision is held')
      told.held = told.held.filter((h) => h !== next)
      const cause = { timer: next.id, due: due.at }
      return decide({ person, id: next.id, trigger: next.trigger, at: due.at, cause })
    },
    erase(person, at) {
      const told = states.take(person)
      const cause = { source: 'erase', id: 'erase' }
      return told.held.map(({ id, trigger }) => {
        const rejected = offers
          .filter((offer) => isOn(offer, trigger))
          .map((offer) => ({ offer: offer.id, reason: 'suppressed-person' }))
        return decisionMade({ person, id, trigger, at, cause }, { rejected })
      })
    },
    merge(kept, absorbed) {
      const told = states.of(kept)
      const other = states.take(absorbed)
      told.events.push(...other.events)
      told.emitted.push(...other.emitted)
      told.held.push(...other.held)
      for (const failure of other.failures) fail(told, failure)
      told.addresses.push(...other.addresses)
      consent.unite(told.words, other.words)
      return []
    },
  }
}
