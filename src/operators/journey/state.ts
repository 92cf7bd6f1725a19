/**
 * What a journey remembers of a person: the events that wait for the watermark, who is where on the way, and the zones of the person.
 *
 * Every list is in an order of its own values, so that neither arrival nor the order of merges can be seen in it.
 */
import type { ByteReader, ByteWriter } from '../../model/bytes.ts'
import { knownVersion } from '../../model/errors.ts'
import type { Json } from '../../model/event.ts'
import type { StateShape } from '../../model/operator.ts'
import type { Timed } from '../../model/timed-texts.ts'
import type { EpochMs } from '../../model/time.ts'

/** An event of which the journey speaks. */
export interface WaitingEvent {
  readonly at: EpochMs
  readonly type: string
  readonly id: string
  /** As the expressions see it: those of its fields that they read. */
  readonly view: Json
}

/** An offer that a trigger of the instance led to. */
export interface OfferMade {
  readonly at: EpochMs
  readonly id: string
}

/** One key on its way. */
export interface Instance {
  /** Empty: the journey has no key. */
  readonly key: string
  readonly enteredAt: EpochMs
  /** The entering event, as far as expressions read it. */
  readonly entered: Json
  /** Where it is; undefined: it has ended, and is remembered for `reenter: never`. */
  readonly step: string | undefined
  /** When that step began, or it ended. */
  readonly since: EpochMs
  /** When that step is over by itself. */
  readonly due: EpochMs | undefined
  /** When the journey is over. */
  readonly endsAt: EpochMs | undefined
  /** Steps that it has completed, of which `done` has the newest. */
  readonly doneCount: number
  readonly done: readonly string[]
  /** By time and id. */
  readonly offers: readonly OfferMade[]
}

export interface JourneyState {
  /** By time, type and id. */
  readonly waiting: readonly WaitingEvent[]
  /** By key. */
  readonly instances: readonly Instance[]
  readonly zones: readonly Timed<string>[]
}

const EMPTY: JourneyState = { waiting: [], instances: [], zones: [] }

const HAS_STEP = 1
const HAS_DUE = 2
const HAS_END = 4

function encodeInstance(instance: Instance, writer: ByteWriter): void {
  const { key, enteredAt, entered, step, since, due, endsAt, doneCount, done, offers } = instance
  writer.text(key)
  writer.byte(
    (step === undefined ? 0 : HAS_STEP) |
      (due === undefined ? 0 : HAS_DUE) |
      (endsAt === undefined ? 0 : HAS_END),
  )
  writer.int(enteredAt)
  writer.int(since - enteredAt)
  if (step !== undefined) writer.text(step)
  if (due !== undefined) writer.int(due - enteredAt)
  if (endsAt !== undefined) writer.int(endsAt - enteredAt)
  writer.value(entered)
  writer.uint(doneCount)
  writer.uint(done.length)
  for (const id of done) writer.text(id)
  writer.uint(offers.length)
  for (const offer of offers) {
    writer.int(offer.at - enteredAt)
    writer.text(offer.id)
  }
}

function decodeInstance(reader: ByteReader): Instance {
  const key = reader.text()
  const has = reader.byte()
  const enteredAt = reader.int()
  const since = enteredAt + reader.int()
  const step = (has & HAS_STEP) === 0 ? undefined : reader.text()
  const due = (has & HAS_DUE) === 0 ? undefined : enteredAt + reader.int()
  const endsAt = (has & HAS_END) === 0 ? undefined : enteredAt + reader.int()
  const entered = reader.value() as Json
  const doneCount = reader.uint()
  const done: string[] = []
  for (let left = reader.uint(); left > 0; left--) done.push(reader.text())
  const offers: OfferMade[] = []
  for (let left = reader.uint(); left > 0; left--)
    offers.push({ at: enteredAt + reader.int(), id: reader.text() })
  return { key, enteredAt, entered, step, since, due, endsAt, doneCount, done, offers }
}

export const journeyState: StateShape<JourneyState> = {
  version: 1,
  initial: () => EMPTY,
  encode({ waiting, instances, zones }, writer) {
    writer.uint(waiting.length)
    for (const { at, type, id, view } of waiting) {
      writer.int(at)
      writer.text(type)
      writer.text(id)
      writer.value(view)
    }
    writer.uint(instances.length)
    for (const instance of instances) encodeInstance(instance, writer)
    writer.uint(zones.length)
    for (const { at, value } of zones) {
      writer.int(at)
      writer.text(value)
    }
  },
  decode(reader, version) {
    knownVersion('the state of journey', version, 1)
    const waiting: WaitingEvent[] = []
    for (let left = reader.uint(); left > 0; left--)
      waiting.push({
        at: reader.int(),
        type: reader.text(),
        id: reader.text(),
        view: reader.value() as Json,
      })
    const instances: Instance[] = []
    for (let left = reader.uint(); left > 0; left--) instances.push(decodeInstance(reader))
    const zones: Timed<string>[] = []
    for (let left = reader.uint(); left > 0; left--) zones.push({ at: reader.int(), value: reader.text() })
    return { waiting, instances, zones }
  },
}
