/** Output records about the named people, in plain words; also the silent ones, with the reason why not. */
import { identifierKey, normaliseValue, type Identifier } from '../../model/identifiers.ts'
import { parseRfc3339 } from '../../model/time.ts'
import { clockText, epochToLocal } from '../local-time.ts'
import type { Business, NamedPerson } from './business.ts'
import { namesOf } from './generate.ts'

type Mapping = Readonly<Record<string, unknown>>

const PERSON = '"person_id":"'

export interface Story {
  /** Whether the text of an output record may be worth a sentence: parsing a million of them is not. */
  matters(value: string): boolean
  /** The sentence that goes with an output record; undefined if it is about nobody we know, or says nothing new. */
  tell(value: Mapping): string | undefined
  /** A sentence under the clock of the business. */
  at(time: number, sentence: string): string
}

const upper = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
const are = ({ pronoun }: NamedPerson): string => (pronoun === 'they' ? 'are' : 'is')
const have = ({ pronoun }: NamedPerson): string => (pronoun === 'they' ? 'have' : 'has')
const objectOf = ({ pronoun }: NamedPerson): string => ({ she: 'her', he: 'him', they: 'them' })[pronoun]

/** Why nothing was sent, for one person. Reasons that say nothing about the person are not told. */
function whyNot(reason: string, person: NamedPerson): string | undefined {
  const { pronoun } = person
  switch (reason) {
    case 'no-consent':
      return `${pronoun} did not agree to be contacted`
    case 'no-channel':
      return `there is no way to reach ${objectOf(person)}`
    case 'duplicate':
      return `${pronoun} ${have(person)} it already`
    case 'capped':
      return `${pronoun} ${have(person)} had one, and one a day is enough`
    case 'quiet-hours':
      return 'it is night'
    case 'expired':
      return 'it came to nothing while it waited'
    case 'retracted':
      return 'the reason for it is gone'
    case 'identity-ambiguous':
      return 'several people use this device, and nobody knows who it was'
    case 'suppressed-person':
      return `${pronoun} asked to be forgotten`
    default:
      return undefined
  }
}

const CHANNELS: Readonly<Record<string, string>> = {
  push: 'by push',
  sms: 'by text message',
  email: 'by e-mail',
  'gate-screen': 'on the screen at the gate',
  onsite: 'on the site',
  seller: 'through one of us',
}

/** The story of one run; it learns from the identity records who is who. */
export function storyOf(business: Business): Story {
  const names = namesOf(business)
  const ranks = Object.keys(business.people)
  const known = new Map<string, string>()
  let latest = 0
  const at = (time: number, sentence: string): string => {
    // What is learnt of the past is told when it is learnt: a story does not go back.
    latest = Math.max(latest, time)
    const { day, ofDayMs } = epochToLocal(latest, business.zone)
    const clock = clockText(Math.floor(ofDayMs / 60_000) * 60_000)
    const days = day - business.day
    const when =
      days === 0
        ? clock
        : `${clock} (${Math.abs(days)} day${Math.abs(days) === 1 ? '' : 's'} ${days < 0 ? 'before' : 'after'})`
    return `${when}  ${sentence}`
  }
  /** Learns whose the person id is; returns the names that it had and has. */
  const learn = (
    id: string,
    data: Mapping,
  ): { readonly before: string | undefined; readonly now: string | undefined } => {
    const before = known.get(id)
    const list = (data['identifiers'] ?? []) as readonly Identifier[]
    const found = list.flatMap(
      ({ type, value }) => names.get(identifierKey({ type, value: normaliseValue(type, value) })) ?? [],
    )
    const absorbed = ((data['absorbed'] ?? []) as readonly string[]).flatMap((one) => known.get(one) ?? [])
    const [now] = [...found, ...absorbed, ...(before === undefined ? [] : [before])].toSorted(
      (a, b) => ranks.indexOf(a) - ranks.indexOf(b),
    )
    if (now !== undefined) known.set(id, now)
    return { before, now }
  }
  let last = ''
  const tell = (value: Mapping): string | undefined => {
    const type = value['type']
    if (typeof type !== 'string') return undefined
    const id = String(value['person_id'])
    const data = (value['data'] ?? {}) as Mapping
    const learnt = type.startsWith('identity.') && type !== 'identity.absorbed' ? learn(id, data) : undefined
    const person = business.people[known.get(id) ?? '']
    if (person === undefined) return undefined
    const sentence = sentenceOf(type, data, { person, business })
    if (sentence === undefined || (type === 'identity.merged' && learnt?.now === undefined)) return undefined
    // A record for each of two people may say the same.
    const line = at(parseRfc3339(String(value['time'])) ?? 0, `   ${sentence}`)
    if (line === last) return undefined
    last = line
    return line
  }
  const matters = (value: string): boolean => {
    if (value.includes('"type":"identity.')) return true
    const from = value.indexOf(PERSON)
    if (from < 0) return false
    const start = from + PERSON.length
    return known.has(value.slice(start, value.indexOf('"', start)))
  }
  return { tell, matters, at }
}

