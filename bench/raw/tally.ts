/** What a loop that only reads has seen so far. It says so, in a line on standard output, whenever it has changed: that is its output. */

/** How often is looked: less than a thousandth of the processor goes into it. */
const LOOK_MS = 20

export class Tally {
  records = 0
  decoded = 0
  /** Of the times of all events that could be decoded, each behind {@link TIMES_FROM}, in seconds: a sum that stays a whole number. */
  seconds = 0
  /** Of the letters of everybody's identifier: it must have been found, not only stepped over. */
  letters = 0

  /** @param time milliseconds @param letters of the identifier of the person */
  event(time: number, letters: number): void {
    this.decoded++
    this.seconds += Math.floor((time - TIMES_FROM) / 1000)
    this.letters += letters
  }

  tell(): void {
    let told = -1
    setInterval(() => {
      if (this.records === told) return
      told = this.records
      process.stdout.write(`${told} ${this.decoded} ${this.seconds} ${this.letters}\n`)
    }, LOOK_MS)
  }
}

/** 2025-01-01T00:00:00Z, where the load begins. */
export const TIMES_FROM = 1_735_689_600_000

export const said = (name: string): string => {
  const value = process.env[name]
  if (value === undefined) throw new Error(`${name} is not set`)
  return value
}
