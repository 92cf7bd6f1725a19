/**
 * The product's output against the oracle's, as multisets: people by label, derived ids left out, but checked to be unique and to
 * belong together. Not compared, since the contracts leave it open: fallback channels, recipients, the order of records, how a
 * merge of several people is split into records, details in words.
 */
import { formatTime, parseTime } from '../../src/model/time.ts'
import type { OutputRecord } from './oracle.ts'
import { type Json, listOf, objectOf, settingsOf, type Settings, textOf } from './oracle/settings.ts'
import { dataOf, identifierTexts, mapPeople, personOf, typeOf } from './people-map.ts'

const SHOWN_MAX = 10

const TIME_FIELD = /(_at|^time|_until|_since|^watermark)$/

/** Objects by sorted keys, without what is null; lists of texts sorted; times in one form. */
function canonical(value: unknown, field = ''): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => JSON.stringify(canonical(item)))
    return items.sort((a, b) => (a < b ? -1 : 1))
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, v]) => v !== null && v !== undefined)
    entries.sort(([a], [b]) => (a < b ? -1 : 1))
    return Object.fromEntries(entries.map(([k, v]) => [k, canonical(v, k)]))
  }
  const at = TIME_FIELD.test(field) ? parseTime(value) : undefined
  if (at !== undefined) return formatTime(at)
  return typeof value === 'number' ? Math.round(value * 1e6) / 1e6 : value
}

const only = (data: Json, fields: readonly string[]): Json =>
  Object.fromEntries(fields.map((field) => [field, data[field]]))

const FIELDS: Readonly<Record<string, readonly string[]>> = {
  'session.closed': [
    'started_at',
    'ended_at',
    'events',
    'types',
    'channels',
    'pages',
    'products',
    'cart_value',
    'order_total',
    'currency',
    'converted',
  ],
  'trigger.fired': [
    'trigger',
    'instance',
    'phase',
    'late_minutes',
    'eta_at',
    'scheduled_arrival_at',
    'lines',
    'value',
    'currency',
    'idle_since',
    'step',
    'matched',
    'kind',
    'price',
    'price_before',
    'saved_at',
  ],
  'trigger.retracted': ['trigger', 'instance', 'reason'],
  'zone.entered': ['place_id', 'zone_id', 'kind'],
  'zone.left': ['place_id', 'zone_id', 'kind', 'dwell_seconds'],
  'order.attributed': [
    'order_id',
    'channel',
    'total',
    'currency',
    'how',
    'online_influenced',
    'touchpoints',
    'shares',
  ],
  'brief.prepared': [
    'on',
    'withheld',
    'interests',
    'open_cart',
    'bought',
    'mood',
    'sentiment',
    'tribe',
    'traits',
    'preferred_channel',
    'preferred_hours',
    'warmth',
    'warmth_reasons',
    'consent',
    'consent_words',
  ],
  'deal.lost': ['deal_id', 'channel', 'value', 'currency', 'how'],
  'encounter.recorded': ['channel', 'kind', 'quality'],
  'lead.warmed': ['warmth', 'reasons'],
  'segment.entered': ['segment'],
  'segment.left': ['segment'],
  'journey.entered': ['instance'],
  'journey.ended': ['instance', 'outcome', 'steps', 'took_seconds'],
  'path.noted': ['instance', 'what', 'quantity'],
  'offer.emitted': ['offer', 'channel', 'priority', 'expires_at', 'caps', 'gift'],
}

/** Told by the identities topic, beside who is who. */
const ERASED = 'person.erased'

interface Reading {
  readonly settings: Settings
  readonly label: (id: string) => string
  readonly records: readonly OutputRecord[]
}

/** What a pattern matched: of an emission the id is derived, and none of the oracle's. */
const matchedOf = (data: Json): Json => {
  if (!Array.isArray(data['matched'])) return {}
  const texts = listOf(data['matched']).map((entry) => {
    const { id, type, time } = objectOf(entry)
    return `${String(time)} ${String(type)}${/^e\d+$/.test(String(id)) ? ` ${String(id)}` : ''}`
  })
  return { matched: texts }
}

/** Of what a brief tells: without words of its own, which are the product's. */
const toldOf = (data: Json): Json => {
  if (data['needs'] === undefined) return {}
  const needs = objectOf(data['needs'])
  const each = (list: unknown, ...fields: readonly string[]) =>
    listOf(list).map((entry) => only(objectOf(entry), [...fields, 'time']))
  return {
    searches: each(needs['searches'], 'query'),
    comparisons: each(needs['comparisons'], 'product_id', 'price'),
    content: each(needs['content'], 'title', 'topic'),
    offers: each(data['offers'], 'offer_id', 'channel', 'seen_at', 'answer', 'answered_at'),
    notable: each(data['notable'], 'type'),
  }
}

const triggerOf = (data: Json): Json => only(objectOf(data['trigger']), ['operator', 'name', 'instance'])

