/** The config of `journey` against itself and the topology around it: who brings the types, where steps lead, what expressions may name. */
import { didYouMean } from '../../model/did-you-mean.ts'
import { constantProblems, expressionProblems, typeProblems } from '../../model/event-expressions.ts'
import { isEventType } from '../../model/event-types.ts'
import type { ConfigProblem, Wiring } from '../../model/operator.ts'
import { formatDuration } from '../../model/time.ts'
import type { JourneyConfig, JourneyStep } from './config.ts'
import { checkExpression, expressionsOf, templatesOf } from './expressions.ts'
import { isAnswer } from './prepare.ts'
import { kindsOf, loopWithoutWait, reached, STEP_KINDS, waysFrom } from './paths.ts'

type Problems = readonly ConfigProblem[]

const UNAVAILABLE: Readonly<Record<string, string>> = {
  trigger: 'a journey sees events, `key`, `entered` and `profile`',
}
/** Families of types that say what operators decided: nobody may pretend. */
const RESERVED = ['trigger', 'decision', 'identity', 'offer', 'journey', 'session']

export function journeyProblems(config: JourneyConfig, wiring: Wiring): Problems {
  const { steps } = config
  const ids = idProblems(config)
  // Ways of steps that do nothing, or two things, or have one name, lead to findings that nobody needs.
  const unclear = ids.length > 0 || steps.some((step) => kindsOf(step).length !== 1)
  const ways = unclear ? [] : wayProblems(config)
  return [
    ...steps.flatMap(kindProblems),
    ...ids,
    ...ways,
    ...typesProblems(config, wiring),
    ...problemsOfExpressions(config, wiring),
  ]
}

/** Each step does one thing, and says what belongs to that. */
function kindProblems(step: JourneyStep, i: number): Problems {
  const path = ['steps', i]
  const kinds = kindsOf(step)
  const [first, second] = kinds
  if (first === undefined) {
    const hint = `give it one of: ${STEP_KINDS.join(', ')}`
    return [{ path, code: 'missing-key', message: `step ${step.id} does nothing`, hint }]
  }
  if (second !== undefined) {
    const message = `step ${step.id} does two things, ${first} and ${second}`
    return [{ path: [...path, second], code: 'bad-value', message, hint: 'make two steps of it' }]
  }
  return [...waitProblems(step, path), ...branchProblems(step, path), ...onwardProblems(step, path, first)]
}

function waitProblems({ wait, emit }: JourneyStep, path: ConfigProblem['path']): Problems {
  if (emit !== undefined) return emitProblems(emit.type, [...path, 'emit', 'type'])
  if (wait === undefined) return []
  const at = [...path, 'wait']
  if (wait.for === undefined && wait.until === undefined) {
    const hint = 'say how long, such as "for: 2d", or "until" when'
    return [{ path: at, code: 'missing-key', message: 'it waits for nothing', hint }]
  }
  if (wait.for !== undefined && wait.until !== undefined) {
    const message = 'it waits for a span and until a moment'
    return [{ path: [...at, 'until'], code: 'bad-value', message, hint: 'keep one, or make two steps of it' }]
  }
  if (wait.minus === undefined || wait.until !== undefined) return []
  const message = '`minus` is taken from `until`, which is not there'
  return [{ path: [...at, 'minus'], code: 'bad-value', message, hint: 'say a shorter "for"' }]
}

function emitProblems(type: string, path: ConfigProblem['path']): Problems {
  if (!isEventType(type)) {
    const hint = 'lower-case words joined by dots, like visit.planned'
    return [{ path, code: 'bad-value', message: `${type} is no event type`, hint }]
  }
  const [family = ''] = type.split('.')
  if (!RESERVED.includes(family)) return []
  const message = `${type} is what an operator says of itself, and no event of yours`
  return [{ path, code: 'bad-value', message, hint: `choose a name that does not begin with "${family}."` }]
}

function branchProblems({ branch }: JourneyStep, path: ConfigProblem['path']): Problems {
  if (branch === undefined) return []
  const problems: ConfigProblem[] = []
  const open = branch.findIndex(({ when }) => when === undefined)
  const last = branch.length - 1
  if (open < 0) {
    const message = 'the last branch has a condition, so there may be no way on'
    const hint = 'add one without "when": "{ go: STEP }" is where all others go'
    problems.push({ path: [...path, 'branch', last, 'when'], code: 'bad-value', message, hint })
  } else if (open < last) {
    const message = 'it is never asked: the branch before it has no condition'
    const hint = 'put the branch without "when" last'
    const at = [...path, 'branch', open + 1]
    problems.push({ path: at, code: 'unreachable', level: 'warning', message, hint })
  }
  return problems
}

