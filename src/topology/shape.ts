/** The shape of a topology document: its keys, kinds, units and defaults, in one declaration. An operator's `config` is its own. */
import { z } from 'zod'
import { duration } from '../model/config.ts'
import { isEventType } from '../model/event-types.ts'
import { OPERATORS_MAX, OWN_TOPICS } from './outline.ts'

export const DEFAULT_LATENESS = '10s'
export const DEFAULT_GRACE = '10m'
/** Partitions of a topic beyond this are a typing error. */
const PARTITIONS_MAX = 10_000
/** A person's remembered events lie in that person's state, which is bounded. */
const DEDUPE_EVENTS_MAX = 10_000
const NAME_LENGTH_MAX = 100

/** Names become parts of topic names and Redis keys. */
const name = z
  .string()
  .max(NAME_LENGTH_MAX)
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9_-]*$/,
    'must be letters, digits, "_" and "-", and begin with a letter or digit',
  )
const topic = z
  .string()
  .max(249)
  .regex(/^(?!\.{1,2}$)[A-Za-z0-9._-]+$/, 'must be a Kafka topic name: letters, digits, ".", "_" and "-"')
const references = z.union([z.string().transform((id) => [id]), z.array(z.string())])
const eventType = z
  .string()
  .refine(isEventType, 'must be two or more lower-case words joined by dots, such as product.viewed')

const source = z.strictObject({
  topic: topic.describe('Kafka topic to read'),
  format: z.enum(['json', 'avro', 'cloudevents', 'segment']).default('json').describe('form of its events'),
  lateness: duration(DEFAULT_LATENESS).describe('how far its events may be out of order'),
  grace: duration(DEFAULT_GRACE).describe('how much older than the watermark a late event is still taken'),
  idle: duration('30s').describe('silence after which it no longer holds time back'),
  ahead: duration('5m').describe('how far past its own arrival an event may claim to be'),
  types: z.array(eventType).min(1).optional().describe('event types it brings; default: all'),
  dedupe: z.literal('none').optional().describe('none: repeats of an event are taken as new ones'),
  world: z.boolean().default(false).describe('its events are facts of the world, without identifiers'),
})

const operator = z.strictObject({
  id: name.describe('name within the topology; the state belongs to it'),
  type: z.string().describe('which operator'),
  from: references.describe(
    'ids of what it takes events from: sources for identity, operators for all others',
  ),
  config: z.unknown().optional().describe("the operator's own keys"),
})

const sink = z.strictObject({
  from: references.describe('ids of operators whose emissions it gets'),
  topic: topic.describe('Kafka topic to write'),
  channels: references
    .optional()
    .describe('of offers only those on these channels, and what takes them back; without it: all'),
  format: z.enum(['json', 'avro']).default('json').describe('form of its records'),
})

const own = (standard: string) => z.strictObject({ topic: topic.default(standard) }).prefault({})
const span = z
  .union([z.literal('never'), duration('90d', 1)])
  .transform((value) => (value === 'never' ? undefined : value))

export const topologyShape = z.strictObject({
  topology: name.describe('name of the topology; topics, groups and keys carry it'),
  timezone: z.string().default('UTC').describe('IANA zone for local times of day'),
  sources: z.record(name, source).describe('topics to read, by id'),
  operators: z.array(operator).max(OPERATORS_MAX).describe('what is done, in any order'),
  sinks: z.record(name, sink).default({}).describe('topics to write, by id'),
  lateEvents: own(OWN_TOPICS.lateEvents).describe('events beyond grace'),
  deadLetters: own(OWN_TOPICS.deadLetters).describe('refused records'),
  identities: own(OWN_TOPICS.identities).describe('who is who, compacted by person'),
  decisions: own(OWN_TOPICS.decisions).describe('every decision with its reasons'),
  partitions: z
    .int()
    .min(1)
    .max(PARTITIONS_MAX)
    .optional()
    .describe('partitions of everything behind identity; default: the most of a source; fixed once created'),
  dedupe: z
    .strictObject({
      within: duration('24h').describe('how much older than the newest event a repeat is known'),
      events: z
        .int()
        .min(0)
        .max(DEDUPE_EVENTS_MAX)
        .default(200)
        .describe('newest events of a person that are remembered'),
    })
    .prefault({})
    .describe('when an event counts as a repeat'),
  forget: z
    .strictObject({
      anonymous: span
        .optional()
        .describe('people of whom no unique identifier, e-mail address or phone number is known'),
      known: span.optional().describe('all other people'),
    })
    .optional()
    .describe('people without events for so long are forgotten'),
})

/** A document that holds its shape, with defaults. Durations are milliseconds, `from` is always a list. */
export type TopologyShape = z.output<typeof topologyShape>
