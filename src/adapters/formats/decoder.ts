/** The decoder: records by the format of their source, lines without one by their topic or type. */
import { INPUT_BYTES_MAX } from '../../model/limits.ts'
import type {
  Decoded,
  DecodedEvent,
  DecodedRefusal,
  Decoder,
  HeaderSource,
} from '../../runtime/ports/codec.ts'
import type { Format, SourcePlan } from '../../topology/plan.ts'
import { answer, Misfit, refusal, tooLarge } from './answer.ts'
import { avroEvent } from './avro/event.ts'
import type { SchemaBook } from './avro/schema-book.ts'
import { createWalk } from './avro/walk.ts'
import { cloudEvent } from './cloudevents.ts'
import { jsonObject } from './json-text.ts'
import { createJsonWalk } from './json-walk.ts'
import { createLineDecoder } from './replay-lines.ts'
import { segmentEvent } from './segment.ts'
import type { EventForm } from './source-event.ts'

/** `schemas` knows the writer schemas of Avro sources; `sources`, in the order of the document, are those that lines are routed to. */
export function createDecoder(schemas: SchemaBook, sources: readonly SourcePlan[]): Decoder {
  const decodeLine = createLineDecoder(sources)
  const walk = createWalk(schemas)
  const walkJson = createJsonWalk()
  function decode(
    source: SourcePlan,
    buffer: Buffer,
    start: number,
    end: number,
    headers?: HeaderSource,
  ): DecodedEvent | DecodedRefusal
  function decode(
    source: SourcePlan | undefined,
    buffer: Buffer,
    start: number,
    end: number,
    headers?: HeaderSource,
  ): Decoded
  function decode(
    source: SourcePlan | undefined,
    buffer: Buffer,
    start: number,
    end: number,
    headers?: HeaderSource,
  ): Decoded {
    if (source === undefined) return decodeLine(buffer, start, end)
    if (end - start > INPUT_BYTES_MAX) return refusal(tooLarge('the record'), source, undefined)
    const event =
      source.format === 'avro'
        ? walk(source, buffer, start, end)
        : source.format === 'json' && walkJson.walk(buffer, start, end)
          ? walkJson.eventOf(source)
          : undefined
    if (event !== undefined) return { kind: 'event', source, event, received: undefined }
    return answer(source, formOf(schemas, source, buffer, start, end, headers), undefined)
  }
  return { decode }
}

/** A tombstone, or an empty value, which says as little. */
function noValue(format: Format): Misfit {
  return new Misfit(format === 'avro' ? 'unknown-format' : 'not-json', 'the record has no value')
}

function formOf(
  schemas: SchemaBook,
  { format }: SourcePlan,
  buffer: Buffer,
  start: number,
  end: number,
  headers: HeaderSource | undefined,
): EventForm | Misfit {
  if (start >= end && format !== 'cloudevents') return noValue(format)
  switch (format) {
    case 'json':
      return jsonObject(buffer, start, end, 'the record')
    case 'avro':
      return avroEvent(schemas, buffer, start, end)
    case 'cloudevents':
      return cloudEvent(buffer, start, end, headers)
    case 'segment': {
      const value = jsonObject(buffer, start, end, 'the record')
      return value instanceof Misfit ? value : segmentEvent(value)
    }
  }
}
