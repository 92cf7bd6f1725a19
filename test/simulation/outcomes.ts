/** What came of a seed, counted by kind: so that "covered" is a number. From the product's records and the lines that led to them. */
import type { OutputRecord } from './oracle.ts'
import { type Json, listOf, objectOf } from './oracle/settings.ts'
import { dataOf, typeOf } from './people-map.ts'

/** Each name with how often it was seen. */
export type Outcomes = Readonly<Record<string, number>>

function namesOf(record: OutputRecord): readonly string[] {
  const type = typeOf(record)
  const data = dataOf(record)
  switch (type) {
    case '':
      return []
    case 'journey.ended':
      return [`journey ${String(data['outcome'])}`]
    case 'trigger.fired':
      return [
        `fired ${kindOfTrigger(data)}`,
        ...(data['trigger'] === 'price-watch' ? [`price ${String(data['kind'])}`] : []),
      ]
    case 'offer.emitted':
      return [
        `offer on ${String(data['channel'])}`,
        ...(data['fallback_of'] === undefined ? [] : ['offer again']),
        ...(data['gift'] === true ? ['offer gift'] : []),
        ...(String(objectOf(data['content'])['template']).startsWith('variant') ? ['offer variant'] : []),
        ...(objectOf(data['content'])['discount'] === undefined ? [] : ['offer discount']),
      ]
    case 'decision.made': {
      const reasons = listOf(data['rejected']).map((one) => String(objectOf(one)['reason']))
      return [
        `decision ${String(data['outcome'])}`,
        ...new Set(reasons.map((reason) => `rejected ${reason}`)),
      ]
    }
    case 'encounter.recorded':
      return [
        `encounter ${Number(data['quality']) < 0 ? 'bad' : Number(data['quality']) > 0 ? 'good' : 'neutral'}`,
      ]
    case 'identity.ambiguous':
      return [`ambiguous ${String(data['reason'])}`]
    case 'order.attributed':
      return [`attributed ${String(data['how'])}`]
    case 'trigger.retracted':
      return [`retracted ${String(data['reason'])}`]
    case 'brief.prepared':
      return [data['withheld'] === true ? 'brief withheld' : 'brief told']
    default:
      return [type]
  }
}

const kindOfTrigger = (data: Json): string => String(data['trigger']).replace(/-\d+$/, '')

/** Directives, and what comes in by the name of its type. */
function nameOfLine(line: string): string | undefined {
  if (line.includes('"erase"')) return line.includes('"lift"') ? 'order to lift' : 'order to erase'
  const answer = /"type":"(offer\.[a-z]+)"/.exec(line)?.[1]
  return answer === undefined ? undefined : `told ${answer}`
}

export function outcomesOf(records: readonly OutputRecord[], lines: readonly string[]): Outcomes {
  const out: Record<string, number> = {}
  const told = lines.flatMap((line) => nameOfLine(line) ?? [])
  for (const name of [...records.flatMap(namesOf), ...told]) out[name] = (out[name] ?? 0) + 1
  return out
}
