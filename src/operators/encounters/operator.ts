/**
 * encounters: every contact with a person as one kind of record, whichever way it came, with how good it was.
 *
 * Promise (contracts, section 5 and K10 to K12): each closed session, call, store visit, staff meeting and order that the person made alone is one
 * `encounter.recorded`, with its own time. Its quality is the mean of what was said, the mood, what came of it and how long it took, by weights of the
 * config, as known when the watermark is past its end; so the order of arrival makes no difference.
 *
 * Shape: moods and posts of the last days, since nobody knows of a mood yet whose encounter it belongs to; encounters that wait for the watermark, with one timer,
 * due 1 ms behind the end of the first; and the quality of those that were recorded, for conditions. A session is over before it is closed,
 * so it never waits.
 */
import type { Draft, StreamEvent } from '../../model/event.ts'
import { ENCOUNTERS_WAITING_MAX, FEELINGS_PER_PERSON_MAX, NOTES_PER_PERSON_MAX } from '../../model/limits.ts'
import type { Operator, Step } from '../../model/operator.ts'
import { DAY_MS, type EpochMs } from '../../model/time.ts'
import {
  type EncountersConfig,
  encountersConfig,
  encountersProblems,
  type EncountersReady,
  prepareEncounters,
} from './config.ts'
import {
  type Encounter,
  encounterOf,
  type Feeling,
  feelingOf,
  partsOf,
  POSTS,
  qualityOf,
} from './encounter.ts'
import { encountersState, type EncountersState, type Recorded } from './state.ts'

const TIMER = 'encounters'
/** A feeling is remembered for so long behind all who may ask: as long as a session usually may last, twice. */
const FEELINGS_KEPT_MS = 2 * DAY_MS

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
const byTime = (a: Feeling, b: Feeling): number => a.at - b.at || a.value - b.value
const byEnd = (a: Encounter, b: Encounter): number =>
  a.to - b.to || a.at - b.at || compare(JSON.stringify(a), JSON.stringify(b))
const byRecord = (a: Recorded, b: Recorded): number => a.at - b.at || a.quality - b.quality

interface Bounded<Item> {
  readonly items: readonly Item[]
  readonly fellOut: number
}

/** Feelings that may still count, the newest of too many. */
function keptFeelings(feelings: readonly Feeling[], oldest: EpochMs): Bounded<Feeling> {
  const fresh = feelings.filter(({ at }) => at >= oldest)
  const fellOut = Math.max(0, fresh.length - FEELINGS_PER_PERSON_MAX)
  return { items: fellOut === 0 ? fresh : fresh.slice(fellOut), fellOut }
}

type Memory = Pick<EncountersState, 'recorded' | 'before'>

/** Recorded encounters of which nobody asks one by one any more become a number and a sum. */
function summedUp({ recorded, before }: Memory, oldest: EpochMs): Memory {
  let old = 0
  while (old < recorded.length && (recorded[old] as Recorded).at < oldest) old++
  old = Math.max(old, recorded.length - NOTES_PER_PERSON_MAX)
  if (old === 0) return { recorded, before }
  const gone = recorded.slice(0, old)
  const quality = gone.reduce((sum, one) => sum + one.quality, before.quality)
  return { recorded: recorded.slice(old), before: { count: before.count + old, quality } }
}

const recordedOf = (state: EncountersState, encounter: Encounter, ready: EncountersReady): Recorded => ({
  at: encounter.at,
  quality: Math.round(qualityOf(partsOf(encounter, state, ready), ready) * 100) + 0,
})

function draftOf(state: EncountersState, encounter: Encounter, ready: EncountersReady): Draft {
  const { at, kind, channel } = encounter
  const parts = partsOf(encounter, state, ready)
  const { sentiment = null, mood = null, conversion = null, duration = null } = parts
  return {
    type: 'encounter.recorded',
    time: at,
    data: {
      channel: channel ?? null,
      kind,
      quality: qualityOf(parts, ready),
      parts: { sentiment, mood, conversion, duration },
    },
  }
}

