/** What an offer takes off the price, as a document says it: `10%`, `{ percent: 10 }` or `{ amount: 5, currency: EUR }`. */
import { z } from 'zod'

export type Discount = { readonly percent: number } | { readonly amount: number; readonly currency: string }

const PERCENT = /^([0-9]{1,3}(?:\.[0-9]{1,6})?)%$/
const percent = z.number().positive().max(100)
const amount = z.number().positive()
const currency = z.string().min(1).max(20)
const whole = z.union([z.strictObject({ percent }), z.strictObject({ amount, currency })])

const FORMS = {
  anyOf: [
    { type: 'string', pattern: PERCENT.source },
    {
      type: 'object',
      properties: {
        percent: {
          type: 'number',
          maximum: 100,
          description: 'Percentage off, above 0. Not beside `amount`.',
        },
        amount: { type: 'number', description: 'Sum off, above 0, in `currency`. Not beside `percent`.' },
        currency: { type: 'string', description: 'Currency of `amount`; required beside it.' },
      },
      additionalProperties: false,
    },
  ],
}

export const discount = z
  .unknown()
  .transform((value, ctx): Discount => {
    const text = typeof value === 'string' ? PERCENT.exec(value)?.[1] : undefined
    const parsed = whole.safeParse(text === undefined ? value : { percent: Number(text) })
    if (parsed.success) return parsed.data
    const message = `${JSON.stringify(value)} is no discount: write 10%, { percent: 10 } or { amount: 5, currency: EUR }`
    ctx.issues.push({ code: 'custom', input: value, params: { code: 'bad-value' }, message })
    return z.NEVER
  })
  .optional()
  .meta(FORMS)
