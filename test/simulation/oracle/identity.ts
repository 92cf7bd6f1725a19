/**
 * Who an event belongs to: rules 1 to 7 of the contract, I1 to I10 of the fine print, in arrival order.
 *
 * The walk of I3: identifiers in priority order. The first one anchors: its person, or, if nobody has it, the value itself, which
 * counts against `unique` from the start (I1). Each further person merges, or else the identifier becomes shared, or is only
 * reported. What nobody owns attaches last.
 */
import type { Identifier, OracleEvent } from './input.ts'
import { identifierKey, type Person } from './person.ts'
import type { IdentifierRule, IdentitySettings } from './settings.ts'

export interface Resolution {
  readonly person: Person
  /** Absorbed into `person` by this event. */
  readonly absorbed: readonly Person[]
  readonly created: boolean
  readonly linked: boolean
  readonly reports: readonly Report[]
}

export interface Report {
  readonly identifier: Identifier
  /** `shared`: it became so with this event. */
  readonly reason: 'conflict' | 'limit' | 'shared'
  /** Whose identifier it was, if another person's. */
  readonly owner: Person | undefined
}

export interface Identity {
  /** The identifiers that identify, normalised, by priority; empty: the event is refused. */
  normalise(event: OracleEvent): readonly Identifier[]
  /** Whose event it would be at this moment; undefined: nobody's yet. Changes nothing. */
  ownerOf(identifiers: readonly Identifier[]): Person | undefined
  resolve(identifiers: readonly Identifier[], event: OracleEvent): Resolution
  people(): readonly Person[]
  /** Everybody whom an identifier names goes, and it names nobody from then on, nor does any other of that person. */
  erase(identifier: Identifier): Person | undefined
  /** All that was suppressed together with it names somebody again. */
  lift(identifier: Identifier): void
  /** Some of its identifiers would identify, and all of those are suppressed. */
  isSuppressed(event: OracleEvent): boolean
}

const BLOCKED = [
  '',
  'null',
  'undefined',
  'none',
  'nan',
  'anonymous',
  'guest',
  'unknown',
  '0',
  '-1',
  'true',
  'false',
  '[object object]',
]

