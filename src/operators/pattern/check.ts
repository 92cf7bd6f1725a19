/** The config of `pattern` against the topology around it: who brings the types, and what the expressions may name. */
import { checkCondition, checkKey, type ConditionProblem } from '../../model/condition.ts'
import { didYouMean } from '../../model/did-you-mean.ts'
import { EVENT_TYPES, type FieldTypes, isEventType } from '../../model/event-types.ts'
import { PATTERN_EVENTS_PER_MATCH_MAX } from '../../model/limits.ts'
import type { ConfigProblem, Upstream, Wiring } from '../../model/operator.ts'
import type { PatternConfig } from './config.ts'

type Path = ConfigProblem['path']

/** What every event has beside its data. */
const ENVELOPE: FieldTypes = { type: 'text', time: 'time', id: 'text', source: 'text', context: 'any' }
export const UNAVAILABLE: Readonly<Record<string, string>> = {
  world: 'it needs facts of the world, which no pattern can ask yet',
  profile: 'a pattern sees events alone',
  trigger: 'a pattern sees events alone, as `event`',
}

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

/** What `event` is in an expression that is asked of events of these types. */
export function variablesOf(types: readonly string[], wiring: Wiring): FieldTypes {
  const each = types.map((type) => dataOf(type, wiring))
  if (each.includes(undefined)) return { event: 'any' }
  return { event: { fields: Object.assign({}, ...each, ENVELOPE) as FieldTypes } }
}

/** Types that the config names, each with its place. */
function namedTypes({
  steps,
  unless,
}: PatternConfig): readonly { readonly type: string; readonly path: Path }[] {
  const named = steps.map(({ type }, i) => ({ type, path: ['steps', i, 'type'] }))
  return unless === undefined ? named : [...named, { type: unless.type, path: ['unless', 'type'] }]
}

export function patternProblems(config: PatternConfig, wiring: Wiring): readonly ConfigProblem[] {
  const { steps, unless, key } = config
  const types = namedTypes(config)
  const problems = types.flatMap(({ type, path }) => typeProblems(type, path, wiring))
  const conditions = [
    ...steps.map(({ type, where }, i) => ({ type, where, path: ['steps', i, 'where'] })),
    { type: unless?.type ?? '', where: unless?.where, path: ['unless', 'where'] },
  ]
  for (const { type, where, path } of conditions) {
    if (where === undefined) continue
    const checked = checkCondition(where, variablesOf([type], wiring), { unavailable: UNAVAILABLE })
    if (!checked.ok) problems.push(expressionProblem(checked, path, 'condition'))
  }
  if (key !== undefined) {
    // One field may be known of some types only: events of the others have no key, and are skipped.
    const variables = variablesOf(
      types.map(({ type }) => type),
      wiring,
    )
    const checked = checkKey(key, variables, { unavailable: UNAVAILABLE })
    if (!checked.ok) problems.push(expressionProblem(checked, ['key'], 'key'))
  }
  return [...problems, ...matchProblems(config)]
}

function typeProblems(type: string, path: Path, { upstream, sourceTypes }: Wiring): ConfigProblem[] {
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

function expressionProblem(
  { code, message, hint, line, column }: ConditionProblem,
  path: Path,
  what: string,
): ConfigProblem {
  return { path, code, message: `${message} (line ${line}, column ${column} of the ${what})`, hint }
}

/** What no match could be made of. */
function matchProblems({ steps, within, unless, decide }: PatternConfig): readonly ConfigProblem[] {
  const problems: ConfigProblem[] = []
  const events = steps.reduce((sum, { times }) => sum + times, 0)
  if (events > PATTERN_EVENTS_PER_MATCH_MAX) {
    const message = `a match would be of ${events} events; at most ${PATTERN_EVENTS_PER_MATCH_MAX}`
    problems.push({ path: ['steps'], code: 'bad-value', message, hint: 'ask for fewer with `times`' })
  }
  if (events > 1 && within === undefined) {
    const message = 'a match of several events needs `within`'
    const hint = 'say how long it may take from the first to the last, such as "within: 10m"'
    problems.push({ path: [], code: 'missing-key', message, hint })
  }
  if (unless !== undefined && decide === 'at-once') {
    const message = 'what must stay away afterwards cannot be known at once'
    problems.push({ path: ['decide'], code: 'bad-value', message, hint: 'take out `decide`, or `unless`' })
  }
  return problems
}
