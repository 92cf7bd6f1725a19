/** Committed states, read from outside: anybody may look, nothing is written, and no stamp is asked for (contracts, section 7). */
export interface StateEntry {
  readonly key: string
  readonly value: Buffer
}

/** What a task commits meanwhile may be seen in one key and not yet in another. @throws AdapterError from every call. */
export interface StateReader {
  /** In the order asked for; undefined: no such key. */
  values(task: string, keys: readonly string[]): Promise<readonly (Buffer | undefined)[]>
  /** How many keys a task has; 0 also of one that never was. */
  count(task: string): Promise<number>
  /** Every key that is there throughout, some twice, in no order. */
  entries(task: string): AsyncIterable<StateEntry>
}
