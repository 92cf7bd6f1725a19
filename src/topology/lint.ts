/**
 * Lint: everything that is wrong with a document, at once.
 *
 * 1. A mistake in one part hides no mistake in another: shape, connections and configs are each checked on what can be read.
 * 2. Every finding has a place, a code of the closed list, and a hint that says what to do.
 * 3. A document without an error holds: `compile` takes it.
 */
import { didYouMean } from '../model/did-you-mean.ts'
import type { Finding } from '../model/errors.ts'
import { EVENT_TYPES, type FieldTypes } from '../model/event-types.ts'
import type { IdKey } from '../model/hash.ts'
import type { Upstream, Wiring } from '../model/operator.ts'
import { parseDuration } from '../model/time.ts'
import { isWithin, type Misfit, withoutMisfits } from './misfits.ts'
import { saidBy } from './said.ts'
import { checkReservedNames } from './reserved-names.ts'
import { isZone } from '../model/zone.ts'
import { OPERATORS, type RegisteredOperator, type Registry } from './registry.ts'
import { connect, type Connections } from './connections.ts'
import type { TopologyDocument } from './document.ts'
import { type OperatorOutline, type Outline, outlineOf } from './outline.ts'
import { profileFieldsOf } from './profile-fields.ts'
import { DEFAULT_GRACE, DEFAULT_LATENESS, topologyShape, type TopologyShape } from './shape.ts'
import { shapeFindings } from './shape-findings.ts'
import { checkTopics } from './topics.ts'

export interface LintOptions {
  /** For operators that check with it; lint alone needs none. */
  readonly key?: IdKey
  /** Default: all operators there are. */
  readonly registry?: Registry
}

/** An operator whose config holds. */
export interface CheckedOperator {
  readonly index: number
  readonly operator: RegisteredOperator
  /** Parsed, with defaults. */
  readonly config: unknown
  readonly wiring: Wiring
}

export interface Checked {
  /** In the order of the text. */
  readonly findings: readonly Finding[]
  /** What holds, for compiling; undefined if a finding is an error. */
  readonly topology:
    | {
        readonly shape: TopologyShape
        readonly connections: Connections
        readonly operators: readonly CheckedOperator[]
      }
    | undefined
}

const NO_KEY: IdKey = [0, 0, 0, 0]

/** All findings of a document, in the order of its text; none means that it holds. */
export function lint(document: TopologyDocument, options: LintOptions = {}): readonly Finding[] {
  return check(document, options).findings
}

/** {@link lint}, with what was read on the way. */
export function check(
  document: TopologyDocument,
  { key = NO_KEY, registry = OPERATORS }: LintOptions = {},
): Checked {
  if (document.findings.some(({ code }) => code === 'yaml-syntax'))
    return { findings: document.findings, topology: undefined }
  const findings: Finding[] = [...document.findings]
  const parsed = topologyShape.safeParse(document.value)
  const held = { document, base: [], value: document.value, shape: topologyShape }
  if (!parsed.success) findings.push(...shapeFindings(held, parsed.error.issues))
  if (typeof document.value !== 'object' || document.value === null || Array.isArray(document.value)) {
    return { findings, topology: undefined }
  }
  const outline = outlineOf(document)
  const connections = connect(document, outline, registry)
  findings.push(
    ...connections.findings,
    ...checkTopics(document, outline),
    ...checkSources(document),
    ...checkZone(document),
    ...checkReservedNames(document),
  )
  const wirings = wiringOf(document, outline, connections, registry, key)
  const operators = outline.operators.flatMap((operator, index) => {
    const checked = checkOperator(document, operator, registry, wirings(index))
    findings.push(...checked.findings)
    return checked.held === undefined ? [] : [{ index, ...checked.held }]
  })
  const holds = parsed.success && findings.every(({ level }) => level === 'warning')
  return {
    findings: inTextOrder(findings),
    topology: holds ? { shape: parsed.data, connections, operators } : undefined,
  }
}

function inTextOrder(findings: readonly Finding[]): readonly Finding[] {
  return findings.toSorted((a, b) => a.place.line - b.place.line || a.place.column - b.place.column)
}

const rootOf = (document: TopologyDocument): Readonly<Record<string, unknown>> =>
  document.value as Record<string, unknown>

function checkSources(document: TopologyDocument): readonly Finding[] {
  const { sources } = rootOf(document)
  if (
    typeof sources !== 'object' ||
    sources === null ||
    Array.isArray(sources) ||
    Object.keys(sources).length > 0
  )
    return []
  const hint = 'add one, such as "web: { topic: web-events }"'
  return [
    {
      place: document.placeOf(['sources']),
      level: 'error',
      code: 'bad-value',
      message: 'there is no source',
      hint,
    },
  ]
}

function checkZone(document: TopologyDocument): readonly Finding[] {
  const { timezone } = rootOf(document)
  if (typeof timezone !== 'string' || isZone(timezone)) return []
  const meant = didYouMean(timezone, Intl.supportedValuesOf('timeZone'))
  const hint = `${meant === undefined ? '' : `did you mean "${meant}"? `}write an IANA name, such as Europe/Copenhagen or UTC`
  const message = `"${timezone}" is no time zone`
  return [{ place: document.placeOf(['timezone']), level: 'error', code: 'unknown-timezone', message, hint }]
}

