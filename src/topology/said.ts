/** What only its config says of an operator: more types that it emits, and the steps that its triggers name. */
import type { OperatorOutline } from './outline.ts'
import type { RegisteredOperator } from './registry.ts'

/** Undefined: nothing, or the config has mistakes of which other findings speak. */
export function saidBy(
  operator: RegisteredOperator,
  { config }: OperatorOutline,
): ReturnType<NonNullable<RegisteredOperator['says']>> | undefined {
  if (operator.says === undefined) return undefined
  const parsed = operator.config.safeParse(config ?? {})
  return parsed.success ? operator.says(parsed.data) : undefined
}
