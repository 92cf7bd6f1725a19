/**
 * splitmix64 in halves of 32 bits, since BigInt would take longer for a number than the rest of an event takes. What was drawn last
 * stands in `hi` and `lo`, as signed 32-bit integers: nothing is made per draw.
 */

const GAMMA_HI = 0x9e3779b9 | 0
const GAMMA_LO = 0x7f4a7c15 | 0

export class Random {
  hi = 0
  lo = 0
  private stateHi: number
  private stateLo: number

  constructor(seed: number) {
    this.stateHi = Math.floor(seed / 2 ** 32) | 0
    this.stateLo = seed | 0
  }

  /** The next number of the row. */
  draw(): void {
    const lo = (this.stateLo >>> 0) + (GAMMA_LO >>> 0)
    this.stateHi = (this.stateHi + GAMMA_HI + (lo > 0xffffffff ? 1 : 0)) | 0
    this.stateLo = lo | 0
    this.mix(this.stateHi, this.stateLo)
  }

  /** The scrambling of one number, without moving the row: the same for the same halves. */
  mix(hi: number, lo: number): void {
    this.hi = hi ^ (hi >>> 30)
    this.lo = lo ^ ((lo >>> 30) | (hi << 2))
    this.multiply(0xbf58476d | 0, 0x1ce4e5b9 | 0)
    const { hi: hi1, lo: lo1 } = this
    this.hi = hi1 ^ (hi1 >>> 27)
    this.lo = lo1 ^ ((lo1 >>> 27) | (hi1 << 5))
    this.multiply(0x94d049bb | 0, 0x133111eb | 0)
    const { hi: hi2, lo: lo2 } = this
    this.hi = hi2 ^ (hi2 >>> 31)
    this.lo = lo2 ^ ((lo2 >>> 31) | (hi2 << 1))
  }

  /** 0 to n - 1. */
  below(n: number): number {
    this.draw()
    return (this.hi >>> 1) % n
  }

  /** From 0 to below 1. */
  uniform(): number {
    this.draw()
    return ((this.hi >>> 5) * 0x4000000 + (this.lo >>> 6)) / 2 ** 53
  }

  exponential(mean: number): number {
    return -mean * Math.log(1 - this.uniform())
  }

  /** The low 64 bits of the product, by halves of halves. */
  private multiply(hi: number, lo: number): void {
    const a0 = this.lo & 0xffff
    const a1 = this.lo >>> 16
    const b0 = lo & 0xffff
    const b1 = lo >>> 16
    const low = a0 * b0
    const left = a0 * b1
    const right = a1 * b0
    const middle = (low >>> 16) + (left & 0xffff) + (right & 0xffff)
    const carried = a1 * b1 + (left >>> 16) + (right >>> 16) + (middle >>> 16)
    this.hi = (carried + Math.imul(this.hi, lo) + Math.imul(this.lo, hi)) | 0
    this.lo = (middle << 16) | (low & 0xffff)
  }
}
