/** The config of `offer` against the topology around it: what is wrong with it, and what the steps get. */
import { checkCondition } from '../../model/condition.ts'
import { didYouMean } from '../../model/did-you-mean.ts'
import { InvariantError } from '../../model/errors.ts'
import { EVENT_TYPES, isEventType } from '../../model/event-types.ts'
import type { ProfileFields } from '../../model/known.ts'
import type { ConfigProblem, Upstream, Wiring } from '../../model/operator.ts'
import { parseWallClock } from '../../model/zone.ts'
import { offerAdvice } from './advice.ts'
import {
  conditionVariables,
  profileOf,
  UNAVAILABLE,
  type CatalogueOffer,
  type InstanceKind,
  type OfferConfig,
  type OfferReady,
} from './config.ts'

/** Whose instances are made of what; operators that are not here say it by the value alone. */
const INSTANCES: Readonly<Record<string, InstanceKind>> = {
  'late-arrival': 'trip',
  'cart-abandonment': 'cart',
}

/** Types that say something of the person whatever the config. */
const TYPES_OF_A_PERSON = ['consent.changed', 'message.unsubscribed', 'person.described', 'identity:detached']

const firesTriggers = (upstream: Upstream): boolean => upstream.emits.includes('trigger.fired')

/** What the shape of the config cannot see: ids, conditions, types. */
export function checkOffers(config: OfferConfig, wiring: Wiring): readonly ConfigProblem[] {
  const problems: ConfigProblem[] = []
  const seen = new Set<string>()
  for (const [i, offer] of config.offers.entries()) {
    if (seen.has(offer.id)) {
      problems.push({
        path: ['offers', i, 'id'],
        code: 'duplicate-id',
        message: `there is an offer ${offer.id} already`,
        hint: 'give each offer an id of its own',
      })
    }
    seen.add(offer.id)
    const upstream = triggerOf(offer.on, wiring)
    if (upstream === undefined || !firesTriggers(upstream))
      problems.push(unknownTrigger(i, offer.on, wiring.upstream))
    problems.push(
      ...conditionProblems(i, offer.when, upstream, wiring.profile),
      ...channelProblems(i, offer.channels),
      ...typeProblems(i, offer.expiresOn),
    )
  }
  // Of a catalogue with mistakes nobody knows what it is meant to be.
  return problems.length > 0 ? problems : offerAdvice(config, wiring)
}

/** The operator that an offer's `on` names, by its id or as `ID.STEP`; undefined: there is none, or no such step. */
function triggerOf(on: string, { upstream }: Wiring): Upstream | undefined {
  const [id, step] = on.split('.')
  const found = upstream.find((above) => above.id === id)
  return step === undefined || found?.triggerSteps?.includes(on.slice(on.indexOf('.') + 1)) === true
    ? found
    : undefined
}

function unknownTrigger(i: number, on: string, upstream: readonly Upstream[]): ConfigProblem {
  const ids = upstream
    .filter(firesTriggers)
    .flatMap(({ id, triggerSteps = [] }) => [id, ...triggerSteps.map((step) => `${id}.${step}`)])
  const near = didYouMean(on, ids)
  const known =
    ids.length === 0 ? 'name an operator that fires triggers in `from`' : `one of: ${ids.join(', ')}`
  return {
    path: ['offers', i, 'on'],
    code: 'unknown-id',
    message: on.includes('.')
      ? `no step ${on} of an operator in \`from\` fires a trigger`
      : `no operator ${on} in \`from\` fires triggers`,
    hint: near === undefined ? known : `did you mean ${near}?`,
  }
}

function conditionProblems(
  i: number,
  when: string | undefined,
  upstream: Upstream | undefined,
  profile: ProfileFields,
): readonly ConfigProblem[] {
  if (when === undefined) return []
  // Of an unknown operator the fields are unknown too: one finding is enough, so `trigger` is dynamic then.
  const variables =
    upstream === undefined
      ? { ...conditionVariables({}, profile), trigger: 'any' as const }
      : conditionVariables(upstream.fields, profile)
  const checked = checkCondition(when, variables, { unavailable: UNAVAILABLE, profile: profileOf(profile) })
  if (checked.ok) return []
  const { code, message, hint, line, column } = checked
  return [
    {
      path: ['offers', i, 'when'],
      code,
      message: `${message} (line ${line}, column ${column} of the condition)`,
      hint,
    },
  ]
}

/** Channels that are known by name (O5). Any other name is a business's own, or a typing error. */
const CHANNELS = ['email', 'sms', 'whatsapp', 'push', 'onsite', 'call', 'store', 'seller']

function channelProblems(i: number, channels: readonly string[]): readonly ConfigProblem[] {
  return channels.flatMap((channel, j): ConfigProblem[] => {
    const near = CHANNELS.includes(channel) ? undefined : didYouMean(channel, CHANNELS)
    if (near === undefined) return []
    const message = `${channel} is no channel that is known by name, so everybody counts as reachable on it`
    const hint = `did you mean ${near}? A channel of your own may stay as it is`
    return [{ path: ['offers', i, 'channels', j], code: 'bad-value', level: 'warning', message, hint }]
  })
}