/** What an operator may know of the topology around it. */
function wiringOf(
  document: TopologyDocument,
  outline: Outline,
  connections: Connections,
  registry: Registry,
  key: IdKey,
): (index: number) => Wiring {
  const { timezone } = rootOf(document)
  const around = {
    topology: outline.name ?? '',
    timezone: typeof timezone === 'string' && isZone(timezone) ? timezone : 'UTC',
    ...spansOf(document),
    sourceTypes: connections.sourceTypes,
    profile: profileFieldsOf(outline, registry),
    world: outline.sources.some(({ world }) => world),
    worldTypes: worldTypesOf(outline),
    identifierTypes: identifierTypesOf(outline, registry),
    key,
  }
  const upstreamOf = (index: number): Upstream | undefined => {
    const { id, type } = outline.operators[index] as OperatorOutline
    const operator = registry.get(type ?? '')
    if (id === undefined || operator === undefined) return undefined
    if (operator.stage === 'profile') {
      const { emits, fields } = operator
      const said = saidBy(operator, outline.operators[index] as OperatorOutline)
      const upstream = { id, type: operator.type, emits, fields }
      return said === undefined ? upstream : { ...upstream, ...said, emits: [...emits, ...said.emits] }
    }
    const emits = connections.sourceTypes ?? [...EVENT_TYPES.keys()]
    return { id, type: operator.type, emits, fields: fieldsOfTypes(emits) }
  }
  return (index) => ({
    ...around,
    operatorId: outline.operators[index]?.id ?? '',
    upstream: (connections.upstream[index] ?? []).flatMap((above) => upstreamOf(above) ?? []),
  })
}

/** Undefined where a source of facts takes all. */
function worldTypesOf({ sources }: Outline): readonly string[] | undefined {
  const facts = sources.filter(({ world }) => world)
  if (!facts.every(({ typesKnown }) => typesKnown)) return undefined
  return facts.flatMap(({ types }) => types.map(({ id }) => id))
}

/** What identity takes for an identifier; undefined where its config does not hold. */
function identifierTypesOf({ operators }: Outline, registry: Registry): readonly string[] | undefined {
  const identities = operators.filter(({ type }) => type === 'identity')
  const parsed = registry.get('identity')?.config.safeParse(identities[0]?.config ?? {})
  if (identities.length !== 1 || parsed?.success !== true) return undefined
  return Object.keys((parsed.data as { readonly identifiers: Readonly<Record<string, unknown>> }).identifiers)
}

function fieldsOfTypes(types: readonly string[]): FieldTypes {
  return Object.assign({}, ...types.map((type) => EVENT_TYPES.get(type)?.fields ?? {})) as FieldTypes
}

/** The largest grace of a source, and the largest lateness and grace; one that cannot be read counts with the defaults. */
function spansOf(document: TopologyDocument): Pick<Wiring, 'horizonMs' | 'graceMs'> {
  const { sources } = rootOf(document)
  const ms = (value: unknown, standard: string): number =>
    (typeof value === 'string' ? parseDuration(value) : undefined) ?? (parseDuration(standard) as number)
  const each = Object.values(
    (sources ?? {}) as Record<string, { lateness?: unknown; grace?: unknown } | null>,
  )
  const graces = each.map((source) => ms(source?.grace, DEFAULT_GRACE))
  const horizons = each.map((source, i) => ms(source?.lateness, DEFAULT_LATENESS) + (graces[i] as number))
  return { horizonMs: Math.max(0, ...horizons), graceMs: Math.max(0, ...graces) }
}

interface CheckedConfig {
  readonly findings: readonly Finding[]
  readonly held: Omit<CheckedOperator, 'index'> | undefined
}

function checkOperator(
  document: TopologyDocument,
  outline: OperatorOutline,
  registry: Registry,
  wiring: Wiring,
): CheckedConfig {
  const operator = registry.get(outline.type ?? '')
  if (operator === undefined) return { findings: [], held: undefined }
  const base = [...outline.path, 'config']
  const value = outline.config ?? {}
  const parsed = operator.config.safeParse(value)
  const meaning = (config: unknown, misfits: readonly Misfit[]): readonly Finding[] =>
    (operator.check?.(config, wiring) ?? []).flatMap((problem): readonly Finding[] => {
      const { path, level = 'error', code, message, hint } = problem
      // What is missing there did not fit, and was taken out.
      if (code === 'missing-key' && misfits.some((misfit) => isWithin(misfit.path, path))) return []
      const at = [...base, ...path]
      const place = code === 'unknown-key' ? document.placeOfKey(at) : document.placeOf(at)
      return [{ place, level, code, message, hint }]
    })
  if (parsed.success) {
    const config: unknown = parsed.data
    return { findings: meaning(config, []), held: { operator, config, wiring } }
  }
  const { issues } = parsed.error
  const findings = shapeFindings({ document, base, value, shape: operator.config }, issues)
  // All findings at once: what remains without the values that do not fit is asked what it means, too.
  const rest = withoutMisfits(operator.config, value)
  return {
    findings: rest === undefined ? findings : [...findings, ...meaning(rest, issues)],
    held: undefined,
  }
}
