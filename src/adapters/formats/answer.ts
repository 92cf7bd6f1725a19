/** The answers of the decoders (runtime/ports/codec.ts), built in one place so that all have one shape. */
import { INPUT_BYTES_MAX } from '../../model/limits.ts'
import type { EpochMs } from '../../model/time.ts'
import type { DecodedEvent, DecodedRefusal, RefusalReason } from '../../runtime/ports/codec.ts'
import type { SourcePlan } from '../../topology/plan.ts'
import { type EventForm, sourceEvent } from './source-event.ts'

/** A format's finding that the bytes are none of its events. Formats answer an {@link EventForm} or this. */
export class Misfit {
  readonly reason: RefusalReason
  readonly detail: string
  readonly schemaId: number | undefined
  constructor(reason: RefusalReason, detail: string, schemaId?: number) {
    this.reason = reason
    this.detail = detail
    this.schemaId = schemaId
  }
}

/** The event of a form when it is valid, else why not. */
export function answer(
  source: SourcePlan,
  form: EventForm | Misfit,
  received: EpochMs | undefined,
): DecodedEvent | DecodedRefusal {
  if (form instanceof Misfit) return refusal(form, source, received)
  const event = sourceEvent(source, form)
  if (typeof event === 'string') return refusal(new Misfit('invalid-event', event), source, received)
  return { kind: 'event', source, event, received }
}

export function refusal(
  { reason, detail, schemaId }: Misfit,
  source: SourcePlan | undefined,
  received: EpochMs | undefined,
  topic?: string,
): DecodedRefusal {
  return { kind: 'refused', reason, detail, received, source, topic, schemaId }
}

/** How much larger is not said: of a line without an end nobody keeps more than shows that it is. */
export function tooLarge(what: string): Misfit {
  return new Misfit('too-large', `${what} is larger than ${INPUT_BYTES_MAX} bytes`)
}
