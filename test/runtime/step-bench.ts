/** One person and a stepper, without log or store: events go in, outputs come out as values. */
import { jsonEncoder } from '../../src/adapters/formats/json-output.ts'
import { ByteReader, ByteWriter } from '../../src/model/bytes.ts'
import type { SourceEvent } from '../../src/model/event.ts'
import { idKeyOf } from '../../src/model/hash.ts'
import { NOTHING_MEASURED } from '../../src/model/world.ts'
import type { AnyOperator, Operator } from '../../src/model/operator.ts'
import { Appends } from '../../src/runtime/appends.ts'
import { createOutputs } from '../../src/runtime/outputs.ts'
import { newPerson, type Person } from '../../src/runtime/person.ts'
import { newCounts } from '../../src/runtime/ports/observer.ts'
import { createStepper } from '../../src/runtime/step.ts'
import { SeenFilter } from '../../src/runtime/seen-filter.ts'
import { TimerQueue } from '../../src/runtime/timer-queue.ts'
import { type WireFlags, writeEvent } from '../../src/runtime/event-writer.ts'
import { WireEvent } from '../../src/runtime/wire-event.ts'
import type { Plan } from '../../src/topology/plan.ts'
import type { Output } from './bench.ts'
import { tally } from './journal.ts'

export const sourceEvent = (id: string, time: number, part: Partial<SourceEvent> = {}): SourceEvent => ({
  id,
  source: 'web',
  type: 'note.taken',
  time,
  identifiers: [],
  context: undefined,
  data: {},
  ...part,
})

export function wireEvent(
  person: string,
  event: SourceEvent,
  {
    watermark = event.time,
    attached = [] as SourceEvent['identifiers'],
    ...flags
  }: Partial<WireFlags> & {
    readonly watermark?: number
    readonly attached?: SourceEvent['identifiers']
  } = {},
): WireEvent {
  const writer = new ByteWriter()
  writeEvent(writer, watermark, event, attached, {
    late: false,
    shared: false,
    dedupe: true,
    internal: false,
    ...flags,
  })
  return new WireEvent(person, new ByteReader(writer.copy(), 1))
}

/** A counting operator with these parts changed. */
export const operator = (part: Partial<Operator<unknown, number>>): AnyOperator => ({ ...tally, ...part })

/** What went out, as those outside read it. */
export function outputsOf(appends: Appends): readonly Output[] {
  const { buffer, count, topics, topic, valueStart, valueEnd } = appends.take()
  return Array.from({ length: count }, (_, i) => ({
    ...(JSON.parse(buffer.toString('utf8', valueStart[i], valueEnd[i])) as Output),
    topic: topics[topic[i] as number] as string,
  }))
}

export function stepBench(plan: Plan) {
  const appends = new Appends()
  const timers = new TimerQueue(() => false)
  const counts = newCounts()
  const changed = new Set<string>()
  const stepper = createStepper({
    plan,
    key: idKeyOf('test'),
    timers,
    outputs: createOutputs(plan, appends, jsonEncoder, [1, 2, 3, 4]),
    filter: new SeenFilter(),
    stateOf: (person, slot) => person.states[slot.index],
    world: () => NOTHING_MEASURED,
    watch: () => {},
    unwatch: () => {},
    counts: () => counts,
    changed: (person: Person) => changed.add(person.id),
  })
  let people = 0
  return {
    stepper,
    timers,
    counts,
    changed,
    person: (id = 'p'): Person => ({ ...newPerson(id, plan.slots.length), number: people++ }),
    out: (): readonly Output[] => outputsOf(appends),
  }
}
