/** What conditions may read of `profile` in a document, and for what nobody tells there: the line that would. */
import type { FieldType } from '../model/event-types.ts'
import type { ProfileFields } from '../model/known.ts'
import type { Outline } from './outline.ts'
import type { RegisteredOperator, Registry } from './registry.ts'

export function profileFieldsOf(outline: Outline, registry: Registry): ProfileFields {
  const here = new Set(outline.operators.map(({ type }) => type))
  const told: Record<string, FieldType> = {}
  const untold = new Map<string, string>()
  for (const operator of registry.values()) {
    const { type, tells } = operator
    if (tells === undefined) continue
    if (here.has(type)) Object.assign(told, tells)
    else for (const field of Object.keys(tells)) untold.set(field, lineOf(operator, outline, registry))
  }
  return { told, untold }
}

/** As it would stand in this document: behind its identity and whoever else emits what the operator takes by name, with the keys that it needs. */
function lineOf({ type, accepts, config }: RegisteredOperator, { operators }: Outline, registry: Registry) {
  const gate = operators.find((other) => other.type === 'identity')?.id ?? 'identity'
  const feeding = operators.flatMap(({ id, type: other = '' }) => {
    const emits = registry.get(other)?.emits ?? []
    const feeds = accepts !== '*' && other !== 'identity' && emits.some((name) => accepts.includes(name))
    return feeds && id !== undefined ? [id] : []
  })
  const from = feeding.length === 0 ? gate : `[${[gate, ...feeding].join(', ')}]`
  const empty = config.safeParse({})
  const needed = empty.success ? [] : [...new Set(empty.error.issues.map(({ path }) => String(path[0])))]
  const keys = needed.map((key) => `${key}: ...`).join(', ')
  return `- { id: ${type}, type: ${type}, from: ${from}${keys === '' ? '' : `, config: { ${keys} }`} }`
}
