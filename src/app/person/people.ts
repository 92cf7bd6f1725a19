/** The people whom an identifier may mean, from the servers of an installation. */
import { createStateReader, type StateReader } from '../../adapters/redis/reader.ts'
import { UsageError } from '../../model/errors.ts'
import type { Json } from '../../model/event.ts'
import type { EpochMs } from '../../model/time.ts'
import { TASK_KEY } from '../../runtime/changelog.ts'
import { gateHolder, gateWatermark } from '../../runtime/task-record.ts'
import { partitionOf } from '../../runtime/partition.ts'
import type { Plan } from '../../topology/plan.ts'
import { type Names, namesOf } from '../../topology/topics-needed.ts'
import { gateId } from '../compose.ts'
import { withKafka, withLog, withRedis } from '../servers.ts'
import type { ServerSettings } from '../settings.ts'
import { explain, type Explanation } from './explain.ts'
import { type FindOptions, findPeople } from './find.ts'
import { saidOf } from './said.ts'
import { type ShownPerson, showPerson } from './show.ts'

type Wanted = Pick<FindOptions, 'value' | 'type' | 'progress'>
type Shown = ShownPerson & { readonly by_shared_identifier: boolean }

/** Several only of a shared identifier, or of one value under several types. @throws UsageError, AdapterError */
export function peopleOf(plan: Plan, settings: ServerSettings, wanted: Wanted): Promise<readonly Shown[]> {
  return withPeople(plan, settings, { ...wanted, at: undefined }, async (shown) => shown)
}

/** Why these people got what they got, as of a time; undefined: now. @throws UsageError, AdapterError */
export function explainPeople(
  plan: Plan,
  settings: ServerSettings,
  wanted: Wanted & { readonly at: EpochMs | undefined },
): Promise<readonly Explanation[]> {
  return withPeople(plan, settings, wanted, async (shown, { names, partitions, reader }) => {
    if (shown.length === 0) return []
    const [record] = await reader.values(gateId(names), [TASK_KEY])
    const ids = new Set(shown.flatMap((person) => [person.person_id, ...person.absorbed]))
    const lanes = new Set([...ids].map((id) => partitionOf(id, partitions)))
    const { decisions } = plan.topics
    const ends = await withKafka(settings, (kafka) => kafka.ends([names.internal, decisions]))
    const ofPeople = ends.filter(({ topic, partition }) => topic === decisions || lanes.has(partition))
    const said = await withLog(settings, names.group, (log) => saidOf(log, ofPeople, decisions, ids))
    return shown.map((person) => {
      const own = [person.person_id, ...person.absorbed]
      return explain(
        {
          person,
          byShared: person.by_shared_identifier,
          watermark: record === undefined ? undefined : gateWatermark(record),
          holder: record === undefined ? undefined : gateHolder(record),
          events: own.flatMap((id) => said.events.get(id) ?? []),
          decisions: own.flatMap((id) => said.decisions.get(id) ?? []).toSorted(byTime),
        },
        wanted.at,
      )
    })
  })
}

/** Of people who became one the records lie in several lanes; in each they are in order. */
const byTime = (a: Json, b: Json): number => {
  const [one, other] = [String(a['time']), String(b['time'])]
  return one < other ? -1 : one > other ? 1 : 0
}

interface Place {
  readonly names: Names
  readonly partitions: number
  readonly reader: StateReader
}

async function withPeople<Result>(
  plan: Plan,
  settings: ServerSettings,
  { at, ...wanted }: Wanted & { readonly at: EpochMs | undefined },
  use: (shown: readonly Shown[], place: Place) => Promise<Result>,
): Promise<Result> {
  const names = namesOf(settings.app, plan.topology)
  const internal = await withKafka(settings, async (kafka) =>
    (await kafka.topics([names.internal])).get(names.internal),
  )
  if (internal === undefined)
    throw new UsageError(
      `there is no topic ${names.internal}: this topology never ran`,
      'look at SHOPKEEPER_APP and at the name of the topology',
    )
  const { partitions } = internal
  return withRedis(settings, async (connection) => {
    const reader = createStateReader(connection)
    const found = await findPeople({ ...wanted, reader, task: gateId(names), identity: plan.identity.ready })
    const shown: Shown[] = []
    for (const { person, shared } of found) {
      const one = await showPerson(person, { reader, plan, names, partitions, at })
      shown.push({ ...one, by_shared_identifier: shared })
    }
    return use(shown, { names, partitions, reader })
  })
}
