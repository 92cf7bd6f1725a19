/**
 * Conditions as closures over the library's syntax tree: about a tenth of what the library's evaluator takes.
 *
 * 1. A node that has no value gives a symbol whose description names it: JSON has no symbols, so one `typeof` tells, and nothing is
 *    allocated, since each node makes its symbol once.
 * 2. `&&` and `||` are CEL's: the side that decides wins, even if the other has no value.
 * 3. Only what is here is compiled; one foreign node sends the whole condition to the library.
 */
import type { ASTNode } from '@marcbachmann/cel-js'
import { index, isObject, isPlain, RULES, type Rule, type Values, valueOf } from './condition-rules.ts'
import type { FieldType, FieldTypes } from './event-types.ts'
import { formatTime, parseTime } from './time.ts'
import { WORLD_LOOKUPS, WORLD_VARIABLE, type WorldView } from './world.ts'

type Run = (values: Values) => unknown
interface Compiled {
  readonly run: Run
  readonly kind: FieldType
}

/** The condition as a closure; undefined if it needs the library. */
export function closureOf(ast: ASTNode, variables: FieldTypes): Run | undefined {
  return compile(ast, variables)?.run
}

const textOf = (node: ASTNode): string => node.input.slice(node.start, node.end)

function compile(node: ASTNode, variables: FieldTypes): Compiled | undefined {
  switch (node.op) {
    case 'value':
      return literal(node.args)
    case 'id':
      return variable(node.args, variables)
    case '.':
      return field(node, compile(node.args[0], variables), node.args[1])
    case '[]':
      return both(node, node.args, variables, index)
    case 'call':
      return node.args[0] === 'has' ? has(node.args[1][0], variables) : undefined
    case '!_':
      return one(node, node.args, variables, (value, none) => (typeof value === 'boolean' ? !value : none))
    case '-_':
      return one(node, node.args, variables, (value, none) => (typeof value === 'number' ? -value : none))
    case '&&':
      return logical(node, node.args, variables, false)
    case '||':
      return logical(node, node.args, variables, true)
    case '?:':
      return choice(node, node.args, variables)
    case 'list':
      return listOf(node.args, variables)
    case '==':
    case '!=':
    case '<':
    case '<=':
    case '>':
    case '>=':
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
    case 'in':
      return both(node, node.args, variables, RULES[node.op])
    case 'rcall':
      return lookup(node, node.args, variables)
    case 'map':
    case '.?':
    case '[?]':
      return undefined
  }
}

/** `world.place(id)`; every other call is the library's. */
function lookup(
  node: ASTNode,
  [name, receiver, args]: readonly [string, ASTNode, readonly ASTNode[]],
  variables: FieldTypes,
): Compiled | undefined {
  const [asked] = args
  if (variables['world'] !== WORLD_VARIABLE || receiver.op !== 'id' || receiver.args !== 'world')
    return undefined
  if ((name !== 'place' && name !== 'product') || asked === undefined || args.length > 1) return undefined
  const id = compile(asked, variables)?.run
  if (id === undefined) return undefined
  const none = Symbol(textOf(node))
  return {
    run: (values) => {
      const view = values['world'] as WorldView | undefined
      if (view === undefined) return none
      const key = id(values)
      return typeof key === 'string' ? view[name](key) : typeof key === 'symbol' ? key : none
    },
    kind: { fields: WORLD_LOOKUPS[name] as FieldTypes },
  }
}

/** Of integers only those are left that are an index. */
function literal(written: unknown): Compiled | undefined {
  const value = typeof written === 'bigint' ? Number(written) : written
  if (typeof value !== 'number' && typeof value !== 'string' && typeof value !== 'boolean') return undefined
  return { run: () => value, kind: 'any' }
}

function variable(name: string, variables: FieldTypes): Compiled | undefined {
  if (!Object.hasOwn(variables, name)) return undefined
  const none = Symbol(name)
  return { run: (values) => values[name] ?? none, kind: variables[name] as FieldType }
}

function field(node: ASTNode, object: Compiled | undefined, name: string): Compiled | undefined {
  if (object === undefined) return undefined
  const none = Symbol(textOf(node))
  const { run, kind: outer } = object
  const declared = typeof outer === 'object' && 'fields' in outer && Object.hasOwn(outer.fields, name)
  const kind: FieldType = declared ? (outer.fields[name] as FieldType) : 'any'
  const plain = isPlain(name)
  const read: Run = (values) => {
    const holder = run(values)
    if (typeof holder === 'symbol') return holder
    if (!isObject(holder)) return none
    return plain ? (holder[name] ?? none) : (valueOf(holder, name) ?? none)
  }
  return { run: fitting(read, kind, none), kind }
}

