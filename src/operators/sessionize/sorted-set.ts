/** Sorted sets of texts, bounded to the first ones: what a session lists. */
import { SESSION_DISTINCT_MAX } from '../../model/limits.ts'

/** Where a text stands in a sorted list, or would stand. */
function placeOf(texts: readonly string[], size: number, text: string): number {
  let from = 0
  let to = size
  while (from < to) {
    const middle = (from + to) >>> 1
    if ((texts[middle] as string) < text) from = middle + 1
    else to = middle
  }
  return from
}

/**
 * A bench on which a set is put together, each text with a number; one for all, since a list that grows is copied and keeps room that
 * nobody uses.
 */
export interface TextBench {
  /** Begins with a set. */
  lay(texts: readonly string[], numbers?: readonly number[]): void
  /** Adds a number to that of a text. */
  count(text: string, by: number): void
  put(text: string): void
  putAll(texts: readonly string[]): void
  takeTexts(): readonly string[]
  takeNumbers(): readonly number[]
}

/** Up to here a text is looked for by what it is, nearly always the very same one, and not by which is less. */
const FEW = 8

export function createTextBench(): TextBench {
  const texts: string[] = []
  const numbers: number[] = []
  let size = 0

  /** Makes room for a text, unless it would stand behind the first ones. Of too many the last falls out. */
  function open(at: number): boolean {
    if (at >= SESSION_DISTINCT_MAX) return false
    if (size < SESSION_DISTINCT_MAX) size++
    for (let i = size - 1; i > at; i--) texts[i] = texts[i - 1] as string
    return true
  }

  function put(text: string): void {
    for (let i = 0; i < size && i < FEW; i++) if (texts[i] === text) return
    const at = placeOf(texts, size, text)
    if (at < size && texts[at] === text) return
    if (open(at)) texts[at] = text
  }

  return {
    lay(all, counts) {
      size = all.length
      for (let i = 0; i < size; i++) texts[i] = all[i] as string
      if (counts !== undefined) for (let i = 0; i < size; i++) numbers[i] = counts[i] as number
    },
    count(text, by) {
      for (let i = 0; i < size && i < FEW; i++) {
        if (texts[i] !== text) continue
        numbers[i] = (numbers[i] as number) + by
        return
      }
      const at = placeOf(texts, size, text)
      if (at < size && texts[at] === text) numbers[at] = (numbers[at] as number) + by
      else if (open(at)) {
        for (let i = size - 1; i > at; i--) numbers[i] = numbers[i - 1] as number
        texts[at] = text
        numbers[at] = by
      }
    },
    put,
    putAll(all) {
      for (let i = 0; i < all.length; i++) put(all[i] as string)
    },
    takeTexts: () => texts.slice(0, size),
    takeNumbers: () => numbers.slice(0, size),
  }
}
