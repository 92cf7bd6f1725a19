/** What a document may say of offers (contracts, section 5), and what the steps get of it. */
import { z } from 'zod'
import type { Condition } from '../../model/condition.ts'
import { duration } from '../../model/config.ts'
import { knownVariables } from '../../model/event-expressions.ts'
import type { FieldTypes } from '../../model/event-types.ts'
import type { IdKey } from '../../model/hash.ts'
import type { ProfileFields } from '../../model/known.ts'
import { OFFERS_PER_PERSON_MAX } from '../../model/limits.ts'
import type { Wiring } from '../../model/operator.ts'
import { type DurationMs, parseDuration } from '../../model/time.ts'
import { parseWallClock } from '../../model/zone.ts'
import type { Content } from './content.ts'
import { discount, variant } from './content-shape.ts'

/** Offers, channels and variants of one offer, caps: what one document may list. */
const OFFERS_MAX = 500
const CHANNELS_MAX = 20
const CAPS_MAX = 20
const VARIANTS_MAX = 50

const name = (what: string) => z.string().min(1).max(200).describe(what)

const wallClock = (what: string) =>
  z
    .string()
    .refine((text) => parseWallClock(text) !== undefined, {
      error: 'a time of day is hh:mm, from 00:00 to 23:59',
      params: { code: 'bad-value' },
    })
    .meta({ pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]$' })
    .describe(what)

/** A span of time with its text, which outputs repeat as the document says it. */
const window = z
  .string()
  .transform((text, ctx) => {
    const ms = parseDuration(text)
    if (ms !== undefined && ms > 0) return { ms, text }
    const message = `${JSON.stringify(text)} is no duration above 0: write a number and a unit, like 10m 24h 7d`
    ctx.issues.push({ code: 'custom', input: text, params: { code: 'bad-duration' }, message })
    return z.NEVER
  })
  .meta({ unit: 'duration', type: 'string', pattern: '^[0-9]{1,9}(ms|s|m|h|d)$' })

const offerEntry = z.strictObject({
  id: name('Id of the offer in the catalogue, unique within this operator; `offer` of what is emitted.'),
  on: name(
    'Id of the operator, one of those in `from`, whose triggers this offer answers; of a journey also one of its steps, as `ID.STEP`.',
  ),
  when: z
    .string()
    .optional()
    .describe(
      'CEL condition over `trigger` (data of the trigger, and `trigger.operator`), `profile.traits` and `context`; the offer is a candidate only if it is true. Without it: always.',
    ),
  channels: z
    .array(z.string().min(1))
    .min(1)
    .max(CHANNELS_MAX)
    .describe(
      'Channels in the order in which they are tried: push, sms, whatsapp, email, call, onsite, store, seller; any other name is always reachable.',
    ),
  priority: z
    .number()
    .default(50)
    .describe('The candidate with the highest number is chosen; of equals, the first in the document.'),
  expires: duration('24h').describe(
    'Duration from the trigger to the end of the offer; that end is not part of its life.',
  ),
  expiresOn: z
    .array(z.string())
    .max(CHANNELS_MAX)
    .default([])
    .describe(
      'Event types that end the offer early: events of the person with the same trip_id, cart_id, visit_id or product_id as the trigger, or with none.',
    ),
  template: name('Name of the template that the sender fills; `content.template` of what is emitted.'),
  params: z
    .record(z.string(), z.unknown())
    .default({})
    .describe(
      'Values for the template: `content.params`. Texts may hold CEL in `${...}` over what `when` may name; without a value there is no offer.',
    ),
  variants: z
    .array(variant)
    .max(VARIANTS_MAX)
    .default([])
    .describe(
      'Other contents for some people: the first whose condition is true counts, else the template and params of the offer.',
    ),
  discount: discount.describe(
    'What is taken off the price: `10%`, or a mapping; `content.discount` of what is emitted, always as a mapping.',
  ),
  gift: z
    .boolean()
    .default(false)
    .describe('true: a service, which `caps` neither count nor hold back; `giftCaps` do.'),
  group: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe(
      'Name of a group of offers, of which a person gets at most one for each instance of a trigger, also when it fires again within 30 days.',
    ),
  maxPerPerson: z
    .int()
    .min(1)
    .max(1_000_000)
    .optional()
    .describe('Number of times that a person gets this offer in a lifetime, at most.'),
})

const cap = z.strictObject({
  max: z
    .int()
    .min(0)
    .max(OFFERS_PER_PERSON_MAX)
    .describe('Number of offers emitted to one person in any window of length `per`, at most.'),
  per: window.describe('Duration of the sliding window; its left border is not part of it.'),
  channel: z
    .string()
    .min(1)
    .optional()
    .describe('Channel that it counts and holds for. Without it: all channels together.'),
})

/** `type: offer`, key `config`. */
export const offerConfig = z.strictObject({
  offers: z
    .array(offerEntry)
    .max(OFFERS_MAX)
    .default([])
    .describe('The catalogue: what may be offered, on which trigger, and how.'),
  caps: z
    .array(cap)
    .max(CAPS_MAX)
    .default([])
    .describe('Frequency caps; all of them hold, in every sliding window, for the whole person.'),
  giftCaps: z
    .array(cap)
    .max(CAPS_MAX)
    .default([])
    .describe('The same as `caps`, for offers with `gift: true` alone.'),
  onsiteWithin: duration('5m', 1).describe(
    'How long after a web or app event (`context.channel`) a person counts as reachable on the channel `onsite`; right border excluded.',
  ),
  quietHours: z
    .strictObject({
      from: wallClock(
        "Time of day, hh:mm by the person's wall clock (else the topology's), at which quiet hours begin; included.",
      ),
      to: wallClock(
        'Time of day, hh:mm, at which quiet hours end; excluded. Before `from`: on the next day. Equal to it: never quiet.',
      ),
      // oxlint-disable-next-line unicorn/no-thenable -- the key is the contract's.
      then: z
        .enum(['hold', 'drop'])
        .default('hold')
        .describe('hold: the whole decision is made again when they end. drop: nothing is offered.'),
    })
    .optional()
    .describe('Hours of the day at which nobody is contacted. Without it: none.'),
  holdout: z
    .strictObject({
      percent: z
        .number()
        .min(0)
        .max(100)
        .describe(
          'Percentage of people, 0 to 100 in steps of 0.01, who are decided for and never contacted.',
        ),
      salt: z
        .string()
        .default('')
        .describe('Text that is hashed with the person; another salt draws other people.'),
    })
    .optional()
    .describe('A fixed share of people without offers, to measure against. Without it: nobody.'),
  consent: z
    .strictObject({
      purpose: z
        .string()
        .min(1)
        .default('marketing')
        .describe('Purpose of `consent.changed` that offers need.'),
      default: z
        .enum(['granted', 'denied'])
        .default('granted')
        .describe('What holds for a person who has said nothing.'),
    })
    .prefault({})
    .describe(
      'Consent that is asked for before anything is offered; `message.unsubscribed` counts as a refusal whatever the purpose.',
    ),
})

export type OfferConfig = z.infer<typeof offerConfig>

/** A cap, its text ready. */
export interface Cap {
  readonly max: number
  readonly perMs: DurationMs
  /** `per` as the document says it, and so the outputs. */
  readonly per: string
  readonly channel: string | undefined
  /** One of `giftCaps`. */
  readonly gift: boolean
}

export interface CatalogueOffer {
  readonly id: string
  readonly when: Condition | undefined
  readonly channels: readonly string[]
  readonly priority: number
  readonly expiresMs: DurationMs
  readonly expiresOn: ReadonlySet<string>
  readonly content: Content
  readonly gift: boolean
  /** Those that count it and hold it back: `caps`, or `giftCaps` of a gift. */
  readonly caps: readonly Cap[]
  readonly group: string | undefined
  readonly maxPerPerson: number | undefined
}

/** Of which identifier the instances of a trigger are made. */
export type InstanceKind = 'trip' | 'cart' | 'product' | 'any'

export interface QuietHours {
  /** Minutes since local midnight. */
  readonly from: number
  readonly to: number
  readonly hold: boolean
}

export interface Holdout {
  /** Of 10,000 people, how many are held out. */
  readonly share: number
  readonly salt: string
  /** Percent and salt in one text: a verdict under another one is none. */
  readonly print: string
}

/** The config as the steps need it. */
export interface OfferReady {
  readonly operatorId: string
  readonly key: IdKey
  readonly timezone: string
  readonly horizonMs: DurationMs
  /** By the operator whose trigger they answer, and `OPERATOR.STEP` where triggers name steps; best first. */
  readonly offersOn: ReadonlyMap<string, readonly CatalogueOffer[]>
  /** Operators whose triggers name steps. */
  readonly stepped: ReadonlySet<string>
  readonly offers: ReadonlyMap<string, CatalogueOffer>
  readonly instanceKinds: ReadonlyMap<string, InstanceKind>
  /** `caps` and `giftCaps`. */
  readonly caps: readonly Cap[]
  readonly quiet: QuietHours | undefined
  readonly onsiteMs: DurationMs
  /** Whether some offer goes `onsite`. */
  readonly usesOnsite: boolean
  /** Types that show where a person is; empty if no offer goes to the `store`. */
  readonly visitTypes: ReadonlySet<string>
  /** Whether an offer that fails may go out on another channel. */
  readonly fallsBack: boolean
  /** Whether instances may be products, and an ending has to say which it is about. */
  readonly endsProducts: boolean
  /** Whether anything of {@link Extras} is kept. */
  readonly usesExtras: boolean
  readonly holdout: Holdout | undefined
  /** 1 - the share that is held out. */
  readonly propensity: number
  readonly consent: { readonly purpose: string; readonly granted: boolean }
  /** Types that end some offer. */
  readonly endings: ReadonlySet<string>
  /** Types of the person's own events that say something: of consent, of the person, of the end of an offer. */
  readonly listens: ReadonlySet<string>
  /** How long an ending can matter: the longest life of an offer that has `expiresOn`. */
  readonly endingsMs: DurationMs
}

/** What is told of people in the conditions of offers: traits whatever the document, since offers know them themselves. */
export const profileOf = ({ told, untold }: ProfileFields): ProfileFields => ({
  told: { ...told, traits: 'any' },
  untold,
})

/** Variables of `when` for an offer on an operator with these fields (fine print O15). */
export const conditionVariables = (
  fields: FieldTypes,
  { profile, world }: Pick<Wiring, 'profile' | 'world'>,
): FieldTypes => ({
  trigger: { fields: { ...fields, operator: 'text' } },
  context: 'any',
  ...knownVariables({ profile: profileOf(profile), world }),
})
