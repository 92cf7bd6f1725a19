/** The people whom an identifier may mean, from the servers of an installation. */
import { createStateReader } from '../../adapters/redis/reader.ts'
import { UsageError } from '../../model/errors.ts'
import type { Plan } from '../../topology/plan.ts'
import { namesOf } from '../../topology/topics-needed.ts'
import { gateId } from '../compose.ts'
import { withKafka, withRedis } from '../servers.ts'
import type { ServerSettings } from '../settings.ts'
import { type FindOptions, findPeople } from './find.ts'
import { type ShownPerson, showPerson } from './show.ts'

/** Several only of a shared identifier, or of one value under several types. @throws UsageError, AdapterError */
export async function peopleOf(
  plan: Plan,
  settings: ServerSettings,
  wanted: Pick<FindOptions, 'value' | 'type' | 'progress'>,
): Promise<readonly (ShownPerson & { readonly by_shared_identifier: boolean })[]> {
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
    const shown: (ShownPerson & { readonly by_shared_identifier: boolean })[] = []
    for (const { person, shared } of found) {
      const one = await showPerson(person, { reader, plan, names, partitions })
      shown.push({ ...one, by_shared_identifier: shared })
    }
    return shown
  })
}
