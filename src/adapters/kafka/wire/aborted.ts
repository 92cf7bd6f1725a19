/**
 * Which batches of a fetch answer belong to aborted transactions. The broker lists the transactions in the order of their ends and
 * says where each began; where it ended is said by a marker among the batches.
 *
 * 1. The list is sorted by first offset: transactions of several producers interleave, and the first to begin may end last.
 * 2. A transaction may have begun before the first batch of the answer.
 * 3. Only a control batch ends one. A record's key may look like a marker; that makes it none.
 */

export interface AbortedTransaction {
  readonly producerId: number
  readonly firstOffset: number
}

export class AbortedTransactions {
  private readonly list: readonly AbortedTransaction[]
  private next = 0
  /** Producers inside an aborted transaction, at the batch asked about last. */
  private readonly inside = new Set<number>()

  constructor(list: readonly AbortedTransaction[]) {
    this.list = list.length < 2 ? list : [...list].sort((one, other) => one.firstOffset - other.firstOffset)
  }

  /** Whether a transactional batch that ends with this offset is to be left out; batches are asked about in order. */
  covers(producerId: number, lastOffset: number): boolean {
    for (let one = this.list[this.next]; one !== undefined && one.firstOffset <= lastOffset; ) {
      this.inside.add(one.producerId)
      one = this.list[++this.next]
    }
    return this.inside.has(producerId)
  }

  /** A marker of an abort at this offset. */
  ended(producerId: number, offset: number): void {
    this.covers(producerId, offset)
    this.inside.delete(producerId)
  }
}
