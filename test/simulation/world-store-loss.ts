/** A store that goes back to a copy of itself or loses everything: all of it, or what one task has there. */
import type { EmbeddedStateStore, StoreSnapshot } from '../../src/adapters/embedded/state-store.ts'
import type { Prng } from './prng.ts'
import type { Tally } from './world-tally.ts'

const COPIES_MAX = 4

export interface StoreLoss {
  /** Now and then remembers the store as it is. */
  maybeKeep(): void
  lose(): void
}

export function createStoreLoss({
  store,
  prng,
  tally,
  trace,
}: {
  readonly store: EmbeddedStateStore
  readonly prng: Prng
  readonly tally: Tally
  readonly trace: (what: string) => void
}): StoreLoss {
  const copies: StoreSnapshot[] = []
  return {
    maybeKeep() {
      if (!prng.chance(1, 25)) return
      if (copies.length === COPIES_MAX) copies.splice(prng.below(COPIES_MAX), 1)
      copies.push(store.snapshot())
    },
    lose() {
      const back = prng.chance(2, 3) && copies.length > 0 ? prng.pick(copies) : undefined
      if (back === undefined) tally.storesLost++
      else tally.storesBack++
      const now = store.snapshot()
      const tasks = [...now.keys()]
      const one = prng.chance(1, 2) && tasks.length > 0 ? prng.pick(tasks) : undefined
      trace(
        `step ${tally.steps}: the store ${back === undefined ? 'is lost' : 'goes back'}, ${one ?? 'all of it'}`,
      )
      if (one === undefined) {
        store.restore(back)
        return
      }
      const mixed = new Map(now)
      const before = back?.get(one)
      if (before === undefined) mixed.delete(one)
      else mixed.set(one, before)
      store.restore(mixed)
    },
  }
}
