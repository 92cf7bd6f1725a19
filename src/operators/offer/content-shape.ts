/** What a document may say of the content of an offer, beside its template and params: variants of them, and a discount. */
import { z } from 'zod'

export const variant = z.strictObject({
  when: z
    .string()
    .optional()
    .describe('CEL condition, as the `when` of an offer. Without it: always, so that it stands last.'),
  template: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe('Name of the template. Without it: that of the offer.'),
  params: z
    .record(z.string(), z.unknown())
    .optional()
    .describe('Values for the template, in place of those of the offer. Without it: those of the offer.'),
})

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

/** `10%`, `{ percent: 10 }` or `{ amount: 5, currency: EUR }`. */
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
