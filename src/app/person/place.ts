/** The people whom an identifier may mean, wherever states are kept: in Redis, or in the memory of a replay. */
import type { Json } from '../../model/event.ts'
import type { EpochMs } from '../../model/time.ts'
import { TASK_KEY } from '../../runtime/changelog.ts'
import { gateHolder, gateWatermark } from '../../runtime/task-record.ts'
import { gateId } from '../compose.ts'
import { explain, type Explanation } from './explain.ts'
import { type FindOptions, findPeople } from './find.ts'
import type { Said } from './said.ts'
import { type ShownPerson, type ShowOptions, showPerson } from './show.ts'

export type Wanted = Pick<FindOptions, 'value' | 'type' | 'progress'>
export type Shown = ShownPerson & { readonly by_shared_identifier: boolean }
export type Place = Omit<ShowOptions, 'at'>

/** `at`: as of when operators say what they hold; undefined: now. @throws UsageError, AdapterError */
export async function shownAt(
  place: Place,
  wanted: Wanted,
  at: EpochMs | undefined,
): Promise<readonly Shown[]> {
  const { reader, names, plan } = place
  const found = await findPeople({ ...wanted, reader, task: gateId(names), identity: plan.identity.ready })
  const shown: Shown[] = []
  for (const { person, shared } of found)
    shown.push({ ...(await showPerson(person, { ...place, at })), by_shared_identifier: shared })
  return shown
}

/** All ids under which something may have been said of them. */
export const idsOf = (shown: readonly Shown[]): ReadonlySet<string> => new Set(shown.flatMap(livesOf))

const livesOf = ({ person_id: id, absorbed }: Shown): readonly string[] => [id, ...absorbed]

/** `said`: what the topics say of them. */
export async function explainedAt(
  { reader, names }: Place,
  shown: readonly Shown[],
  said: Said,
  at: EpochMs | undefined,
): Promise<readonly Explanation[]> {
  const [record] = await reader.values(gateId(names), [TASK_KEY])
  return shown.map((person) => {
    const own = livesOf(person)
    return explain(
      {
        person,
        byShared: person.by_shared_identifier,
        watermark: record === undefined ? undefined : gateWatermark(record),
        holder: record === undefined ? undefined : gateHolder(record),
        events: own.flatMap((id) => said.events.get(id) ?? []),
        decisions: own.flatMap((id) => said.decisions.get(id) ?? []).toSorted(byTime),
      },
      at,
    )
  })
}

/** Of people who became one the records lie in several lanes; in each they are in order. */
const byTime = (a: Json, b: Json): number => {
  const [one, other] = [String(a['time']), String(b['time'])]
  return one < other ? -1 : one > other ? 1 : 0
}
