/** An explanation as somebody reads it who stands at a counter: in words, with times of the topology's zone. */
import { parseRfc3339, type EpochMs } from '../../model/time.ts'
import { clockText, dayText, epochToLocal } from '../local-time.ts'
import type { ExplainedDecision, Explanation } from './explain.ts'

const RFC3339 = /\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z/g

/** Every time in a text, as the wall clock of the zone shows it. */
export const inLocalTime = (text: string, zone: string): string =>
  text.replace(RFC3339, (found) => localText(parseRfc3339(found) as EpochMs, zone))

function localText(at: EpochMs, zone: string): string {
  const { day, ofDayMs } = epochToLocal(at, zone)
  return `${dayText(day)} ${clockText(Math.floor(ofDayMs / 1000) * 1000)}`
}

export function explanationText(one: Explanation, zone: string): string {
  const lines = [
    ...whoLines(one),
    ...timeLines(one),
    ...part(
      `events that came, the newest ${one.events.length} of those that the log still has`,
      eventLines(one),
    ),
    ...part('what is held', heldLines(one)),
    ...(one.timers === null ? [] : part('what is awaited', timerLines(one.timers))),
    ...part('what was decided', one.decisions.flatMap(decisionLines)),
  ]
  return inLocalTime(`${lines.join('\n')}\n`, zone)
}

const part = (title: string, lines: readonly string[]): readonly string[] => [
  '',
  `${title}:`,
  ...(lines.length === 0 ? ['  nothing'] : lines.map((line) => `  ${line}`)),
]

function whoLines({
  person_id: id,
  identifiers,
  first_seen: since,
  absorbed,
  anonymous,
  by_shared_identifier: shared,
}: Explanation) {
  const names = identifiers.map(({ type, value }) => `${type} ${value}`).join(', ')
  const lines = [`person ${id}, known since ${since}${names === '' ? '' : ` by ${names}`}`]
  if (absorbed.length > 0)
    lines.push(
      `${absorbed.length} other ${absorbed.length === 1 ? 'life' : 'lives'} turned out to be the same person`,
    )
  if (anonymous) lines.push('nobody in particular: several people use this identifier')
  else if (shared) lines.push('one of several people who used this identifier')
  return lines
}

function timeLines({ at, watermark, held_back_by: holder, waiting }: Explanation) {
  const lines =
    watermark === null ? ['nothing has come yet'] : [`all that happened until ${watermark} is decided`]
  if (holder !== null)
    lines.push(
      holder.newest_event === null
        ? `time waits for the source ${holder.source}, of which nothing has come yet`
        : `time waits for the source ${holder.source}, whose newest event is of ${holder.newest_event}`,
    )
  if (waiting > 0)
    lines.push(
      `${waiting} events wait until what was known of the person under another identifier is here too`,
    )
  if (at !== null) lines.push(`asked about ${at}: what is held is told as far as it still says so`)
  return lines
}

const eventLines = ({ events }: Explanation): readonly string[] =>
  events.map(
    ({ time, type, source, id, late }) => `${time}  ${type} from ${source} (${id})${late ? ', late' : ''}`,
  )

const heldLines = ({ holds }: Explanation): readonly string[] =>
  Object.entries(holds).flatMap(([operator, said]) => said.map((line) => `${operator}: ${line}`))

const timerLines = (timers: NonNullable<Explanation['timers']>): readonly string[] =>
  timers.map(
    ({ operator, name, due }) =>
      `${due}  ${operator} ${name === 'forget' ? 'forgets what is too old by then' : `looks again (${name})`}`,
  )

function decisionLines({
  time,
  trigger,
  said,
  rejected,
  outcome,
  chosen,
}: ExplainedDecision): readonly string[] {
  const { name, instance } = trigger
  const occasion = instance === null ? name : `${name} (${instance})`
  return [
    `${time}  ${occasion}: ${said}`,
    // Of an offer that waits it is said already until when.
    ...rejected
      .filter(({ offer }) => outcome !== 'held' || offer !== chosen)
      .map(({ offer, why }) => `    ${offer === null ? '' : `"${offer}" not offered: `}${why}`),
  ]
}
