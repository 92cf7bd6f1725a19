/**
 * Lines of a replay input, and of `POST /events` (contracts, section 2, T3, T4, T12 to T14).
 *
 * 1. A line is a JSON event in the form of its source's format (of `avro`: the `json` form), with optional `topic` and `received`;
 *    or a directive, `{"clock": T}` or `{"erase": {"type", "value"}}`; or white. A byte order mark in front and a carriage return at the end do not count.
 * 2. A line that parses says its `received` even when it is refused: it moves the clock.
 * 3. The same bytes give the same answer wherever the reader starts: nothing is remembered between lines.
 */
import type { Json } from '../../model/event.ts'
import { INPUT_BYTES_MAX } from '../../model/limits.ts'
import { parseTime } from '../../model/time.ts'
import type { Decoded } from '../../runtime/ports/codec.ts'
import type { SourcePlan } from '../../topology/plan.ts'
import { answer, Misfit, refusal, tooLarge } from './answer.ts'
import { structuredCloudEvent } from './cloudevents.ts'
import { jsonObject } from './json-text.ts'
import { createJsonWalk } from './json-walk.ts'
import { segmentEvent, segmentType } from './segment.ts'
import { type EventForm, isObject, timeProblem } from './source-event.ts'

const BLANK: Decoded = { kind: 'blank' }
const LINE = 'the line'
const CARRIAGE_RETURN = 13
const OPENING_BRACE = 123

/** Decodes the line `buffer[start, end)`, which is without its line feed. */
export type DecodeLine = (buffer: Buffer, start: number, end: number) => Decoded

/** `sources` in the order of the document. */
export function createLineDecoder(sources: readonly SourcePlan[]): DecodeLine {
  const byTopic = new Map<string, readonly SourcePlan[]>()
  for (const { topic } of sources)
    byTopic.set(
      topic,
      sources.filter((source) => source.topic === topic),
    )
  const walk = createJsonWalk()

  /** Most lines are events of a source in JSON with nothing unusual about them. */
  function walked(buffer: Buffer, start: number, end: number): Decoded | undefined {
    if (!walk.walk(buffer, start, end)) return undefined
    const { type, topic, received } = walk
    const of = topic === undefined ? sources : byTopic.get(topic)
    const source = type === undefined || of === undefined ? undefined : sourceOf(type, topic, of)
    if (source === undefined || source.format === 'segment' || source.format === 'cloudevents')
      return undefined
    const event = walk.eventOf(source)
    return event && { kind: 'event', source, event, received }
  }

  return (buffer, start, end) => {
    // In front of any line: files with marks are put behind each other with `cat`.
    const from = startsWithMark(buffer, start, end) ? start + 3 : start
    const to = end > from && buffer[end - 1] === CARRIAGE_RETURN ? end - 1 : end
    if (to - from > INPUT_BYTES_MAX) return refusal(tooLarge(LINE), undefined, undefined)
    if (to <= from || (buffer[from] !== OPENING_BRACE && buffer.toString('utf8', from, to).trim() === ''))
      return BLANK
    const event = walked(buffer, from, to)
    if (event !== undefined) return event
    const value = jsonObject(buffer, from, to, LINE)
    if (value instanceof Misfit) return refusal(value, undefined, undefined)
    if (value['clock'] !== undefined && isDirective(value)) return directive(value['clock'])
    if (value['erase'] !== undefined && isDirective(value)) return erasure(value)
    return routed(value, sources, byTopic)
  }
}

/** The UTF-8 byte order mark. */
function startsWithMark(buffer: Buffer, start: number, end: number): boolean {
  return (
    end - start >= 3 && buffer[start] === 0xef && buffer[start + 1] === 0xbb && buffer[start + 2] === 0xbf
  )
}

/** An event may have a field `clock` of its own; a directive is nothing else. */
function isDirective(value: Json): boolean {
  return value['id'] === undefined && value['type'] === undefined
}

