/** What CEL's operators do with two plain values: JSON in, JSON out, or the symbol that says there is no such operation. */

export type Values = Readonly<Record<string, unknown>>

export const isObject = (value: unknown): value is Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
/** Not a name that every object has. */
export const isPlain = (name: string): boolean => !(name in Object.prototype)

/** Two operands that have values, to a result; `none`: they have no such operation. */
export type Rule = (a: unknown, b: unknown, none: symbol) => unknown
const order =
  (holds: (a: number | string | boolean, b: number | string | boolean) => boolean): Rule =>
  (a, b, none) => {
    const kind = typeof a
    if (kind !== typeof b || (kind !== 'number' && kind !== 'string' && kind !== 'boolean')) return none
    return holds(a as number, b as number)
  }
const arithmetic =
  (apply: (a: number, b: number) => number): Rule =>
  (a, b, none) =>
    typeof a === 'number' && typeof b === 'number' ? apply(a, b) : none

/** By CEL's operator. */
export const RULES: Readonly<Record<string, Rule>> = {
  '==': (a, b) => equal(a, b),
  '!=': (a, b) => !equal(a, b),
  '<': order((a, b) => a < b),
  '<=': order((a, b) => a <= b),
  '>': order((a, b) => a > b),
  '>=': order((a, b) => a >= b),
  '+': (a, b, none) => {
    if (typeof a === 'number') return typeof b === 'number' ? a + b : none
    if (typeof a === 'string') return typeof b === 'string' ? a + b : none
    return Array.isArray(a) && Array.isArray(b) ? [...(a as unknown[]), ...(b as unknown[])] : none
  },
  '-': arithmetic((a, b) => a - b),
  '*': arithmetic((a, b) => a * b),
  '/': arithmetic((a, b) => a / b),
  '%': arithmetic((a, b) => a % b),
  in: (a, b, none) => {
    if (Array.isArray(b)) return b.some((item) => equal(a, item))
    return isObject(b) ? (typeof a === 'string' ? valueOf(b, a) !== undefined : false) : none
  },
}

/** By value, whatever the kinds; nothing is equal to NaN. */
function equal(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a))
    return Array.isArray(b) && a.length === b.length && a.every((item, i) => equal(item, b[i]))
  if (Array.isArray(b)) return false
  const keys = Object.keys(a).filter((key) => valueOf(a as Values, key) !== undefined)
  const others = Object.keys(b).filter((key) => valueOf(b as Values, key) !== undefined)
  return (
    keys.length === others.length &&
    keys.every((key) => equal(valueOf(a as Values, key), valueOf(b as Values, key)))
  )
}

/** An own field; null is none. */
export function valueOf(object: Values, name: string): unknown {
  if (!isPlain(name) && !Object.hasOwn(object, name)) return undefined
  return object[name] ?? undefined
}

/** `list[number]` and `object[text]`. */
export function index(value: unknown, key: unknown, none: symbol): unknown {
  if (Array.isArray(value))
    return typeof key === 'number' && Number.isInteger(key) ? ((value[key] as unknown) ?? none) : none
  return isObject(value) && typeof key === 'string' ? (valueOf(value, key) ?? none) : none
}
