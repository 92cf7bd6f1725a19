/**
 * Which person has a timer due next: a binary heap of (due, number of the person), one live entry per person nearly always.
 *
 * 1. Timers live in the person; the queue holds at most a hint: `armed` is the earliest due time it will be asked for.
 * 2. An entry that is earlier than the person's earliest timer is harmless: who pops it looks, and arms it again (the lazy trick:
 *    an open session is prolonged twenty times and moves no entry).
 * 3. Order: due time, then id; so two runs fire alike.
 * 4. Columns of numbers: the timers of a million people at rest are four objects.
 * 5. Entries are at most twice as many as people who are armed, or few: a person whose timer is far off leaves another entry for it
 *    with each nearer one that fires.
 */
import { BEGINNING, type EpochMs } from '../model/time.ts'

const FEWEST = 64
const NEVER: EpochMs = Number.POSITIVE_INFINITY

export class TimerQueue {
  /** People who are armed. */
  size = 0
  /** The due time of what was popped last. */
  due: EpochMs = BEGINNING
  /** Entries, stale ones among them. */
  length = 0
  private dues = new Float64Array(FEWEST)
  private numbers = new Int32Array(FEWEST)
  /** By number. */
  private armed = new Float64Array(FEWEST).fill(NEVER)
  private readonly idBefore: (one: number, other: number) => boolean

  /** `idBefore`: whether the id of the one person sorts before that of the other. */
  constructor(idBefore: (one: number, other: number) => boolean) {
    this.idBefore = idBefore
  }

  clear(): void {
    this.size = 0
    this.length = 0
    this.dues = new Float64Array(FEWEST)
    this.numbers = new Int32Array(FEWEST)
    this.armed = new Float64Array(FEWEST).fill(NEVER)
  }

  isArmed(number: number): boolean {
    return number < this.armed.length && (this.armed[number] as number) < NEVER
  }

  /** Makes sure that the person comes up at `due` or before. */
  arm(number: number, due: EpochMs): void {
    if (number >= this.armed.length) this.widen(number)
    const present = this.armed[number] as number
    if (present <= due) return
    if (present === NEVER) this.size++
    this.armed[number] = due
    this.push(due, number)
  }

  /** The person comes up no more, until armed again. */
  disarm(number: number): void {
    if (!this.isArmed(number)) return
    this.armed[number] = NEVER
    this.size--
  }

  /** The person of the earliest entry at or before `limit`, taken out, its time in {@link due}; -1 if there is none. */
  pop(limit: EpochMs): number {
    while (this.length > 0) {
      const due = this.dues[0] as number
      if (due > limit) return -1
      const number = this.numbers[0] as number
      this.removeFirst()
      if (this.armed[number] !== due) continue
      this.disarm(number)
      this.due = due
      return number
    }
    return -1
  }

  /** Whether anything can be due at `limit`: one comparison, which a stale entry may answer with yes. */
  mayBeDue(limit: EpochMs): boolean {
    return this.length > 0 && (this.dues[0] as number) <= limit
  }

  /** The earliest due time, stale entries skipped; undefined if the queue is empty. */
  earliest(): EpochMs | undefined {
    while (this.length > 0) {
      const due = this.dues[0] as number
      if (this.armed[this.numbers[0] as number] === due) return due
      this.removeFirst()
    }
    return undefined
  }

  /** People who come up at or before `limit`, at most `most` of them, the earliest first, left in the queue. */
  peek(limit: EpochMs, most: number): readonly number[] {
    const found: number[] = []
    if (!this.mayBeDue(limit)) return found
    const dues: EpochMs[] = []
    while (found.length < most) {
      const number = this.pop(limit)
      if (number < 0) break
      found.push(number)
      dues.push(this.due)
    }
    for (const [i, number] of found.entries()) this.arm(number, dues[i] as EpochMs)
    return found
  }

  private widen(number: number): void {
    const { armed } = this
    this.armed = new Float64Array(Math.max(2 * armed.length, number + 1)).fill(NEVER)
    this.armed.set(armed)
  }

  private before(due: EpochMs, number: number, at: number): boolean {
    const other = this.dues[at] as number
    return due !== other ? due < other : this.idBefore(number, this.numbers[at] as number)
  }

  private push(due: EpochMs, number: number): void {
    if (this.length === this.dues.length) this.makeRoom()
    let at = this.length++
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!this.before(due, number, parent)) break
      this.move(parent, at)
      at = parent
    }
    this.dues[at] = due
    this.numbers[at] = number
  }

  private makeRoom(): void {
    const { dues, numbers } = this
    if (2 * this.size <= this.length) {
      this.tidy()
      return
    }
    this.dues = new Float64Array(2 * dues.length)
    this.dues.set(dues)
    this.numbers = new Int32Array(2 * numbers.length)
    this.numbers.set(numbers)
  }

  /** Of each person who is armed one entry stays. */
  private tidy(): void {
    const { armed, dues, numbers } = this
    let kept = 0
    for (let at = 0; at < this.length; at++) {
      const number = numbers[at] as number
      const due = dues[at] as number
      if (armed[number] !== due) continue
      // The same entry once more is one too many.
      armed[number] = NEVER
      dues[kept] = due
      numbers[kept++] = number
    }
    this.length = 0
    for (let at = 0; at < kept; at++) {
      const number = numbers[at] as number
      const due = dues[at] as number
      armed[number] = due
      this.push(due, number)
    }
  }

  private removeFirst(): void {
    const last = --this.length
    const due = this.dues[last] as number
    const number = this.numbers[last] as number
    let at = 0
    for (;;) {
      let least = 2 * at + 1
      if (least >= last) break
      const right = least + 1
      if (right < last && this.before(this.dues[right] as number, this.numbers[right] as number, least))
        least = right
      if (this.before(due, number, least)) break
      this.move(least, at)
      at = least
    }
    this.dues[at] = due
    this.numbers[at] = number
  }

  private move(from: number, to: number): void {
    this.dues[to] = this.dues[from] as number
    this.numbers[to] = this.numbers[from] as number
  }
}
