/**
 * PromQL from entries of the metric registry, so that no panel can name a metric or a label that does not exist.
 *
 * Every query is of the topology and the instances that the dashboard's variables choose.
 */

/** Labels that every series has: of the program, and of Prometheus. */
const EVERYWHERE = ['topology', 'instance']
const CHOSEN = ['topology="$topology"', 'instance=~"$instance"']

function check(metric, wanted) {
  if (metric === undefined) throw new Error('a panel asks for a metric that the registry does not have')
  const has = [...metric.labels, ...EVERYWHERE]
  const missing = wanted.filter((label) => !has.includes(label))
  if (missing.length > 0)
    throw new Error(`${metric.name} has no label ${missing.join(', ')}; it has ${has.join(', ')}`)
}

/** The series of a metric. `match`: matchers by label, as `{ state: '="running"' }`. */
export function series(metric, match = {}, suffix = '') {
  check(metric, Object.keys(match))
  const matchers = [...CHOSEN, ...Object.entries(match).map(([label, matcher]) => label + matcher)]
  return `${metric.name}${suffix}{${matchers.join(', ')}}`
}

const aggregate =
  (how) =>
  (metric, { by = [], match } = {}) => {
    check(metric, by)
    return `${how}${by.length > 0 ? ` by (${by.join(', ')})` : ''} (${series(metric, match)})`
  }

export const sum = aggregate('sum')
export const max = aggregate('max')
export const min = aggregate('min')

function rise(fn, metric, { by = [], match, window = '$__rate_interval' } = {}) {
  check(metric, by)
  if (metric.type === 'gauge') throw new Error(`${metric.name} is a gauge: it has no rate`)
  return `sum${by.length > 0 ? ` by (${by.join(', ')})` : ''} (${fn}(${series(metric, match)}[${window}]))`
}

/** Per second. */
export const rate = (metric, options) => rise('rate', metric, options)
/** Over a window. */
export const increase = (metric, options) => rise('increase', metric, options)

/** `q`: 0.99. */
export function quantile(q, metric, { by = [], match } = {}) {
  check(metric, by)
  if (metric.type !== 'histogram') throw new Error(`${metric.name} is no histogram`)
  return `histogram_quantile(${q}, sum by (${[...by, 'le'].join(', ')}) (rate(${series(metric, match, '_bucket')}[$__rate_interval])))`
}

/** What a histogram's observations add up to, per second. */
export function rateOfSum(metric, { by = [] } = {}) {
  check(metric, by)
  if (metric.type !== 'histogram') throw new Error(`${metric.name} is no histogram`)
  return `sum by (${by.join(', ')}) (rate(${series(metric, {}, '_sum')}[$__rate_interval]))`
}
