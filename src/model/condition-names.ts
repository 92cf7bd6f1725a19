/** The names in a condition: those that the schema has not, each with the nearest one that it has. What the library says of them has no remedy. */
import type { ASTNode } from '@marcbachmann/cel-js'
import type { ConditionOptions } from './condition.ts'
import { isHasLookup, type ParsedCondition } from './condition-library.ts'
import { didYouMean } from './did-you-mean.ts'
import type { FieldType, FieldTypes } from './event-types.ts'
import type { ProfileFields } from './known.ts'
import { WORLD_LOOKUPS, WORLD_SOURCE_HINT, WORLD_VARIABLE } from './world.ts'

interface WrongName {
  readonly message: string
  readonly hint: string
  /** Within the text. */
  readonly at: number
}

/** In the order of the text, each once; `reads` gets what the condition reads. */
export function wrongNames(
  parsed: ParsedCondition,
  variables: FieldTypes,
  reads: Map<string, Set<string> | 'all'>,
  { unavailable = {}, profile }: ConditionOptions,
): readonly WrongName[] {
  const found = new Map<string, WrongName>()
  const report = (node: ASTNode, message: string, hint: string, from = node.start): void => {
    const at = parsed.place(from)
    const before = found.get(message)
    if (before === undefined || at < before.at) found.set(message, { message, hint, at })
  }
  const kindOf = (node: ASTNode, bound: readonly string[]): FieldType => {
    if (node.op === 'id') {
      if (bound.includes(node.args)) return 'any'
      if (Object.hasOwn(variables, node.args)) {
        reads.set(node.args, 'all')
        return variables[node.args] as FieldType
      }
      const reason = Object.hasOwn(unavailable, node.args) ? unavailable[node.args] : undefined
      if (reason !== undefined) report(node, `${node.args} cannot be used here: ${reason}`, 'take it out')
      else if (node.args === 'world')
        report(node, 'no source of this document brings facts of the world', WORLD_SOURCE_HINT)
      else report(node, `unknown variable ${node.args}`, suggestion(node.args, Object.keys(variables)))
      return 'any'
    }
    if (node.op === '.') {
      const name = node.args[1]
      const untold = untoldField(node.args[0], name, bound, profile)
      if (untold !== undefined) {
        report(node, untold.message, untold.hint, node.end - name.length)
        return 'any'
      }
      const kind = readOf(node.args[0], name, bound)
      if (typeof kind !== 'object' || !('fields' in kind) || Object.keys(kind.fields).length === 0)
        return 'any'
      if (Object.hasOwn(kind.fields, name)) return kind.fields[name] as FieldType
      const isLookup = kind === WORLD_VARIABLE && Object.hasOwn(WORLD_LOOKUPS, name)
      report(
        node,
        `there is no field ${name}`,
        isLookup ? `ask with an id: world.${name}("id")` : suggestion(name, Object.keys(kind.fields)),
        node.end - name.length,
      )
      return 'any'
    }
    const asked = lookupOf(node, variables)
    if (asked !== undefined && !bound.includes('world')) {
      for (const argument of asked.args) kindOf(argument, bound)
      reads.set('world', 'all')
      if (asked.problem !== undefined)
        report(node, asked.problem, 'write world.place("id") or world.product("id")')
      return asked.fields
    }
    if (node.op === 'value' && node.args === null)
      report(node, 'null compares with nothing', 'ask has(...) or !has(...)')
    for (const [child, names] of childrenOf(node))
      kindOf(child, names === undefined ? bound : [...bound, names])
    return 'any'
  }
  /** Of what a field is taken: a variable of which only that is read, or whatever stands there. */
  function readOf(holder: ASTNode, name: string, bound: readonly string[]): FieldType {
    const before = holder.op === 'id' && !bound.includes(holder.args) ? reads.get(holder.args) : undefined
    const kind = kindOf(holder, bound)
    if (holder.op === 'id' && before !== 'all' && reads.has(holder.args) && !bound.includes(holder.args))
      reads.set(holder.args, new Set(before).add(name))
    return kind
  }
  kindOf(parsed.ast, [])
  return [...found.values()].sort((a, b) => a.at - b.at)
}

/** A field of `profile` that no operator of the document tells; the remedy is the line to add. */
function untoldField(
  holder: ASTNode,
  name: string,
  bound: readonly string[],
  profile: ProfileFields | undefined,
): { readonly message: string; readonly hint: string } | undefined {
  if (profile === undefined || holder.op !== 'id' || holder.args !== 'profile' || bound.includes('profile'))
    return undefined
  if (Object.hasOwn(profile.told, name)) return undefined
  const line = profile.untold.get(name)
  const message = `no operator of this document tells profile.${name}`
  if (line === undefined) {
    return { message, hint: suggestion(name, [...Object.keys(profile.told), ...profile.untold.keys()]) }
  }
  return { message, hint: `add to operators: ${line}` }
}

/** `world.place(id)`: what is asked of the world by its name. Undefined: another node. */
function lookupOf(
  node: ASTNode,
  variables: FieldTypes,
):
  | { readonly args: readonly ASTNode[]; readonly fields: FieldType; readonly problem: string | undefined }
  | undefined {
  if (node.op !== 'rcall' || variables['world'] !== WORLD_VARIABLE) return undefined
  const [name, receiver, args] = node.args
  if (receiver.op !== 'id' || receiver.args !== 'world') return undefined
  const fields = Object.hasOwn(WORLD_LOOKUPS, name) ? WORLD_LOOKUPS[name] : undefined
  if (fields !== undefined) {
    const problem = args.length === 1 ? undefined : `world.${name} is asked with one id`
    return { args, fields: { fields }, problem }
  }
  const problem = isHasLookup(name) ? undefined : `world has no ${name} to be asked`
  return { args, fields: 'any', problem }
}

function suggestion(word: string, candidates: readonly string[]): string {
  const near = didYouMean(word, candidates)
  return near === undefined
    ? `known: ${[...candidates].sort((a, b) => (a < b ? -1 : 1)).join(', ')}`
    : `did you mean ${near}?`
}

const MACROS: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'map', 'filter'])

/** The nodes below one, each with the name that a macro binds for it. */
function childrenOf(node: ASTNode): readonly (readonly [ASTNode, string | undefined])[] {
  if (node.op === 'rcall') {
    const [name, receiver, args] = node.args
    const first = args[0]
    const binds = MACROS.has(name) && first !== undefined && first.op === 'id' ? first.args : undefined
    const rest = binds === undefined ? args : args.slice(1)
    return [[receiver, undefined], ...rest.map((arg): [ASTNode, string | undefined] => [arg, binds])]
  }
  return nodesIn(node.args).map((child): [ASTNode, undefined] => [child, undefined])
}

/** Operands stand in lists of lists, whatever the operator. */
function nodesIn(args: unknown): readonly ASTNode[] {
  if (Array.isArray(args)) return args.flatMap(nodesIn)
  return typeof args === 'object' && args !== null && 'op' in args ? [args as ASTNode] : []
}
