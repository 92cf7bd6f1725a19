/** A config that has passed its check becomes what the steps need: by type, which of the steps an event may be, and its key. */
import { type Condition, checkCondition, checkKey, type FieldsRead, type Key } from '../../model/condition.ts'
import { InvariantError } from '../../model/errors.ts'
import { fieldOf, type StreamEvent } from '../../model/event.ts'
import { hash32 } from '../../model/hash.ts'
import { PATTERN_KEY_LENGTH_MAX } from '../../model/limits.ts'
import type { Wiring } from '../../model/operator.ts'
import { variablesOf } from './check.ts'
import { type PatternConfig, type PatternReady, stepBit, type TypeRule, UNLESS } from './config.ts'

type Variables = Readonly<Record<string, unknown>>

/** What an expression sees of an event: those of its fields that it reads, so that the others stay undecoded. */
function viewOf(fields: FieldsRead): (event: StreamEvent) => Variables {
  const read = fields.get('event')
  if (read === undefined) return () => NOTHING
  if (read === 'all')
    return ({ data, type, time, id, source, context }) => ({
      event: { ...data, type, time, id, source, context },
    })
  const names = [...read]
  return (event) => {
    const view: Record<string, unknown> = {}
    for (const name of names)
      view[name] = Object.hasOwn(ENVELOPE, name) ? ENVELOPE[name]?.(event) : fieldOf(event, name)
    return { event: view }
  }
}

const NOTHING: Variables = {}
const ENVELOPE: Readonly<Record<string, (event: StreamEvent) => unknown>> = {
  type: ({ type }) => type,
  time: ({ time }) => time,
  id: ({ id }) => id,
  source: ({ source }) => source,
  context: ({ context }) => context,
}

interface Role {
  readonly bit: number
  readonly where: Condition | undefined
  readonly view: (event: StreamEvent) => Variables
}

function roleOf(bit: number, type: string, where: string | undefined, wiring: Wiring): Role {
  if (where === undefined) return { bit, where, view: () => NOTHING }
  const checked = checkCondition(where, variablesOf([type], wiring))
  if (!checked.ok) throw new InvariantError(`pattern ${wiring.operatorId}: ${checked.message}`)
  return { bit, where: checked.compiled, view: viewOf(checked.compiled.fields) }
}

function keyOfEvents(key: Key | undefined): TypeRule['keyOf'] {
  if (key === undefined) return () => ''
  const view = viewOf(key.fields)
  return (event) => {
    const value = key.evaluate(view(event))
    return value === undefined || value.length > PATTERN_KEY_LENGTH_MAX ? undefined : value
  }
}

function compiledKey({ key, steps, unless }: PatternConfig, wiring: Wiring): Key | undefined {
  if (key === undefined) return undefined
  const types = [...steps.map(({ type }) => type), ...(unless === undefined ? [] : [unless.type])]
  const checked = checkKey(key, variablesOf(types, wiring))
  if (!checked.ok) throw new InvariantError(`pattern ${wiring.operatorId}: ${checked.message}`)
  return checked.compiled
}

function rulesOf(config: PatternConfig, wiring: Wiring): ReadonlyMap<string, TypeRule> {
  const { steps, unless } = config
  const keyOf = keyOfEvents(compiledKey(config, wiring))
  const roles = new Map<string, Role[]>()
  const add = (type: string, role: Role): void => {
    const known = roles.get(type)
    if (known === undefined) roles.set(type, [role])
    else known.push(role)
  }
  for (const [i, { type, where }] of steps.entries()) add(type, roleOf(stepBit(i), type, where, wiring))
  if (unless !== undefined) add(unless.type, roleOf(UNLESS, unless.type, unless.where, wiring))
  return new Map([...roles].map(([type, list]) => [type, { rolesOf: rolesOf(list), keyOf }]))
}

const rolesOf =
  (roles: readonly Role[]): TypeRule['rolesOf'] =>
  (event) => {
    let bits = 0
    for (const { bit, where, view } of roles)
      if (where === undefined || where.evaluate(view(event)) === true) bits |= bit
    return bits
  }

/** What gives roles and keys to events; all else may change under the events that are kept. */
function printOf({ steps, unless, key }: PatternConfig, { key: idKey }: Wiring): number {
  const text = JSON.stringify([
    steps.map(({ type, where }) => [type, where ?? null]),
    unless === undefined ? null : [unless.type, unless.where ?? null],
    key ?? null,
  ])
  // 0 stands for the config of nobody.
  return Math.max(1, hash32(idKey, 'pattern', text))
}

export function preparePattern(config: PatternConfig, wiring: Wiring): PatternReady {
  const { steps, unless, within, once, decide } = config
  const slots = steps.flatMap(({ times }, i) => Array.from({ length: times }, () => stepBit(i)))
  const waitMs = unless?.within ?? 0
  return {
    trigger: wiring.operatorId,
    print: printOf(config, wiring),
    rules: rulesOf(config, wiring),
    types: steps.map(({ type }) => type),
    slots,
    withinMs: slots.length === 1 ? 0 : (within ?? 0),
    waitMs,
    absence: unless !== undefined,
    atOnce: decide === 'at-once',
    onceMs: once,
    openMs: Math.max(waitMs, wiring.horizonMs),
  }
}
