/** The public in-process API: a topology compiled and run without a server, and the contracts to write an operator against. */
export {
  openEmbedded,
  type Embedded,
  type EmbedOptions,
  type EndOfInput,
  type Output,
  type Summary,
} from './app/embed.ts'
export { createDecoder } from './adapters/formats/decoder.ts'
export { createSchemaBook } from './adapters/formats/avro/schema-book.ts'
export { writeAvroEvent } from './adapters/formats/avro/event.ts'
export type { Cause, Draft, Json, SourceEvent, StreamEvent } from './model/event.ts'
export { ConfigFindings, type Finding, UsageError } from './model/errors.ts'
export { type IdKey, idKeyOf } from './model/hash.ts'
export type { Identifier } from './model/identifiers.ts'
export type { Operator, StateShape, Step, TimerChange } from './model/operator.ts'
export { formatTime, parseDuration, parseTime } from './model/time.ts'
export { compile } from './topology/compile.ts'
export { parseTopology } from './topology/document.ts'
export { lint } from './topology/lint.ts'
export type { Plan } from './topology/plan.ts'
