/**
 * brief: what somebody should know of a person before they meet.
 *
 * Promise (contracts, section 5 and B1 to B6): each event that calls for a brief gives one `brief.prepared`, with what was known of the person
 * at its time, when the watermark is past it. Who has refused to have it told is named with nothing but the call itself.
 *
 * Why so. A brief is of a time, and events come out of order; so what is kept is not a summary but the notes that it is made of, each with its
 * time, and the summary is made when it is asked for, which is seldom. Notes lie in lanes with bounds of their own: what somebody
 * bought is not pushed out by what they looked at. One timer a person, `brief`, 1 ms behind the first call that waits: another event
 * of the same moment is late only then.
 *
 * What other operators know better, weights of interests and warmth, they tell as fields of `profile`; without them a brief is made of
 * its own notes.
 */
import type { Draft, StreamEvent } from '../../model/event.ts'
import { INSTANCES_PER_PERSON_MAX } from '../../model/limits.ts'
import type { Moment, Operator, Step, TimerChange } from '../../model/operator.ts'
import { type EpochMs, formatTime } from '../../model/time.ts'
import {
  type BriefConfig,
  briefConfig,
  briefProblems,
  type BriefReady,
  MEETINGS,
  prepareBrief,
} from './config.ts'
import { consentOf, mergeConsents, wordsOf } from './consent.ts'
import { factsOf, NO_FACTS } from './facts.ts'
import { compareNotes, keptIn, LANES, type Note, upTo, withNote } from './lanes.ts'
import { aboutOf, KINDS, notesOf } from './notes.ts'
import { type BriefState, briefState, type Call, type Lanes } from './state.ts'

const TIMER = 'brief'

const compareCalls = (a: Call, b: Call): number =>
  a.at - b.at ||
  (a.type < b.type ? -1 : a.type > b.type ? 1 : 0) ||
  (a.id < b.id ? -1 : a.id > b.id ? 1 : 0) ||
  (JSON.stringify(a.about) < JSON.stringify(b.about) ? -1 : 1)

function boundedCalls(calls: readonly Call[]): { readonly calls: readonly Call[]; readonly fellOut: number } {
  const fellOut = Math.max(0, calls.length - INSTANCES_PER_PERSON_MAX)
  return { calls: fellOut === 0 ? calls : calls.slice(fellOut), fellOut }
}

const dueOf = ([first]: readonly Call[]): EpochMs | undefined =>
  first === undefined ? undefined : first.at + 1

/** A call may still be of a time as old as this. */
const floorOf = ({ watermark }: Moment, { graceMs }: BriefReady): EpochMs => watermark - graceMs

function draftOf({ at, type, id, about }: Call, lanes: Lanes, moment: Moment, ready: BriefReady): Draft {
  const words = wordsOf(upTo(lanes.consents, at))
  const consent = consentOf(words)
  const mayTell = consent[ready.purpose] ?? ready.granted
  const facts = mayTell ? factsOf(lanes, at, moment.known.profile(at), ready.timezone) : NO_FACTS
  const data = {
    on: { type, id, time: formatTime(at), ...about },
    withheld: !mayTell,
    ...facts,
    consent,
    consent_words: words,
  }
  return { type: 'brief.prepared', time: at, data }
}

function onEvent(
  state: BriefState,
  event: StreamEvent,
  moment: Moment,
  ready: BriefReady,
): Step<BriefState> | undefined {
  const noted = notesOf(event)
  const isCall = ready.on.has(event.type)
  if (noted.length === 0 && !isCall) return undefined
  const lanes: Record<string, readonly Note[]> = { ...state.lanes }
  let fellOut = 0
  for (const [lane, note] of noted) {
    const kept = keptIn(lane, withNote(lanes[lane] as readonly Note[], note), floorOf(moment, ready))
    lanes[lane] = kept.notes
    fellOut += kept.fellOut
  }
  if (!isCall) return { state: { lanes: lanes as Lanes, calls: state.calls }, fellOut }
  const call: Call = { at: event.time, type: event.type, id: event.id, about: aboutOf(event) }
  const bounded = boundedCalls([...state.calls, call].sort(compareCalls))
  const due = dueOf(bounded.calls)
  const timers: readonly TimerChange[] = due === dueOf(state.calls) ? [] : [{ name: TIMER, due }]
  return {
    state: { lanes: lanes as Lanes, calls: bounded.calls },
    timers,
    fellOut: fellOut + bounded.fellOut,
  }
}

export const brief: Operator<BriefConfig, BriefState, BriefReady> = {
  type: 'brief',
  stage: 'profile',
  summary: 'Prepares whoever is about to meet a person: what to know of them, in fields and in words.',
  config: briefConfig,
  accepts: '*',
  takes: ({ on }) => [...new Set([...KINDS.map(({ type }) => type), ...MEETINGS, ...on])],
  emits: ['brief.prepared'],
  fields: {
    on: 'any',
    withheld: 'boolean',
    interests: { list: { fields: { category: 'text', weight: 'number' } } },
    needs: 'any',
    open_cart: 'any',
    bought: 'any',
    offers: 'any',
    mood: 'any',
    sentiment: 'any',
    tribe: 'any',
    traits: 'any',
    preferred_channel: 'text',
    preferred_hours: { list: 'text' },
    warmth: 'number',
    warmth_reasons: 'any',
    notable: { list: { fields: { time: 'time', type: 'text', words: 'text' } } },
    consent: 'any',
    consent_words: 'any',
  },
  state: briefState,
  check: briefProblems,
  prepare: prepareBrief,
  onEvent,

  onTimer({ lanes, calls }, _timer, moment, ready) {
    const left = calls.filter(({ at }) => at >= moment.at)
    const emit = calls.slice(0, calls.length - left.length).map((call) => draftOf(call, lanes, moment, ready))
    return { state: { lanes, calls: left }, emit, timers: [{ name: TIMER, due: dueOf(left) }] }
  },

  merge(ours, theirs, moment, ready) {
    const lanes: Record<string, readonly Note[]> = {}
    let fellOut = 0
    for (const lane of LANES) {
      const [a, b] = [ours.lanes[lane], theirs.lanes[lane]]
      const all = lane === 'consents' ? mergeConsents(a, b) : [...a, ...b].sort(compareNotes)
      const kept = keptIn(lane, all, floorOf(moment, ready))
      lanes[lane] = kept.notes
      fellOut += kept.fellOut
    }
    const bounded = boundedCalls([...ours.calls, ...theirs.calls].sort(compareCalls))
    return {
      state: { lanes: lanes as Lanes, calls: bounded.calls },
      timers: [{ name: TIMER, due: dueOf(bounded.calls) }],
      fellOut: fellOut + bounded.fellOut,
    }
  },
}
