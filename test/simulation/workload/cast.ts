/** Who is in a seed's world: people with what they may be known by, and who else has a hand on it. */
import type { Identifier } from '../oracle/input.ts'
import type { Prng } from '../prng.ts'

export interface Actor {
  readonly name: string
  /** What nobody else has. */
  readonly own: readonly Identifier[]
  /** Devices and cookies, some of them used by others too. */
  readonly things: Identifier[]
  readonly zone: string | undefined
  readonly channel: string
  trips: number
}

const one = (type: string, value: string): Identifier => ({ type, value })

export function drawCast(prng: Prng, zones: readonly string[]): readonly Actor[] {
  const count = prng.weighted([
    [3, prng.between(2, 5)],
    [3, prng.between(5, 12)],
    [1, prng.between(12, 30)],
  ] as const)
  const rich = prng.chance(1, 2)
  const actors = Array.from({ length: count }, (_, i): Actor => {
    const n = `p${i}`
    const own: Identifier[] = []
    if (prng.chance(2, 3)) own.push(one('user_id', n))
    if (prng.chance(1, 4)) own.push(one('loyalty_id', `L-${n}`))
    if (rich || prng.chance(1, 2)) own.push(one('email', `${n}@example.org`))
    if (prng.chance(1, 4)) own.push(one('email', `${n}.work@example.org`))
    if (prng.chance(1, 3)) own.push(one('phone', `+45 10 00 ${String(i).padStart(2, '0')} 01`))
    if (rich || prng.chance(1, 2)) own.push(one('push_token', `t-${n}`))
    const things = [one('anonymous_id', `c-${n}`)]
    if (prng.chance(1, 2)) things.push(one('device_id', `d-${n}`))
    if (prng.chance(1, 3)) things.push(one('anonymous_id', `c2-${n}`))
    if (prng.chance(1, 3)) things.push(one('anonymous_id', `c3-${n}`))
    return {
      name: n,
      own,
      things,
      zone: prng.chance(1, 3) ? prng.pick(zones) : undefined,
      channel: prng.pick(['web', 'app', 'store']),
      trips: 0,
    }
  })
  // A family's tablet: somebody else's device or cookie, which ends in a merge, a conflict or something shared.
  const sharing = prng.pick([0, 0, 1, 3])
  for (let i = 0; i < sharing; i++) prng.pick(actors).things.push(prng.pick(prng.pick(actors).things))
  return actors
}

const disguise = (prng: Prng, identifier: Identifier): Identifier => {
  const { type, value } = identifier
  if (type === 'email') return { type, value: prng.pick([value.toUpperCase(), ` ${value} `]) }
  if (type === 'phone') return { type, value: value.replaceAll(' ', '-') }
  return { type, value: `${value} ` }
}

const BLOCKED: readonly Identifier[] = [
  one('anonymous_id', 'null'),
  one('device_id', '000-000'),
  one('user_id', ' Guest '),
  one('email', ''),
  one('phone', '+00 00'),
  one('anonymous_id', '"undefined"'),
  one('facebook_id', 'f1'),
]

/** What an event of this actor carries. At least one identifier that may identify. */
export function identifiersFor(prng: Prng, actor: Actor, actors: readonly Actor[]): readonly Identifier[] {
  const thing = prng.pick(actor.things)
  const out: Identifier[] = prng.weighted<Identifier[]>([
    [6, [thing]],
    [5, actor.own.length > 0 ? [prng.pick(actor.own)] : [thing]],
    [3, actor.own.length > 0 ? [thing, prng.pick(actor.own)] : [thing]],
    [1, [...prng.some(actor.own), thing]],
    [1, [thing, prng.pick(actor.things)]],
  ])
  if (prng.chance(1, 40)) {
    const other = prng.pick(actors)
    out.push(prng.pick([...other.things, ...other.own]))
  }
  if (prng.chance(1, 25)) out.unshift(prng.pick(BLOCKED))
  return out.map((identifier) => (prng.chance(1, 30) ? disguise(prng, identifier) : identifier))
}

export const blockedOnly = (prng: Prng): readonly Identifier[] => [prng.pick(BLOCKED)]
