/** What is on its way: lines by the moment at which they arrive, earliest first; equal moments in the order they were put in. */
export interface Arriving {
  /** Clock time of arrival. */
  readonly at: number
  readonly line: string
  /** What the story says before this line. */
  readonly tell?: string | undefined
}

export interface Arrivals {
  readonly size: number
  put(arriving: Arriving): void
  /** Arrival of the earliest; Infinity when nothing is on its way. */
  readonly earliest: number
  take(): Arriving | undefined
}

interface Entry {
  readonly arriving: Arriving
  readonly order: number
}

const before = (a: Entry, b: Entry): boolean =>
  a.arriving.at !== b.arriving.at ? a.arriving.at < b.arriving.at : a.order < b.order

/** A binary heap. */
export function arrivals(): Arrivals {
  const heap: Entry[] = []
  let order = 0
  const at = (index: number): Entry => heap[index] as Entry
  const swap = (i: number, j: number): void => {
    const kept = at(i)
    heap[i] = at(j)
    heap[j] = kept
  }
  const sink = (): void => {
    for (let i = 0; ; ) {
      const left = 2 * i + 1
      if (left >= heap.length) return
      const smaller = left + 1 < heap.length && before(at(left + 1), at(left)) ? left + 1 : left
      if (before(at(i), at(smaller))) return
      swap(i, smaller)
      i = smaller
    }
  }
  return {
    get size() {
      return heap.length
    },
    get earliest() {
      return heap[0]?.arriving.at ?? Number.POSITIVE_INFINITY
    },
    put(arriving) {
      heap.push({ arriving, order: order++ })
      for (let i = heap.length - 1; i > 0; ) {
        const parent = (i - 1) >> 1
        if (!before(at(i), at(parent))) break
        swap(i, parent)
        i = parent
      }
    },
    take() {
      const first = heap[0]
      const last = heap.pop()
      if (first === undefined || last === undefined) return undefined
      if (heap.length > 0) {
        heap[0] = last
        sink()
      }
      return first.arriving
    },
  }
}
