/**
 * What would become of a dead letter if its bytes were published again now. Only a letter that would be an event goes back: each goes back
 * once, and one that would be refused again would have used that up.
 */
import type { SourceEvent } from '../../model/event.ts'
import type { EpochMs } from '../../model/time.ts'
import { Graph } from '../../operators/identity/graph.ts'
import { namesOf } from '../../operators/identity/naming.ts'
import type { Decoder, RefusalReason } from '../../runtime/ports/codec.ts'
import type { Plan, SourcePlan } from '../../topology/plan.ts'
import type { DeadLetter } from './letter.ts'

export type Prospect =
  /** It went back before. */
  | { readonly kind: 'retried' }
  /** Bytes are missing: it cannot go back. */
  | { readonly kind: 'cut' }
  /** No source of the topology reads its topic. */
  | { readonly kind: 'no-source' }
  | { readonly kind: 'refused'; readonly reason: RefusalReason }
  /** An event. `late`: past its grace, so it goes to the late topic; undefined: what time it is for the gate is not known. */
  | { readonly kind: 'event'; readonly late: boolean | undefined }

export interface ProspectOptions {
  readonly plan: Plan
  readonly decoder: Decoder
  /** Places of letters that went back. */
  readonly retried: ReadonlySet<string>
  readonly now: EpochMs
  /** Of the gate, as it was committed last; undefined: not known. */
  readonly watermark: EpochMs | undefined
}

export function prospectOf(letter: DeadLetter, options: ProspectOptions): Prospect {
  const { plan, decoder, retried, now, watermark } = options
  if (retried.has(letter.place)) return { kind: 'retried' }
  const source = plan.sources.find(({ topic }) => topic === letter.topic)
  if (source === undefined) return { kind: 'no-source' }
  if (letter.cut) return { kind: 'cut' }
  const decoded = decoder.decode(source, letter.bytes, 0, letter.bytes.length)
  if (decoded.kind === 'refused') return { kind: 'refused', reason: decoded.reason }
  const { event } = decoded
  if (event.time > now + source.aheadMs) return { kind: 'refused', reason: 'time-ahead' }
  if (!source.world && namesNobody(event, plan)) return { kind: 'refused', reason: 'no-identifier' }
  return { kind: 'event', late: watermark === undefined ? undefined : isLate(event, source, watermark) }
}

const isLate = ({ time }: SourceEvent, { graceMs }: SourcePlan, watermark: EpochMs): boolean =>
  time < watermark - graceMs

/** Whom its identifiers name does not matter here, only whether one of them names anybody. */
const namesNobody = ({ identifiers }: SourceEvent, { identity }: Plan): boolean =>
  namesOf(identifiers, new Graph(identity.ready), identity.ready).length === 0

/** Prospects in numbers. */
export interface Outlook {
  letters: number
  retried: number
  cut: number
  noSource: number
  refused: Map<string, number>
  events: number
  /** Of the events. */
  late: number
  lateUnknown: number
}

export const newOutlook = (): Outlook => ({
  letters: 0,
  retried: 0,
  cut: 0,
  noSource: 0,
  refused: new Map(),
  events: 0,
  late: 0,
  lateUnknown: 0,
})

export function count(outlook: Outlook, prospect: Prospect): void {
  outlook.letters++
  switch (prospect.kind) {
    case 'retried':
      outlook.retried++
      break
    case 'cut':
      outlook.cut++
      break
    case 'no-source':
      outlook.noSource++
      break
    case 'refused':
      outlook.refused.set(prospect.reason, (outlook.refused.get(prospect.reason) ?? 0) + 1)
      break
    case 'event':
      outlook.events++
      if (prospect.late === true) outlook.late++
      if (prospect.late === undefined) outlook.lateUnknown++
  }
}
