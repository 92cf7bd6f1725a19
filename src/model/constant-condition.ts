/**
 * Conditions whose answer no event can change: made of literals alone, decided by one side whatever the other is, or asking of one value
 * what no value can be. For lint; only what is certain is said.
 */
import type { ASTNode } from '@marcbachmann/cel-js'
import { checkCondition } from './condition.ts'
import { environmentOf, parseDoubles } from './condition-library.ts'
import type { FieldTypes } from './event-types.ts'

/** True or false if it always is, no answer counting as false; undefined: it depends, or it is no condition. */
export function constantOf(text: string, variables: FieldTypes): boolean | undefined {
  const parsed = parseDoubles(environmentOf(variables), text)
  return 'failed' in parsed ? undefined : fold(parsed.ast, true)
}

const textOf = (node: ASTNode): string => node.input.slice(node.start, node.end)

/** `asked`: whether no answer counts as false here; under a negation it does not, so what contradicts itself is not known to be false. */
function fold(node: ASTNode, asked: boolean): boolean | undefined {
  if (node.op === '&&' || node.op === '||') {
    const decides = node.op === '||'
    const sides = (node.args as readonly ASTNode[]).map((side) => fold(side, asked))
    if (sides.includes(decides)) return decides
    if (!sides.includes(undefined)) return !decides
    return asked && !decides && contradicts(conjuncts(node)) ? false : undefined
  }
  if (node.op === '!_') {
    const inner = fold(node.args as ASTNode, false)
    return inner === undefined ? undefined : !inner
  }
  if (readsSomething(node)) return undefined
  const checked = checkCondition(textOf(node), {})
  return checked.ok ? checked.compiled.evaluate({}) === true : undefined
}

/** Nodes below one, in lists of lists whatever the operator. */
function nodesIn(args: unknown): readonly ASTNode[] {
  if (Array.isArray(args)) return args.flatMap(nodesIn)
  return typeof args === 'object' && args !== null && 'op' in args ? [args as ASTNode] : []
}

const readsSomething = (node: ASTNode): boolean => node.op === 'id' || nodesIn(node.args).some(readsSomething)

const conjuncts = (node: ASTNode): readonly ASTNode[] =>
  node.op === '&&' ? (node.args as readonly ASTNode[]).flatMap(conjuncts) : [node]

/** Of `path op literal`, whichever side the literal stands on. */
interface Claim {
  readonly path: string
  readonly op: string
  readonly value: unknown
}

const TURNED: Readonly<Record<string, string>> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=', '==': '==' }

function claimOf(node: ASTNode): Claim | undefined {
  if (!Object.hasOwn(TURNED, node.op)) return undefined
  const [left, right] = node.args as readonly [ASTNode, ASTNode]
  if (isPath(left) && right.op === 'value') return { path: textOf(left), op: node.op, value: right.args }
  if (isPath(right) && left.op === 'value')
    return { path: textOf(right), op: TURNED[node.op] as string, value: left.args }
  return undefined
}

const isPath = (node: ASTNode): boolean => node.op === 'id' || (node.op === '.' && isPath(node.args[0]))

/** Whether no value can be all that is claimed of it. */
function contradicts(parts: readonly ASTNode[]): boolean {
  const claims = parts.flatMap((part) => claimOf(part) ?? [])
  return [...new Set(claims.map(({ path }) => path))].some((path) => {
    const own = claims.filter((claim) => claim.path === path)
    const equal = own.find(({ op }) => op === '==')
    if (equal !== undefined) return own.some((claim) => !allows(claim, equal.value))
    return own.some((low) => own.some((high) => areApart(low, high)))
  })
}

/** What cannot be compared is left alone: another finding speaks of it. */
function allows({ op, value }: Claim, is: unknown): boolean {
  if (op === '==') return is === value
  if (typeof is !== typeof value || (typeof is !== 'number' && typeof is !== 'string')) return true
  const other = value as typeof is
  return op === '<' ? is < other : op === '<=' ? is <= other : op === '>' ? is > other : is >= other
}

/** `> 5` and `< 3`. */
function areApart(low: Claim, high: Claim): boolean {
  if (!low.op.startsWith('>') || !high.op.startsWith('<')) return false
  if (typeof low.value !== typeof high.value) return false
  const a = low.value as number
  const b = high.value as number
  return a > b || (a === b && !(low.op === '>=' && high.op === '<='))
}
