/** A document becomes the plan that the runtime walks, or says all at once why it cannot. */
import { ConfigFindings } from '../model/errors.ts'
import type { IdKey } from '../model/hash.ts'
import type { AnyOperator } from '../model/operator.ts'
import { kindsNamed } from '../model/world.ts'
import type { Registry } from './registry.ts'
import type { IdentityReady } from '../operators/identity/config.ts'
import type { TopologyDocument } from './document.ts'
import { check, type Checked, type CheckedOperator } from './lint.ts'
import type { Plan, SinkPlan, Slot, SourcePlan, WorldPlan } from './plan.ts'
import type { TopologyShape } from './shape.ts'

/** Types whose takers are remembered; types are the upstream's words, so their number has no end of its own. */
const TYPES_REMEMBERED_MAX = 10_000

export interface CompileOptions {
  /** Keys the person ids and the coin tosses. */
  readonly key: IdKey
  /** Default: all operators there are. */
  readonly registry?: Registry
}

/** @throws ConfigFindings with every finding, warnings included, if one of them is an error. */
export function compile(document: TopologyDocument, options: CompileOptions): Plan {
  const { findings, topology } = check(document, options)
  if (topology === undefined) throw new ConfigFindings(findings)
  const { shape, operators } = topology
  const identity = operators.find(({ operator }) => operator.stage === 'gate') as CheckedOperator
  const identityId = shape.operators[identity.index]?.id as string
  const inOrder = inOrderOf(topology)
  const slots = slotsOf(topology, inOrder)
  const accepted = inOrder.map(({ operator, config }) =>
    typeSet(operator.takes?.(config) ?? operator.accepts),
  )
  return {
    topology: shape.topology,
    timezone: shape.timezone,
    sources: sourcesOf(shape, fromOf(shape, identityId)),
    identity: {
      id: identityId,
      ready: identity.operator.prepare(identity.config, identity.wiring) as IdentityReady,
      sinks: sinksOf(shape, identityId),
    },
    slots,
    world: worldOf(shape, slots),
    topics: {
      late: shape.lateEvents.topic,
      deadLetters: shape.deadLetters.topic,
      identities: shape.identities.topic,
      decisions: shape.decisions.topic,
    },
    partitions: shape.partitions,
    dedupe: { withinMs: shape.dedupe.within, events: shape.dedupe.events },
    forget: shape.forget && { anonymousMs: shape.forget.anonymous, knownMs: shape.forget.known },
    takers: takersOf(slots, accepted, (slot) => fromOf(shape, slot.id).includes(identityId)),
    accepts: ({ index }, type) => accepted[index]?.(type) ?? false,
  }
}

const fromOf = (shape: TopologyShape, id: string): readonly string[] =>
  shape.operators.find((operator) => operator.id === id)?.from ?? []

/** What identity reads, and facts of the world: nobody else's time counts, and nobody else's events are taken. */
function sourcesOf({ sources }: TopologyShape, read: readonly string[]): readonly SourcePlan[] {
  const used = Object.entries(sources).filter(([id, { world }]) => world || read.includes(id))
  return used.map(([id, source], index) => ({
    index,
    id,
    topic: source.topic,
    format: source.format,
    latenessMs: source.lateness,
    graceMs: source.grace,
    idleMs: source.idle,
    aheadMs: source.ahead,
    types: source.types && new Set(source.types),
    dedupe: source.dedupe !== 'none',
    world: source.world,
  }))
}

function worldOf({ sources, operators }: TopologyShape, slots: readonly Slot[]): WorldPlan | undefined {
  if (!Object.values(sources).some(({ world }) => world)) return undefined
  const watched = new Set(slots.flatMap(({ watches }) => watches ?? []))
  const named = kindsNamed(operators.map(({ config }) => config))
  for (const { asks } of slots) for (const kind of asks ?? []) named.add(kind)
  return { named, watched }
}

function sinksOf({ sinks }: TopologyShape, operatorId: string): readonly SinkPlan[] {
  return Object.entries(sinks).flatMap(([id, { from, topic, format, channels }]) =>
    from.includes(operatorId) ? [{ id, topic, format, channels: channels && new Set(channels) }] : [],
  )
}

type Topology = NonNullable<Checked['topology']>

/** Operators of the profile stage in the order of execution, which is that of the slots. */
function inOrderOf({ connections, operators }: Topology): readonly CheckedOperator[] {
  const byIndex = new Map(operators.map((checked) => [checked.index, checked]))
  return connections.order.flatMap((index) => {
    const checked = byIndex.get(index)
    return checked?.operator.stage === 'profile' ? [checked] : []
  })
}

function slotsOf({ shape, connections }: Topology, inOrder: readonly CheckedOperator[]): readonly Slot[] {
  const slotOf = new Map(inOrder.map((checked, slot) => [checked.index, slot]))
  const overheardBy = overhearersOf(inOrder)
  return inOrder.map(({ index, operator, config, wiring }, slot) => ({
    index: slot,
    id: wiring.operatorId,
    operator: operator as AnyOperator,
    ready: operator.prepare(config, wiring) as unknown,
    downstream: inOrder.flatMap((other) =>
      connections.upstream[other.index]?.includes(index) ? [slotOf.get(other.index) as number] : [],
    ),
    overheardBy: overheardBy(operator.emits),
    sinks: sinksOf(shape, wiring.operatorId),
    watches: (operator as AnyOperator).watches?.(config),
    asks: (operator as AnyOperator).asks?.(config),
  }))
}

/** Of an operator that emits these types: by type, the slots that overhear it, wherever they stand. */
function overhearersOf(
  inOrder: readonly CheckedOperator[],
): (emits: readonly string[]) => ReadonlyMap<string, readonly number[]> | undefined {
  const heard = inOrder.map(({ operator, config }) =>
    'overhears' in operator ? (operator.overhears?.(config) ?? []) : [],
  )
  return (emits) => {
    const byType = new Map<string, readonly number[]>()
    for (const type of emits) {
      const slots = heard.flatMap((types, slot) => (types.includes(type) ? [slot] : []))
      if (slots.length > 0) byType.set(type, slots)
    }
    return byType.size === 0 ? undefined : byType
  }
}

function typeSet(types: readonly string[] | '*' | undefined): (type: string) => boolean {
  if (types === '*') return () => true
  const set = new Set(types)
  return (type) => set.has(type)
}

/** Runs once per event, so that the answer for a type is looked up, not worked out. */
function takersOf(
  slots: readonly Slot[],
  accepted: readonly ((type: string) => boolean)[],
  behindIdentity: (slot: Slot) => boolean,
): Plan['takers'] {
  const direct = slots.map(behindIdentity)
  const hears = slots.map(({ operator }) => typeSet(operator.hears))
  const remembered = new Map<string, readonly Slot[]>()
  return (type) => {
    const known = remembered.get(type)
    if (known !== undefined) return known
    const takers = slots.filter(
      ({ index }) => (direct[index] === true && accepted[index]?.(type)) || hears[index]?.(type),
    )
    if (remembered.size < TYPES_REMEMBERED_MAX) remembered.set(type, takers)
    return takers
  }
}
