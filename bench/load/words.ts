/** Texts of the load as bytes: names made of hashes, and the catalogue of the shop. */
import type { Random } from './random.ts'

const LETTERS = Buffer.from('0123456789abcdefghjkmnpqrstvwxyz')
const HEX = Buffer.from('0123456789abcdef')
export const NAME_LETTERS = 20
export const PRODUCTS = 5000

const SHELVES = [
  'garden/tools/pruning',
  'garden/seeds/herbs',
  'kitchen/knives/bread',
  'kitchen/pots/cast-iron',
  'home/lamps/reading',
  'home/rugs/woollen',
  'bath/towels/cotton',
  'books/travel/maps',
  'books/comics/series',
  'music/strings/guitar',
  'games/cards/family',
  'toys/blocks/wooden',
  'sports/climbing/ropes',
  'sports/cycling/lights',
  'women/coats/rain',
  'women/shoes/boots',
  'men/knitwear/jumpers',
  'men/shoes/loafers',
  'office/paper/notebooks',
  'office/chairs/upright',
]

/** Writes letters of the number drawn last; a second one is drawn for what goes beyond its bits. */
export function writeLetters(random: Random, count: number, into: Buffer, at: number): number {
  for (let written = 0; written < count; written++) {
    const place = written % 12
    if (place === 0) random.draw()
    const bits = place < 6 ? random.hi >>> (5 * place) : random.lo >>> (5 * (place - 6))
    into[at + written] = LETTERS[bits & 31] as number
  }
  return at + count
}

/** `usr_` and the like with letters that hang on the number alone. */
export function nameOf(prefix: string, random: Random, hi: number, lo: number): Buffer {
  const name = Buffer.alloc(prefix.length + NAME_LETTERS)
  name.write(prefix, 0, 'latin1')
  random.mix(hi, lo)
  for (let i = 0; i < NAME_LETTERS; i++) {
    if (i === 12) random.mix(random.hi, random.lo ^ 1)
    const place = i % 12
    const bits = place < 6 ? random.hi >>> (5 * place) : random.lo >>> (5 * (place - 6))
    name[prefix.length + i] = LETTERS[bits & 31] as number
  }
  return name
}

/** Looks like a UUID; of these two numbers of 64 bits. */
export function cookieOf(first: readonly [number, number], second: readonly [number, number]): Buffer {
  const cookie = Buffer.alloc(36, '-')
  const halves = [first[0], first[1], second[0], second[1]]
  for (let nibble = 0, at = 0; nibble < 32; nibble++, at++) {
    if (at === 8 || at === 13 || at === 18 || at === 23) at++
    const half = halves[nibble >> 3] as number
    cookie[at] = HEX[(half >>> (28 - 4 * (nibble & 7))) & 15] as number
  }
  return cookie
}

export interface Product {
  readonly id: Buffer
  readonly category: Buffer
  readonly price: number
}

export function createCatalogue(random: Random): readonly Product[] {
  const shelves = SHELVES.map((shelf) => Buffer.from(shelf))
  return Array.from({ length: PRODUCTS }, (_, i) => {
    random.mix(7, i * 31 + 5)
    const price = (199 + ((random.hi >>> 1) % 30_000)) / 100
    return {
      id: nameOf('prd_', random, 11, i * 131 + 3),
      category: shelves[i % shelves.length] as Buffer,
      price,
    }
  })
}
