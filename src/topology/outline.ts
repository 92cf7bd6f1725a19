/**
 * The outline of a document: who is there and who reads whom, read leniently, so that a document with mistakes can be checked
 * further and drawn. Whatever is no text where a text belongs is left out here; the shape says so elsewhere.
 */
import { isEventType } from '../model/event-types.ts'
import type { Path, TopologyDocument } from './document.ts'

/** An id that the document names, and where. */
export interface Reference {
  readonly id: string
  readonly path: Path
}

export interface SourceOutline {
  readonly id: string
  readonly path: Path
  readonly topic: string | undefined
  /** Well-formed types that it lists. */
  readonly types: readonly Reference[]
  /** Whether it brings these types only: it lists some, and all can be read. */
  readonly typesKnown: boolean
  readonly world: boolean
}

export interface OperatorOutline {
  readonly id: string | undefined
  readonly type: string | undefined
  readonly path: Path
  readonly from: readonly Reference[]
  /** Whether `from` is there and of the right kind, so that an empty list is meant. */
  readonly fromGiven: boolean
  readonly config: unknown
}

export interface SinkOutline {
  readonly id: string
  readonly path: Path
  readonly from: readonly Reference[]
  readonly topic: string | undefined
  readonly hasChannels: boolean
}

/** Operators of one topology: everything that walks the graph is bounded by it. */
export const OPERATORS_MAX = 500

/** Keys of topics that every topology has, and what they are called unless said. */
export const OWN_TOPICS = {
  lateEvents: 'late-events',
  deadLetters: 'dead-letters',
  identities: 'identities',
  decisions: 'decisions',
} as const

export interface Outline {
  readonly name: string | undefined
  readonly sources: readonly SourceOutline[]
  readonly operators: readonly OperatorOutline[]
  /** Whether the document has a list of operators, empty or not. */
  readonly operatorsGiven: boolean
  readonly sinks: readonly SinkOutline[]
  /** The topics of {@link OWN_TOPICS}, as the document names them. */
  readonly ownTopics: readonly { readonly key: keyof typeof OWN_TOPICS; readonly topic: string }[]
}

type Fields = Readonly<Record<string, unknown>>

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const fieldsOf = (value: unknown): Fields => (isFields(value) ? value : {})
const own = (fields: Fields, key: string): unknown => (Object.hasOwn(fields, key) ? fields[key] : undefined)
const list = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? value.slice(0, OPERATORS_MAX) : []
const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

/** One id or a list of them. */
function references(value: unknown, path: Path): readonly Reference[] {
  if (typeof value === 'string') return [{ id: value, path }]
  if (!Array.isArray(value)) return []
  return value.flatMap((id: unknown, i) => (typeof id === 'string' ? [{ id, path: [...path, i] }] : []))
}

export function outlineOf(document: TopologyDocument): Outline {
  const root = fieldsOf(document.value)
  const operators = own(root, 'operators')
  return {
    name: textOf(own(root, 'topology')),
    sources: Object.entries(fieldsOf(own(root, 'sources'))).map(([id, value]) =>
      sourceOf(id, fieldsOf(value)),
    ),
    operators: list(operators).map((value, i) => operatorOf(i, fieldsOf(value))),
    operatorsGiven: Array.isArray(operators),
    ownTopics: (Object.keys(OWN_TOPICS) as (keyof typeof OWN_TOPICS)[]).map((key) => ({
      key,
      topic: textOf(own(fieldsOf(own(root, key)), 'topic')) ?? OWN_TOPICS[key],
    })),
    sinks: Object.entries(fieldsOf(own(root, 'sinks'))).map(([id, value]) => sinkOf(id, fieldsOf(value))),
  }
}

function sourceOf(id: string, fields: Fields): SourceOutline {
  const path = ['sources', id]
  const listed = own(fields, 'types')
  const types = references(listed, [...path, 'types']).filter(({ id: type }) => isEventType(type))
  return {
    id,
    path,
    topic: textOf(own(fields, 'topic')),
    types,
    typesKnown: Array.isArray(listed) && listed.length > 0 && listed.length === types.length,
    world: own(fields, 'world') === true,
  }
}

function operatorOf(index: number, fields: Fields): OperatorOutline {
  const path = ['operators', index]
  const from = own(fields, 'from')
  return {
    id: textOf(own(fields, 'id')),
    type: textOf(own(fields, 'type')),
    path,
    from: references(from, [...path, 'from']),
    fromGiven: typeof from === 'string' || Array.isArray(from),
    config: own(fields, 'config'),
  }
}

function sinkOf(id: string, fields: Fields): SinkOutline {
  const path = ['sinks', id]
  return {
    id,
    path,
    from: references(own(fields, 'from'), [...path, 'from']),
    topic: textOf(own(fields, 'topic')),
    hasChannels: own(fields, 'channels') !== undefined,
  }
}
