/**
 * Events that wait because a condition asks about the person or the world: what is known as of an event is known only when the watermark is
 * past it. Of such an event the fields are kept that its conditions read, until they are asked.
 */
import type { ByteReader, ByteWriter } from '../../model/bytes.ts'
import type { FieldsRead } from '../../model/condition.ts'
import { fieldOf, type Json, type StreamEvent } from '../../model/event.ts'
import type { EpochMs } from '../../model/time.ts'

export interface Asked {
  readonly at: EpochMs
  readonly id: string
  readonly type: string
  readonly source: string
  readonly context: Json | undefined
  readonly data: Json
}

/** By time, then by id; total, so that equal events make equal lists. */
export const compareAsked = (a: Asked, b: Asked): number =>
  a.at - b.at || (a.id === b.id ? (a.source < b.source ? -1 : 1) : a.id < b.id ? -1 : 1)

/** Whether an expression asks for more than the event. */
export const asksKnown = (fields: FieldsRead): boolean => [...fields.keys()].some((name) => name !== 'event')

/** What several expressions read of an event, together. */
export function fieldsOfEvent(all: readonly FieldsRead[]): ReadonlySet<string> | 'all' {
  const together = new Set<string>()
  for (const fields of all) {
    const read = fields.get('event')
    if (read === 'all') return 'all'
    for (const name of read ?? []) together.add(name)
  }
  return together
}

export function askedOf(event: StreamEvent, fields: ReadonlySet<string> | 'all'): Asked {
  const { id, type, source, time: at } = event
  const reads = (name: string): boolean => fields === 'all' || fields.has(name)
  const names = fields === 'all' ? Object.keys(event.data) : [...fields]
  const values = names.map((name) => [name, fieldOf(event, name)] as const)
  const data = Object.fromEntries(values.filter(([, value]) => value !== undefined))
  return { at, id, type, source, context: reads('context') ? event.context : undefined, data }
}

/** The event again, as far as its conditions read it. */
export const eventOf = ({ at, id, type, source, context, data }: Asked): StreamEvent => ({
  id,
  source,
  type,
  time: at,
  person: '',
  channel: undefined,
  context,
  data,
  late: false,
  attached: [],
  shared: false,
  cause: undefined,
})

export function encodeAsked({ at, id, type, source, context, data }: Asked, writer: ByteWriter): void {
  writer.int(at)
  writer.text(id)
  writer.text(type)
  writer.text(source)
  writer.value(context)
  writer.value(data)
}

export const decodeAsked = (reader: ByteReader): Asked => ({
  at: reader.int(),
  id: reader.text(),
  type: reader.text(),
  source: reader.text(),
  context: (reader.value() ?? undefined) as Json | undefined,
  data: reader.value() as Json,
})