function directive(clock: unknown): Decoded {
  const at = parseTime(clock)
  if (at !== undefined) return { kind: 'clock', at }
  return refusal(new Misfit('invalid-event', timeProblem('clock', clock)), undefined, undefined)
}

/** `type` may be left out: the value under every type that identifies. */
function erasure(line: Json): Decoded {
  const of = line['erase']
  const { type, value, lift = line['lift'] } = isObject(of) ? of : { value: of }
  const name = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value
  const well =
    typeof name === 'string' &&
    (type === undefined || typeof type === 'string') &&
    (lift === undefined || typeof lift === 'boolean')
  if (well) return { kind: 'erase', of: { type, value: name }, lift: lift === true }
  const detail = 'erase must be {"type": ..., "value": ...}, both text, with "lift": true to end it'
  return refusal(new Misfit('invalid-event', detail), undefined, undefined)
}

function routed(
  value: Json,
  sources: readonly SourcePlan[],
  byTopic: ReadonlyMap<string, readonly SourcePlan[]>,
): Decoded {
  const topic = value['topic'] ?? undefined
  if (topic !== undefined && typeof topic !== 'string') {
    return refusal(new Misfit('invalid-event', 'topic must be text'), undefined, parseTime(value['received']))
  }
  let received: number | undefined
  if (value['received'] !== undefined && value['received'] !== null) {
    received = parseTime(value['received'])
    if (received === undefined) {
      return refusal(
        new Misfit('invalid-event', timeProblem('received', value['received'])),
        undefined,
        undefined,
        topic,
      )
    }
  }
  const source = topic === undefined ? byType(value, sources) : ofTopic(value, topic, byTopic.get(topic))
  if (source instanceof Misfit) return refusal(source, undefined, received, topic)
  return answer(source, formOf(value, source), received)
}

/** The form of the source's format. */
function formOf(value: Json, source: SourcePlan): EventForm | Misfit {
  if (source.format === 'segment') return segmentEvent(value)
  return source.format === 'cloudevents' ? structuredCloudEvent(value) : value
}

/** Where a line with a type goes, if that is plain. */
function sourceOf(
  type: string,
  topic: string | undefined,
  sources: readonly SourcePlan[],
): SourcePlan | undefined {
  if (topic !== undefined && sources.length === 1) return sources[0]
  return firstThatTakes(type, sources)
}

/** The first source that lists the type, else the first that takes all. */
function firstThatTakes(type: string, sources: readonly SourcePlan[]): SourcePlan | undefined {
  for (const source of sources) if (source.types?.has(type) === true) return source
  return sources.find(takesAll)
}

const takesAll = ({ types }: SourcePlan): boolean => types === undefined

/** The topic's source; of several on one topic the one that takes the type, else the first, which then refuses it by name. */
function ofTopic(
  value: Json,
  topic: string,
  sources: readonly SourcePlan[] | undefined,
): SourcePlan | Misfit {
  const only = sources?.[0]
  if (sources === undefined || only === undefined) {
    return new Misfit('invalid-event', `no source has topic ${JSON.stringify(topic.slice(0, 200))}`)
  }
  if (sources.length === 1) return only
  const found = byType(value, sources)
  return found instanceof Misfit ? only : found
}

function byType(value: Json, sources: readonly SourcePlan[]): SourcePlan | Misfit {
  const type = typeOf(value)
  const found = typeof type === 'string' ? firstThatTakes(type, sources) : sources.find(takesAll)
  if (found !== undefined) return found
  if (type instanceof Misfit) return type
  if (typeof type !== 'string')
    return new Misfit('invalid-event', type === undefined ? 'type is missing' : 'type must be text')
  return new Misfit('invalid-event', `no source lists type ${JSON.stringify(type.slice(0, 200))}`)
}

/** The event's type: that of a Segment call is worked out from the call, which is known by its `messageId`. */
function typeOf(value: Json): unknown {
  return value['messageId'] !== undefined && value['id'] === undefined ? segmentType(value) : value['type']
}
