/**
 * Which events nobody in memory has had, told from one word of memory: nearly every event is new, and to look through the keys that its
 * person remembers touches one object for each sixteen of them (10,000 people, up to 200 keys each, Node 20: 300 ns an event and more).
 *
 * It says "new" or "maybe", never "had": whoever hears "maybe" looks the keys through. What people forget stays in it until it is built anew.
 */

/** Keys that a filter of the smallest size is made for. */
const FEWEST = 1 << 16
/** With one bit set for each key: one in nine new keys passes for had when the filter is full. */
const BITS_PER_KEY = 8

export class SeenFilter {
  private words = new Int32Array((FEWEST * BITS_PER_KEY) / 32)
  private count = 0

  /** More keys were added than it is made for: time to build it anew. */
  get full(): boolean {
    return this.count * BITS_PER_KEY > this.words.length * 32
  }

  /** Holds nothing, and is made for twice as many keys. */
  clear(keys: number): void {
    let most = FEWEST
    while (most < 2 * keys) most *= 2
    const words = (most * BITS_PER_KEY) / 32
    if (words === this.words.length) this.words.fill(0)
    else this.words = new Int32Array(words)
    this.count = 0
  }

  /** Keys are hashes: their low bits are as good as any. */
  add(key: number): void {
    const bits = key | 0
    const { words } = this
    const at = (bits >>> 5) & (words.length - 1)
    words[at] = (words[at] as number) | (1 << (bits & 31))
    this.count++
  }

  /** False: the key was never added. */
  mayHold(key: number): boolean {
    const bits = key | 0
    const { words } = this
    return ((words[(bits >>> 5) & (words.length - 1)] as number) & (1 << (bits & 31))) !== 0
  }
}
