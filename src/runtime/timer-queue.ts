/**
 * Which person has a timer due next: a binary heap of (due, key), one live entry per person nearly always.
 *
 * 1. Timers live in the person; the queue holds at most a hint: `armed(key)` is the earliest due time it will be asked for.
 * 2. An entry that is earlier than the person's earliest timer is harmless: who pops it looks, and arms it again (the lazy trick:
 *    an open session is prolonged twenty times and moves no entry).
 * 3. Order: due time, then key; so two runs fire alike.
 */
import type { EpochMs } from '../model/time.ts'

export class TimerQueue {
  private readonly dues: EpochMs[] = []
  private readonly keys: string[] = []
  private readonly armed = new Map<string, EpochMs>()

  get size(): number {
    return this.armed.size
  }

  clear(): void {
    this.dues.length = 0
    this.keys.length = 0
    this.armed.clear()
  }

  /** Makes sure that the key comes up at `due` or before. */
  arm(key: string, due: EpochMs): void {
    const present = this.armed.get(key)
    if (present !== undefined && present <= due) return
    this.armed.set(key, due)
    this.push(due, key)
  }

  /** The key comes up no more, until armed again. */
  disarm(key: string): void {
    this.armed.delete(key)
  }

  /** The earliest entry at or before `limit`, taken out; undefined if there is none. */
  pop(limit: EpochMs): { readonly key: string; readonly due: EpochMs } | undefined {
    for (;;) {
      const due = this.dues[0]
      if (due === undefined || due > limit) return undefined
      const key = this.keys[0] as string
      this.removeFirst()
      if (this.armed.get(key) !== due) continue
      this.armed.delete(key)
      return { key, due }
    }
  }

  /** Whether anything can be due at `limit`: one comparison, which a stale entry may answer with yes. */
  mayBeDue(limit: EpochMs): boolean {
    const first = this.dues[0]
    return first !== undefined && first <= limit
  }

  /** The earliest due time, stale entries skipped; undefined if the queue is empty. */
  earliest(): EpochMs | undefined {
    for (;;) {
      const due = this.dues[0]
      if (due === undefined || this.armed.get(this.keys[0] as string) === due) return due
      this.removeFirst()
    }
  }

  /** Keys that come up at or before `limit`, at most `most` of them, the earliest first, left in the queue. */
  peek(limit: EpochMs, most: number): readonly string[] {
    const first = this.earliest()
    if (first === undefined || first > limit) return []
    const found: { key: string; due: EpochMs }[] = []
    for (;;) {
      const next = found.length < most ? this.pop(limit) : undefined
      if (next === undefined) break
      found.push(next)
    }
    for (const { key, due } of found) this.arm(key, due)
    return found.map(({ key }) => key)
  }

  private before(a: number, b: number): boolean {
    const x = this.dues[a] as number
    const y = this.dues[b] as number
    return x !== y ? x < y : (this.keys[a] as string) < (this.keys[b] as string)
  }

  private swap(a: number, b: number): void {
    const { dues, keys } = this
    const due = dues[a] as number
    dues[a] = dues[b] as number
    dues[b] = due
    const key = keys[a] as string
    keys[a] = keys[b] as string
    keys[b] = key
  }

  private push(due: EpochMs, key: string): void {
    let at = this.dues.push(due) - 1
    this.keys.push(key)
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!this.before(at, parent)) break
      this.swap(at, parent)
      at = parent
    }
  }

  private removeFirst(): void {
    const last = this.dues.length - 1
    this.swap(0, last)
    this.dues.pop()
    this.keys.pop()
    let at = 0
    for (;;) {
      let least = 2 * at + 1
      if (least >= last) break
      if (least + 1 < last && this.before(least + 1, least)) least++
      if (!this.before(least, at)) break
      this.swap(at, least)
      at = least
    }
  }
}
