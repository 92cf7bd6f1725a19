/**
 * The CEL library at arm's length: variables declared to it, its parser with integers read as doubles, its type check in our words, its
 * evaluator for what the closures leave out. Pinned to one major release: nobody else imports it.
 */
import { type ASTNode, Environment } from '@marcbachmann/cel-js'
import type { FieldType, FieldTypes } from './event-types.ts'
import { formatTime, parseTime } from './time.ts'
import { WORLD_LOOKUPS, WORLD_VARIABLE, type WorldView } from './world.ts'

export type { Environment }

/** A tree of this many nodes, and this deep, is more than anybody writes by hand. */
const CONDITION_NODES_MAX = 2000
const CONDITION_DEPTH_MAX = 50

/** The world as the library has it: of types of its own, since only those may have functions. */
class World {
  readonly view: WorldView
  constructor(view: WorldView) {
    this.view = view
    const { temperature_c, median_wait_minutes } = view
    Object.assign(this, worthy({ temperature_c, median_wait_minutes }))
  }
}
class WorldPlace {}
class WorldProduct {}
const THINGS = { place: WorldPlace, product: WorldProduct } as const

/** The library knows no `undefined` in objects. */
const worthy = (fields: object): object =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))

/** `has(world.place(id).field)`: the library's `has` takes no calls, so it is written as a function of the world. */
const hasName = (thing: string, field: string): string => `has_${thing}_${field}`
const HAS_NAMES: ReadonlySet<string> = new Set(
  Object.entries(WORLD_LOOKUPS).flatMap(([thing, fields]) =>
    Object.keys(fields).map((f) => hasName(thing, f)),
  ),
)
export const isHasLookup = (name: string): boolean => HAS_NAMES.has(name)

const doubles = (names: FieldTypes): Record<string, string> =>
  Object.fromEntries(Object.keys(names).map((name) => [name, 'double']))

function registerWorld(environment: Environment): void {
  for (const thing of ['place', 'product'] as const) {
    const fields = WORLD_LOOKUPS[thing] as FieldTypes
    environment.registerType(THINGS[thing].name, { ctor: THINGS[thing], fields: doubles(fields) })
  }
  environment.registerType('World', { ctor: World, fields: doubles(WORLD_VARIABLE.fields) })
  for (const thing of ['place', 'product'] as const) {
    const ask = ({ view }: World, id: string): object => worthy(view[thing](id))
    const { name } = THINGS[thing]
    environment.registerFunction(`World.${thing}(string): ${name}`, (world: World, id: string) =>
      Object.assign(new THINGS[thing](), ask(world, id)),
    )
    for (const field of Object.keys(WORLD_LOOKUPS[thing] as FieldTypes))
      environment.registerFunction(
        `World.${hasName(thing, field)}(string): bool`,
        (world: World, id: string) => field in ask(world, id),
      )
  }
}

type Arithmetic = (a: number, b: number) => number
const ARITHMETIC: readonly (readonly [string, Arithmetic])[] = [
  ['+', (a, b) => a + b],
  ['-', (a, b) => a - b],
  ['*', (a, b) => a * b],
  ['/', (a, b) => a / b],
  ['%', (a, b) => a % b],
]

/** What is missing in CEL for doubles beside the integers that functions such as `size` give. */
const base = ((): Environment => {
  const limits = { maxAstNodes: CONDITION_NODES_MAX, maxDepth: CONDITION_DEPTH_MAX }
  const environment = new Environment({ homogeneousAggregateLiterals: false, limits })
  environment.registerOperator('int == double', (a: unknown, b: unknown) => Number(a) === Number(b))
  environment.registerOperator('double % double: double', (a: number, b: number) => a % b)
  for (const [sign, rule] of ARITHMETIC) {
    const handler = (a: unknown, b: unknown): number => rule(Number(a), Number(b))
    environment.registerOperator(`int ${sign} double: double`, handler)
    environment.registerOperator(`double ${sign} int: double`, handler)
  }
  registerWorld(environment)
  return environment
})()

type Schema = { readonly [name: string]: string | Schema }

function schemaOf(kind: FieldType): string | Schema {
  if (kind === 'text' || kind === 'time') return 'string'
  if (kind === 'number') return 'double'
  if (kind === 'boolean') return 'bool'
  if (kind === 'any') return 'dyn'
  if ('list' in kind) {
    const inner = schemaOf(kind.list)
    return typeof inner === 'string' ? `list<${inner}>` : 'list<dyn>'
  }
  const names = Object.keys(kind.fields)
  if (names.length === 0) return 'dyn'
  return Object.fromEntries(names.map((name) => [name, schemaOf(kind.fields[name] as FieldType)]))
}

/** An environment with these variables. */
export function environmentOf(variables: FieldTypes): Environment {
  const environment = base.clone()
  for (const name of Object.keys(variables)) {
    if (variables[name] === WORLD_VARIABLE) {
      environment.registerVariable(name, 'World')
      continue
    }
    const schema = schemaOf(variables[name] as FieldType)
    if (typeof schema === 'string') environment.registerVariable(name, schema)
    else environment.registerVariable({ name, schema })
  }
  return environment
}

export interface ParsedCondition {
  readonly ast: ASTNode
  /** Where a place in the tree's text is in the text as written, from 0. */
  place(at: number): number
  check():
    | { readonly ok: true; readonly type: string }
    | { readonly ok: false; readonly message: string; readonly at: number }
  run(values: Readonly<Record<string, unknown>>): unknown
}

