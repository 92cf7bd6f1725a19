/**
 * The schemas that this process knows: those of the package (`schemas/<family>/v<N>.avsc`), under ids of the program's own, and
 * those that a registry told, under the registry's.
 *
 * Own ids are `1000 x the family's place in FAMILIES + version`: 1001 is `event/v1`. They stand in logs, so a family never moves in
 * that list and a released file never changes. With a registry they are not used for writing, and its ids go before them.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Type } from 'avsc'
import { InvariantError } from '../../../model/errors.ts'
import { type EventWalk, compileWalk } from './event-walk.ts'
import { compileRead, type Read } from './read.ts'
import { parseSchema } from './schema.ts'
import { compileWrite, type Write } from './write.ts'

/** Folders of `schemas/`. Append only. */
export const FAMILIES = [
  'event',
  'offer',
  'session',
  'trigger',
  'identity',
  'decision',
  'late-event',
  'dead-letter',
] as const
export type Family = (typeof FAMILIES)[number]

const FAMILY_IDS = 1000

export interface SchemaFile {
  readonly family: Family
  readonly version: number
  /** The program's own. */
  readonly id: number
  /** As it is registered. */
  readonly text: string
}

/** A schema by which the program writes: the newest of its family. */
export interface WriteSchema extends SchemaFile {
  readonly write: Write
}

export interface SchemaBook {
  /** All files, by family and version. */
  readonly files: readonly SchemaFile[]
  /** How to read what was written under an id; undefined: unknown so far. */
  reader(id: number): Read | undefined
  /** How to walk events that were written under an id; undefined: unknown so far, or they are to be decoded. */
  walk(id: number): EventWalk | undefined
  newest(family: Family): WriteSchema
  /**
   * A writer schema as a registry answered it, by its id there; kept for good.
   * @throws Error when it is no Avro schema.
   */
  learn(id: number, schema: string): void
}

/** The `schemas` folder of the package: the nearest one above this file, be it source, built or built for tests. */
function schemasFolder(): URL {
  let folder = new URL('./', import.meta.url)
  for (;;) {
    const found = new URL('schemas/', folder)
    if (existsSync(new URL('event/v1.avsc', found))) return found
    const parent = new URL('../', folder)
    if (parent.href === folder.href)
      throw new InvariantError(`no folder "schemas" above ${fileURLToPath(import.meta.url)}`)
    folder = parent
  }
}

/** The schema files of the package. Reads the disk. */
export function readSchemaFiles(folder: URL = schemasFolder()): readonly SchemaFile[] {
  return FAMILIES.flatMap((family, place) => {
    const versions = readdirSync(new URL(`${family}/`, folder))
      .map((name) => Number(/^v(\d+)\.avsc$/.exec(name)?.[1]))
      .filter((version) => Number.isInteger(version))
      .sort((a, b) => a - b)
    return versions.map((version) => {
      const text = readFileSync(new URL(`${family}/v${version}.avsc`, folder), 'utf8')
      return { family, version, id: FAMILY_IDS * (place + 1) + version, text }
    })
  })
}

export function createSchemaBook(files: readonly SchemaFile[] = readSchemaFiles()): SchemaBook {
  const readers = new Map<number, Read>()
  const walks = new Map<number, EventWalk | undefined>()
  const writers = new Map<Family, WriteSchema>()
  const types = new Map<number, Type>()
  for (const file of files) {
    const type = parseSchema(JSON.parse(file.text))
    types.set(file.id, type)
    know(file.id, type)
  }

  function know(id: number, type: Type): void {
    readers.set(id, compileRead(type))
    walks.set(id, compileWalk(type))
  }

  return {
    files,
    reader: (id) => readers.get(id),
    walk: (id) => walks.get(id),
    newest(family) {
      const made = writers.get(family)
      if (made !== undefined) return made
      const file = files.findLast((one) => one.family === family)
      const type = file === undefined ? undefined : types.get(file.id)
      if (file === undefined || type === undefined)
        throw new InvariantError(`schemas/${family} has no version`)
      const result = { ...file, write: compileWrite(type) }
      writers.set(family, result)
      return result
    },
    learn(id, schema) {
      know(id, parseSchema(JSON.parse(schema)))
    },
  }
}
