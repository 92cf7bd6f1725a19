/** What is written correctly in a catalogue, and cannot be meant: only what is certain, whoever the people and whatever their events. */
import { constantProblems } from '../../model/event-expressions.ts'
import type { ConfigProblem, Wiring } from '../../model/operator.ts'
import { parseWallClock } from '../../model/zone.ts'
import { conditionVariables, type OfferConfig } from './config.ts'
import { addressOf } from './reach.ts'

type Problems = readonly ConfigProblem[]
type Offer = OfferConfig['offers'][number]

export function offerAdvice(config: OfferConfig, wiring: Wiring): Problems {
  return [
    ...catalogueAdvice(config, wiring),
    ...config.offers.flatMap((offer, i) => [
      ...conditionAdvice(offer, i, wiring),
      ...channelAdvice(offer, i, wiring),
      ...endingAdvice(offer, i, wiring),
      ...rankAdvice(config.offers, i),
    ]),
    ...capAdvice(config),
    ...quietAdvice(config),
    ...holdoutAdvice(config),
  ]
}

const warning = (
  path: ConfigProblem['path'],
  code: ConfigProblem['code'],
  message: string,
  hint: string,
): Problems => [{ path, code, level: 'warning', message, hint }]

/** Triggers that nobody answers: each of them ends as no-candidate. */
function catalogueAdvice({ offers }: OfferConfig, { upstream }: Wiring): Problems {
  if (offers.length === 0) {
    const message = 'the catalogue is empty, so every trigger ends as no-candidate'
    return warning([], 'never-happens', message, 'add an offer, or take the operator out')
  }
  const answered = new Set(offers.map(({ on }) => on))
  return upstream.flatMap(({ id, emits, triggerSteps }) => {
    if (!emits.includes('trigger.fired') || answered.has(id)) return []
    const names = triggerSteps === undefined ? [id] : triggerSteps.map((step) => `${id}.${step}`)
    const unanswered = names.filter((name) => !answered.has(name))
    if (unanswered.length === 0) return []
    const message = `no offer answers ${unanswered.join(', ')}: each such trigger ends as no-candidate`
    const hint = `add an offer with "on: ${unanswered[0]}", or take ${id} out of "from"`
    return warning(['offers'], 'never-happens', message, hint)
  })
}

function conditionAdvice({ on, when }: Offer, i: number, wiring: Wiring): Problems {
  const fields = wiring.upstream.find(({ id }) => id === on.split('.')[0])?.fields ?? {}
  return constantProblems(when, conditionVariables(fields, wiring), ['offers', i, 'when'])
}

function channelAdvice({ channels }: Offer, i: number, { identifierTypes }: Wiring): Problems {
  return channels.flatMap((channel, j): Problems => {
    const path = ['offers', i, 'channels', j]
    if (channels.indexOf(channel) < j)
      return warning(path, 'no-effect', `${channel} has been tried already`, 'name each channel once')
    const address = addressOf(channel)
    if (address === undefined || identifierTypes === undefined || identifierTypes.includes(address)) return []
    const message = `nobody can be reached on ${channel}: identity knows no ${address}`
    return warning(path, 'never-happens', message, `add ${address} to "identifiers" of identity`)
  })
}

function endingAdvice({ expiresOn }: Offer, i: number, { sourceTypes }: Wiring): Problems {
  return expiresOn.flatMap((type, j): Problems => {
    if (sourceTypes === undefined || sourceTypes.includes(type)) return []
    const message = `no source brings ${type}, so it never ends the offer`
    return warning(['offers', i, 'expiresOn', j], 'never-happens', message, 'add it to the types of a source')
  })
}

/** Whether nothing but its conditions, its channels and its end can stand in the way of an offer. */
const isFree = ({ variants, params, group, maxPerPerson }: Offer): boolean =>
  variants.length === 0 &&
  group === undefined &&
  maxPerPerson === undefined &&
  !JSON.stringify(params).includes('${')

/** An offer before which another one comes that passes whenever it would itself, but for being a duplicate. */
function rankAdvice(offers: readonly Offer[], i: number): Problems {
  const offer = offers[i] as Offer
  const better = offers.find(
    (other, j) =>
      other.on === offer.on &&
      other.when === undefined &&
      isFree(other) &&
      other.gift === offer.gift &&
      (other.priority > offer.priority || (other.priority === offer.priority && j < i)) &&
      other.expires >= offer.expires &&
      other.expiresOn.every((type) => offer.expiresOn.includes(type)) &&
      offer.channels.every((channel) => other.channels.includes(channel)),
  )
  if (better === undefined) return []
  const message = `${offer.id} has no chance: whenever it could be chosen, ${better.id} comes before it, unless that one has been offered for the same instance already`
  const hint = `give ${better.id} a "when", or ${offer.id} a higher priority`
  return warning(['offers', i, 'id'], 'never-happens', message, hint)
}

function capAdvice({ caps, offers }: OfferConfig): Problems {
  const channels = new Set(offers.flatMap((offer) => offer.channels))
  return caps.flatMap((cap, i): Problems => {
    const path = ['caps', i]
    if (cap.max === 0 && cap.channel === undefined)
      return warning(
        [...path, 'max'],
        'never-happens',
        'a cap of 0 lets no offer through',
        'make it 1 or more',
      )
    if (cap.channel !== undefined && offers.length > 0 && !channels.has(cap.channel)) {
      const message = `no offer goes out on ${cap.channel}, so the cap holds nothing back`
      return warning([...path, 'channel'], 'no-effect', message, `channels are: ${[...channels].join(', ')}`)
    }
    const tighter = caps.find(
      (other, j) =>
        j !== i &&
        (other.channel === undefined || other.channel === cap.channel) &&
        other.max <= cap.max &&
        other.per.ms >= cap.per.ms &&
        // Of two that are the same the first one counts.
        !(other.max === cap.max && other.per.ms === cap.per.ms && other.channel === cap.channel && j > i),
    )
    if (tighter === undefined) return []
    const message = `it never binds: ${tighter.max} per ${tighter.per.text} holds before ${cap.max} per ${cap.per.text} could`
    return warning(path, 'no-effect', message, 'leave it out, or make it tighter')
  })
}

const DAY_MINUTES = 24 * 60
/** Less than this is left of a day: nobody means that. */
const LOUD_MINUTES_MIN = 60

function quietAdvice({ quietHours }: OfferConfig): Problems {
  const from = parseWallClock(quietHours?.from ?? '')
  const to = parseWallClock(quietHours?.to ?? '')
  if (quietHours === undefined || from === undefined || to === undefined) return []
  if (from === to) {
    const message = 'it is never quiet: the hours end when they begin'
    return warning(['quietHours', 'to'], 'no-effect', message, 'leave quietHours out, or say another end')
  }
  const loud = (from - to + DAY_MINUTES) % DAY_MINUTES
  if (loud >= LOUD_MINUTES_MIN) return []
  const message = `all but ${loud} minutes of each day are quiet`
  const hint = 'the hours begin at "from" and end at "to": turn the two round?'
  return warning(['quietHours', 'to'], 'never-happens', message, hint)
}

function holdoutAdvice({ holdout }: OfferConfig): Problems {
  if (holdout?.percent !== 100) return []
  const message = 'everybody is held out, so nobody ever hears of an offer'
  return warning(['holdout', 'percent'], 'never-happens', message, 'leave some people in')
}
