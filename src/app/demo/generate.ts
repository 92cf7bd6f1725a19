/**
 * The lines of a demo day in the order in which they arrive, with the disorder of real life: late and repeated events,
 * lost identifiers, clocks that are wrong, lines that break off.
 *
 * 1. The same business, number and seed give the same bytes. 2. Exactly as many lines as asked for. 3. Memory is bounded by
 * the visits that are under way, whatever the number of lines.
 */
import { identifierKey } from '../../model/identifiers.ts'
import { formatTime, HOUR_MS, MINUTE_MS, parseRfc3339, SECOND_MS } from '../../model/time.ts'
import { expandEvents, readIdentifier, wordsOf, type Setting } from '../topology-test/notation.ts'
import { arrivals, type Arrivals, type Arriving } from './arrivals.ts'
import type { Business, CrowdEvent } from './business.ts'
import { chanceOf, type Chance } from './prng.ts'

export interface DayOptions {
  /** Lines to generate. */
  readonly events: number
  readonly seed: number
  /** Without the disorder of real life: the crowd's lines are whole, come once, and all lines soon after what they tell of. */
  readonly tidy?: boolean
}

/** The names of a business as the notation wants them. */
export function settingOf(business: Business): Setting {
  const people = Object.entries(business.people).map(([name, { identifiers }]) => {
    const list = wordsOf(identifiers).flatMap((word) => readIdentifier(word) ?? [])
    return [name, list] as const
  })
  return { day: business.day, zone: business.zone, people: new Map(people) }
}

/** Named people's identifiers, to their names; the first name that has one keeps it. */
export function namesOf(business: Business): ReadonlyMap<string, string> {
  const names = new Map<string, string>()
  for (const [name, identifiers] of settingOf(business).people) {
    for (const identifier of identifiers)
      if (!names.has(identifierKey(identifier))) names.set(identifierKey(identifier), name)
  }
  return names
}

function scripted(business: Business, tidy: boolean): readonly Arriving[] {
  const parts = business.script.map((line) => line.split(' | '))
  const { lines } = expandEvents(
    parts.map(([event = '']) => event),
    settingOf(business),
  )
  return lines.map((text, index) => {
    const event = JSON.parse(text) as {
      readonly id: string
      readonly time: string
      readonly received?: string
    }
    const later = tidy ? undefined : event.received
    const at = parseRfc3339(later ?? event.time) ?? 0
    const received = later === undefined ? at + 400 : at
    const line = JSON.stringify({
      ...event,
      id: event.id.replace(/^e(?=\d+$)/, 'story-'),
      received: formatTime(received),
    })
    return { at: received, line, tell: parts[index]?.[1] }
  })
}

/** Of 1000, the fate of an event that nothing happens to. */
const UNDISTURBED = 500

/** An event of the crowd becomes the one or two lines that arrive of it. `fate`: below 1000. */
function send(event: CrowdEvent, id: string, fate: number, chance: Chance, out: Arrivals): void {
  let delay = chance.between(80, 3000)
  let { who } = event
  let shift = 0
  if (fate < 20) delay = chance.between(20, 300) * SECOND_MS
  else if (fate < 22) delay = chance.between(15, 40) * MINUTE_MS
  else if (fate < 28)
    who = who.map(([type]) => [type, chance.pick(['undefined', '', 'null', '00000000'])] as const)
  else if (fate < 28.5) shift = 3 * HOUR_MS
  const at = event.time + delay
  const line = JSON.stringify({
    id,
    type: event.type,
    time: formatTime(event.time + shift),
    received: formatTime(at),
    identifiers: who.map(([type, value]) => ({ type, value })),
    context: event.context,
    data: event.data,
  })
  if (fate > 999) out.put({ at, line: line.slice(0, chance.between(20, line.length - 20)) })
  else out.put({ at, line })
  if (fate > 985 && fate <= 998) {
    const again = at + chance.between(1, 90) * SECOND_MS
    out.put({ at: again, line: line.replace(formatTime(at), formatTime(again)) })
  }
}

/** Somebody who only looks, in the evening: makes the number of lines exact. */
function looker(index: number, time: number): Arriving {
  const at = time + 500
  const event = {
    id: `looker-${index}`,
    type: 'page.viewed',
    time: formatTime(time),
    received: formatTime(at),
    identifiers: [{ type: 'anonymous_id', value: `looker-${index >> 2}` }],
    data: { url: '/', title: 'Home' },
  }
  return { at, line: JSON.stringify(event) }
}

/** A visitor of the next phase is another one than who came at that place in the phase before. */
const visitorAt = (place: number, phase: number, visitors: number): number =>
  (place * (visitors % 7919 === 0 ? 104_729 : 7919) ** phase) % visitors

/** All lines of the day; bounded memory. */
export function* generateDay(
  business: Business,
  { events, seed, tidy = false }: DayOptions,
): Generator<Arriving, void> {
  const out = arrivals()
  const script = scripted(business, tidy)
  const visitors = Math.max(0, Math.floor((events - script.length) / business.linesPerVisitor))
  for (const arriving of script) out.put(arriving)
  let left = events
  const drain = function* (until: number): Generator<Arriving, void> {
    while (left > 0 && out.earliest <= until) {
      left--
      yield out.take() as Arriving
    }
  }
  for (const [phaseIndex, phase] of business.phases.entries()) {
    for (let place = 0; place < visitors && left > 0; place++) {
      const begin = Math.floor(phase.from + ((phase.to - phase.from) * place) / visitors)
      yield* drain(begin)
      const index = visitorAt(place, phaseIndex, visitors)
      const chance = chanceOf(business.name, seed, phaseIndex, index)
      let ordinal = 0
      for (const event of phase.visit(index, begin, chance)) {
        const fate = tidy ? UNDISTURBED : chance.next() * 1000
        send(event, `${business.name}-${phaseIndex}-${index}-${ordinal++}`, fate, chance, out)
      }
    }
  }
  const evening = business.ends.dayAt - 2 * HOUR_MS
  yield* drain(evening)
  const lookers = left - out.size
  for (let index = 0; index < lookers; index++) {
    const time = evening + Math.floor((2 * HOUR_MS * index) / lookers)
    yield* drain(time)
    out.put(looker(index, time))
  }
  yield* drain(Number.POSITIVE_INFINITY)
}
