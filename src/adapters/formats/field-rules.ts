/** What the table of types asks of an event that lies in parts, by the numbers of its fields. */
import { EVENT_TYPES, type FieldType, fieldProblem, rangeOf } from '../../model/event-types.ts'
import { ASCII, DOUBLE, type EventParts, INT, NULL } from '../../runtime/event-parts.ts'
import { FIELD_NAMES, OWN_NAME, fieldNumberOf, typeNumberOf } from '../../runtime/wire-names.ts'

export interface TypeRule {
  /** In records of the internal topic. */
  readonly number: number
  /** Fields that must say something. */
  readonly required: readonly number[]
  /** Of each field; undefined: it is of any kind. */
  readonly kinds: readonly (FieldType | undefined)[]
}

/** Of types outside of the table. */
export const NO_KINDS: readonly (FieldType | undefined)[] = []
const UNCHECKED: TypeRule = { number: OWN_NAME, required: [], kinds: NO_KINDS }

const RULES: ReadonlyMap<string, TypeRule> = new Map(
  [...EVENT_TYPES].map(([type, { required, fields }]): [string, TypeRule] => {
    const kinds = FIELD_NAMES.map((name) => (Object.hasOwn(fields, name) ? fields[name] : undefined))
    return [type, { number: typeNumberOf(type), required: required.map(fieldNumberOf), kinds }]
  }),
)

export const ruleOf = (type: string): TypeRule => RULES.get(type) ?? UNCHECKED

/** Whether a field is of the kind that the table says. Null counts as absent. */
export function fitsKind(parts: EventParts, column: number, kind: FieldType): boolean {
  const is = parts.fieldTags[column] as number
  if (is === NULL || kind === 'any') return true
  const name = FIELD_NAMES[parts.fieldNumbers[column] as number] as string
  if (kind === 'text' && is === ASCII) return true
  if (kind === 'number' && (is === INT || is === DOUBLE) && rangeOf(name) === undefined) return true
  return fieldProblem(name, parts.value(column), kind) === undefined
}