interface Scene {
  readonly person: NamedPerson
  readonly business: Business
}

function sentenceOf(type: string, data: Mapping, { person, business }: Scene): string | undefined {
  const { say } = person
  switch (type) {
    case 'identity.merged':
      return `Shopkeeper: these are one person, ${say}.`
    case 'identity.ambiguous':
      return 'Shopkeeper: more than one person uses this device, so nobody is mixed up with anybody.'
    case 'trigger.fired':
      return firedText(data, person)
    case 'trigger.retracted':
      return data['reason'] === 'on-time-again'
        ? `${upper(say)} ${are(person)} on time again.`
        : `${upper(say)} had ordered in time: no cart was left.`
    case 'offer.emitted': {
      const { template, params } = data['content'] as {
        readonly template: string
        readonly params?: Mapping
      }
      const channel = String(data['channel'])
      return `Shopkeeper offers ${say} ${business.offerText(String(data['offer']), params ?? {}, template)}, ${CHANNELS[channel] ?? `by ${channel}`}.`
    }
    case 'lead.warmed':
      return warmedText(data, person)
    case 'brief.prepared':
      return briefText(data, person)
    case 'order.attributed':
      return attributedText(data, person)
    case 'offer.revoked':
      return `Shopkeeper takes the offer for ${say} back.`
    case 'decision.made':
      return decisionText(data, { person, business })
    default:
      return undefined
  }
}

/** What happened, for triggers that say something by themselves; steps of a journey do not, their offers do. */
function firedText(data: Mapping, person: NamedPerson): string | undefined {
  const subject = upper(person.say)
  switch (data['trigger']) {
    case 'late-arrival': {
      const minutes = String(data['late_minutes'])
      return data['phase'] === 'arrived'
        ? `${subject} arrived ${minutes} minutes late.`
        : `${subject} ${are(person)} ${minutes} minutes late, and still on the road.`
    }
    case 'cart-abandonment':
      return `${subject} left a cart of ${String(data['currency'])} ${Number(data['value']).toFixed(2)} behind.`
    case 'price-watch':
      return `What ${person.say} looked at more than once costs ${String(data['price'])} now, instead of ${String(data['price_before'])}.`
    default:
      return undefined
  }
}

/** Reasons of a lead in words: the types that warmed most. */
function warmedText(data: Mapping, { say }: NamedPerson): string {
  const reasons = (data['reasons'] ?? []) as readonly { readonly type: string }[]
  const most = reasons.slice(0, 3).map(({ type }) => type)
  return `Shopkeeper: ${say} may want a talk (warmth ${String(data['warmth'])}: ${most.join(', ')}).`
}

/** The newest notable things that a brief tells. */
function briefText(data: Mapping, { say, pronoun }: NamedPerson): string {
  if (data['withheld'] === true) return `Nothing is told of ${say}: ${pronoun} did not want it.`
  const notable = (data['notable'] ?? []) as readonly { readonly words: string }[]
  const words = notable.slice(1, 4).map((one) => one.words)
  return `Whoever meets ${say} is told before: ${words.join('; ')}.`
}

/** What led to an order, by channel; of an order that nothing is known to have led to there is nothing to say. */
function attributedText(data: Mapping, { say }: NamedPerson): string | undefined {
  const touchpoints = (data['touchpoints'] ?? []) as readonly { readonly channel: string }[]
  const channels = [...new Set(touchpoints.map(({ channel }) => channel))]
  return channels.length === 0
    ? undefined
    : `Shopkeeper knows what led to the order of ${say}: ${channels.join(', ')}.`
}

/** What was decided, unless the offer itself says it. */
function decisionText(data: Mapping, { person, business }: Scene): string | undefined {
  const { say } = person
  const outcome = data['outcome']
  if (outcome === 'held') {
    const until = parseRfc3339(String(data['held_until'])) ?? 0
    return `It is night: Shopkeeper thinks again at ${clockText(epochToLocal(until, business.zone).ofDayMs)}.`
  }
  if (outcome === 'holdout')
    return `No offer for ${say}: ${person.pronoun} ${are(person)} among the five in a hundred who get none, for comparison.`
  if (outcome !== 'none') return undefined
  const rejected = (data['rejected'] ?? []) as readonly { readonly reason: string }[]
  const why = rejected.map(({ reason }) => whyNot(reason, person)).find((text) => text !== undefined)
  return why === undefined ? undefined : `No offer for ${say}: ${why}.`
}
