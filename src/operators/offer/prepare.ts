/** The config of `offer` against the topology around it: what is wrong with it, and what the steps get. */
import { checkCondition, type Condition, type ConditionOptions } from '../../model/condition.ts'
import { didYouMean } from '../../model/did-you-mean.ts'
import { InvariantError } from '../../model/errors.ts'
import type { Json } from '../../model/event.ts'
import { expressionProblems } from '../../model/event-expressions.ts'
import { EVENT_TYPES, type FieldTypes, isEventType } from '../../model/event-types.ts'
import type { ConfigProblem, Upstream, Wiring } from '../../model/operator.ts'
import { templateOf } from '../../model/template.ts'
import { parseWallClock } from '../../model/zone.ts'
import { offerAdvice } from './advice.ts'
import {
  conditionVariables,
  profileOf,
  type Cap,
  type CatalogueOffer,
  type InstanceKind,
  type OfferConfig,
  type OfferReady,
} from './config.ts'
import { contentOf, type Variant } from './content.ts'
import { VISIT_TYPES } from './visits.ts'

/** Whose instances are made of what; operators that are not here say it by the value alone. */
const INSTANCES: Readonly<Record<string, InstanceKind>> = {
  'late-arrival': 'trip',
  'cart-abandonment': 'cart',
  'price-watch': 'product',
}

/** Types that say something of the person whatever the config. */
const FAILED = 'offer.failed'
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
      ...problemsOfExpressions(i, offer, upstream, wiring),
      ...channelProblems(i, offer.channels),
      ...typeProblems(i, offer.expiresOn),
    )
  }
  // Of a catalogue with mistakes nobody knows what it is meant to be.
  return problems.length > 0 ? problems : [...giftCapsAdvice(config), ...offerAdvice(config, wiring)]
}

