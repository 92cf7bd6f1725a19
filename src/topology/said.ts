/** What only its config says of an operator: more types that it emits, and the steps that its triggers name. */
import { withoutMisfits } from './misfits.ts'
import type { OperatorOutline } from './outline.ts'
import type { RegisteredOperator } from './registry.ts'

/** Undefined: nothing. Of a config with mistakes what can be read of it, so that they lead to no findings elsewhere. */
export function saidBy(
  operator: RegisteredOperator,
  { config = {} }: OperatorOutline,
): ReturnType<NonNullable<RegisteredOperator['says']>> | undefined {
  if (operator.says === undefined) return undefined
  const parsed = operator.config.safeParse(config)
  const read: unknown = parsed.success ? parsed.data : withoutMisfits(operator.config, config)
  return read === undefined ? undefined : operator.says(read)
}
