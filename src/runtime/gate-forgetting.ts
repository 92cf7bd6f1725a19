/**
 * Forgetting at the gate: who has been silent for as long as the document says goes, as if never met (`forget`, contracts section 4).
 *
 * 1. It follows from event times: a person is due a span after its newest event, and goes when the watermark reaches that time, in order
 *    of due time, before whatever moved the watermark there is looked at.
 * 2. The newest event time is rounded up to a step, at most an hour and at most a thousandth of the span: so it is written about once a
 *    visit, and not with every event. Nobody goes sooner than the document says.
 * 3. Of people who were there before the document said so, the time counts from when it first did.
 * 4. A document without `forget` costs nothing, and keeps nothing.
 */
import { ByteReader, type ByteWriter } from '../model/bytes.ts'
import { knownVersion } from '../model/errors.ts'
import { BEGINNING, type DurationMs, type EpochMs, HOUR_MS } from '../model/time.ts'
import type { IdentityReady } from '../operators/identity/config.ts'
import type { PersonRecord } from '../operators/identity/person-record.ts'
import type { Plan } from '../topology/plan.ts'
import type { GatePeople } from './gate-people.ts'
import { PersonIndex } from './person-index.ts'
import type { StateChange } from './ports/state-store.ts'
import { TimerQueue } from './timer-queue.ts'

/** Among the states of the gate: of each person the newest event time, and since when anybody is forgotten at all. */
const LAST = 'last:'
const SINCE = 'forget-since'
const VERSION = 1
const STEP_MOST_MS: DurationMs = HOUR_MS
const STEPS_A_SPAN = 1000
/** Of these types, too, nobody has one without having said who they are. */
const TELLING: ReadonlySet<string> = new Set(['email', 'phone'])

export interface GateForgetting {
  /** The document says `forget`; nothing else is to be called where it does not, but what keeps the states. */
  readonly active: boolean
  clear(): void
  /** False: the key is of something else. */
  load(key: string, bytes: Buffer): boolean
  /** An event of that time came for the person. */
  saw(person: string, time: EpochMs): void
  /** What was known of the one is the other's. */
  merged(kept: string, absorbed: string): void
  gone(person: string): void
  /** Everybody who is due, one after the other; `forget` takes them out. */
  upTo(watermark: EpochMs, forget: (record: PersonRecord, due: EpochMs) => void): void
  changes(writer: ByteWriter, list: StateChange[]): void
  applied(): void
}

/** A person who gave a name: an identifier of a unique type, an e-mail address or a phone number. */
export function isKnown({ anonymous, identifiers }: PersonRecord, { types }: IdentityReady): boolean {
  return !anonymous && identifiers.some(({ type }) => TELLING.has(type) || types.get(type)?.unique === true)
}

export function createGateForgetting(plan: Plan, people: GatePeople): GateForgetting {
  const { anonymousMs, knownMs } = plan.forget ?? {}
  const spans = [anonymousMs, knownMs].filter((span) => span !== undefined)
  const active = spans.length > 0
  const least = Math.min(...spans)
  const step = Math.max(1, Math.min(STEP_MOST_MS, Math.floor(least / STEPS_A_SPAN)))
  const index = new PersonIndex()
  const queue = new TimerQueue((one, other) => index.before(one, other))
  /** By number. */
  let last = new Float64Array(64)
  /** By id: the time, or that it is not kept any more. */
  const changed = new Map<string, EpochMs | undefined>()
  let since: EpochMs | undefined
  let sinceChanged = false
  let settled = false

  function put(person: string, time: EpochMs): void {
    let number = index.findText(person)
    if (number < 0) {
      number = index.put(person)
      if (number >= last.length) {
        const wider = new Float64Array(2 * last.length)
        wider.set(last)
        last = wider
      }
      last[number] = BEGINNING
    }
    if (time <= (last[number] as number)) return
    last[number] = time
    queue.arm(number, time + least)
  }

  function change(person: string, time: EpochMs): void {
    const number = index.findText(person)
    if (number >= 0 && (last[number] as number) >= time) return
    put(person, time)
    changed.set(person, time)
  }

  function drop(person: string): void {
    const number = index.findText(person)
    if (number < 0) return
    queue.disarm(number)
    index.delete(number)
    changed.set(person, undefined)
  }

  /** Once, when everybody is there: who has no time of their own has that of the beginning. */
  function settle(watermark: EpochMs): void {
    settled = true
    if (since === undefined) {
      since = watermark
      sinceChanged = true
    }
    const from = since
    people.each((id) => put(id, from))
  }

  const dueOf = (record: PersonRecord, number: number): EpochMs | undefined => {
    const span = isKnown(record, plan.identity.ready) ? knownMs : anonymousMs
    return span === undefined ? undefined : (last[number] as number) + span
  }

  return {
    active,
    clear() {
      index.clear()
      queue.clear()
      changed.clear()
      since = undefined
      sinceChanged = false
      settled = false
    },
    load(key, bytes) {
      if (key !== SINCE && !key.startsWith(LAST)) return false
      const reader = new ByteReader(bytes)
      knownVersion('what is remembered of a silence', reader.byte(), VERSION)
      if (key !== SINCE) {
        if (active) put(key.slice(LAST.length), reader.int())
      } else if (active) since = reader.int()
      // Whoever says `forget` again later begins anew.
      else sinceChanged = true
      return true
    },
    saw(person, time) {
      const number = index.findText(person)
      if (number < 0 || time > (last[number] as number)) change(person, Math.ceil(time / step) * step)
    },
    merged(kept, absorbed) {
      const number = index.findText(absorbed)
      if (number < 0) return
      change(kept, last[number] as number)
      drop(absorbed)
    },
    gone: drop,
    upTo(watermark, forget) {
      if (!settled) settle(watermark)
      for (let number = queue.pop(watermark); number >= 0; number = queue.pop(watermark)) {
        const { due } = queue
        const id = index.id(number)
        const record = people.person(id)
        if (record === undefined || record.id !== id) {
          drop(id)
          continue
        }
        const own = dueOf(record, number)
        if (own === undefined) continue
        if (own > due) queue.arm(number, own)
        else {
          drop(id)
          forget(record, own)
        }
      }
    },
    changes(writer, list) {
      const push = (key: string, time: EpochMs | undefined): void => {
        const start = writer.length
        if (time !== undefined) {
          writer.byte(VERSION)
          writer.int(time)
        }
        list.push({ key, start, end: time === undefined ? -1 : writer.length, due: undefined })
      }
      if (sinceChanged) push(SINCE, since)
      for (const [person, time] of changed) push(LAST + person, time)
    },
    applied() {
      changed.clear()
      sinceChanged = false
    },
  }
}
