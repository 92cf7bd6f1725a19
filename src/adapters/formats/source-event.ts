/** The rule of a valid event (contracts, E1 to E3), the same for every format. */
import type { Json, SourceEvent } from '../../model/event.ts'
import { dataProblem, isEventType } from '../../model/event-types.ts'
import type { Identifier } from '../../model/identifiers.ts'
import { EVENT_IDENTIFIERS_MAX, IDENTIFIER_LENGTH_MAX, NESTING_MAX } from '../../model/limits.ts'
import { parseTime } from '../../model/time.ts'
import type { SourcePlan } from '../../topology/plan.ts'

/** The parts of an event as a format found them, unchecked. A parsed line of the `json` format is one as it is. */
export interface EventForm {
  readonly id?: unknown
  readonly source?: unknown
  readonly type?: unknown
  readonly time?: unknown
  readonly identifiers?: unknown
  readonly context?: unknown
  readonly data?: unknown
}

const NO_IDENTIFIERS: readonly Identifier[] = []
const NO_DATA: Json = {}

/** Whether a parsed value is an object and no list. */
export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** An upstream has some dozens of types; past this many their form is checked each time. */
const TYPE_NAMES_MAX = 1000
/** One string per type, so that every later look-up and comparison of it is one of pointers: 0.1 us an event. */
const typeNames = new Map<string, string>()

/** The one string of a type; undefined: it is none. */
export const eventTypeName = (type: string): string | undefined => typeNames.get(type) ?? newTypeName(type)

function newTypeName(type: string): string | undefined {
  if (type.length > IDENTIFIER_LENGTH_MAX || !isEventType(type)) return undefined
  if (typeNames.size < TYPE_NAMES_MAX) typeNames.set(type, type)
  return type
}

function typeProblem(type: string): string {
  if (type.length > IDENTIFIER_LENGTH_MAX) return `type is longer than ${IDENTIFIER_LENGTH_MAX}`
  return `type ${JSON.stringify(type)} must be two or more lower-case words joined by dots`
}

/** The event, or what is wrong with it, in words that name the field. */
export function sourceEvent(plan: SourcePlan, form: EventForm): SourceEvent | string {
  const { id } = form
  if (typeof id !== 'string' || id === '')
    return id === undefined ? 'id is missing' : 'id must be a text that is not empty'
  if (id.length > IDENTIFIER_LENGTH_MAX) return `id is longer than ${IDENTIFIER_LENGTH_MAX}`
  if (typeof form.type !== 'string') return form.type === undefined ? 'type is missing' : 'type must be text'
  const type = eventTypeName(form.type)
  if (type === undefined) return typeProblem(form.type)
  if (plan.types !== undefined && !plan.types.has(type)) return `source ${plan.id} does not list type ${type}`
  const time = parseTime(form.time)
  if (time === undefined) return timeProblem('time', form.time)
  const source = form.source ?? plan.id
  if (typeof source !== 'string') return 'source must be text'
  if (source.length > IDENTIFIER_LENGTH_MAX) return `source is longer than ${IDENTIFIER_LENGTH_MAX}`
  const identifiers = identifiersOf(form.identifiers)
  if (typeof identifiers === 'string') return identifiers
  const context = form.context ?? undefined
  const data = form.data ?? NO_DATA
  if (!isObject(data)) return 'data must be an object'
  if (context !== undefined && !isObject(context)) return 'context must be an object'
  const problem =
    dataProblem(type, data) ?? valueProblem(data, 'data') ?? (context && valueProblem(context, 'context'))
  if (problem !== undefined) return problem
  return { id, source: source === '' ? plan.id : source, type, time, identifiers, context, data }
}

/** Why a value is no time (contracts, E3). */
export function timeProblem(name: string, value: unknown): string {
  if (value === undefined || value === null) return `${name} is missing`
  return `${name} must be RFC 3339 with an offset, or an integer of epoch milliseconds, in the years 0000 to 9999`
}

/** Numbers above the largest double (`1e309`) and depth, of objects and lists alike. Recursion ends at the limit, so hostile input cannot exhaust the stack. */
export function valueProblem(value: Json, path: string, depth = 1): string | undefined {
  if (depth > NESTING_MAX) return `${path} is nested deeper than ${NESTING_MAX}`
  for (const key in value) {
    const item = value[key]
    if (typeof item === 'number') {
      if (item - item !== 0)
        return `${path} holds a number that is too large, at ${JSON.stringify(key.slice(0, 100))}`
    } else if (typeof item === 'object' && item !== null) {
      const problem = valueProblem(item as Json, path, depth + 1)
      if (problem !== undefined) return problem
    }
  }
  return undefined
}

/** The identifiers as they came; the list itself when it is what it should be already. */
export function identifiersOf(value: unknown): readonly Identifier[] | string {
  if (value === undefined || value === null) return NO_IDENTIFIERS
  if (!Array.isArray(value)) return 'identifiers must be a list'
  if (value.length > EVENT_IDENTIFIERS_MAX) return `identifiers are more than ${EVENT_IDENTIFIERS_MAX}`
  let asText = false
  for (let i = 0; i < value.length; i++) {
    const item: unknown = value[i]
    if (!isObject(item)) return `identifiers[${i}] must be an object with type and value`
    const problem = identifierProblem(item)
    if (problem !== undefined) return `identifiers[${i}].${problem}`
    if (typeof item['value'] === 'number') asText = true
  }
  if (!asText) return value as Identifier[]
  return (value as { type: string; value: string | number }[]).map((item) => ({
    type: item.type,
    value: String(item.value),
  }))
}

function identifierProblem({ type, value }: Json): string | undefined {
  if (typeof type !== 'string' || type === '') return 'type must be a text that is not empty'
  if (type.length > IDENTIFIER_LENGTH_MAX) return `type is longer than ${IDENTIFIER_LENGTH_MAX}`
  if (type.includes('\n')) return 'type must not hold a line break'
  if (typeof value === 'string') {
    return value.length > IDENTIFIER_LENGTH_MAX ? `value is longer than ${IDENTIFIER_LENGTH_MAX}` : undefined
  }
  return Number.isSafeInteger(value) ? undefined : 'value must be text or an integer'
}
