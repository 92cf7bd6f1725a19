/**
 * Outputs as JSON text, straight into the bytes of their record. What stands around `data` is written piece by piece, and `data` by
 * `JSON.stringify`, at a third less than both together in it: no object and no text is made that is thrown away. The text is
 * exactly that of `JSON.stringify` of {@link envelopeValue}.
 */
import type { ByteWriter } from '../../model/bytes.ts'
import type { Cause, Json } from '../../model/event.ts'
import { formatTime, writeTime } from '../../model/time.ts'
import type { Encoder, Envelope } from '../../runtime/ports/codec.ts'

const QUOTE = 34
const BACKSLASH = 92
const CLOSE = 125
const UTF8_BYTES_MAX = 3

/** Writes JSON, whatever the format asked for. */
export const jsonEncoder: Encoder = {
  envelope: (writer, _topic, _format, envelope) => writeJsonEnvelope(writer, envelope),
  value: (writer, _topic, _format, value) => writer.characters(JSON.stringify(value)),
}

/** An envelope as a plain object, in the order of the contract. */
export const envelopeValue = ({ id, source, type, time, person, cause, data }: Envelope): Json => ({
  id,
  source,
  type,
  time: formatTime(time),
  person_id: person,
  cause: causeValue(cause),
  data,
})

function causeValue(cause: Cause | undefined): Json | null {
  if (cause === undefined) return null
  return 'timer' in cause
    ? { timer: cause.timer, due: formatTime(cause.due) }
    : { source: cause.source, id: cause.id }
}

export function writeJsonEnvelope(writer: ByteWriter, envelope: Envelope): void {
  const { cause } = envelope
  writer.characters('{"id":')
  writeQuoted(writer, envelope.id)
  writer.characters(',"source":')
  writeQuoted(writer, envelope.source)
  writer.characters(',"type":')
  writeQuoted(writer, envelope.type)
  writer.characters(',"time":"')
  writeTime(writer, envelope.time)
  writer.characters('","person_id":')
  writeQuoted(writer, envelope.person)
  if (cause === undefined) writer.characters(',"cause":null,"data":')
  else if ('timer' in cause) {
    writer.characters(',"cause":{"timer":')
    writeQuoted(writer, cause.timer)
    writer.characters(',"due":"')
    writeTime(writer, cause.due)
    writer.characters('"},"data":')
  } else {
    writer.characters(',"cause":{"source":')
    writeQuoted(writer, cause.source)
    writer.characters(',"id":')
    writeQuoted(writer, cause.id)
    writer.characters('},"data":')
  }
  writer.characters(JSON.stringify(envelope.data))
  writer.byte(CLOSE)
}

/** A text with its quotes; one that needs an escape, or may, goes the long way. */
function writeQuoted(writer: ByteWriter, text: string): void {
  const size = text.length
  writer.reserve(UTF8_BYTES_MAX * size + 2)
  const { buffer } = writer
  let at = writer.length
  buffer[at++] = QUOTE
  for (let i = 0; i < size; i++) {
    const code = text.charCodeAt(i)
    if (code < 32 || code > 126 || code === QUOTE || code === BACKSLASH) {
      writer.characters(JSON.stringify(text))
      return
    }
    buffer[at++] = code
  }
  buffer[at++] = QUOTE
  writer.length = at
}
