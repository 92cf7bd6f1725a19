/** What offers have beside triggers, consent and caps: where somebody is, and what the sender fills in. From all events, each time anew. */
import type { OracleEvent } from './input.ts'
import { isObject, type Json, listOf, objectOf, textOf } from './settings.ts'

const DAY_MS = 86_400_000

/** A web or app event less than so long ago. */
export const isOnsite = (events: readonly OracleEvent[], at: number, withinMs: number): boolean =>
  events.some(
    ({ context, time }) =>
      ['web', 'app'].includes(textOf(context['channel'], '')) && time <= at && at - time < withinMs,
  )

/** A visit or a stay in a zone that began less than a day ago and that nothing has ended since. */
export function isVisiting(events: readonly OracleEvent[], at: number): boolean {
  const ends = (end: OracleEvent, start: OracleEvent): boolean => {
    if (end.time < start.time || end.time > at) return false
    const [a, b] = [end.data, start.data]
    const same = (field: string): boolean =>
      a[field] === undefined || b[field] === undefined || a[field] === b[field]
    if (end.type === 'zone.left')
      return (
        start.type === 'zone.entered' && (a['zone_id'] ?? a['place_id']) === (b['zone_id'] ?? b['place_id'])
      )
    const named = a['visit_id'] !== undefined && b['visit_id'] !== undefined
    return end.type === 'visit.ended' && (named ? same('visit_id') : same('place_id'))
  }
  return events.some(
    (start) =>
      (start.type === 'visit.started' || start.type === 'zone.entered') &&
      start.time <= at &&
      at - start.time < DAY_MS &&
      !events.some((end) => ends(end, start)),
  )
}

/** A cart that an event is about. */
export function cartOf({ type, data }: OracleEvent): string | undefined {
  const isOfOne = ['product.added', 'product.removed', 'cart.viewed', 'checkout.started'].includes(type)
  return typeof data['cart_id'] === 'string' ? data['cart_id'] : isOfOne ? 'default' : undefined
}

/** `${trigger.field}`, nothing else; undefined: a field has no value. */
function filled(params: Json, trigger: Json): Json | undefined {
  const valueOf = (cel: string): unknown => trigger[cel.replace('trigger.', '')] ?? undefined
  const entries = Object.entries(params).map(([key, value]): [string, unknown] => {
    if (typeof value !== 'string') return [key, value]
    const whole = /^\$\{([^}]*)\}$/.exec(value)?.[1]
    if (whole !== undefined) return [key, valueOf(whole)]
    const names = [...value.matchAll(/\$\{([^}]*)\}/g)].map((found) => found[1] as string)
    if (names.some((name) => valueOf(name) === undefined)) return [key, undefined]
    return [key, value.replaceAll(/\$\{([^}]*)\}/g, (_, cel: string) => String(valueOf(cel)))]
  })
  return entries.some(([, value]) => value === undefined) ? undefined : Object.fromEntries(entries)
}

/** `content` of what is emitted; undefined: there is none. `holds`: whether a condition is true of the trigger. */
export function contentOf(entry: Json, trigger: Json, holds: (when: string) => boolean): Json | undefined {
  const variant = listOf(entry['variants'])
    .map(objectOf)
    .find(({ when }) => typeof when !== 'string' || holds(when))
  const params = filled(objectOf(variant?.['params'] ?? entry['params'] ?? {}), trigger)
  if (params === undefined) return undefined
  const discount = entry['discount']
  const off = typeof discount === 'string' ? { percent: Number.parseFloat(discount) } : discount
  return {
    template: variant?.['template'] ?? entry['template'] ?? null,
    params,
    ...(isObject(off) ? { discount: off } : {}),
  }
}
