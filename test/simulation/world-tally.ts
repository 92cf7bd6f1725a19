/** What happened in a world, counted. */
export interface Tally {
  steps: number
  appends: number
  crashes: number
  failures: number
  rebalances: number
  fenced: number
  stolen: number
  storesLost: number
  storesBack: number
  storeMoved: number
  opened: number
  rebuilt: number
  commits: number
  /** Crashes and failures by kind: `crash before commit`. */
  readonly kinds: Record<string, number>
}

export const newTally = (): Tally => ({
  steps: 0,
  appends: 0,
  crashes: 0,
  failures: 0,
  rebalances: 0,
  fenced: 0,
  stolen: 0,
  storesLost: 0,
  storesBack: 0,
  storeMoved: 0,
  opened: 0,
  rebuilt: 0,
  commits: 0,
  kinds: {},
})

/** Adds numbers by name, nested ones too. */
export function addUp(total: Record<string, unknown>, more: object): void {
  for (const [name, value] of Object.entries(more)) {
    if (typeof value === 'number') total[name] = ((total[name] as number | undefined) ?? 0) + value
    else if (typeof value === 'object' && value !== null)
      addUp(
        (total[name] ??= {}) as Record<string, unknown>,
        value instanceof Map ? Object.fromEntries(value) : value,
      )
  }
}