/** Records those whose end the watermark has passed, and the first of too many. */
function settled(state: EncountersState, watermark: EpochMs, ready: EncountersReady): Step<EncountersState> {
  const { waiting, moods, posts } = state
  let over = waiting.findIndex(({ to }) => to >= watermark)
  if (over < 0) over = waiting.length
  over = Math.max(over, waiting.length - ENCOUNTERS_WAITING_MAX)
  const now = waiting.slice(0, over)
  const oldest = watermark - ready.keptMs - ready.moodWithinMs - FEELINGS_KEPT_MS
  const [kept, said] = [keptFeelings(moods, oldest), keptFeelings(posts, oldest)]
  const recorded = [...state.recorded, ...now.map((encounter) => recordedOf(state, encounter, ready))]
  const left = waiting.slice(over)
  return {
    state: {
      waiting: left,
      moods: kept.items,
      posts: said.items,
      ...summedUp({ recorded: recorded.sort(byRecord), before: state.before }, watermark - ready.keptMs),
    },
    emit: now.map((encounter) => draftOf(state, encounter, ready)),
    timers: [{ name: TIMER, due: left[0] === undefined ? undefined : left[0].to + 1 }],
    fellOut: kept.fellOut + said.fellOut,
  }
}

function onEvent(
  state: EncountersState,
  event: StreamEvent,
  watermark: EpochMs,
  ready: EncountersReady,
): Step<EncountersState> | undefined {
  const { waiting, moods, posts, recorded, before } = state
  const mood = event.type === 'mood.measured' ? feelingOf(event, 'mood') : undefined
  const post = POSTS.has(event.type) ? feelingOf(event, 'sentiment') : undefined
  const encounter = encounterOf(event)
  if (mood === undefined && post === undefined && encounter === undefined) return undefined
  const next: EncountersState = {
    waiting: encounter === undefined ? waiting : [...waiting, encounter].sort(byEnd),
    moods: mood === undefined ? moods : [...moods, mood].sort(byTime),
    posts: post === undefined ? posts : [...posts, post].sort(byTime),
    recorded,
    before,
  }
  return settled(next, watermark, ready)
}

/** How many there were, and how good they were on the whole, those included whose record waits. */
function tellOf(state: EncountersState, at: EpochMs, ready: EncountersReady) {
  let { count, quality } = state.before
  const known = [...state.recorded, ...state.waiting.map((encounter) => recordedOf(state, encounter, ready))]
  for (const one of known) {
    if (one.at > at) continue
    count++
    quality += one.quality
  }
  return count === 0 ? { encounters: 0 } : { encounters: count, quality: Math.round(quality / count) / 100 }
}

const CONTACTS = ['call.received', 'store.visited', 'staff.met', 'order.completed', 'ticket.purchased']
const FEELINGS = ['mood.measured', ...POSTS]

export const encounters: Operator<EncountersConfig, EncountersState, EncountersReady> = {
  type: 'encounters',
  stage: 'profile',
  summary:
    'Records every session, call, visit, meeting and self-service order as one encounter, with how good it was.',
  config: encountersConfig,
  accepts: ['session.closed', ...CONTACTS, ...FEELINGS],
  hears: [...CONTACTS, ...FEELINGS],
  emits: ['encounter.recorded'],
  fields: {
    channel: 'text',
    kind: 'text',
    quality: 'number',
    parts: { fields: { sentiment: 'number', mood: 'number', conversion: 'number', duration: 'number' } },
  },
  tells: { encounters: 'number', quality: 'number' },
  state: encountersState,
  check: encountersProblems,
  prepare: prepareEncounters,
  tell: tellOf,

  onEvent: (state, event, { watermark }, ready) => onEvent(state, event, watermark, ready),
  onTimer: (state, _timer, { at }, ready) => settled(state, at, ready),

  merge(kept, absorbed, { watermark }, ready) {
    const state: EncountersState = {
      waiting: [...kept.waiting, ...absorbed.waiting].sort(byEnd),
      moods: [...kept.moods, ...absorbed.moods].sort(byTime),
      posts: [...kept.posts, ...absorbed.posts].sort(byTime),
      recorded: [...kept.recorded, ...absorbed.recorded].sort(byRecord),
      before: {
        count: kept.before.count + absorbed.before.count,
        quality: kept.before.quality + absorbed.before.quality,
      },
    }
    return settled(state, watermark, ready)
  },
}