/** A value of another kind than declared is none, so that a wrong upstream can neither throw nor compare. */
function fitting(read: Run, kind: FieldType, none: symbol): Run {
  if (kind === 'any') return read
  if (kind === 'time') {
    return (values) => {
      const value = read(values)
      const at = parseTime(value)
      return at === undefined ? (typeof value === 'symbol' ? value : none) : formatTime(at)
    }
  }
  const fits: (value: unknown) => boolean =
    typeof kind === 'object'
      ? 'list' in kind
        ? Array.isArray
        : isObject
      : (
          (name) => (value: unknown) =>
            typeof value === name
        )(kind === 'text' ? 'string' : kind)
  return (values) => {
    const value = read(values)
    return fits(value) || typeof value === 'symbol' ? value : none
  }
}

function has(node: ASTNode | undefined, variables: FieldTypes): Compiled | undefined {
  if (node === undefined || node.op !== '.') return undefined
  const holder = compile(node.args[0], variables)
  const inner = compile(node, variables)
  if (holder === undefined || inner === undefined) return undefined
  return {
    run: (values) => {
      const outer = holder.run(values)
      return typeof outer === 'symbol' ? outer : typeof inner.run(values) !== 'symbol'
    },
    kind: 'boolean',
  }
}

function one(
  node: ASTNode,
  operand: ASTNode,
  variables: FieldTypes,
  rule: (value: unknown, none: symbol) => unknown,
): Compiled | undefined {
  const compiled = compile(operand, variables)
  if (compiled === undefined) return undefined
  const none = Symbol(textOf(node))
  const { run } = compiled
  return {
    run: (values) => {
      const value = run(values)
      return typeof value === 'symbol' ? value : rule(value, none)
    },
    kind: 'any',
  }
}

function both(
  node: ASTNode,
  operands: readonly ASTNode[],
  variables: FieldTypes,
  rule: Rule | undefined,
): Compiled | undefined {
  const left = compile(operands[0] as ASTNode, variables)?.run
  const right = compile(operands[1] as ASTNode, variables)?.run
  if (left === undefined || right === undefined || rule === undefined) return undefined
  const none = Symbol(textOf(node))
  return {
    run: (values) => {
      const a = left(values)
      if (typeof a === 'symbol') return a
      const b = right(values)
      return typeof b === 'symbol' ? b : rule(a, b, none)
    },
    kind: 'any',
  }
}

function logical(
  node: ASTNode,
  operands: readonly ASTNode[],
  variables: FieldTypes,
  decides: boolean,
): Compiled | undefined {
  const left = compile(operands[0] as ASTNode, variables)?.run
  const right = compile(operands[1] as ASTNode, variables)?.run
  if (left === undefined || right === undefined) return undefined
  const none = Symbol(textOf(node))
  return {
    run: (values) => {
      const a = left(values)
      if (a === decides) return decides
      const b = right(values)
      if (b === decides) return decides
      if (typeof a === 'boolean' && typeof b === 'boolean') return !decides
      return typeof a === 'symbol' ? a : typeof b === 'symbol' ? b : none
    },
    kind: 'boolean',
  }
}

function choice(node: ASTNode, operands: readonly ASTNode[], variables: FieldTypes): Compiled | undefined {
  const [test, yes, no] = operands.map((operand) => compile(operand, variables)?.run)
  if (test === undefined || yes === undefined || no === undefined) return undefined
  const none = Symbol(textOf(node))
  return {
    run: (values) => {
      const value = test(values)
      if (value === true) return yes(values)
      return value === false ? no(values) : typeof value === 'symbol' ? value : none
    },
    kind: 'any',
  }
}

function listOf(items: readonly ASTNode[], variables: FieldTypes): Compiled | undefined {
  const runs = items.map((item) => compile(item, variables)?.run)
  if (runs.includes(undefined)) return undefined
  // A list of literals, as it stands behind `in`, is built once.
  if (items.every((item) => item.op === 'value')) {
    const constant = runs.map((run) => (run as Run)({}))
    return { run: () => constant, kind: 'any' }
  }
  return {
    run: (values) => {
      const list: unknown[] = []
      for (const run of runs) {
        const value = (run as Run)(values)
        if (typeof value === 'symbol') return value
        list.push(value)
      }
      return list
    },
    kind: 'any',
  }
}
