/** What the sender fills in: the first variant whose condition holds, else the offer's own template and params. */
import type { Condition } from '../../model/condition.ts'
import type { Json } from '../../model/event.ts'
import type { Variables } from '../../model/event-expressions.ts'
import type { Template } from '../../model/template.ts'
import type { Discount } from './content-shape.ts'

export interface Variant {
  /** Undefined: it always holds. */
  readonly when: Condition | undefined
  readonly template: string
  readonly params: Pick<Template, 'fields' | 'fill'>
}

/** Variables for an expression that reads those of these names. */
export type VariablesFor = (reads: { has(name: string): boolean }) => Variables

/** `content` of what is emitted; a symbol: what its description says has no value. */
export type Content = (variables: VariablesFor) => Json | symbol

/** `own` stands behind the variants and always holds. */
export function contentOf(
  variants: readonly Variant[],
  own: Variant,
  discount: Discount | undefined,
): Content {
  const all = [...variants, own]
  const made = ({ template }: Variant, params: Json): Json =>
    discount === undefined ? { template, params } : { template, params, discount }
  if (variants.length === 0 && own.params.fields.size === 0) {
    const same = own.params.fill({})
    // Most offers say the same to everybody: it is made once.
    if (typeof same === 'object') {
      const content = made(own, same)
      return () => content
    }
  }
  return (variables) => {
    const variant =
      all.find(({ when }) => when === undefined || when.evaluate(variables(when.reads)) === true) ?? own
    const params = variant.params.fill(variables(variant.params.fields))
    return typeof params === 'symbol' ? params : made(variant, params)
  }
}
