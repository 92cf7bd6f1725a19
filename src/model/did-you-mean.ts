/** "Did you mean": the known word that someone most likely wanted to write. */

/** Further away than this, a word is another word. */
const EDITS_MAX = 2

/**
 * The candidate nearest to `word` by insertions, deletions, replacements and swaps of neighbours, within two of them and
 * fewer than the word has letters; the first of equals. Case counts for nothing. `undefined`: none is near.
 */
export function didYouMean(word: string, candidates: Iterable<string>): string | undefined {
  const wanted = word.toLowerCase()
  let best: string | undefined
  let least = Math.min(EDITS_MAX, wanted.length - 1) + 1
  for (const candidate of candidates) {
    if (candidate === word || Math.abs(candidate.length - word.length) >= least) continue
    const edits = distance(wanted, candidate.toLowerCase())
    if (edits >= least) continue
    best = candidate
    least = edits
  }
  return best
}

/** Optimal string alignment: Levenshtein's distance in which swapping two neighbours is one edit. */
function distance(a: string, b: string): number {
  let before: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let cost = Math.min(
        (row[j] as number) + 1,
        (next[j - 1] as number) + 1,
        (row[j - 1] as number) + (same ? 0 : 1),
      )
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, (before[j - 2] as number) + 1)
      next[j] = cost
    }
    before = row
    row = next
  }
  return row[b.length] as number
}