function typeProblems(i: number, types: readonly string[]): readonly ConfigProblem[] {
  return types.flatMap((type, j): ConfigProblem[] => {
    if (EVENT_TYPES.has(type)) return []
    const path = ['offers', i, 'expiresOn', j]
    if (!isEventType(type)) {
      return [
        {
          path,
          code: 'bad-value',
          message: `${type} is no event type`,
          hint: 'lower-case words joined by dots, like trip.arrived',
        },
      ]
    }
    const near = didYouMean(type, EVENT_TYPES.keys())
    if (near === undefined) return []
    return [
      {
        path,
        code: 'unknown-type',
        level: 'warning',
        message: `${type} is no type of the contract`,
        hint: `did you mean ${near}?`,
      },
    ]
  })
}

/** Compiles and looks up; the config has passed {@link checkOffers}. */
export function prepareOffers(config: OfferConfig, wiring: Wiring): OfferReady {
  const offers = new Map<string, CatalogueOffer>()
  const offersOn = new Map<string, CatalogueOffer[]>()
  const endings = new Set<string>()
  let endingsMs = 0
  for (const entry of config.offers) {
    const offer = catalogueOffer(entry, wiring)
    offers.set(offer.id, offer)
    const others = offersOn.get(entry.on)
    if (others === undefined) offersOn.set(entry.on, [offer])
    else others.push(offer)
    for (const type of entry.expiresOn) endings.add(type)
    if (entry.expiresOn.length > 0) endingsMs = Math.max(endingsMs, offer.expiresMs)
  }
  const stepped = withSteps(wiring, offersOn, offers)
  // Best first, ties in document order: the first that passes is chosen, and reasons stand in the order of priority.
  for (const list of offersOn.values()) list.sort((a, b) => b.priority - a.priority)
  const percent = config.holdout?.percent ?? 0
  const salt = config.holdout?.salt ?? ''
  return {
    operatorId: wiring.operatorId,
    key: wiring.key,
    timezone: wiring.timezone,
    horizonMs: wiring.horizonMs,
    offersOn,
    stepped,
    offers,
    instanceKinds: new Map(
      wiring.upstream.map(({ id, type }) => [
        id,
        Object.hasOwn(INSTANCES, type) ? (INSTANCES[type] as InstanceKind) : 'any',
      ]),
    ),
    caps: config.caps.map(({ max, per, channel }) => ({ max, perMs: per.ms, per: per.text, channel })),
    quiet: quietHoursOf(config.quietHours),
    holdout:
      percent > 0 ? { share: Math.round(percent * 100), salt, print: `${percent}:${salt}` } : undefined,
    // To six digits: 1 - 0.07 / 100 is not quite 0.9993 in binary.
    propensity: Math.round(1e6 - percent * 1e4) / 1e6,
    consent: { purpose: config.consent.purpose, granted: config.consent.default === 'granted' },
    endings,
    listens: new Set([...TYPES_OF_A_PERSON, ...endings]),
    endingsMs,
  }
}

/** Adds what is on each step of an operator: offers on that, and those on all its steps. Gives the ids of operators that have steps. */
function withSteps(
  { upstream }: Wiring,
  offersOn: Map<string, CatalogueOffer[]>,
  offers: ReadonlyMap<string, CatalogueOffer>,
): ReadonlySet<string> {
  const stepped = upstream.filter(({ triggerSteps }) => triggerSteps !== undefined)
  for (const { id, triggerSteps = [] } of stepped) {
    for (const step of triggerSteps) {
      const either = new Set([...(offersOn.get(`${id}.${step}`) ?? []), ...(offersOn.get(id) ?? [])])
      // In document order, as all lists are.
      const inOrder = [...offers.values()].filter((offer) => either.has(offer))
      offersOn.set(`${id}.${step}`, inOrder)
    }
  }
  return new Set(stepped.map(({ id }) => id))
}

function catalogueOffer(entry: OfferConfig['offers'][number], wiring: Wiring): CatalogueOffer {
  const fields = triggerOf(entry.on, wiring)?.fields
  const variables = conditionVariables(fields ?? {}, wiring.profile)
  const checked =
    entry.when === undefined
      ? undefined
      : checkCondition(entry.when, fields === undefined ? { ...variables, trigger: 'any' } : variables)
  if (checked?.ok === false) throw new InvariantError(`offer ${entry.id}: ${checked.message}`)
  return {
    id: entry.id,
    when: checked?.compiled,
    channels: entry.channels,
    priority: entry.priority,
    expiresMs: entry.expires,
    expiresOn: new Set(entry.expiresOn),
    template: entry.template,
    params: entry.params,
  }
}

function quietHoursOf(hours: OfferConfig['quietHours']): OfferReady['quiet'] {
  if (hours === undefined) return undefined
  const from = parseWallClock(hours.from)
  const to = parseWallClock(hours.to)
  if (from === undefined || to === undefined) throw new InvariantError('quiet hours have passed their check')
  return { from, to, hold: hours.then === 'hold' }
}
