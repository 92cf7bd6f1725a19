/**
 * A hash table from hashes to numbers, in two arrays of numbers: eight bytes a place, nothing for the garbage collector to walk. It knows
 * no keys: who asks compares what the numbers stand for.
 *
 * Open addressing, one place after the other; what is taken out leaves no mark, since what stands behind it moves up.
 */

const FEWEST = 1024

export class HashIndex {
  size = 0
  private numbers = new Int32Array(FEWEST)
  private hashes = new Int32Array(FEWEST)

  /** The first place of that hash; -1: none. Places are good until the next `insert` or `remove`. */
  first(hash: number): number {
    return this.from(hash & (this.numbers.length - 1), hash)
  }

  /** The next place of that hash behind `place`; -1: none. */
  next(place: number, hash: number): number {
    return this.from((place + 1) & (this.numbers.length - 1), hash)
  }

  /** What stands at a place. */
  number(place: number): number {
    return (this.numbers[place] as number) - 1
  }

  replace(place: number, number: number): void {
    this.numbers[place] = number + 1
  }

  insert(hash: number, number: number): void {
    // At most half full: on the average a look-up that finds nothing sees two and a half places.
    if (this.size * 2 >= this.numbers.length) this.grow()
    this.size++
    this.put(hash, number + 1)
  }

  remove(place: number): void {
    const { numbers, hashes } = this
    const mask = numbers.length - 1
    let hole = place
    for (let at = (hole + 1) & mask; numbers[at] !== 0; at = (at + 1) & mask) {
      // What is at home behind the hole stays where it is.
      const home = (hashes[at] as number) & mask
      if (((at - home) & mask) < ((at - hole) & mask)) continue
      numbers[hole] = numbers[at] as number
      hashes[hole] = hashes[at] as number
      hole = at
    }
    numbers[hole] = 0
    this.size--
  }

  private from(start: number, hash: number): number {
    const { numbers, hashes } = this
    const mask = numbers.length - 1
    for (let at = start; numbers[at] !== 0; at = (at + 1) & mask) if (hashes[at] === hash) return at
    return -1
  }

  private put(hash: number, stored: number): void {
    const { numbers } = this
    const mask = numbers.length - 1
    let at = hash & mask
    while (numbers[at] !== 0) at = (at + 1) & mask
    numbers[at] = stored
    this.hashes[at] = hash
  }

  private grow(): void {
    const { numbers, hashes } = this
    this.numbers = new Int32Array(2 * numbers.length)
    this.hashes = new Int32Array(2 * numbers.length)
    for (let at = 0; at < numbers.length; at++)
      if (numbers[at] !== 0) this.put(hashes[at] as number, numbers[at] as number)
  }
}
