/**
 * Seeds whose people answer offers, and whose senders say what failed. An answer names an offer that was made, which only a run can know:
 * lines are handed to the run in pieces, and behind each the answers to what came of it may follow. Drawn from a stream of their own.
 */
import { formatTime, parseTime } from '../../../src/model/time.ts'
import { type Json, listOf, objectOf } from '../oracle/settings.ts'
import { type Prng, prngOf } from '../prng.ts'

const ANSWERS = 0xa115
const MINUTE_MS = 60_000

/** An offer as the product tells of it. */
export interface OfferTold {
  readonly time: unknown
  readonly data: Json
}

export interface Answering {
  /** How many lines the run is to take before it asks for answers. */
  piece(): number
  /** Answers that come behind `lines`; `last`: what was not said until now is said. */
  answers(lines: readonly string[], offers: readonly OfferTold[], last: boolean): readonly string[]
}

interface Planned {
  readonly at: number
  readonly answer: Json
}

/** Undefined: in this seed nobody answers. Who waits for answers always gets some. */
export function drawAnswering(seed: number, document: Json): Answering | undefined {
  const prng = prngOf(seed ^ ANSWERS)
  const operators = listOf(document['operators']).map(objectOf)
  if (!operators.some(({ type }) => type === 'offer')) return undefined
  const isAwaited = JSON.stringify(operators).includes('"waitFor":{"type":"offer.')
  if (!prng.chance(1, 3) && !isAwaited) return undefined
  const failing = prng.pick([2, 6])
  const longest = prng.pick([1, 6, 20])
  let planned: readonly Planned[] = []
  let front = 0
  let ids = 0
  return {
    piece: () => prng.between(1, longest),
    answers(lines, offers, last) {
      for (const line of lines) front = Math.max(front, timeIn(line))
      const more = offers.flatMap((offer) => (prng.chance(1, 6) ? [] : answersTo(prng, offer, failing)))
      const all = [...planned, ...more]
      const said = all.filter(({ at }) => last || at <= front || prng.chance(1, 10))
      planned = all.filter((one) => !said.includes(one))
      // Mostly somebody answers when the lines have come: at the time that was planned it would be too late for most.
      return said.map(({ at, answer }) => {
        const time = formatTime(prng.chance(3, 4) ? Math.max(at, front) : at)
        return JSON.stringify({ id: `a${++ids}`, time, ...answer })
      })
    },
  }
}

function answersTo(prng: Prng, { time, data }: OfferTold, failing: number): readonly Planned[] {
  const made = parseTime(time) ?? 0
  const identifiers = listOf(objectOf(data['recipient'])['identifiers'])
  if (identifiers.length === 0) return []
  return Array.from({ length: prng.pick([1, 1, 2]) }, () => {
    const at = made + prng.pick([0, 1, MINUTE_MS, 5 * MINUTE_MS, 10 * MINUTE_MS, 45 * MINUTE_MS])
    const type = prng.weighted<string>([
      [4, 'offer.accepted'],
      [2, 'offer.declined'],
      [1, 'offer.dismissed'],
      [1, 'offer.delivered'],
      [failing, 'offer.failed'],
    ])
    const answer = {
      type,
      identifiers: [prng.pick(identifiers)],
      data: { offer_id: prng.chance(1, 12) ? 'nobody-s' : data['offer_id'] },
    }
    return { at, answer }
  })
}

/** Of an event or a clock; 0: of neither. */
function timeIn(line: string): number {
  try {
    const json = objectOf(JSON.parse(line))
    return parseTime(json['time'] ?? json['clock']) ?? 0
  } catch {
    return 0
  }
}
