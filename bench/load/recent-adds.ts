/** When each user put something into the cart, as far back as that may still decide whether the cart was left behind. */

/** A cart is left behind when nothing that counts has happened to it for so long. */
export const ABANDONED_MS = 60 * 60_000

export interface RecentAdds {
  /** Whether the user added something behind `from`, up to and including `to`. */
  between(user: number, from: number, to: number): boolean
  /** Of a visit that begins at `now`, which never goes back. */
  saw(user: number, times: readonly number[], now: number): void
}

export function createRecentAdds(): RecentAdds {
  /** Who added something last stands last, so that those of whom nothing matters any more are found in front. */
  const byUser = new Map<number, readonly number[]>()
  return {
    between: (user, from, to) => byUser.get(user)?.some((time) => time > from && time <= to) ?? false,
    saw(user, times, now) {
      const matters = (time: number): boolean => time > now - ABANDONED_MS
      for (const [other, past] of byUser) {
        if (past.some(matters)) break
        byUser.delete(other)
      }
      if (times.length === 0) return
      const before = byUser.get(user) ?? []
      byUser.delete(user)
      byUser.set(user, [...before.filter(matters), ...times])
    },
  }
}