/** What each decision's first record says of time: the link from a held one to its end. */
function firstTimes(records: readonly OutputRecord[]): ReadonlyMap<string, unknown> {
  const out = new Map<string, unknown>()
  for (const record of records) {
    const id = textOf(dataOf(record)['decision_id'], '')
    if (typeOf(record) === 'decision.made' && !out.has(id)) out.set(id, record.value['time'])
  }
  return out
}

function decisionLine(data: Json, first: ReadonlyMap<string, unknown>): Json {
  const rejected = listOf(data['rejected']).map((r) => only(objectOf(r), ['offer', 'reason']))
  const retracted = rejected.some((r) => r['reason'] === 'retracted')
  return {
    trigger: triggerOf(data),
    outcome: data['outcome'],
    chosen: data['outcome'] === 'held' ? null : data['chosen'],
    rejected: retracted ? ['retracted'] : rejected,
    held_until: data['held_until'],
    first_time: first.get(textOf(data['decision_id'], '')),
  }
}

/** One line of text per record that is compared as it stands. */
function linesOf({ settings, label, records }: Reading): readonly string[] {
  const first = firstTimes(records)
  const emitted = new Map(
    records.filter((r) => typeOf(r) === 'offer.emitted').map((r) => [dataOf(r)['offer_id'], r]),
  )
  return records.flatMap((record): readonly string[] => {
    const { topic, value } = record
    const say = (what: string, detail: unknown): readonly string[] => [
      `${topic} ${what} ${JSON.stringify(canonical(detail))}`,
    ]
    if (topic === settings.lateTopic) {
      const { id } = objectOf(value['event'])
      return say('late', { id, ...only(value, ['late_by_ms', 'watermark', 'operator']) })
    }
    if (topic === settings.deadTopic) return say('dead', only(value, ['reason', 'bytes']))
    const type = typeOf(record)
    if (type.startsWith('identity.')) return []
    if (type === ERASED) return say(type, { person: label(personOf(record)), time: value['time'] })
    const data = dataOf(record)
    const about = { person: label(personOf(record)), time: value['time'] }
    if (type === 'decision.made') return say(type, { ...about, ...decisionLine(data, first) })
    if (type === 'offer.revoked') {
      const of = emitted.get(data['offer_id'])
      const revoked =
        of === undefined ? 'no such offer' : { offer: dataOf(of)['offer'], time: of.value['time'] }
      return say(type, { ...about, reason: data['reason'], revoked })
    }
    const fields = FIELDS[type]
    if (fields === undefined) return say(`unexpected ${type}`, about)
    const content =
      type === 'offer.emitted' ? only(objectOf(data['content']), ['template', 'params', 'discount']) : {}
    const propensity = objectOf(data['experiment'])['propensity']
    const again = data['fallback_of'] !== undefined
    const trigger = type === 'offer.emitted' ? { trigger: triggerOf(data), content, propensity, again } : {}
    return say(type, { ...about, ...only(data, fields), ...matchedOf(data), ...toldOf(data), ...trigger })
  })
}

/** Per person and event, what the last record of it says; and the truth of each person at the end. */
function identityLines({ label, records }: Reading): readonly string[] {
  const steps = new Map<string, Json>()
  const truth = new Map<string, Json>()
  const keptBy = new Map<string, string>()
  const ends: string[] = []
  const root = (person: string): string => {
    const kept = keptBy.get(person)
    return kept === undefined ? person : root(kept)
  }
  for (const record of records.filter((r) => typeOf(r).startsWith('identity.') || typeOf(r) === ERASED)) {
    const type = typeOf(record)
    const data = dataOf(record)
    const person = label(personOf(record))
    if (type === ERASED) {
      // Whoever comes back under one of these ids has nothing to do with them.
      const gone = [...keptBy.keys()].filter((one) => root(one) === person)
      ends.push(`erased ${person}, who was ${gone.sort().join(' ')}`)
      for (const one of gone) keptBy.delete(one)
      for (const one of [person, ...gone]) truth.delete(one)
      continue
    }
    const all = (): Json => ({ identifiers: identifierTexts(data['identifiers']) })
    if (type === 'identity.absorbed') keptBy.set(person, label(textOf(data['kept'], '')))
    if (Array.isArray(data['identifiers'])) truth.set(person, all())
    if (type !== 'identity.created' && type !== 'identity.linked' && type !== 'identity.merged') continue
    const cause = JSON.stringify(canonical(only(objectOf(record.value['cause']), ['source', 'id'])))
    const key = `${person} ${cause}`
    const merge =
      type === 'identity.merged'
        ? {
            absorbed: listOf(data['absorbed']).map((id) => label(String(id))),
            effective_at: data['effective_at'],
          }
        : {}
    const created = type === 'identity.created' ? { created: record.value['time'] } : {}
    steps.set(key, { ...steps.get(key), ...merge, ...created, ...all() })
  }
  return [
    ...ends,
    ...[...steps].map(([key, step]) => `identity of ${key} ${JSON.stringify(canonical(step))}`),
    ...[...keptBy.keys()].map((person) => `in the end ${person} is ${root(person)}`),
    ...[...truth]
      .filter(([person]) => !keptBy.has(person))
      .map(([person, all]) => `in the end ${person} ${JSON.stringify(canonical(all))}`),
  ]
}

