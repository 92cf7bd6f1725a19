/**
 * An operator that writes down all that happens to a person, in order, and rings when told to: whatever the runtime does in
 * another order, twice or not at all shows in its state and in everything it emits from then on.
 */
import type { AnyOperator, Moment, Operator, Step } from '../../src/model/operator.ts'
import { z } from 'zod'
import type { IdentityReady } from '../../src/operators/identity/config.ts'
import type { Plan, Slot } from '../../src/topology/plan.ts'

export interface Journal {
  readonly lines: readonly string[]
  readonly timers: readonly (readonly [name: string, due: number])[]
}

/** `set`: timers by name; null takes one away. `forget`: the person's journal goes. `late`: the operator calls it too late. */
export interface Note {
  readonly set?: Readonly<Record<string, number | null>>
  readonly forget?: boolean
  readonly late?: boolean
}

/** How warm it was a while before; nothing where nobody measured. */
const AGO = 10
const weather = ({ at, known }: Moment): string => {
  const { temperature_c: celsius } = known.world(at - AGO)
  return celsius === undefined ? '' : ` ${celsius}C`
}

const written = (state: Journal, line: string, type: string, timers = state.timers): Step<Journal> => {
  const lines = [...state.lines, line]
  return { state: { lines, timers }, emit: [{ type, data: { lines } }] }
}

export const journal: Operator<unknown, Journal> = {
  type: 'journal',
  stage: 'profile',
  summary: 'Writes down all that happens.',
  config: z.unknown(),
  accepts: ['note.taken'],
  emits: ['noted', 'rang', 'united'],
  fields: {},
  prepare: (config) => config,
  state: {
    version: 1,
    initial: () => ({ lines: [], timers: [] }),
    encode: (state, writer) => writer.value(state),
    decode: (reader) => reader.value() as Journal,
  },
  onEvent(state, event, moment) {
    const note = event.data as Note
    if (note.late === true) return { state, late: true }
    if (note.forget === true) return { state: undefined, emit: [{ type: 'noted', data: { lines: [] } }] }
    const changes = Object.entries(note.set ?? {})
    const kept = state.timers.filter(([name]) => note.set?.[name] === undefined)
    const set = changes.flatMap(([name, due]) => (due === null ? [] : [[name, due] as const]))
    const step = written(state, `${event.id}@${moment.watermark}${weather(moment)}`, 'noted', [
      ...kept,
      ...set,
    ])
    return { ...step, timers: changes.map(([name, due]) => ({ name, due: due ?? undefined })) }
  },
  onTimer: (state, timer, moment) =>
    written(
      state,
      `${timer}!${moment.at}${weather(moment)}`,
      'rang',
      state.timers.filter(([name]) => name !== timer),
    ),
  merge(kept, absorbed, { at }) {
    const earliest = new Map([...kept.timers, ...absorbed.timers].sort((a, b) => b[1] - a[1]))
    const step = written(kept, `<${absorbed.lines.join(' ')}>${at}`, 'united', [...earliest])
    return { ...step, timers: [...earliest].map(([name, due]) => ({ name, due })) }
  },
  erased: (state, { at }) => [{ type: 'erased', data: { lines: [...state.lines, `erased ${at}`] } }],
}

/** Counts what comes down to it, and says so. */
export const tally: Operator<unknown, number> = {
  type: 'tally',
  stage: 'profile',
  summary: 'Counts what comes down to it.',
  config: z.unknown(),
  accepts: ['rang'],
  emits: ['counted'],
  fields: {},
  prepare: (config) => config,
  state: {
    version: 1,
    initial: () => 0,
    encode: (n, writer) => writer.uint(n),
    decode: (reader) => reader.uint(),
  },
  onEvent: (count) => ({ state: count + 1, emit: [{ type: 'counted', data: { count: count + 1 } }] }),
  merge: (kept, absorbed) => ({ state: kept + absorbed }),
}

const OUT = { id: 'out', topic: 'out', format: 'json' } as const
export const slot = (
  index: number,
  id: string,
  operator: AnyOperator,
  downstream: readonly number[] = [],
): Slot => ({
  index,
  id,
  operator,
  ready: undefined,
  downstream,
  sinks: [OUT],
})

/** A journal and a tally behind it, unless told otherwise. */
export function planOf(part: Partial<Plan> = {}): Plan {
  const slots = part.slots ?? [slot(0, 'j', journal, [1]), slot(1, 't', tally)]
  return {
    topology: 'test',
    timezone: 'UTC',
    sources: [],
    identity: { id: 'identify', ready: undefined as unknown as IdentityReady, sinks: [] },
    slots,
    world: undefined,
    topics: { late: 'late', deadLetters: 'dead', identities: 'identities', decisions: 'decisions' },
    partitions: undefined,
    dedupe: { withinMs: 1000, events: 200 },
    takers: (type) =>
      slots.filter(({ operator }) => [operator.accepts, operator.hears ?? []].flat().includes(type)),
    accepts: ({ operator }, type) => operator.accepts.includes(type),
    ...part,
  }
}
