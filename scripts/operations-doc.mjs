/**
 * Writes the tables of docs/operations.md: topics from what a topology needs, metrics from their registry, alerts from their rules. The
 * text around them is written by hand.
 *
 *     npm run build && node scripts/operations-doc.mjs
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parse } from 'yaml'

const GROUPS = {
  input: 'Input',
  time: 'Event time',
  commits: 'Commits',
  tasks: 'Tasks',
  group: 'Group',
  store: 'State store',
  people: 'People',
  offers: 'Triggers and offers',
  business: 'Business',
  process: 'Process',
}

const HOUR_MS = 3_600_000
const MIB = 1 << 20

const cell = (text) => String(text).replaceAll('|', '\\|')
const code = (text) => `\`${text}\``
const table = (heads, rows) =>
  [heads, heads.map(() => '---'), ...rows].map((row) => `| ${row.map(cell).join(' | ')} |\n`).join('')

function metricsTables(metrics) {
  const all = Object.values(metrics)
  return Object.entries(GROUPS)
    .map(([group, title]) => {
      const rows = all
        .filter((metric) => metric.group === group)
        .map(({ name, type, labels, help }) => [code(name), type, labels.map(code).join(' '), help])
      return `**${title}**\n\n${table(['metric', 'type', 'labels', 'meaning'], rows)}`
    })
    .join('\n')
}

function alertsTable(text) {
  const { groups } = parse(text)
  const rows = groups.flatMap(({ rules }) =>
    rules.map(({ alert, labels, for: duration, annotations }) => [
      code(alert),
      `${labels.severity}${duration === undefined ? '' : `, after ${duration}`}`,
      annotations.runbook,
    ]),
  )
  return table(['alert', 'urgency', 'what to do'], rows)
}

function topicsTable(needs) {
  const rows = needs.map(
    ({
      topic,
      roles,
      exact,
      partitions,
      cleanup,
      retentionMs,
      retentionMsMost,
      deleteRetentionMs,
      recordBytesMax,
      recordBytesLeast,
    }) => [
      code(topic),
      roles.join(', '),
      exact ? partitions : 'any number',
      cleanup ?? '',
      [
        retentionMs === undefined ? '' : `\`retention.ms\` ${retentionMs / HOUR_MS} h or more`,
        retentionMsMost === undefined ? '' : `\`retention.ms\` ${retentionMsMost / HOUR_MS} h or less`,
        deleteRetentionMs === undefined
          ? ''
          : `\`delete.retention.ms\` ${deleteRetentionMs / HOUR_MS} h or more`,
        recordBytesMax === undefined
          ? ''
          : `\`max.message.bytes\` ${(recordBytesLeast ?? recordBytesMax) / MIB} MiB`,
      ]
        .filter((text) => text !== '')
        .join(', '),
    ],
  )
  return table(['topic', 'for', 'partitions', 'cleanup', 'must have'], rows)
}

/** The document with its tables made anew. `needs`: the topics of `topologies/shop.yaml`. */
export function operationsDocument(text, { metrics, alerts, needs }) {
  const tables = { topics: topicsTable(needs), metrics: metricsTables(metrics), alerts: alertsTable(alerts) }
  return Object.entries(tables).reduce((whole, [name, made]) => {
    const [begin, end] = [`<!-- ${name}: generated -->\n`, `<!-- ${name}: end -->`]
    const from = whole.indexOf(begin)
    const to = whole.indexOf(end)
    if (from < 0 || to < from) throw new Error(`the document has no place for ${name}`)
    return `${whole.slice(0, from + begin.length)}\n${made}\n${whole.slice(to)}`
  }, text)
}

async function main() {
  const built = (path) => import(new URL(`../dist/${path}`, import.meta.url).href)
  const file = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url))
  const { METRICS } = await built('adapters/prometheus/metrics.js')
  const { topicsNeeded } = await built('topology/topics-needed.js')
  const { compile, idKeyOf, parseTopology } = await built('index.js')
  const text = readFileSync(file('topologies/shop.yaml'), 'utf8')
  const plan = compile(parseTopology({ file: 'shop.yaml', text }), { key: idKeyOf('any') })
  const needs = topicsNeeded(plan, { app: 'shopkeeper', partitionsOf: () => undefined, partitions: 4 })
  const alerts = readFileSync(file('operations/alerts.yml'), 'utf8')
  const target = file('docs/operations.md')
  writeFileSync(target, operationsDocument(readFileSync(target, 'utf8'), { metrics: METRICS, alerts, needs }))
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) await main()