const unquoted = (value: string): string => /^(["'])(.*)\1$/s.exec(value)?.[2]?.trim() ?? value

export function identityOf(
  settings: IdentitySettings,
  compareIds: (a: string, b: string) => number,
  unsettled: (what: string) => void,
): Identity {
  const ruleOf = (type: string): IdentifierRule | undefined => settings.rules.find((r) => r.type === type)
  const rank = (identifier: Identifier): number => settings.rules.findIndex((r) => r.type === identifier.type)
  const owners = new Map<string, Person>()
  const shared = new Set<string>()
  const anonymous = new Map<string, Person>()
  const reported = new Set<string>()
  /** By which order. */
  const suppressed = new Map<string, number>()
  let orders = 0
  let people: Person[] = []

  const blocked = (value: string): boolean => {
    const text = unquoted(value.trim()).toLowerCase()
    const listed = [...BLOCKED, ...settings.block.map((b) => unquoted(b.trim()).toLowerCase())]
    return listed.includes(text) || /^\+?[0\s.:_-]*0[0\s.:_-]*$/.test(text)
  }

  /** Suppressed ones included. */
  function named(event: Pick<OracleEvent, 'identifiers'>): readonly Identifier[] {
    const out: Identifier[] = []
    for (const { type, value } of event.identifiers) {
      if (ruleOf(type) === undefined || blocked(value)) continue
      let text = value.trim()
      if (type === 'email') text = text.toLowerCase()
      if (type === 'phone') {
        const digits = text.replace(/\D/g, '')
        text = digits === '' ? '' : (text.startsWith('+') ? '+' : '') + digits
      }
      if (blocked(text)) continue
      if (!out.some((i) => i.type === type && i.value === text)) out.push({ type, value: text })
    }
    return out
      .map((identifier, place) => ({ identifier, place }))
      .sort((a, b) => rank(a.identifier) - rank(b.identifier) || a.place - b.place)
      .map(({ identifier }) => identifier)
  }

  const normalise = (event: OracleEvent): readonly Identifier[] =>
    named(event).filter((identifier) => !suppressed.has(identifierKey(identifier)))

  function erase(asked: Identifier): Person | undefined {
    const [identifier] = named({ identifiers: [asked] })
    if (identifier === undefined) return undefined
    const key = identifierKey(identifier)
    const person = shared.has(key) ? anonymous.get(key) : owners.get(key)
    const order = ++orders
    const suppress = (name: string): void => {
      if (!suppressed.has(name)) suppressed.set(name, order)
    }
    anonymous.delete(key)
    if (person === undefined) {
      suppress(key)
      return undefined
    }
    for (const own of person.shared ? [] : person.identifiers) {
      suppress(identifierKey(own))
      owners.delete(identifierKey(own))
    }
    suppress(key)
    people = people.filter((p) => p !== person)
    // Whoever comes back has no past.
    for (const told of reported) if (told.startsWith(`${person.label} `)) reported.delete(told)
    return person
  }

  function lift(asked: Identifier): void {
    const [identifier] = named({ identifiers: [asked] })
    const order = identifier && suppressed.get(identifierKey(identifier))
    for (const [key, by] of suppressed) if (by === order) suppressed.delete(key)
  }

  const isSuppressed = (event: OracleEvent): boolean =>
    named(event).length > 0 && normalise(event).length === 0

  const newPerson = (identifier: Identifier, isShared: boolean, time: number): Person => {
    const person: Person = {
      label: `${isShared ? 'shared' : 'person'}:${identifierKey(identifier)}`,
      shared: isShared,
      firstSeen: time,
      identifiers: [identifier],
      absorbed: [],
      seen: new Map(),
    }
    people.push(person)
    return person
  }

  const uniquesOf = (identifiers: readonly Identifier[]): readonly Identifier[] =>
    identifiers.filter((i) => ruleOf(i.type)?.unique === true)
  const clash = (a: readonly Identifier[], b: readonly Identifier[]): boolean =>
    uniquesOf(a).some((x) => uniquesOf(b).some((y) => x.type === y.type && x.value !== y.value))
  const overLimit = (identifiers: readonly Identifier[]): boolean =>
    identifiers.length > settings.identifiersMax ||
    settings.rules.some((r) => identifiers.filter((i) => i.type === r.type).length > r.limit)

  function ownerOf(identifiers: readonly Identifier[]): Person | undefined {
    const identifying = identifiers.filter((i) => !shared.has(identifierKey(i)))
    const first = identifying.map((i) => owners.get(identifierKey(i))).find((p) => p !== undefined)
    if (identifying.length > 0) return first
    const only = identifiers[0]
    return only === undefined ? undefined : anonymous.get(identifierKey(only))
  }

  function resolveShared(identifier: Identifier, event: OracleEvent): Resolution {
    const key = identifierKey(identifier)
    const known = anonymous.get(key)
    const person = known ?? newPerson(identifier, true, event.time)
    anonymous.set(key, person)
    person.firstSeen = Math.min(person.firstSeen, event.time)
    return { person, absorbed: [], created: known === undefined, linked: false, reports: [] }
  }

  /** I3. */
  function walk(identifying: readonly Identifier[], report: (r: Report) => void): Person[] {
    const first = identifying[0] as Identifier
    const anchor = owners.has(identifierKey(first)) ? [] : [first]
    const others = identifying.slice(1).filter((i) => !owners.has(identifierKey(i)))
    const named = identifying.flatMap((i) => owners.get(identifierKey(i))?.identifiers ?? [])
    if (anchor.length > 0 && clash(others, named)) {
      unsettled('identity: several new unique identifiers, and one of them is not for a known person')
    }
    const members: Person[] = []
    for (const identifier of identifying) {
      const owner = owners.get(identifierKey(identifier))
      if (owner === undefined || members.includes(owner)) continue
      const have = [...anchor, ...members.flatMap((p) => p.identifiers)]
      if (clash(have, owner.identifiers)) {
        const unique = ruleOf(identifier.type)?.unique === true
        report({ identifier, reason: unique ? 'conflict' : 'shared', owner })
        if (unique) continue
        shared.add(identifierKey(identifier))
        owners.delete(identifierKey(identifier))
        owner.identifiers = owner.identifiers.filter((i) => identifierKey(i) !== identifierKey(identifier))
        continue
      }
      const united = [...members.flatMap((p) => p.identifiers), ...owner.identifiers]
      const merges = [...members, owner].reduce((n, p) => n + p.absorbed.length, members.length)
      if (members.length > 0 && (overLimit(united) || merges > settings.mergesMax)) {
        report({ identifier, reason: 'limit', owner })
        continue
      }
      members.push(owner)
    }
    return members
  }

  /** Into the oldest; tie: the smaller id. */
  function unite(members: readonly Person[]): { person: Person; absorbed: Person[] } {
    const [person, ...absorbed] = [...members].sort(
      (a, b) => a.firstSeen - b.firstSeen || compareIds(a.label, b.label),
    ) as [Person, ...Person[]]
    for (const other of absorbed) {
      person.identifiers.push(...other.identifiers)
      for (const identifier of other.identifiers) owners.set(identifierKey(identifier), person)
      person.absorbed.push(other.label, ...other.absorbed)
      for (const [key, value] of other.seen) if (!person.seen.has(key)) person.seen.set(key, value)
      person.firstSeen = Math.min(person.firstSeen, other.firstSeen)
    }
    people = people.filter((p) => !absorbed.includes(p))
    return { person, absorbed }
  }

  function attach(person: Person, identifiers: readonly Identifier[], report: (r: Report) => void): boolean {
    let linked = false
    for (const identifier of identifiers) {
      const key = identifierKey(identifier)
      if (owners.has(key) || shared.has(key)) continue
      if (clash(person.identifiers, [identifier]))
        report({ identifier, reason: 'conflict', owner: undefined })
      else if (overLimit([...person.identifiers, identifier])) {
        report({ identifier, reason: 'limit', owner: undefined })
      } else {
        person.identifiers.push(identifier)
        owners.set(key, person)
        linked = true
      }
    }
    return linked
  }

  function resolve(identifiers: readonly Identifier[], event: OracleEvent): Resolution {
    const reports: Report[] = []
    const report = (r: Report): void => {
      reports.push(r)
    }
    const counted = identifiers.filter((identifier, place) => {
      const twice =
        ruleOf(identifier.type)?.unique === true &&
        identifiers.slice(0, place).some((other) => other.type === identifier.type)
      if (twice) report({ identifier, reason: 'conflict', owner: owners.get(identifierKey(identifier)) })
      return !twice
    })
    const identifying = counted.filter((i) => !shared.has(identifierKey(i)))
    const first = identifying[0]
    if (first === undefined) return resolveShared(counted[0] as Identifier, event)
    const members = walk(identifying, report)
    const created = members.length === 0
    if (created) members.push(newPerson(first, false, event.time))
    const { person, absorbed } = unite(members)
    if (created) owners.set(identifierKey(first), person)
    const linked = attach(person, identifying, report)
    person.firstSeen = Math.min(person.firstSeen, event.time)
    const fresh = reports.filter((r) => {
      const key = `${person.label} ${identifierKey(r.identifier)} ${r.reason}`
      return reported.has(key) ? false : reported.add(key)
    })
    return { person, absorbed, created, linked: linked && !created, reports: fresh }
  }

  return { normalise, ownerOf, resolve, people: () => people, erase, lift, isSuppressed }
}