/** Every identifier that became shared was reported; what else is reported is the product's own affair. */
function unreported(product: Reading, expected: Reading): readonly string[] {
  const causeOf = (r: OutputRecord): string =>
    JSON.stringify(canonical(only(objectOf(r.value['cause']), ['source', 'id'])))
  const ambiguous = (records: readonly OutputRecord[]): readonly OutputRecord[] =>
    records.filter((r) => typeOf(r) === 'identity.ambiguous')
  const said = new Set(ambiguous(product.records).map(causeOf))
  const due = ambiguous(expected.records).filter((r) => dataOf(r)['reason'] === 'shared')
  return [...new Set(due.map(causeOf))]
    .filter((cause) => !said.has(cause))
    .map((c) => `no identity.ambiguous for ${c}`)
}

/** Ids are unique, and those that name each other do so on both sides. */
export function linkProblems(document: Json, records: readonly OutputRecord[]): readonly string[] {
  const settings = settingsOf(document)
  const problems: string[] = []
  const ids = new Set<string>()
  const offers = new Map<unknown, Json>()
  const finals = new Map<unknown, Json>()
  for (const record of records) {
    if (record.topic === settings.lateTopic || record.topic === settings.deadTopic) continue
    const id = textOf(record.value['id'], '')
    if (id === '' || ids.has(`${record.topic} ${id}`))
      problems.push(`${record.topic}: id ${id || 'missing'} is not unique`)
    ids.add(`${record.topic} ${id}`)
    const data = dataOf(record)
    if (typeOf(record) === 'offer.emitted') {
      if (offers.has(data['offer_id'])) problems.push(`offer ${String(data['offer_id'])} was emitted twice`)
      offers.set(data['offer_id'], data)
    }
    if (typeOf(record) === 'decision.made' && data['outcome'] !== 'held') {
      if (finals.has(data['decision_id']))
        problems.push(`decision ${String(data['decision_id'])} ended twice`)
      finals.set(data['decision_id'], data)
    }
  }
  for (const { fallback_of: first } of offers.values())
    if (first !== undefined && !offers.has(first))
      problems.push(`an offer stands in for ${JSON.stringify(first)}, which was never emitted`)
  for (const record of records.filter((r) => typeOf(r) === 'offer.revoked')) {
    const id = dataOf(record)['offer_id']
    if (!offers.has(id)) problems.push(`offer ${String(id)} was revoked and never emitted`)
  }
  for (const [id, data] of finals) {
    const offer = offers.get(data['offer_id'])
    if (data['outcome'] !== 'emitted') continue
    if (offer === undefined) problems.push(`decision ${String(id)} names an offer that was never emitted`)
    else if (offer['decision_id'] !== id)
      problems.push(`decision ${String(id)} and its offer do not name each other`)
  }
  for (const [id, offer] of offers) {
    if (!finals.has(offer['decision_id'])) problems.push(`offer ${String(id)} has no decision`)
  }
  return problems
}

function differences(got: readonly string[], expected: readonly string[]): readonly string[] {
  const count = new Map<string, number>()
  for (const line of expected) count.set(line, (count.get(line) ?? 0) + 1)
  const extra = got.filter((line) => {
    const left = count.get(line) ?? 0
    count.set(line, left - 1)
    return left <= 0
  })
  const missing = [...count].flatMap(([line, left]) => Array.from({ length: Math.max(0, left) }, () => line))
  return [...missing.map((line) => `- ${line}`), ...extra.map((line) => `+ ${line}`)].sort((a, b) =>
    a.slice(2) < b.slice(2) ? -1 : 1,
  )
}

/** `- ` is what the oracle expects and did not find, `+ ` what it did not expect. Empty: equal. */
export function compare(
  document: Json,
  product: readonly OutputRecord[],
  expected: readonly OutputRecord[],
): readonly string[] {
  const settings = settingsOf(document)
  const { labels, problems } = mapPeople(product, expected)
  const got: Reading = { settings, records: product, label: (id) => labels.get(id) ?? `unknown person ${id}` }
  const want: Reading = { settings, records: expected, label: (label) => label }
  const all = [
    ...problems,
    ...linkProblems(document, product),
    ...unreported(got, want),
    ...differences([...linesOf(got), ...identityLines(got)], [...linesOf(want), ...identityLines(want)]),
  ]
  const more = all.length - SHOWN_MAX
  return more > 0 ? [...all.slice(0, SHOWN_MAX), `and ${more} more`] : all
}
