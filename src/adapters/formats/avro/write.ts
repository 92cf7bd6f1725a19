/**
 * A schema compiled to a function that writes plain objects; the model's writer has Avro's zigzag varints and doubles already. Nothing is lost: what a record has no field for, or what does not fit
 * its optional field, goes into its rest field (schema.ts) as JSON. A union of several records is decided by the hint.
 */
import type { Type } from 'avsc'
import type { ByteWriter } from '../../../model/bytes.ts'
import { InvariantError } from '../../../model/errors.ts'
import type { Json } from '../../../model/event.ts'
import { isObject } from '../source-event.ts'
import { REST_FIELD, type Shape, shapeOf, shortName } from './schema.ts'

/** UTF-8 without a length in front. */
export function writeText(writer: ByteWriter, text: string): void {
  putText(writer, text, Buffer.byteLength(text))
}

function putText(writer: ByteWriter, text: string, bytes: number): void {
  writer.reserve(bytes)
  writer.length += writer.buffer.write(text, writer.length, bytes, 'utf8')
}

function writeString(writer: ByteWriter, text: string): void {
  const bytes = Buffer.byteLength(text)
  writer.int(bytes)
  putText(writer, text, bytes)
}

export interface Write {
  /** Whether a value can be written, nothing lost. */
  fits(value: unknown): boolean
  /** Only of a value that fits. `hint`: the short name of the record that a union of several records takes. */
  write(writer: ByteWriter, value: unknown, hint: string): void
}

/** What the byte writer holds exactly. */
const LONG_MAX = 2 ** 52
const INT_MAX = 2 ** 31

const isLong = (value: unknown): boolean =>
  Number.isSafeInteger(value) && Math.abs(value as number) < LONG_MAX
const NULL: Write = { fits: (value) => value === undefined || value === null, write: () => undefined }

export function compileWrite(type: Type, made = new Map<Type, Write>()): Write {
  const known = made.get(type)
  if (known !== undefined) return known
  const result = writeOf(shapeOf(type), made)
  made.set(type, result)
  return result
}

function writeOf(shape: Shape, made: Map<Type, Write>): Write {
  switch (shape.kind) {
    case 'null':
      return NULL
    case 'boolean':
      return {
        fits: (value) => typeof value === 'boolean',
        write: (writer, value) => writer.bool(value as boolean),
      }
    case 'int':
      return {
        fits: (value) => isLong(value) && Math.abs(value as number) < INT_MAX,
        write: (writer, value) => writer.int(value as number),
      }
    case 'long':
      return { fits: isLong, write: (writer, value) => writer.int(value as number) }
    case 'double':
      return {
        fits: (value) => Number.isFinite(value),
        write: (writer, value) => writer.float(value as number),
      }
    case 'string':
      return {
        fits: (value) => typeof value === 'string',
        write: (writer, value) => writeString(writer, value as string),
      }
    case 'bytes':
      return { fits: isBase64, write: writeBase64 }
    case 'union':
      return writeUnion(shape.branches, made)
    case 'array':
      return writeArray(compileWrite(shape.of, made))
    case 'map':
      return writeMap(compileWrite(shape.of, made))
    case 'record':
      return writeRecord(shape.fields, made)
    case 'float':
    case 'enum':
    case 'fixed':
    case 'micros':
    case 'decimal':
      throw new InvariantError(`a schema of this program holds a ${shape.kind}, which it does not write`)
  }
}

function isBase64(value: unknown): boolean {
  return typeof value === 'string' && value.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(value)
}

function writeBase64(writer: ByteWriter, value: unknown): void {
  const bytes = Buffer.from(value as string, 'base64')
  writer.int(bytes.length)
  writer.raw(bytes)
}

/** The first branch that fits. Of several records: the one that is hinted at, else the last, which takes any object. */
function writeUnion(types: readonly Type[], made: Map<Type, Write>): Write {
  const branches = types.map((type) => compileWrite(type, made))
  const names = types.map((type) => (shapeOf(type).kind === 'record' ? shortName(type) : undefined))
  const byHint = names.filter((name) => name !== undefined).length > 1
  const firstFit = (value: unknown): number => {
    for (let i = 0; i < branches.length; i++) if ((branches[i] as Write).fits(value)) return i
    return -1
  }
  const choose = (hint: string, value: unknown): number => {
    if (!byHint || value === undefined || value === null) return firstFit(value)
    const hinted = names.indexOf(hint)
    return hinted >= 0 && (branches[hinted] as Write).fits(value) ? hinted : branches.length - 1
  }
  return {
    fits: (value) => firstFit(value) >= 0,
    write: (writer, value, hint) => {
      const index = choose(hint, value)
      writer.int(index)
      ;(branches[index] as Write).write(writer, value, hint)
    },
  }
}

function writeArray(item: Write): Write {
  return {
    fits: (value) => Array.isArray(value) && value.every((entry) => item.fits(entry)),
    write: (writer, value, hint) => {
      const list = value as readonly unknown[]
      if (list.length > 0) writer.int(list.length)
      for (const entry of list) item.write(writer, entry, hint)
      writer.int(0)
    },
  }
}

function writeMap(value: Write): Write {
  return {
    fits: (object) => isObject(object) && Object.values(object).every((entry) => value.fits(entry)),
    write: (writer, object, hint) => {
      const entries = Object.entries(object as Json)
      if (entries.length > 0) writer.int(entries.length)
      for (const [key, entry] of entries) {
        writeString(writer, key)
        value.write(writer, entry, hint)
      }
      writer.int(0)
    },
  }
}

interface Field {
  readonly name: string
  readonly write: Write
}

function writeRecord(
  types: readonly { readonly name: string; readonly type: Type }[],
  made: Map<Type, Write>,
): Write {
  const fields: readonly Field[] = types.map(({ name, type }) => ({ name, write: compileWrite(type, made) }))
  const rest = fields.findIndex((field) => REST_FIELD.test(field.name))
  const own = new Map(fields.filter((_, i) => i !== rest).map((field) => [field.name, field.write]))
  const valueOf = (value: Json, { name, write }: Field): unknown => {
    const found = Object.hasOwn(value, name) ? value[name] : undefined
    // Without a rest field it fits, or the whole record did not.
    return rest >= 0 && !write.fits(found) ? undefined : found
  }
  const fits = (value: unknown): boolean => {
    if (!isObject(value)) return false
    for (const [name, write] of own)
      if (!write.fits(value[name]) && (rest < 0 || !write.fits(undefined))) return false
    return rest >= 0 || Object.keys(value).every((key) => own.has(key) || value[key] === undefined)
  }
  return {
    fits,
    write: (writer, given, hint) => {
      const value = given as Json
      for (let i = 0; i < fields.length; i++) {
        const field = fields[i] as Field
        if (i === rest) field.write.write(writer, restText(value, own, field.write.fits(undefined)), hint)
        else field.write.write(writer, valueOf(value, field), hint)
      }
    },
  }
}

/** JSON of what is left over, nulls kept; `undefined` when nothing is and the field is optional. */
function restText(value: Json, own: ReadonlyMap<string, Write>, optional: boolean): string | undefined {
  let left: [string, unknown][] | undefined
  for (const key of Object.keys(value)) {
    if (own.get(key)?.fits(value[key]) === true) continue
    left ??= []
    left.push([key, value[key]])
  }
  return optional && left === undefined ? undefined : JSON.stringify(Object.fromEntries(left ?? []))
}
