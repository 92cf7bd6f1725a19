/**
 * The identifiers of an event in JSON, written down as the parts of an event have them; those that came before are found by their bytes
 * and not looked at again.
 */
import { viewOf } from '../../model/byte-words.ts'
import { ByteReader } from '../../model/bytes.ts'
import { isText } from '../../model/known-texts.ts'
import { type EventParts, readBlocks } from '../../runtime/event-parts.ts'
import { createKnownNames } from '../../runtime/known-names.ts'
import type { JsonScanner } from './json-scanner.ts'
import { type KnownName, knownName } from './json-words.ts'
import { identifiersOf } from './source-event.ts'

/** Lists of identifiers whose count is one byte. */
const IDENTIFIERS_MAX = 63
const TYPE_NAME = knownName(Buffer.from('"type":'))
const VALUE_NAME = knownName(Buffer.from('"value":'))

/** Takes a list of identifiers where the scanner stands; an empty one is as good as none. */
export function createIdentifierWalk(scanner: JsonScanner, parts: EventParts): () => void {
  const { more } = parts
  const names = createKnownNames()
  let moreView = viewOf(more.buffer)

  function take(): void {
    const place = more.length
    more.byte(0)
    let count = 0
    if (scanner.enterList())
      do {
        count++
        identifier()
      } while (scanner.moreItems())
    if (count === 0) return
    if (count > IDENTIFIERS_MAX) scanner.fail()
    if (scanner.failed) return
    more.buffer[place] = 2 * count
    more.byte(0)
    parts.identifiersAt = place
    if (moreView.buffer !== more.buffer.buffer || moreView.byteOffset !== more.buffer.byteOffset)
      moreView = viewOf(more.buffer)
    const known = names.find(moreView, place, more.length)
    if (known !== undefined) {
      parts.names = known
      return
    }
    const list = identifiersOf(readBlocks(new ByteReader(more.buffer, place, more.length)))
    if (typeof list === 'string') scanner.fail()
    else parts.names = names.keep(more.buffer, moreView, place, more.length, list)
  }

  /** A type, then a value, and both text. */
  function identifier(): void {
    if (!scanner.enter()) scanner.fail()
    passNamed('type', TYPE_NAME)
    scanner.takeText(more)
    if (!scanner.moreMembers()) scanner.fail()
    passNamed('value', VALUE_NAME)
    scanner.takeText(more)
    if (scanner.moreMembers()) scanner.fail()
  }

  function passNamed(name: string, known: KnownName): void {
    if (scanner.passKnown(known)) return
    const from = scanner.passName()
    if (!isText(name, scanner.buffer, from, scanner.textEnd)) scanner.fail()
  }

  return take
}
