/**
 * Expressions over an event (`where`, `key`, `when`): what they may name, what is wrong with them, and how an event is put before them.
 * For every operator whose config names types of events, so that one word means one thing in all of them.
 *
 * `event` is the data with `type`, `time`, `id`, `source` and `context` (fine print X8), `profile` and `world` what is known of the person and
 * of the world as of the event.
 */
import type { ConditionProblem, FieldsRead } from './condition.ts'
import { constantOf } from './constant-condition.ts'
import { didYouMean } from './did-you-mean.ts'
import { fieldOf, type StreamEvent } from './event.ts'
import { EVENT_TYPES, type FieldTypes, isEventType } from './event-types.ts'
import type { Known } from './known.ts'
import type { ConfigProblem, Upstream, Wiring } from './operator.ts'
import type { EpochMs } from './time.ts'
import { WORLD_VARIABLE } from './world.ts'

type Path = ConfigProblem['path']

/** What every event has beside its data. */
const ENVELOPE_FIELDS: FieldTypes = { type: 'text', time: 'time', id: 'text', source: 'text', context: 'any' }

const isGate = ({ type }: Upstream): boolean => type === 'identity'

/**
 * Fields of the data of one type, from all that bring it; undefined: nobody knows them. So it is with a business's own, and with what
 * nobody brings: of that one finding is enough.
 */
function dataOf(type: string, { upstream }: Wiring): FieldTypes | undefined {
  const fields: FieldTypes[] = []
  for (const above of upstream) {
    if (!isGate(above)) {
      if (above.emits.includes(type)) fields.push(above.fields)
      continue
    }
    const known = EVENT_TYPES.get(type)
    if (known === undefined) return undefined
    fields.push(known.fields)
  }
  return fields.length === 0 ? undefined : (Object.assign({}, ...fields) as FieldTypes)
}

/** The variables of an expression that is asked of events of these types. */
export function eventVariables(types: readonly string[], wiring: Wiring): FieldTypes {
  const each = types.map((type) => dataOf(type, wiring))
  const fields = Object.assign({}, ...each, ENVELOPE_FIELDS) as FieldTypes
  return { event: each.includes(undefined) ? 'any' : { fields }, ...knownVariables(wiring) }
}

/** The variables that every condition has: what may be known of the person, and of the world if somebody brings facts of it. */
export function knownVariables({ profile, world }: Pick<Wiring, 'profile' | 'world'>): FieldTypes {
  const known = { profile: { fields: profile.told } }
  return world ? { ...known, world: WORLD_VARIABLE } : known
}

/** What is wrong with a type that a config names. */
export function typeProblems(
  type: string,
  path: Path,
  { upstream, sourceTypes }: Wiring,
): readonly ConfigProblem[] {
  if (!isEventType(type)) {
    const hint = 'lower-case words joined by dots, like product.viewed'
    return [{ path, code: 'bad-value', message: `${type} is no event type`, hint }]
  }
  if (upstream.some((above) => !isGate(above) && above.emits.includes(type))) return []
  const gate = upstream.find(isGate)
  if (gate !== undefined && EVENT_TYPES.get(type)?.world === true) {
    const message = `${type} is a fact of the world and no person's`
    return [{ path, code: 'no-input', message, hint: 'name a type that people do' }]
  }
  if (gate !== undefined && (sourceTypes === undefined || sourceTypes.includes(type))) {
    const near = EVENT_TYPES.has(type) ? undefined : didYouMean(type, EVENT_TYPES.keys())
    if (near === undefined) return []
    const message = `${type} is no type of the contract`
    return [{ path, code: 'unknown-type', level: 'warning', message, hint: `did you mean ${near}?` }]
  }
  const brought = upstream.flatMap((above) => (isGate(above) ? (sourceTypes ?? []) : above.emits))
  const near = didYouMean(type, brought)
  const otherwise =
    gate === undefined
      ? 'name who emits it in `from`; identity brings the types of sources'
      : 'add it to the types of a source, or name the operator that emits it in `from`'
  return [
    {
      path,
      code: 'no-input',
      message: `nobody in \`from\` brings ${type}`,
      hint: near === undefined ? otherwise : `did you mean ${near}?`,
    },
  ]
}

/** One of each mistake. `what`: the condition, the key. */
export function expressionProblems(
  problem: ConditionProblem,
  path: Path,
  what: string,
): readonly ConfigProblem[] {
  return [problem, ...problem.others].map(({ code, message, hint, line, column }) => ({
    path,
    code,
    message: `${message} (line ${line}, column ${column} of the ${what})`,
    hint,
  }))
}

/** A condition that is always true, or always false, asks nothing. */
export function constantProblems(
  text: string | undefined,
  variables: FieldTypes,
  path: Path,
): readonly ConfigProblem[] {
  const always = text === undefined ? undefined : constantOf(text, variables)
  if (always === undefined) return []
  const message = `the condition is always ${always ? 'true' : 'false'}, whatever comes`
  const hint = always ? 'leave it out' : 'ask for something that can be, or leave out what hangs on it'
  return [{ path, code: 'constant-condition', level: 'warning', message, hint }]
}

export type Variables = Readonly<Record<string, unknown>>

const NOTHING: Variables = {}
const ENVELOPE: Readonly<Record<string, (event: StreamEvent) => unknown>> = {
  type: ({ type }) => type,
  time: ({ time }) => time,
  id: ({ id }) => id,
  source: ({ source }) => source,
  context: ({ context }) => context,
}

/** What an expression sees of an event: those of its fields that it reads, so that the others stay undecoded. */
export function eventView(fields: FieldsRead): (event: StreamEvent, known: Known) => Variables {
  const eventOf = eventFieldsOf(fields.get('event'))
  const profile = fields.has('profile')
  const world = fields.has('world')
  if (!profile && !world) {
    if (eventOf === undefined) return () => NOTHING
    return (event) => ({ event: eventOf(event) })
  }
  return (event, known) => ({
    event: eventOf?.(event),
    profile: profile ? known.profile(event.time) : undefined,
    world: world ? known.world(event.time) : undefined,
  })
}

function eventFieldsOf(
  read: ReadonlySet<string> | 'all' | undefined,
): ((event: StreamEvent) => Variables) | undefined {
  if (read === undefined) return undefined
  if (read === 'all')
    return ({ data, type, time, id, source, context }) => ({ ...data, type, time, id, source, context })
  const names = [...read]
  return (event) => {
    const view: Record<string, unknown> = {}
    for (const name of names)
      view[name] = Object.hasOwn(ENVELOPE, name) ? ENVELOPE[name]?.(event) : fieldOf(event, name)
    return view
  }
}

/** Of no event: what is asked of it is its time alone. */
const NO_EVENT: StreamEvent = {
  id: '',
  source: '',
  type: '',
  time: 0,
  person: '',
  channel: undefined,
  context: undefined,
  data: {},
  late: false,
  attached: [],
  shared: false,
  cause: undefined,
}

/** What an expression sees that is about no event: what is known as of a time. */
export function knownView(fields: FieldsRead): (at: EpochMs, known: Known) => Variables {
  const view = eventView(fields)
  return (at, known) => view({ ...NO_EVENT, time: at }, known)
}
