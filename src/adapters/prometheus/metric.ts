/** One metric as data: what it counts, and how it is exposed. The list of all is `metrics.ts`. */
export type MetricType = 'counter' | 'gauge' | 'histogram'

/** What a table or a row of panels shows together. */
export type MetricGroup =
  | 'input'
  | 'time'
  | 'commits'
  | 'tasks'
  | 'group'
  | 'store'
  | 'people'
  | 'offers'
  | 'business'
  | 'process'

/** `flag`: 1 where it holds, else 0. */
export type MetricUnit = 'seconds' | 'bytes' | 'count' | 'flag'

export interface Metric<Label extends string = string> {
  /** As it is exposed. */
  readonly name: string
  readonly type: MetricType
  readonly unit: MetricUnit
  readonly labels: readonly Label[]
  readonly group: MetricGroup
  /** One sentence. */
  readonly help: string
}

const PREFIX = 'shopkeeper_'

export const of =
  (type: MetricType, prefix: string) =>
  <const Label extends string = never>(
    group: MetricGroup,
    name: string,
    unit: MetricUnit,
    labels: readonly Label[],
    help: string,
  ): Metric<Label> => ({ name: prefix + name, type, unit, labels, group, help })

export const counter = of('counter', PREFIX)
export const gauge = of('gauge', PREFIX)
export const histogram = of('histogram', PREFIX)

/** Whether the program fills it itself; the others are prom-client's. */
export const isOwn = ({ name }: Metric): boolean => name.startsWith(PREFIX)
