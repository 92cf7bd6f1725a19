/** The people whom an identifier may mean, from the servers of an installation. */
import { createStateReader } from '../../adapters/redis/reader.ts'
import { UsageError } from '../../model/errors.ts'
import type { EpochMs } from '../../model/time.ts'
import { partitionOf } from '../../runtime/partition.ts'
import type { Plan } from '../../topology/plan.ts'
import { namesOf } from '../../topology/topics-needed.ts'
import { withKafka, withLog, withRedis } from '../servers.ts'
import type { ServerSettings } from '../settings.ts'
import type { Explanation } from './explain.ts'
import { explainedAt, idsOf, type Place, type Shown, shownAt, type Wanted } from './place.ts'
import { saidOf } from './said.ts'

/** Several only of a shared identifier, or of one value under several types. @throws UsageError, AdapterError */
export function peopleOf(plan: Plan, settings: ServerSettings, wanted: Wanted): Promise<readonly Shown[]> {
  return withPlace(plan, settings, (place) => shownAt(place, wanted, undefined))
}

/** Why these people got what they got, as of a time; undefined: now. @throws UsageError, AdapterError */
export function explainPeople(
  plan: Plan,
  settings: ServerSettings,
  { at, ...wanted }: Wanted & { readonly at: EpochMs | undefined },
): Promise<readonly Explanation[]> {
  return withPlace(plan, settings, async (place) => {
    const shown = await shownAt(place, wanted, at)
    if (shown.length === 0) return []
    const { names, partitions } = place
    const ids = idsOf(shown)
    const lanes = new Set([...ids].map((id) => partitionOf(id, partitions)))
    const { decisions } = plan.topics
    const ends = await withKafka(settings, (kafka) => kafka.ends([names.internal, decisions]))
    const ofPeople = ends.filter(({ topic, partition }) => topic === decisions || lanes.has(partition))
    const said = await withLog(settings, names.group, (log) => saidOf(log, ofPeople, decisions, ids))
    return explainedAt(place, shown, said, at)
  })
}

async function withPlace<Result>(
  plan: Plan,
  settings: ServerSettings,
  use: (place: Place) => Promise<Result>,
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
  return withRedis(settings, (connection) =>
    use({ plan, names, partitions, reader: createStateReader(connection) }),
  )
}
