/**
 * What leaves the house: emissions, decisions, late events, dead letters and who is who, as records of the transaction under way.
 * Envelopes are those of the contracts, section 6.
 */
import type { Cause, Json, StreamEvent } from '../model/event.ts'
import { deriveId, type IdKey } from '../model/hash.ts'
import {
  DEAD_LETTER_BYTES_MAX,
  LATE_BYTES_MAX,
  OUTPUT_BYTES_MAX,
  TOO_LARGE_KEPT_BYTES,
} from '../model/limits.ts'
import { type EpochMs, formatTime } from '../model/time.ts'
import type { Plan, SinkPlan, Slot } from '../topology/plan.ts'
import type { Appends } from './appends.ts'
import { countAttributed, countEncounter, countLostDeal } from './business-counts.ts'
import type { Encoder, Envelope, RefusalReason } from './ports/codec.ts'
import type { Counts } from './ports/observer.ts'
import { shortened } from './shortened.ts'
import type { WireEvent } from './wire-event.ts'

/** The adapter spreads such records over the topic's partitions by their key. */
export const PARTITION_BY_KEY = -1

export interface Refusal {
  readonly reason: RefusalReason
  readonly detail: string
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly buffer: Buffer
  readonly start: number
  readonly end: number
}

export interface IdentityRecord {
  readonly id: string
  readonly person: string
  readonly type: string
  readonly time: EpochMs
  readonly cause: Cause
  readonly data: Json
}

export interface Outputs {
  /** `channel`: that it goes out on, for sinks that take some channels alone. */
  emission(slot: Slot, event: StreamEvent, counts: Counts, channel?: string): void
  identity(record: IdentityRecord): void
  /** The compacted topic of identities keeps nothing under this id. */
  nobody(person: string): void
  /** `operator`: whose own rule it is late by; null at the gate. `place`: with the event it tells this record from any other. */
  late(event: LateEvent, watermark: EpochMs, operator: string | null, place: string): void
  deadLetter(refusal: Refusal): void
}

type LateEvent = Pick<WireEvent, 'id' | 'source' | 'type' | 'time' | 'identifiers' | 'context' | 'data'> & {
  readonly person?: string
}

export function createOutputs(plan: Plan, appends: Appends, encoder: Encoder, key: IdKey): Outputs {
  const decisions: SinkPlan = { id: 'decisions', topic: plan.topics.decisions, format: 'json' }
  const identities: SinkPlan = { id: 'identities', topic: plan.topics.identities, format: 'json' }
  const lateEvents: SinkPlan = { id: 'late', topic: plan.topics.late, format: 'json' }
  const deadLetters: SinkPlan = { id: 'dead-letters', topic: plan.topics.deadLetters, format: 'json' }

  function sendEnvelope({ topic, format }: SinkPlan, envelope: Envelope): void {
    const { writer } = appends
    appends.begin(topic, PARTITION_BY_KEY, envelope.time, envelope.person, envelope.id)
    const start = writer.length
    encoder.envelope(writer, topic, format, envelope)
    if (writer.length - start > OUTPUT_BYTES_MAX) {
      const { id, source, type, time, person, cause } = envelope
      shortened(envelope.data, (data) => {
        writer.length = start
        encoder.envelope(writer, topic, format, { id, source, type, time, person, cause, data })
        return writer.length - start <= OUTPUT_BYTES_MAX
      })
    }
    appends.end()
  }

  /**
   * Without a time: retention of what was refused or too late counts from the commit, not from what it says of itself. `less`: goes
   * instead where the value takes more than a topic takes.
   */
  function sendValue(
    { topic, format }: SinkPlan,
    recordKey: string | null,
    value: Json,
    id: string,
    less?: () => Json,
  ): void {
    const { writer } = appends
    appends.begin(topic, PARTITION_BY_KEY, undefined, recordKey, id)
    const start = writer.length
    encoder.value(writer, topic, format, value)
    if (less !== undefined && writer.length - start > LATE_BYTES_MAX) {
      writer.length = start
      encoder.value(writer, topic, format, less())
    }
    appends.end()
  }

  function emission(slot: Slot, event: StreamEvent, counts: Counts, channel?: string): void {
    count(event, counts)
    if (event.type === 'decision.made') sendEnvelope(decisions, event)
    else for (const sink of slot.sinks) if (takes(sink, channel)) sendEnvelope(sink, event)
  }

  function identity({ id, person, type, time, cause, data }: IdentityRecord): void {
    const envelope: Envelope = { id, source: plan.identity.id, type, time, person, cause, data }
    sendEnvelope(identities, envelope)
    for (const sink of plan.identity.sinks) sendEnvelope(sink, envelope)
  }

  const nobody = (person: string): void =>
    appends.record(identities.topic, PARTITION_BY_KEY, undefined, person, null)

  function late(event: LateEvent, watermark: EpochMs, operator: string | null, place: string): void {
    const { id, source, type, time, identifiers, context, data } = event
    const whole = {
      id,
      source,
      type,
      time: formatTime(time),
      identifiers,
      ...(context === undefined ? {} : { context }),
      data,
    }
    const value = { event: whole, late_by_ms: watermark - time, watermark: formatTime(watermark), operator }
    const recordId = deriveId(key, 'late', operator ?? '', place, source, id)
    sendValue(lateEvents, event.person ?? null, value, recordId, () => {
      const bare = { id, source, type, time: formatTime(time), identifiers, data: {} }
      return { ...value, event: bare, cut: true }
    })
  }

  function deadLetter({ reason, detail, topic, partition, offset, buffer, start, end }: Refusal): void {
    const most = reason === 'too-large' ? TOO_LARGE_KEPT_BYTES : DEAD_LETTER_BYTES_MAX
    const size = end - start
    const kept = buffer.toString('base64', start, start + Math.min(size, most))
    const known = reason === 'too-large' ? {} : { size_bytes: size }
    const cut = size > most ? { cut: true, ...known } : {}
    const id = deriveId(key, 'dead-letter', topic, partition, offset)
    sendValue(deadLetters, null, { reason, detail, topic, partition, offset, bytes: kept, ...cut }, id)
  }

  return { emission, identity, nobody, late, deadLetter }
}

const takes = ({ channels }: SinkPlan, channel: string | undefined): boolean =>
  channels === undefined || (channel !== undefined && channels.has(channel))

function count({ type, data }: StreamEvent, counts: Counts): void {
  switch (type) {
    case 'session.closed':
      counts.sessions++
      break
    case 'trigger.fired':
      counts.triggers++
      break
    case 'trigger.retracted':
      counts.retracted++
      break
    case 'offer.emitted':
      counts.offers++
      break
    case 'offer.revoked':
      counts.revoked++
      break
    case 'decision.made':
      countDecision(data, counts)
      break
    case 'order.attributed':
      countAttributed(data, counts)
      break
    case 'deal.lost':
      countLostDeal(data, counts)
      break
    case 'encounter.recorded':
      countEncounter(data, counts)
  }
}

/** A final decision without an offer counts under the reason of its highest-priority candidate (X7): an offer whose `when` held. */
function countDecision(data: Json, counts: Counts): void {
  if (data['outcome'] === 'held') return
  counts.decisions++
  if (data['outcome'] === 'emitted') return
  const rejected = data['rejected'] as readonly { readonly reason: string }[]
  const candidate = rejected.find(({ reason }) => reason !== 'condition-false') ?? rejected[0]
  const reason = data['outcome'] === 'holdout' ? 'holdout' : (candidate?.reason ?? 'no-candidate')
  counts.suppressed.set(reason, (counts.suppressed.get(reason) ?? 0) + 1)
}
