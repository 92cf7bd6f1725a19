/**
 * The StateStore port on Redis: each call is one script on the three keys of a task (`keys.ts`), so it happens as a whole or not at
 * all, and on one server.
 *
 * Invariants, kept by the scripts:
 * 1. Nothing is told and nothing is written unless the store carries the stamp of the caller.
 * 2. The stamp counts keys and timers: a task of which a part is gone carries none.
 * 3. An apply takes the stamp off before its first write and puts the next one on after its last.
 *
 * What its user must be allowed stands in `acl.ts`.
 */
import { invariant, knownVersion } from '../../model/errors.ts'
import type { Owner } from '../../runtime/ports/log.ts'
import type {
  DueEntry,
  Found,
  Mark,
  Resume,
  ScanPage,
  Stamp,
  StateChanges,
  StateStore,
} from '../../runtime/ports/state-store.ts'
import type { Argument, RedisConnection } from './connect.ts'
import { keysOf } from './keys.ts'
import { packChanges, packKeys } from './packed.ts'
import { type Script, SCRIPTS } from './scripts.ts'
import { type RedisStats, statsOf } from './stats.ts'

/** Of what the three keys hold. Newer ones are left alone. */
const FORMAT_VERSION = 1

/** A page of a scan holds about as many keys; of large values fewer would do. */
const SCAN_KEYS = 2000

export class RedisStateStore implements StateStore {
  private readonly connection: RedisConnection

  /** The connection is closed with the store. */
  constructor(connection: RedisConnection) {
    this.connection = connection
  }

  async open(task: string, owner: Owner): Promise<Found> {
    const reply = await this.run(SCRIPTS.open, task, [ownerText(owner), FORMAT_VERSION])
    const [version, chain, page, offset, at] = (reply as readonly (Buffer | null)[]).map(numberOf)
    knownVersion(`the state of ${task} in Redis`, version ?? 0, FORMAT_VERSION)
    if (chain === undefined || page === undefined) return { chain: -1, page: 0, resume: undefined }
    return { chain, page, resume: offset === undefined || at === undefined ? undefined : { offset, at } }
  }

  async load(
    task: string,
    expected: Stamp,
    keys: readonly string[],
  ): Promise<readonly (Buffer | undefined)[] | undefined> {
    const reply = await this.run(SCRIPTS.load, task, [...stampOf(expected), packKeys(keys)])
    if (reply === null) return undefined
    const values = (reply as readonly (Buffer | null)[]).map((value) => value ?? undefined)
    invariant(values.length === keys.length, `asked for ${keys.length} keys, told ${values.length}`)
    return values
  }

  async apply(
    task: string,
    expected: Stamp,
    next: Mark & { readonly resume: Resume | undefined },
    changes: StateChanges,
  ): Promise<boolean> {
    const { chain, page, resume } = next
    const reply = await this.run(SCRIPTS.apply, task, [
      ...stampOf(expected),
      chain,
      page,
      resume?.offset ?? '',
      resume?.at ?? '',
      changes.clear ? 1 : 0,
      packChanges(changes),
    ])
    return reply === 1
  }

  async scan(task: string, expected: Stamp, cursor: string | undefined): Promise<ScanPage | undefined> {
    const reply = await this.run(SCRIPTS.scan, task, [...stampOf(expected), cursor ?? '', SCAN_KEYS])
    if (reply === null) return undefined
    const [next, entries] = reply as readonly [Buffer, readonly Buffer[]]
    const keys: string[] = []
    const values: Buffer[] = []
    for (let i = 0; i + 1 < entries.length; i += 2) {
      keys.push((entries[i] as Buffer).toString())
      values.push(entries[i + 1] as Buffer)
    }
    return { keys, values, cursor: next.length === 0 ? undefined : next.toString() }
  }

  async due(
    task: string,
    expected: Stamp,
    from: number,
    count: number,
  ): Promise<readonly DueEntry[] | undefined> {
    const reply = await this.run(SCRIPTS.due, task, [...stampOf(expected), from, from + count - 1])
    if (reply === null) return undefined
    const pairs = reply as readonly Buffer[]
    const entries: DueEntry[] = []
    for (let i = 0; i + 1 < pairs.length; i += 2)
      entries.push({ key: String(pairs[i]), due: Number(String(pairs[i + 1])) })
    return entries
  }

  async ownerOf(task: string): Promise<Owner | undefined> {
    const reply = (await this.run(SCRIPTS.owner, task, [])) as Buffer | null
    return reply === null ? undefined : ownerOf(String(reply))
  }

  /** How the servers are, as plain data; a Redis that does not answer is told as one. */
  stats(): Promise<RedisStats> {
    return statsOf(this.connection)
  }

  close(): Promise<void> {
    return this.connection.close()
  }

  private run(script: Script, task: string, args: readonly Argument[]): Promise<unknown> {
    return this.connection.run(script, keysOf(task), args)
  }
}

const ownerText = ({ producerId, epoch }: Owner): string => `${producerId}/${epoch}`
function ownerOf(text: string): Owner {
  const [producerId, epoch] = text.split('/').map(Number)
  return { producerId: producerId as number, epoch: epoch as number }
}
const stampOf = ({ owner, chain, page }: Stamp): readonly Argument[] => [ownerText(owner), chain, page]
const numberOf = (text: Buffer | null): number | undefined =>
  text === null ? undefined : Number(String(text))
