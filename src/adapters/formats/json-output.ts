/**
 * Outputs as JSON text, straight into the bytes of their record, piece by piece: no object and no text is made that is thrown away.
 * The text is exactly that of `JSON.stringify` of {@link envelopeValue}.
 */
import type { ByteWriter } from '../../model/bytes.ts'
import type { Cause, Json } from '../../model/event.ts'
import { formatTime, writeTime } from '../../model/time.ts'
import type { Encoder, Envelope } from '../../runtime/ports/codec.ts'
import { beginJson, Fragment, nameBehind, putFragment, putText, putValue, UNUSUAL } from './json-writer.ts'

const CLOSE = 125
const ID = new Fragment('', '{"id":')
const PERSON = new Fragment('', '","person_id":')
const NO_CAUSE = new Fragment('', ',"cause":null,"data":')
const TIMER = new Fragment('', ',"cause":{"timer":')
const DUE = new Fragment('', ',"due":"')
const BEHIND_DUE = new Fragment('', '"},"data":')
const SOURCE = new Fragment('', ',"cause":{"source":')
const CAUSE_ID = new Fragment('', ',"id":')
const BEHIND_ID = new Fragment('', '},"data":')

/** Of more types than there are, unless somebody makes them up. */
const HEADS_MAX = 1000

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
  const at = putHead(writer, envelope)
  if (at < 0) {
    writer.characters(JSON.stringify(envelopeValue(envelope)))
    return
  }
  const end = putValue(envelope.data, at)
  if (end < 0) {
    writer.length = at
    writer.characters(JSON.stringify(envelope.data))
    writer.byte(CLOSE)
  } else {
    writer.length = end
    writer.byte(CLOSE)
  }
}

/** Everything in front of the data; the writer stays where it was. */
function putHead(writer: ByteWriter, { id, source, type, time, person, cause }: Envelope): number {
  const start = beginJson(writer)
  const head = headOf(source, type)
  let at = putFragment(head, putText(id, putFragment(ID, start)))
  at = putText(person, putFragment(PERSON, putTime(writer, time, at)))
  if (cause === undefined) at = putFragment(NO_CAUSE, at)
  else if ('timer' in cause) {
    at = putFragment(DUE, putText(cause.timer, putFragment(TIMER, at)))
    at = putFragment(BEHIND_DUE, putTime(writer, cause.due, at))
  } else {
    at = putFragment(CAUSE_ID, putText(cause.source, putFragment(SOURCE, at)))
    at = putFragment(BEHIND_ID, putText(cause.id, at))
  }
  writer.length = start
  nameBehind(head)
  return at
}

function putTime(writer: ByteWriter, time: number, at: number): number {
  if (at < 0) return UNUSUAL
  writer.length = at
  writeTime(writer, time)
  return writer.length
}

interface Head {
  readonly source: string
  readonly fragment: Fragment
}

/** By their type: of most there is one source. */
const heads = new Map<string, Head>()

/** Source and type, up to the time. The first name of the data is known by it. */
function headOf(source: string, type: string): Fragment {
  const known = heads.get(type)
  if (known !== undefined && known.source === source) return known.fragment
  if (heads.size >= HEADS_MAX) heads.clear()
  const written = `,"source":${JSON.stringify(source)},"type":${JSON.stringify(type)},"time":"`
  const fragment = new Fragment('', written)
  heads.set(type, { source, fragment })
  return fragment
}
