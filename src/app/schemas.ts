/** `schemas check` and `schemas register`: what the registry holds of a topology's subjects against the schemas of this program. */
import { parseSchema, shapeOf } from '../adapters/formats/avro/schema.ts'
import type { Family, SchemaBook, SchemaFile } from '../adapters/formats/avro/schema-book.ts'
import type { Registry } from '../adapters/registry/registry.ts'
import type { Plan } from '../topology/plan.ts'
import { type Subject, subjectsOf } from './subjects.ts'

export type SchemaCode =
  | 'not-registered'
  | 'incompatible'
  | 'version-missing'
  | 'two-families'
  | 'no-source-schema'
  | 'unreadable-source'

export interface SchemaFinding {
  readonly subject: string
  readonly level: 'error' | 'warning'
  readonly code: SchemaCode
  readonly message: string
  readonly hint: string
}

/** What was done for one subject. */
export interface Registration {
  readonly subject: string
  readonly schema: string
  readonly id: number
  /** It was there before. */
  readonly known: boolean
}

/** Without these no record of a source is an event. */
const EVENT_FIELDS = ['id', 'type', 'time']
const REGISTER = 'shopkeeper schemas register --topology FILE'

/** @throws AdapterError when the registry does not answer. */
export async function checkSchemas(
  plan: Plan,
  schemas: SchemaBook,
  registry: Registry,
): Promise<readonly SchemaFinding[]> {
  const findings: SchemaFinding[] = []
  for (const subject of subjectsOf(plan)) {
    if (subject.role === 'source') findings.push(...(await sourceFindings(subject, registry)))
    else findings.push(...twoFamilies(subject), ...(await sinkFindings(subject, schemas, registry)))
  }
  return findings
}

/**
 * Registers every version of what the sinks are written by, oldest first, and with `sources` also `schemas/event` for the sources.
 * @throws AdapterError, `registry-refused` when a subject does not take one.
 */
export async function registerSchemas(
  plan: Plan,
  schemas: SchemaBook,
  registry: Registry,
  { sources }: { readonly sources: boolean },
): Promise<readonly Registration[]> {
  const done: Registration[] = []
  for (const { name, role, families } of subjectsOf(plan)) {
    if (role === 'source' && !sources) continue
    const isNew = (await registry.latest(name)) === undefined
    for (const file of families.flatMap((family) => versionsOf(schemas, family))) {
      const known = (await registry.find(name, file.text)) !== undefined
      const id = await registry.register(name, file.text)
      done.push({ subject: name, schema: fileName(file), id, known })
    }
    if (isNew) await registry.requireBackward(name)
  }
  return done
}

const versionsOf = (schemas: SchemaBook, family: Family): readonly SchemaFile[] =>
  schemas.files.filter((file) => file.family === family)

const fileName = ({ family, version }: SchemaFile): string => `schemas/${family}/v${version}.avsc`

function twoFamilies({ name, families, topic }: Subject): readonly SchemaFinding[] {
  if (families.length < 2) return []
  const message = `${families.join(' and ')} would be written to one topic, and a subject holds one schema`
  const hint = `give each a topic of its own instead of "${topic}", or write format: json`
  return [{ subject: name, level: 'error', code: 'two-families', message, hint }]
}

async function sinkFindings(
  { name, families }: Subject,
  schemas: SchemaBook,
  registry: Registry,
): Promise<readonly SchemaFinding[]> {
  const findings: SchemaFinding[] = []
  for (const family of families) {
    const newest = schemas.newest(family)
    for (const file of versionsOf(schemas, family)) {
      if ((await registry.find(name, file.text)) !== undefined) continue
      findings.push(
        file.version === newest.version
          ? await unregistered(name, file, registry)
          : versionMissing(name, file),
      )
    }
  }
  return findings
}

async function unregistered(subject: string, file: SchemaFile, registry: Registry): Promise<SchemaFinding> {
  const latest = await registry.latest(subject)
  const taken =
    latest === undefined ||
    ((await registry.compatible(subject, file.text)) !== false && reads(file.text, latest.schema))
  if (taken) {
    const message = `${fileName(file)}, by which it is written, is not registered`
    return { subject, level: 'error', code: 'not-registered', message, hint: REGISTER }
  }
  const message = `${fileName(file)} is not compatible with what is registered`
  const hint =
    'somebody else registered a schema there: choose another topic, or delete the subject if nobody reads it'
  return { subject, level: 'error', code: 'incompatible', message, hint }
}

/** Backward compatible, by Avro's rules alone: a registry may have been told to take anything. */
function reads(reader: string, writer: string): boolean {
  try {
    parseSchema(JSON.parse(reader)).createResolver(parseSchema(JSON.parse(writer)))
    return true
  } catch {
    return false
  }
}

function versionMissing(subject: string, file: SchemaFile): SchemaFinding {
  const message = `${fileName(file)} is not registered: older records cannot be read by it`
  return { subject, level: 'warning', code: 'version-missing', message, hint: REGISTER }
}

/** An upstream's subject: any schema will do whose records are events, whatever their name. */
async function sourceFindings(
  { name: subject }: Subject,
  registry: Registry,
): Promise<readonly SchemaFinding[]> {
  const latest = await registry.latest(subject)
  if (latest === undefined) {
    const message = 'no schema is registered; the upstream does that when it publishes first'
    const hint = `if it publishes events of this program's own form: ${REGISTER} --sources`
    return [{ subject, level: 'warning', code: 'no-source-schema', message, hint }]
  }
  const problem = problemOf(latest.schema)
  if (problem === undefined) return []
  const message = `version ${latest.version} cannot be read as events: ${problem}`
  const hint = 'compare it with schemas/event: id, type and time must be there by name'
  return [{ subject, level: 'error', code: 'unreadable-source', message, hint }]
}

function problemOf(schema: string): string | undefined {
  try {
    const shape = shapeOf(parseSchema(JSON.parse(schema)))
    if (shape.kind !== 'record') return `it is no record but ${shape.kind}`
    const names = new Set(shape.fields.map(({ name }) => name))
    const missing = EVENT_FIELDS.filter((field) => !names.has(field))
    return missing.length === 0 ? undefined : `it has no ${missing.join(' and no ')}`
  } catch (error) {
    return (error as Error).message
  }
}
