/**
 * Segment and RudderStack calls (contracts, E4). Each rule is a row of that page: which type a call becomes, where its time stands,
 * which names of the person it carries, and what of it is the data.
 */
import type { Json } from '../../model/event.ts'
import { Misfit } from './answer.ts'
import { segmentEventType } from './segment-names.ts'
import { type EventForm, isObject } from './source-event.ts'

const CALLS = ['track', 'identify', 'page', 'screen', 'alias'] as const
type Call = (typeof CALLS)[number]
const TIMES = ['timestamp', 'originalTimestamp', 'sentAt', 'receivedAt'] as const

const isCall = (value: unknown): value is Call => CALLS.includes(value as Call)

/** The type that a call becomes, or why it has none. */
export function segmentType(value: Json): string | Misfit {
  const { type, event } = value
  if (!isCall(type)) return invalid(`type must be one of ${CALLS.join(', ')}`)
  if (type === 'identify' || type === 'alias') return 'person.described'
  if (type !== 'track') return 'page.viewed'
  if (typeof event !== 'string')
    return invalid(event === undefined ? 'event is missing' : 'event must be text')
  return (
    segmentEventType(event) ??
    invalid(`event ${JSON.stringify(event.slice(0, 100))} must be two words or more, such as "Product Added"`)
  )
}

/** A call as an event. Its `source` is the topology's, since calls have none. */
export function segmentEvent(value: Json): EventForm | Misfit {
  const type = segmentType(value)
  if (type instanceof Misfit) return type
  if (typeof value['messageId'] !== 'string' || value['messageId'] === '') {
    return invalid('messageId must be a text that is not empty')
  }
  const context = value['context'] ?? undefined
  if (context !== undefined && !isObject(context)) return invalid('context must be an object')
  const identifiers = identifiersOf(value, context)
  if (identifiers instanceof Misfit) return identifiers
  const data = dataOf(value, context)
  if (data instanceof Misfit) return data
  const time = TIMES.map((name) => value[name] ?? undefined).find((at) => at !== undefined)
  if (time === undefined) return invalid(`${TIMES.join(', ')}: one of them is required`)
  return { id: value['messageId'], type, time, identifiers, context, data }
}

function dataOf(value: Json, context: Json | undefined): Json | Misfit {
  if (value['type'] === 'alias') return {}
  if (value['type'] === 'identify') {
    const traits = value['traits'] ?? context?.['traits'] ?? {}
    return isObject(traits) ? { traits } : invalid('traits must be an object')
  }
  const properties = value['properties'] ?? {}
  return isObject(properties) ? properties : invalid('properties must be an object')
}

interface Name {
  readonly type: unknown
  readonly value: unknown
}

/** `userId`, `anonymousId` (of `alias`: `previousId`), then the context's. Null, and a part that is missing, is no identifier. */
function identifiersOf(value: Json, context: Json | undefined): readonly Name[] | Misfit {
  const names: Name[] = []
  const add = (type: unknown, name: unknown): void => {
    if (name !== undefined && name !== null) names.push({ type, value: name })
  }
  add('user_id', value['userId'])
  add('anonymous_id', value['anonymousId'])
  if (value['type'] === 'alias') add('anonymous_id', value['previousId'])
  const { externalIds = null, traits = null, device = null } = context ?? {}
  if (externalIds !== null) {
    if (!Array.isArray(externalIds)) return invalid('context.externalIds must be a list')
    for (const item of externalIds as unknown[]) {
      if (!isObject(item)) return invalid('context.externalIds must hold objects with type and id')
      add(item['type'], item['id'])
    }
  }
  if (traits !== null) {
    if (!isObject(traits)) return invalid('context.traits must be an object')
    add('email', traits['email'])
    add('phone', traits['phone'])
  }
  if (device !== null) {
    if (!isObject(device)) return invalid('context.device must be an object')
    add('device_id', device['id'])
    add('push_token', device['token'])
  }
  return names
}

const invalid = (detail: string): Misfit => new Misfit('invalid-event', detail)