/** What is written otherwise before it is parsed for good. */
interface Edit {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** Each `has(world.place(id).field)` of a tree, as two edits around the id. */
function hasLookupsOf(node: unknown, into: Edit[]): void {
  if (Array.isArray(node)) {
    for (const item of node) hasLookupsOf(item, into)
    return
  }
  if (typeof node !== 'object' || node === null || !('op' in node)) return
  const { op, args, start, end } = node as ASTNode
  if (op === 'call' && args[0] === 'has') {
    const read = args[1][0]
    const asked = read?.op === '.' ? read.args[0] : undefined
    if (read?.op === '.' && asked?.op === 'rcall') {
      const [thing, receiver, [id]] = asked.args
      const name = hasName(thing, read.args[1])
      if (id !== undefined && receiver.op === 'id' && receiver.args === 'world' && isHasLookup(name)) {
        into.push({ start, end: id.start, text: `world.${name}(` }, { start: id.end, end, text: ')' })
        hasLookupsOf(id, into)
        return
      }
    }
  }
  hasLookupsOf(args, into)
}

/** Integer literals of a tree in text order, except where the library wants one: as a list's index, and as an argument of a function. */
function integersOf(node: unknown, keep: boolean, into: Edit[]): void {
  if (Array.isArray(node)) {
    for (const item of node) integersOf(item, keep, into)
    return
  }
  if (typeof node !== 'object' || node === null || !('op' in node)) return
  const { op, args, start, end } = node as ASTNode
  if (op === 'value') {
    if (typeof args === 'bigint' && !keep) into.push({ start, end, text: `${args}.0` })
    return
  }
  if (op === '[]') {
    integersOf(args[0], false, into)
    integersOf(args[1], true, into)
  } else integersOf(args, op === 'call' || op === 'rcall', into)
}

const plain = (message: string): string =>
  message
    .replace(/^no such overload: /i, 'no such operation: ')
    .replace(/\b(?:double|int)\b/g, 'number')
    .replace(/\bstring\b/g, 'text')
    .replace(/dyn<(\w+)>/g, '$1')

const faultOf = (error: unknown): { readonly message: string; readonly start: number } => {
  const fault = error as { summary?: string; message?: string; range?: { start: number } }
  return { message: fault.summary ?? fault.message ?? 'not understood', start: fault.range?.start ?? 0 }
}

/** Parses twice: once to find what is to be written otherwise, integer literals as doubles among it, and once with it. */
export function parseDoubles(
  environment: Environment,
  text: string,
): ParsedCondition | { readonly failed: string; readonly at: number } {
  try {
    const edits: Edit[] = []
    const { ast } = environment.parse(text)
    integersOf(ast, false, edits)
    hasLookupsOf(ast, edits)
    edits.sort((a, b) => a.start - b.start)
    let rewritten = ''
    let from = 0
    for (const { start, end, text: instead } of edits) {
      rewritten += text.slice(from, start) + instead
      from = end
    }
    const parsed = environment.parse(rewritten + text.slice(from))
    const place = (at: number): number => {
      let shift = 0
      for (const { start, end, text: instead } of edits) {
        if (start + shift >= at) break
        shift += instead.length - (end - start)
      }
      return Math.max(0, at - shift)
    }
    return {
      ast: parsed.ast,
      place,
      check: () => {
        const { valid, type, error } = parsed.check()
        if (valid) return { ok: true, type: type ?? 'dyn' }
        const fault = faultOf(error)
        return { ok: false, message: plain(fault.message), at: place(fault.start) }
      },
      run: (values) => parsed(values as Record<string, unknown>),
    }
  } catch (error) {
    const fault = faultOf(error)
    return { failed: fault.message, at: Math.min(fault.start, text.length) }
  }
}

/** JSON as the library may see it: nothing null in objects, times in one form, values of another kind than declared left out. */
function fitting(value: unknown, kind: FieldType): unknown {
  if (value === null || value === undefined) return undefined
  if (kind === 'text') return typeof value === 'string' ? value : undefined
  if (kind === 'number') return typeof value === 'number' ? value : undefined
  if (kind === 'boolean') return typeof value === 'boolean' ? value : undefined
  if (kind === 'time') {
    const at = parseTime(value)
    return at === undefined ? undefined : formatTime(at)
  }
  const list = typeof kind === 'object' && 'list' in kind ? kind.list : undefined
  if (Array.isArray(value)) {
    if (kind !== 'any' && list === undefined) return undefined
    return value.map((item) => fitting(item, list ?? 'any') ?? null)
  }
  if (typeof value !== 'object') return kind === 'any' ? value : undefined
  if (list !== undefined) return undefined
  const fields = typeof kind === 'object' && 'fields' in kind ? kind.fields : {}
  const result: Record<string, unknown> = {}
  for (const key of Object.keys(value)) {
    if (key === '__proto__') continue
    const inner = fitting(
      (value as Record<string, unknown>)[key],
      Object.hasOwn(fields, key) ? (fields[key] as FieldType) : 'any',
    )
    if (inner !== undefined) result[key] = inner
  }
  return result
}

/** Runs in the library; what it throws is no value. */
export function libraryRun(
  parsed: ParsedCondition,
  variables: FieldTypes,
): (values: Readonly<Record<string, unknown>>) => unknown {
  const names = Object.keys(variables)
  return (values) => {
    try {
      const given: Record<string, unknown> = {}
      for (const name of names) {
        const kind = variables[name] as FieldType
        const value =
          kind === WORLD_VARIABLE
            ? values[name] && new World(values[name] as WorldView)
            : fitting(values[name], kind)
        if (value !== undefined) given[name] = value
      }
      return parsed.run(given)
    } catch (error) {
      return Symbol(plain(faultOf(error).message))
    }
  }
}
