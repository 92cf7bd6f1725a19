/** A look at one event where it lies: positions into its bytes, nothing made. The fields are those of `load/event.avsc`, in order. */

const HEADER_BYTES = 5
const DOUBLE_BYTES = 8
const USER_ID = 'user_id'

export class ShopView {
  time = 0
  personStart = 0
  personEnd = 0
  private readonly schemaId: number
  private buffer: Buffer = Buffer.alloc(0)
  private end = 0
  /** Where the next field begins; beyond `end` once something did not fit. */
  private at = 0
  private textStart = 0

  constructor(schemaId: number) {
    this.schemaId = schemaId
  }

  /** The whole record is walked. False: it cannot be decoded. */
  read(buffer: Buffer, start: number, end: number): boolean {
    if (end - start < HEADER_BYTES || buffer[start] !== 0 || buffer.readInt32BE(start + 1) !== this.schemaId)
      return false
    this.buffer = buffer
    this.end = end
    this.at = start + HEADER_BYTES
    this.text()
    this.text()
    this.text()
    this.time = this.number()
    this.identifiers()
    this.text()
    this.text()
    this.at += DOUBLE_BYTES
    this.number()
    this.text()
    if (this.number() === 1) this.text()
    this.text()
    return this.at === end
  }

  /** The user goes before the cookie. */
  private identifiers(): void {
    let byUser = false
    this.personEnd = this.personStart = 0
    for (let left = this.number(); left > 0; left = this.number())
      for (; left > 0 && this.at < this.end; left--) {
        this.text()
        const user = this.isUserId()
        this.text()
        if (byUser || (this.personEnd > 0 && !user)) continue
        byUser = user
        this.personStart = this.textStart
        this.personEnd = this.at
      }
  }

  private isUserId(): boolean {
    if (this.at - this.textStart !== USER_ID.length) return false
    for (let i = 0; i < USER_ID.length; i++)
      if (this.buffer[this.textStart + i] !== USER_ID.charCodeAt(i)) return false
    return true
  }

  private text(): void {
    const length = this.number()
    this.textStart = this.at
    this.at += length < 0 ? this.end + 1 : length
  }

  /** Zigzag and variable length; up to 2^53. */
  private number(): number {
    let raw = 0
    let factor = 1
    while (this.at < this.end) {
      const byte = this.buffer[this.at++] as number
      raw += (byte & 127) * factor
      if (byte < 128) return raw % 2 === 0 ? raw / 2 : -(raw + 1) / 2
      factor *= 128
    }
    this.at = this.end + 1
    return 0
  }
}
