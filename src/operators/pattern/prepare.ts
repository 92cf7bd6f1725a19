/** A config that has passed its check becomes what the steps need: by type, which of the steps an event may be, and its key. */
import { type Condition, checkCondition, checkKey, type Key } from '../../model/condition.ts'
import { InvariantError } from '../../model/errors.ts'
import type { StreamEvent } from '../../model/event.ts'
import { eventVariables, eventView, type Variables } from '../../model/event-expressions.ts'
import { hash32 } from '../../model/hash.ts'
import type { Known } from '../../model/known.ts'
import { PATTERN_KEY_LENGTH_MAX } from '../../model/limits.ts'
import type { Wiring } from '../../model/operator.ts'
import { asksKnown, fieldsOfEvent } from './asked.ts'
import { type PatternConfig, type PatternReady, stepBit, type TypeRule, UNLESS } from './config.ts'

const NO_VARIABLES: Variables = {}

interface Role {
  readonly bit: number
  readonly where: Condition | undefined
  readonly view: (event: StreamEvent, known: Known) => Variables
}

function roleOf(bit: number, type: string, where: string | undefined, wiring: Wiring): Role {
  if (where === undefined) return { bit, where, view: () => NO_VARIABLES }
  const checked = checkCondition(where, eventVariables([type], wiring))
  if (!checked.ok) throw new InvariantError(`pattern ${wiring.operatorId}: ${checked.message}`)
  return { bit, where: checked.compiled, view: eventView(checked.compiled.fields) }
}

function keyOfEvents(key: Key | undefined): TypeRule['keyOf'] {
  if (key === undefined) return () => ''
  const view = eventView(key.fields)
  return (event, known) => {
    const value = key.evaluate(view(event, known))
    return value === undefined || value.length > PATTERN_KEY_LENGTH_MAX ? undefined : value
  }
}

function compiledKey({ key, steps, unless }: PatternConfig, wiring: Wiring): Key | undefined {
  if (key === undefined) return undefined
  const types = [...steps.map(({ type }) => type), ...(unless === undefined ? [] : [unless.type])]
  const checked = checkKey(key, eventVariables(types, wiring))
  if (!checked.ok) throw new InvariantError(`pattern ${wiring.operatorId}: ${checked.message}`)
  return checked.compiled
}

function rulesOf(config: PatternConfig, wiring: Wiring): ReadonlyMap<string, TypeRule> {
  const { steps, unless } = config
  const key = compiledKey(config, wiring)
  const keyOf = keyOfEvents(key)
  const roles = new Map<string, Role[]>()
  const add = (type: string, role: Role): void => {
    const known = roles.get(type)
    if (known === undefined) roles.set(type, [role])
    else known.push(role)
  }
  for (const [i, { type, where }] of steps.entries()) add(type, roleOf(stepBit(i), type, where, wiring))
  if (unless !== undefined) add(unless.type, roleOf(UNLESS, unless.type, unless.where, wiring))
  return new Map(
    [...roles].map(([type, list]) => [type, { rolesOf: rolesOf(list), keyOf, asks: asksOf(list, key) }]),
  )
}

function asksOf(roles: readonly Role[], key: Key | undefined): TypeRule['asks'] {
  const read = [...roles.map(({ where }) => where), key].flatMap((expression) => expression?.fields ?? [])
  return read.some(asksKnown) ? fieldsOfEvent(read) : undefined
}

const rolesOf =
  (roles: readonly Role[]): TypeRule['rolesOf'] =>
  (event, known) => {
    let bits = 0
    for (const { bit, where, view } of roles)
      if (where === undefined || where.evaluate(view(event, known)) === true) bits |= bit
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
