/** Outputs as lines on a stream: what `replay` and `run --embedded` print. */
import type { Writable } from 'node:stream'
import type { Output } from './embed.ts'

/** Of a piece: no text can be longer than half a gigabyte, and what is due at the end of a recording may be more than that. */
const PIECE_LENGTH = 1 << 23

/** Output lines, gathered and written in large pieces with the stream's own pace. */
export class LineWriter {
  private readonly stream: Writable
  private text = ''
  /** Pieces in front of the text. */
  private pieces: string[] = []
  private failure: Error | undefined
  private readonly failed = (error: Error): void => {
    this.failure = error
  }

  constructor(stream: Writable) {
    this.stream = stream
    stream.on('error', this.failed)
  }

  push({ topic, key, value }: Output): void {
    this.text += `{"topic":${JSON.stringify(topic)},"key":${JSON.stringify(key)},"value":${value}}\n`
    if (this.text.length < PIECE_LENGTH) return
    this.pieces.push(this.text)
    this.text = ''
  }

  async flush(): Promise<void> {
    this.assertWell()
    const { pieces, text } = this
    if (text !== '') pieces.push(text)
    this.text = ''
    this.pieces = []
    for (const piece of pieces) {
      this.assertWell()
      if (!this.stream.write(piece) && !this.stream.destroyed) await this.drained()
    }
  }

  /** A stream that closes under us drains no more: its failure shows at the next flush. */
  private drained(): Promise<void> {
    return new Promise((done) => {
      const end = (): void => {
        this.stream.off('drain', end)
        this.stream.off('close', end)
        done()
      }
      this.stream.on('drain', end)
      this.stream.on('close', end)
    })
  }

  /** Ends the stream; standard output belongs to the process, and stays open for the next one. */
  async close(): Promise<void> {
    await this.flush()
    if (this.stream === process.stdout) {
      await new Promise<void>((done) => this.stream.write('', () => done()))
      this.stream.off('error', this.failed)
    } else await new Promise<void>((done) => this.stream.end(() => done()))
    this.assertWell()
  }

  private assertWell(): void {
    if (this.failure !== undefined) throw this.failure
  }
}
