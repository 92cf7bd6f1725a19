/**
 * What is remembered of names whose people are gone, by their digests alone: that they name nobody any more (suppressed), or everybody
 * (shared, which no identifier ever ceases to be).
 */
import { ByteReader, type ByteWriter } from '../../model/bytes.ts'
import { knownVersion } from '../../model/errors.ts'
import type { IdKey } from '../../model/hash.ts'
import { digestOf } from './name-print.ts'

/** What the keys of marks begin with among the states of the gate; a digest follows. */
const MARK = 'name:'
const VERSION = 1
/** Flags. */
export const SUPPRESSED = 1
export const SHARED = 2

interface Mark {
  readonly flags: number
  /** The erasure that suppressed it: those of one are lifted together. Empty: it is not suppressed. */
  readonly erasure: string
}

export interface NameMarks {
  has(flag: number, type: string, value: string): boolean
  hasDigest(flag: number, digest: string): boolean
  /** `erasure`: of what suppresses it. Who is suppressed already stays so by the first. */
  suppress(digest: string, erasure: string): void
  share(digest: string): void
  /** Ends what suppressed this name, for all names that it suppressed; answers how many. */
  lift(digest: string): number
  /** How many names are suppressed. */
  readonly suppressed: number
  /** Marks that changed since {@link applied}. */
  readonly changed: number
  /** False: the key is of something else. @throws AdapterError on bytes of a newer version */
  load(key: string, bytes: Buffer): boolean
  /** Each that changed: what is written between the calls is its value, and nothing if it is gone. */
  changes(writer: ByteWriter, call: (key: string, start: number, end: number) => void): void
  applied(): void
}

export function createNameMarks(key: IdKey): NameMarks {
  const marks = new Map<string, Mark>()
  const changed = new Set<string>()
  let suppressed = 0

  function put(digest: string, mark: Mark): void {
    suppressed += (mark.flags & SUPPRESSED) - ((marks.get(digest)?.flags ?? 0) & SUPPRESSED)
    if (mark.flags === 0) marks.delete(digest)
    else marks.set(digest, mark)
  }

  function change(digest: string, mark: Mark): void {
    put(digest, mark)
    changed.add(digest)
  }

  const hasDigest = (flag: number, digest: string): boolean => ((marks.get(digest)?.flags ?? 0) & flag) !== 0

  return {
    hasDigest,
    has: (flag, type, value) => marks.size > 0 && hasDigest(flag, digestOf(key, type, value)),
    suppress(digest, erasure) {
      const { flags } = marks.get(digest) ?? { flags: 0 }
      if ((flags & SUPPRESSED) === 0) change(digest, { flags: flags | SUPPRESSED, erasure })
    },
    share(digest) {
      const { flags, erasure } = marks.get(digest) ?? { flags: 0, erasure: '' }
      if ((flags & SHARED) === 0) change(digest, { flags: flags | SHARED, erasure })
    },
    lift(digest) {
      if (!hasDigest(SUPPRESSED, digest)) return 0
      const { erasure } = marks.get(digest) as Mark
      const together = [...marks].filter(([, mark]) => mark.erasure === erasure)
      for (const [one, { flags }] of together) change(one, { flags: flags & ~SUPPRESSED, erasure: '' })
      return together.length
    },
    get suppressed() {
      return suppressed
    },
    get changed() {
      return changed.size
    },
    load(stateKey, bytes) {
      if (!stateKey.startsWith(MARK)) return false
      const reader = new ByteReader(bytes)
      knownVersion('what is remembered of a name', reader.byte(), VERSION)
      put(stateKey.slice(MARK.length), { flags: reader.byte(), erasure: reader.text() })
      return true
    },
    changes(writer, call) {
      for (const digest of changed) {
        const start = writer.length
        const mark = marks.get(digest)
        if (mark !== undefined) {
          writer.byte(VERSION)
          writer.byte(mark.flags)
          writer.text(mark.erasure)
        }
        call(MARK + digest, start, mark === undefined ? -1 : writer.length)
      }
    },
    applied: () => changed.clear(),
  }
}
