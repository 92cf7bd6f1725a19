/** The config of `pattern` against the topology around it: who brings the types, and what the expressions may name. */
import { checkCondition, checkKey } from '../../model/condition.ts'
import {
  constantProblems,
  eventVariables,
  expressionProblems,
  typeProblems,
} from '../../model/event-expressions.ts'
import { PATTERN_EVENTS_PER_MATCH_MAX } from '../../model/limits.ts'
import type { ConfigProblem, Wiring } from '../../model/operator.ts'
import { formatDuration } from '../../model/time.ts'
import type { PatternConfig } from './config.ts'

type Path = ConfigProblem['path']

const UNAVAILABLE: Readonly<Record<string, string>> = {
  trigger: 'a pattern sees events alone, as `event`',
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
  const options = { unavailable: UNAVAILABLE, profile: wiring.profile }
  const problems = types.flatMap(({ type, path }) => typeProblems(type, path, wiring))
  const conditions = [
    ...steps.map(({ type, where }, i) => ({ type, where, path: ['steps', i, 'where'] })),
    { type: unless?.type ?? '', where: unless?.where, path: ['unless', 'where'] },
  ]
  for (const { type, where, path } of conditions) {
    if (where === undefined) continue
    const variables = eventVariables([type], wiring)
    const checked = checkCondition(where, variables, options)
    if (!checked.ok) problems.push(...expressionProblems(checked, path, 'condition'))
    else problems.push(...constantProblems(where, variables, path))
  }
  if (key !== undefined) {
    // One field may be known of some types only: events of the others have no key, and are skipped.
    const variables = eventVariables(
      types.map(({ type }) => type),
      wiring,
    )
    const checked = checkKey(key, variables, options)
    if (!checked.ok) problems.push(...expressionProblems(checked, ['key'], 'key'))
  }
  return [...problems, ...matchProblems(config), ...idleProblems(config)]
}

/** What could be left out. */
function idleProblems({ steps, within, unless, once }: PatternConfig): readonly ConfigProblem[] {
  const problems: ConfigProblem[] = []
  const events = steps.reduce((sum, { times }) => sum + times, 0)
  if (events === 1 && within !== undefined) {
    const message = 'a match is one event, so there is nothing that could take too long'
    problems.push({ path: ['within'], code: 'no-effect', level: 'warning', message, hint: 'leave it out' })
  }
  const last = steps.at(-1)
  const spaced = unless !== undefined && unless.where === undefined && unless.type === last?.type
  if (spaced && once !== undefined && once <= unless.within) {
    const message = `two firings are never closer than ${formatDuration(unless.within)}: each needs that long without ${unless.type}`
    const hint = 'leave it out, or make it longer'
    problems.push({ path: ['once'], code: 'no-effect', level: 'warning', message, hint })
  }
  return problems
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
