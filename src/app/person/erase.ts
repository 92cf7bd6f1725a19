/**
 * `person erase`: an order on the control topic, by keyed hashes alone, and what came of it.
 *
 * 1. The order is in the log before anything is waited for: whoever runs the topology works it off, now or when it runs again.
 * 2. It is done when the gate has committed past it and every partition of the people has committed past what the gate wrote until then.
 * 3. Then what was read of the internal topic is deleted, for names stand in it. Changelogs and `identities` are compacted by the broker.
 */
import { createStateReader } from '../../adapters/redis/reader.ts'
import { controlOrder } from '../../adapters/formats/control-orders.ts'
import type { GroupDescription, KafkaAdministration, LaneEnds } from '../../adapters/kafka/administration.ts'
import { systemClock } from '../../adapters/system/clock.ts'
import { AdapterError, Fenced, UsageError } from '../../model/errors.ts'
import type { DurationMs } from '../../model/time.ts'
import { printsOf } from '../../operators/identity/name-print.ts'
import { Appends } from '../../runtime/appends.ts'
import type { EraseOrder } from '../../runtime/ports/codec.ts'
import type { Plan } from '../../topology/plan.ts'
import { type Names, namesOf } from '../../topology/topics-needed.ts'
import { gateId } from '../compose.ts'
import { withKafka, withLog, withRedis } from '../servers.ts'
import type { ServerSettings } from '../settings.ts'
import { type FindOptions, findPeople } from './find.ts'

const POLL_MS: DurationMs = 250

export interface EraseOptions extends Pick<FindOptions, 'value' | 'type' | 'progress'> {
  /** End the suppression instead. */
  readonly lift: boolean
  /** How long to wait for it to be done. */
  readonly waitMs: DurationMs
}

export interface Erasure {
  readonly lift: boolean
  /** Ids of the people whom the identifier named when it was asked for. */
  readonly people: readonly string[]
  /** Where the order stands, `<topic>/<partition>/<offset>`. */
  readonly order: string
  /** The gate and every partition are past it. */
  readonly done: boolean
  /** The internal topic was purged up to there. */
  readonly purged: readonly { readonly partition: number; readonly offset: number }[]
}

/** @throws UsageError for a name that can be nobody's, and where the topology never ran; AdapterError */
export async function erasePerson(
  plan: Plan,
  settings: ServerSettings,
  { value, type, progress, lift, waitMs }: EraseOptions,
): Promise<Erasure> {
  const names = namesOf(settings.app, plan.topology)
  await assertTopics(settings, names)
  const { ready } = plan.identity
  const found = await withRedis(settings, (connection) =>
    findPeople({
      reader: createStateReader(connection),
      task: gateId(names),
      identity: ready,
      value,
      type,
      progress,
    }),
  )
  // Who only showed a shared identifier is not who is meant by it.
  const people = found
    .filter(({ person, shared }) => !shared || person.anonymous)
    .map(({ person }) => person.id)
  const byId = people.includes(value) && type === undefined
  const order: EraseOrder = byId
    ? { person: value, prints: [] }
    : { person: undefined, prints: printsOf({ type, value }, ready) }
  if (!byId && order.prints.length === 0)
    throw new UsageError(
      `"${value}" names nobody: such values are blocked`,
      'name an identifier of the person',
    )
  if (byId && lift)
    throw new UsageError('a suppression is lifted by an identifier', 'name one that the person had')
  const offset = await write(settings, names, controlOrder(order, lift))
  const until = systemClock.now() + waitMs
  const outcome = await withKafka(settings, (kafka) => followed(kafka, names, offset, until, !lift))
  return { lift, people: lift ? [] : people, order: `${names.control}/0/${offset - 1}`, ...outcome }
}

function assertTopics(settings: ServerSettings, { internal, control }: Names): Promise<void> {
  return withKafka(settings, async (kafka) => {
    const there = await kafka.topics([internal, control])
    const missing = [internal, control].filter((topic) => !there.has(topic))
    if (missing.length === 0) return
    throw new UsageError(
      `there is no topic ${missing.join(', ')}`,
      'look at SHOPKEEPER_APP and at the name of the topology, or create it: shopkeeper topics create --topology FILE',
    )
  })
}

/** Answers the offset behind the order. */
function write(settings: ServerSettings, names: Names, order: Buffer): Promise<number> {
  return withLog(settings, names.group, async (log) => {
    const task = `${names.group}.order`
    const changelog = { topic: names.control, partition: 0 }
    const { owner } = await log.takeOver(task, [])
    const appends = new Appends()
    appends.record(changelog.topic, changelog.partition, undefined, null, order)
    return log.commit({ task, owner, appends, positions: [], changelog }).catch((error: unknown) => {
      if (!(error instanceof Fenced)) throw error
      const message = 'another order was written at this moment, and this one was not: give it again'
      throw new AdapterError('taken-over', message, true)
    })
  })
}

/** Waits until it is worked off, and deletes what was read of the internal topic. */
async function followed(
  kafka: KafkaAdministration,
  { group, control, internal }: Names,
  offset: number,
  until: number,
  purge: boolean,
): Promise<Pick<Erasure, 'done' | 'purged'>> {
  const reached = async (
    topic: string,
    isThere: (lanes: GroupDescription['lanes']) => boolean,
  ): Promise<GroupDescription['lanes'] | undefined> => {
    for (;;) {
      const { lanes } = await kafka.group(group, [topic])
      if (isThere(lanes)) return lanes
      if (systemClock.now() >= until) return undefined
      await systemClock.sleep(POLL_MS)
    }
  }
  const gate = await reached(control, (lanes) => lanes.every(({ position = 0 }) => position >= offset))
  if (gate === undefined) return { done: false, purged: [] }
  if (!purge) return { done: true, purged: [] }
  const ends = await kafka.ends([internal])
  const people = await reached(internal, (lanes) => lanes.every((lane) => isPast(lane, ends)))
  if (people === undefined) return { done: false, purged: [] }
  const positions = people.flatMap(({ topic, partition, position }) =>
    position === undefined ? [] : [{ topic, partition, offset: position }],
  )
  await kafka.deleteBefore(positions)
  return { done: true, purged: positions.map(({ partition, offset: to }) => ({ partition, offset: to })) }
}

/** The last thing in a lane is the mark of a transaction, which nobody reads before something follows. */
function isPast(
  { partition, position = 0 }: GroupDescription['lanes'][number],
  ends: readonly LaneEnds[],
): boolean {
  const end = ends.find((one) => one.partition === partition)
  return end === undefined || position >= end.end - 1 || end.end === end.begin
}