function giftCapsAdvice({ giftCaps, offers }: OfferConfig): readonly ConfigProblem[] {
  if (giftCaps.length === 0 || offers.some(({ gift }) => gift)) return []
  const message = 'no offer is a gift, so these caps hold nothing back'
  const hint = 'add "gift: true" to an offer, or take giftCaps out'
  return [{ path: ['giftCaps'], code: 'unreachable', level: 'warning', message, hint }]
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

type Entry = OfferConfig['offers'][number]
type Path = ConfigProblem['path']

/** What expressions of an offer may name. Of an unknown operator the fields are unknown too: one finding is enough, so `trigger` is dynamic. */
function variablesOf(upstream: Upstream | undefined, wiring: Wiring): FieldTypes {
  return upstream === undefined
    ? { ...conditionVariables({}, wiring), trigger: 'any' }
    : conditionVariables(upstream.fields, wiring)
}

/** Conditions of an offer and its variants, and what stands in their params. */
function problemsOfExpressions(i: number, entry: Entry, upstream: Upstream | undefined, wiring: Wiring) {
  const variables = variablesOf(upstream, wiring)
  const options: ConditionOptions = { profile: profileOf(wiring.profile) }
  const condition = (when: string | undefined, path: Path): readonly ConfigProblem[] => {
    const checked = when === undefined ? undefined : checkCondition(when, variables, options)
    return checked === undefined || checked.ok ? [] : expressionProblems(checked, path, 'condition')
  }
  const params = (of: Json | undefined, path: Path): readonly ConfigProblem[] =>
    of === undefined ? [] : templateOf(of, path, variables, options).problems
  const at = ['offers', i]
  return [
    ...condition(entry.when, [...at, 'when']),
    ...params(entry.params, [...at, 'params']),
    ...entry.variants.flatMap((variant, j) => [
      ...condition(variant.when, [...at, 'variants', j, 'when']),
      ...params(variant.params, [...at, 'variants', j, 'params']),
    ]),
    ...unreachableVariants(entry, [...at, 'variants']),
  ]
}

/** Variants behind one that always holds. */
function unreachableVariants({ variants }: Entry, path: Path): readonly ConfigProblem[] {
  const always = variants.findIndex(({ when }) => when === undefined)
  if (always < 0 || always === variants.length - 1) return []
  const message = 'the variant before it has no condition, so this one is never asked'
  const hint = 'give that one a "when", or put it last'
  return [{ path: [...path, always + 1], code: 'unreachable', message, hint }]
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
  const [caps, giftCaps] = [capsOf(config.caps, false), capsOf(config.giftCaps, true)]
  const offers = new Map<string, CatalogueOffer>()
  const offersOn = new Map<string, CatalogueOffer[]>()
  const endings = new Set<string>()
  let endingsMs = 0
  for (const entry of config.offers) {
    const offer = catalogueOffer(entry, wiring, entry.gift ? giftCaps : caps)
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
  const channels = new Set(config.offers.flatMap((entry) => entry.channels))
  const usesOnsite = channels.has('onsite')
  const failures = wiring.sourceTypes === undefined || wiring.sourceTypes.includes(FAILED)
  const fallsBack = failures && config.offers.some((entry) => entry.channels.length > 1)
  const visitTypes = new Set(channels.has('store') ? VISIT_TYPES : [])
  const instanceKinds = new Map(
    wiring.upstream.map(({ id, type }) => [
      id,
      Object.hasOwn(INSTANCES, type) ? (INSTANCES[type] as InstanceKind) : 'any',
    ]),
  )
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
    instanceKinds,
    caps: [...caps, ...giftCaps],
    quiet: quietHoursOf(config.quietHours),
    onsiteMs: config.onsiteWithin,
    usesOnsite,
    visitTypes,
    fallsBack,
    endsProducts: [...instanceKinds.values()].some((kind) => kind === 'product' || kind === 'any'),
    usesExtras: usesOnsite || fallsBack || visitTypes.size > 0,
    holdout:
      percent > 0 ? { share: Math.round(percent * 100), salt, print: `${percent}:${salt}` } : undefined,
    // To six digits: 1 - 0.07 / 100 is not quite 0.9993 in binary.
    propensity: Math.round(1e6 - percent * 1e4) / 1e6,
    consent: { purpose: config.consent.purpose, granted: config.consent.default === 'granted' },
    endings,
    listens: new Set([...TYPES_OF_A_PERSON, ...endings, ...visitTypes, ...(fallsBack ? [FAILED] : [])]),
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

const capsOf = (caps: OfferConfig['caps'], gift: boolean): readonly Cap[] =>
  caps.map(({ max, per, channel }) => ({ max, perMs: per.ms, per: per.text, channel, gift }))

function catalogueOffer(entry: Entry, wiring: Wiring, caps: readonly Cap[]): CatalogueOffer {
  const upstream = triggerOf(entry.on, wiring)
  const variables = variablesOf(upstream, wiring)
  const compiled = (when: string | undefined): Condition | undefined => {
    const checked = when === undefined ? undefined : checkCondition(when, variables)
    if (checked?.ok === false) throw new InvariantError(`offer ${entry.id}: ${checked.message}`)
    return checked?.compiled
  }
  const variantOf = ({
    when,
    template = entry.template,
    params = entry.params,
  }: Partial<Entry>): Variant => ({
    when: compiled(when),
    template,
    params: templateOf(params, [], variables),
  })
  return {
    id: entry.id,
    when: compiled(entry.when),
    channels: entry.channels,
    priority: entry.priority,
    expiresMs: entry.expires,
    expiresOn: new Set(entry.expiresOn),
    content: contentOf(entry.variants.map(variantOf), variantOf({}), entry.discount),
    gift: entry.gift,
    caps,
    group: entry.group,
    maxPerPerson: entry.maxPerPerson,
  }
}

function quietHoursOf(hours: OfferConfig['quietHours']): OfferReady['quiet'] {
  if (hours === undefined) return undefined
  const from = parseWallClock(hours.from)
  const to = parseWallClock(hours.to)
  if (from === undefined || to === undefined) throw new InvariantError('quiet hours have passed their check')
  return { from, to, hold: hours.then === 'hold' }
}
