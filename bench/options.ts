/** The command line of the bench. */
import { parseArgs } from 'node:util'
import { ENGINES, type EngineName } from './engines/by-name.ts'
import type { Settings } from './judge.ts'

export interface Options {
  readonly settings: Settings
  readonly runs: number
  readonly quick: boolean
  /** Undefined: those of the measure. */
  readonly engines: readonly EngineName[] | undefined
  /** A path or a version; undefined: this very Node. */
  readonly node: string | undefined
  /** In order. */
  readonly measures: readonly string[]
  /** People of measures that ask how many there are. */
  readonly people: number
  /** Events a second of measures that go on live; undefined: found out first. */
  readonly rate: number | undefined
  /** Events of a backlog. */
  readonly backlog: number
  /** For how long it goes on live. */
  readonly seconds: number
  /** Whether what is found goes into `docs/performance.md`. */
  readonly write: boolean
  readonly verbose: boolean
}

const QUICK = { runs: 1, events: 150_000, people: 50_000, backlog: 400_000, seconds: 10 } as const
const WHOLE = { runs: 5, events: 1_000_000, people: 1_000_000, backlog: 10_000_000, seconds: 60 } as const

export const usageOf = (
  measures: readonly string[],
): string => `usage: npm run bench -- [--quick] [--measure NAME,NAME] [--runs 5] [--engines NAME,NAME] [--node PATH|VERSION] [--print]
  [--events 1000000] [--warmup 1000000] [--users 10000] [--partitions 4] [--processes 1] [--commit 100] [--seed 1]
  [--people 1000000] [--backlog 10000000] [--rate EVENTS] [--seconds 60] [--verbose]
measures: ${measures.join(', ')}
engines: ${ENGINES.join(', ')}
`

const number = (text: string | undefined, otherwise: number): number =>
  text === undefined ? otherwise : Number(text)

/** Undefined: they cannot be understood. */
export function readOptions(args: readonly string[], measures: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      print: { type: 'boolean', default: false },
      verbose: { type: 'boolean', default: false },
      measure: { type: 'string', default: 'job' },
      engines: { type: 'string' },
      node: { type: 'string' },
      runs: { type: 'string' },
      events: { type: 'string' },
      warmup: { type: 'string' },
      users: { type: 'string' },
      partitions: { type: 'string' },
      processes: { type: 'string' },
      commit: { type: 'string' },
      seed: { type: 'string' },
      people: { type: 'string' },
      backlog: { type: 'string' },
      rate: { type: 'string' },
      seconds: { type: 'string' },
    },
  })
  const size = values.quick ? QUICK : WHOLE
  const events = number(values.events, size.events)
  const options: Options = {
    settings: {
      events,
      warmup: number(values.warmup, events),
      users: number(values.users, 10_000),
      idlePeople: 0,
      partitions: number(values.partitions, 4),
      seed: number(values.seed, 1),
      commitMs: number(values.commit, 100),
      processes: number(values.processes, 1),
    },
    runs: number(values.runs, size.runs),
    quick: values.quick,
    engines: values.engines?.split(',') as readonly EngineName[] | undefined,
    node: values.node,
    measures: values.measure.split(','),
    people: number(values.people, size.people),
    rate: values.rate === undefined ? undefined : Number(values.rate),
    backlog: number(values.backlog, size.backlog),
    seconds: number(values.seconds, size.seconds),
    write: !values.quick && !values.print,
    verbose: values.verbose,
  }
  return isSound(options, measures) ? options : undefined
}

function isSound(options: Options, measures: readonly string[]): boolean {
  const { settings, runs, people, rate, backlog, seconds, engines } = options
  const numbers = [...Object.values(settings), runs, people, rate ?? 1, backlog, seconds]
  return (
    numbers.every((value) => Number.isInteger(value) && value >= 0) &&
    runs >= 1 &&
    settings.partitions >= 1 &&
    options.measures.every((name) => measures.includes(name)) &&
    (engines ?? []).every((name) => ENGINES.includes(name))
  )
}
