/** The order in which operators run: everything upstream first. A circle has none. */
import type { Report } from './connections.ts'
import type { OperatorOutline, Outline } from './outline.ts'

/**
 * Upstream first; of the others those that tell of the person before those that may ask for it, so that whoever asks at an event is told
 * of that event too; otherwise in the order of the document. Each circle is reported once.
 */
export function inOrder(
  { operators }: Outline,
  upstream: readonly (readonly number[])[],
  tells: (operator: OperatorOutline) => boolean,
  report: Report,
): readonly number[] {
  const order: number[] = []
  const walking: number[] = []
  const done = new Set<number>()
  const visit = (index: number): void => {
    if (done.has(index)) return
    const began = walking.indexOf(index)
    if (began >= 0) {
      reportCircle(operators, walking.slice(began), report)
      return
    }
    walking.push(index)
    for (const above of upstream[index] ?? []) visit(above)
    walking.pop()
    done.add(index)
    order.push(index)
  }
  for (const [index, operator] of operators.entries()) if (tells(operator)) visit(index)
  for (const index of operators.keys()) visit(index)
  return order
}

function reportCircle(
  operators: readonly OperatorOutline[],
  circle: readonly number[],
  report: Report,
): void {
  const begin = circle.indexOf(Math.min(...circle))
  const members = [...circle.slice(begin), ...circle.slice(0, begin)].map(
    (index) => operators[index] as OperatorOutline,
  )
  const [first, second = first] = members
  const names = members.map(({ id }) => id ?? '?')
  const place = first?.from.find(({ id }) => id === second?.id)?.path ?? first?.path ?? []
  const message =
    names.length === 1
      ? `"${names[0]}" takes from itself`
      : `a circle: ${names.join(' takes from ')} takes from ${names[0]}`
  report(place, {
    code: 'cycle',
    message,
    hint: 'events only go forward: let one of them take from identity, or from another operator before it',
  })
}
