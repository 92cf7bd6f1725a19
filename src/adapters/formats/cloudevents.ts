/**
 * CloudEvents 1.0 (contracts, section 3 and E5): structured mode, one JSON object, and Kafka's binary mode, where the attributes are
 * headers `ce_*` and the value is the data. `identifiers` and `context` are taken out of the data.
 */
import type { Json } from '../../model/event.ts'
import type { HeaderSource } from '../../runtime/ports/codec.ts'
import { Misfit } from './answer.ts'
import { jsonObject } from './json-text.ts'
import { type EventForm, isObject } from './source-event.ts'

const SPEC = '1.0'

/** A structured event, parsed. */
export function structuredCloudEvent(value: Json): EventForm | Misfit {
  const { specversion, id, source, type, time, data } = value
  if (specversion !== SPEC) return wrongVersion('specversion', specversion)
  if (data === undefined && Object.hasOwn(value, 'data_base64')) {
    return new Misfit('invalid-event', 'data must be an object; data_base64 is not read')
  }
  return withData({ id, source, type, time }, data)
}

/** A record of a CloudEvents source; binary mode when it has a header `ce_specversion`. */
export function cloudEvent(
  buffer: Buffer,
  start: number,
  end: number,
  headers: HeaderSource | undefined,
): EventForm | Misfit {
  const specversion = headers?.header('ce_specversion')
  if (headers === undefined || specversion === undefined) {
    if (start >= end) return new Misfit('not-json', 'the record has no value')
    const value = jsonObject(buffer, start, end, 'the record')
    return value instanceof Misfit ? value : structuredCloudEvent(value)
  }
  if (specversion !== SPEC) return wrongVersion('header ce_specversion', specversion)
  const attributes = {
    id: headers.header('ce_id'),
    source: headers.header('ce_source'),
    type: headers.header('ce_type'),
    time: headers.header('ce_time'),
  }
  if (start >= end) return withData(attributes, undefined)
  const data = jsonObject(buffer, start, end, 'data')
  return data instanceof Misfit ? data : withData(attributes, data)
}

function wrongVersion(name: string, value: unknown): Misfit {
  if (value === undefined) return new Misfit('unknown-format', `${name} is missing: this is no CloudEvent`)
  const said = typeof value === 'string' ? JSON.stringify(value.slice(0, 20)) : typeof value
  return new Misfit('unknown-format', `${name} must be "${SPEC}", not ${said}`)
}

/** `source` is required there; without it the topology's name stands in, as for any event. */
function withData(attributes: EventForm, value: unknown): EventForm {
  const { id, source, type, time } = attributes
  if (!isObject(value)) return { id, source, type, time, data: value }
  const { identifiers, context, ...data } = value
  return { id, source, type, time, identifiers, context, data }
}
