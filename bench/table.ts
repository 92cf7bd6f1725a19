/** Figures of several runs as a table: medians, and all values where they are to be seen. */
import type { Figures } from './judge.ts'

export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? 0
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2
}

export const perCpuSecond = ({ events, cpuS }: Figures): number => (cpuS === 0 ? 0 : events / cpuS)
const thousands = (value: number): string => `${Math.round(value / 1000)}k`

export interface Row {
  readonly title: string
  readonly engine: string
  /** Events before those that are measured. */
  readonly warmup: number
  readonly figures: readonly Figures[]
}

const COLUMNS = [
  'engine',
  'events / CPU-s',
  'runs',
  'us / event',
  'events / s',
  'cold events / CPU-s',
  'RSS, peak MB',
  'Redis MB',
  'broker, Redis us / event',
  'others, cores',
  'outputs',
] as const

const cells = ({ title, warmup, figures }: Row): readonly string[] => {
  const of = (pick: (one: Figures) => number): number => median(figures.map(pick))
  const wrong = figures.reduce((sum, { missing, unexpected }) => sum + missing + unexpected, 0)
  return [
    title,
    thousands(of(perCpuSecond)),
    figures.map((one) => thousands(perCpuSecond(one))).join(' '),
    of(({ cpuS, events }) => (cpuS / events) * 1e6).toFixed(1),
    thousands(of(({ events, seconds }) => events / seconds)),
    thousands(of(({ coldCpuS }) => (coldCpuS === 0 ? 0 : warmup / coldCpuS))),
    `${of(({ rssMb }) => rssMb).toFixed(0)}, ${of(({ peakMb }) => peakMb).toFixed(0)}`,
    of(({ redisMb }) => redisMb).toFixed(0),
    `${of(({ brokerCpuS, events }) => (brokerCpuS / events) * 1e6).toFixed(1)}, ${of(({ redisCpuS, events }) => (redisCpuS / events) * 1e6).toFixed(1)}`,
    of(({ foreignCpuS, seconds }) => foreignCpuS / seconds).toFixed(2),
    wrong === 0 ? 'exact' : `**${wrong} wrong**`,
  ]
}

export const tableOf = (rows: readonly Row[]): string => markdownTable(COLUMNS, rows.map(cells))

export function markdownTable(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (some: readonly string[]): string => `| ${some.join(' | ')} |`
  return [line(columns), line(columns.map(() => '---')), ...rows.map(line)].join('\n')
}

/** How one row stands to another in events per CPU second: of the medians, and least and most of the runs made in one round. */
export function ratioOf(one: Row, other: Row): string {
  const ratios = one.figures.map(
    (figures, i) => perCpuSecond(figures) / perCpuSecond(other.figures[i] as Figures),
  )
  const medians = [one, other].map(({ figures }) => median(figures.map(perCpuSecond)))
  const ratio = (medians[0] as number) / (medians[1] as number)
  const range = `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`
  return ratios.length === 1 ? ratio.toFixed(2) : `${ratio.toFixed(2)} (${range})`
}
