/** What a trigger is by name, for `on`, duplicates and collapse keys: its operator's id, with the step where triggers name steps. */
import type { OfferReady } from './config.ts'
import type { OfferTrigger } from './state.ts'

export function triggerName(
  { operator, data }: Pick<OfferTrigger, 'operator' | 'data'>,
  { stepped, offersOn }: Pick<OfferReady, 'stepped' | 'offersOn'>,
): string {
  if (!stepped.has(operator)) return operator
  const name = `${operator}.${String(data['step'])}`
  // A step that is no more is answered by what answers all of them.
  return offersOn.has(name) ? name : operator
}
