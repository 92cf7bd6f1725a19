/** Whose turn it is, and where a process dies: chosen for a test, one way after another. */

export type Choose = (count: number) => number

/**
 * Runs `attempt` once for every way its choices can fall, the first way first, and answers how many ways that were.
 * @throws when there are more than `most`: the space is larger than the test believes.
 */
export async function inEveryWay(attempt: (choose: Choose) => Promise<void>, most: number): Promise<number> {
  let path: { taken: number; readonly of: number }[] = []
  for (let ways = 1; ; ways++) {
    if (ways > most) throw new Error(`more than ${most} ways`)
    let depth = 0
    await attempt((count) => {
      const step = path[depth++]
      if (step !== undefined) return step.taken
      path.push({ taken: 0, of: count })
      return 0
    })
    while (path.length > 0 && path.at(-1)!.taken + 1 === path.at(-1)!.of) path = path.slice(0, -1)
    const last = path.at(-1)
    if (last === undefined) return ways
    last.taken++
  }
}

/** A schedule drawn from a seed: the same seed draws the same. */
export function drawn(seed: number): Choose {
  let state = (seed + 1) * 2654435761
  return (count) => {
    state = (Math.imul(state ^ (state >>> 15), 2246822519) + 0x9e3779b9) | 0
    return ((state >>> 8) & 0xffff) % count
  }
}

/** Counts the calls, and throws `error` at the one told; `done` says whether it came to that. */
export function atCall(
  which: number,
  error: () => Error,
): { readonly hook: () => void; readonly done: () => boolean } {
  let calls = 0
  return {
    hook: () => {
      if (++calls === which) throw error()
    },
    done: () => calls >= which,
  }
}
