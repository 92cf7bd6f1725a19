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

const cells = ({ title, figures }: Row, warmup: number): readonly string[] => {
  const of = (pick: (one: Figures) => number): number => median(figures.map(pick))
  const wrong = figures.reduce((sum, { missing, unexpected }) => sum + missing + unexpected, 0)
  return [
    title,
    thousands(of(perCpuSecond)),
    figures.map((one) => thousands(perCpuSecond(one))).join(' '),
    of(({ cpuS, events }) => (cpuS / events) * 1e6).toFixed(1),
    thousands(of(({ events, seconds }) => events / seconds)),
    thousands(of(({ coldCpuS }) => (coldCpuS === 0 ? 0 : warmup / coldCpuS))),
    `${of(({ rssMb }) => rssMb)}, ${of(({ peakMb }) => peakMb)}`,
    of(({ redisMb }) => redisMb).toFixed(0),
    `${of(({ brokerCpuS, events }) => (brokerCpuS / events) * 1e6).toFixed(1)}, ${of(({ redisCpuS, events }) => (redisCpuS / events) * 1e6).toFixed(1)}`,
    of(({ foreignCpuS, seconds }) => foreignCpuS / seconds).toFixed(2),
    wrong === 0 ? 'exact' : `**${wrong} wrong**`,
  ]
}

/** In Markdown. */
export function tableOf(rows: readonly Row[], warmup: number): string {
  const line = (some: readonly string[]): string => `| ${some.join(' | ')} |`
  return [
    line(COLUMNS),
    line(COLUMNS.map(() => '---')),
    ...rows.filter(({ figures }) => figures.length > 0).map((row) => line(cells(row, warmup))),
  ].join('\n')
}