/** `then`, `else` and `go`, where the step has such a way. */
function onwardProblems(step: JourneyStep, path: ConfigProblem['path'], kind: string): Problems {
  const problems: ConfigProblem[] = []
  const refuse = (key: 'then' | 'else' | 'go', message: string, hint: string): void => {
    if (step[key] !== undefined) problems.push({ path: [...path, key], code: 'bad-value', message, hint })
  }
  if (kind !== 'waitFor') refuse('else', `${kind} has no else`, 'only waitFor has one')
  else if (step.waitFor?.within === undefined)
    refuse('else', 'it waits as long as it takes, so there is no else', 'say how long with "within"')
  if (kind === 'end') refuse('then', 'nothing follows the end', 'take it out')
  if (kind === 'end') refuse('go', 'nothing follows the end', 'take it out')
  if (kind === 'branch') refuse('then', 'a branch says itself where it goes', 'use "go" in each branch')
  if (kind === 'branch') refuse('go', 'a branch says itself where it goes', 'use "go" in each branch')
  if (step.then !== undefined) refuse('go', 'it says `then` already', 'keep one of the two')
  return problems
}

function idProblems({ steps }: JourneyConfig): Problems {
  const seen = new Set<string>()
  return steps.flatMap(({ id }, i): Problems => {
    const again = seen.has(id)
    seen.add(id)
    if (!again) return []
    const message = `there is a step ${id} already`
    return [
      { path: ['steps', i, 'id'], code: 'duplicate-id', message, hint: 'give each step an id of its own' },
    ]
  })
}

function wayProblems(config: JourneyConfig): Problems {
  const { steps } = config
  const ids = steps.map(({ id }) => id)
  const missing = steps.flatMap((_step, i) =>
    waysFrom(config, i).flatMap(({ to, named }): Problems => {
      if (to === undefined || named === undefined || ids.includes(to)) return []
      const near = didYouMean(to, ids)
      const hint = near === undefined ? `steps are: ${ids.join(', ')}` : `did you mean ${near}?`
      return [{ path: ['steps', i, ...named], code: 'unknown-id', message: `there is no step ${to}`, hint }]
    }),
  )
  if (missing.length > 0) return missing
  return [...loopProblems(config), ...reachProblems(config)]
}

function loopProblems(config: JourneyConfig): Problems {
  const loop = loopWithoutWait(config)
  if (loop === undefined) return []
  const path = ['steps', config.steps.findIndex(({ id }) => id === loop[0]), 'id']
  const message = `it goes in a circle without a wait: ${loop.join(' -> ')}`
  const hint = 'put a "wait: { for: ... }" or a waitFor into it; a wait for a date does not hold twice'
  return [{ path, code: 'cycle', message, hint }]
}

/** Of steps that hang together the first alone: with that the others are mended too. */
function reachProblems(config: JourneyConfig): Problems {
  const { steps, for: forMs = Number.POSITIVE_INFINITY } = config
  const least = reached(config)
  const problems: ConfigProblem[] = []
  const said = new Set<string>()
  for (const [i, { id, waitFor }] of steps.entries()) {
    const at = least.get(id)
    const path = ['steps', i, 'id']
    if (at === undefined && !said.has(id)) {
      const message = `no way leads to step ${id}`
      const hint = 'name it in a "then", "else" or "go", or take it out'
      problems.push({ path, code: 'unreachable', level: 'warning', message, hint })
      for (const behind of reached(config, id).keys()) said.add(behind)
    }
    if (waitFor !== undefined && isAnswer(waitFor.type) && at !== undefined && !firesBefore(config, id)) {
      const message = `no trigger comes before it, so there is no offer that ${waitFor.type} could answer`
      const hint = 'put a step with "trigger: true" before it'
      const place = ['steps', i, 'waitFor', 'type']
      problems.push({ path: place, code: 'no-input', level: 'warning', message, hint })
    }
  }
  const [id, at] = [...least].filter(([, ms]) => ms >= forMs).sort((a, b) => a[1] - b[1])[0] ?? []
  if (id === undefined || at === undefined) return problems
  const message = `step ${id} is reached after ${formatDuration(at)} at the earliest, when the journey is over`
  const hint = `make "for" longer than ${formatDuration(at)}, or the waits before it shorter`
  return [...problems, { path: ['for'], code: 'unreachable', level: 'warning', message, hint }]
}

/** Whether a way leads to a step from one that fires. */
const firesBefore = (config: JourneyConfig, id: string): boolean =>
  config.steps.some((step) => step.trigger === true && step.id !== id && reached(config, step.id).has(id))

function typesProblems({ enter, exit, steps }: JourneyConfig, wiring: Wiring): Problems {
  return [
    ...typeProblems(enter.type, ['enter', 'type'], wiring),
    ...exit.flatMap(({ type }, i) => typeProblems(type, ['exit', i, 'type'], wiring)),
    ...steps.flatMap(({ waitFor }, i) =>
      waitFor === undefined ? [] : typeProblems(waitFor.type, ['steps', i, 'waitFor', 'type'], wiring),
    ),
  ]
}

function problemsOfExpressions(config: JourneyConfig, wiring: Wiring): Problems {
  const options = { unavailable: UNAVAILABLE, profile: wiring.profile }
  const emitted = templatesOf(config, wiring, options).flatMap(({ problems }) => problems)
  const others = expressionsOf(config, wiring).flatMap((expression): Problems => {
    const checked = checkExpression(expression, options)
    if (!checked.ok) return expressionProblems(checked, expression.path, expression.kind)
    const { text, kind, variables, path } = expression
    return kind === 'condition' ? constantProblems(text, variables, path) : []
  })
  return [...others, ...emitted]
}
