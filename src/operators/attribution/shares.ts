/**
 * Which channel gets how much of an order, by four ways of counting (contracts, A4). In millionths that sum to a million: what rounding
 * leaves over goes to the channels it took most from, then by name.
 */

export type Shares = Readonly<Record<string, number>>

const WHOLE = 1_000_000

/** Of weights that sum to `total`, by channel. */
function sharesOf(weights: ReadonlyMap<string, number>, total: number): Shares {
  const parts = [...weights].map(([channel, weight]) => {
    const exact = weight * WHOLE
    const millionths = Math.floor(exact / total)
    return { channel, millionths, left: exact - millionths * total }
  })
  let left = WHOLE - parts.reduce((sum, { millionths }) => sum + millionths, 0)
  const most = parts.toSorted((a, b) => b.left - a.left || (a.channel < b.channel ? -1 : 1))
  for (const part of most) if (left-- > 0) part.millionths++
  const inOrder = parts.toSorted((a, b) => (a.channel < b.channel ? -1 : 1))
  return Object.fromEntries(inOrder.map(({ channel, millionths }) => [channel, millionths / WHOLE]))
}

function summed(channels: readonly string[], weightAt: (place: number) => number): Shares {
  const weights = new Map<string, number>()
  let total = 0
  channels.forEach((channel, place) => {
    const weight = weightAt(place)
    total += weight
    if (weight > 0) weights.set(channel, (weights.get(channel) ?? 0) + weight)
  })
  return sharesOf(weights, total)
}

/** 40, 20 and 40 of a hundred, in whole numbers: the ends have two each where all between them share one. */
function positionWeight(place: number, count: number): number {
  if (count <= 2) return 1
  const between = count - 2
  return place === 0 || place === count - 1 ? 2 * between : 1
}

export interface SharesByModel {
  readonly first: Shares
  readonly last: Shares
  readonly linear: Shares
  readonly position: Shares
}

/** `channels`: those of the touchpoints, in their order; at least one. */
export function sharesByModel(channels: readonly string[]): SharesByModel {
  const count = channels.length
  return {
    first: summed(channels, (place) => (place === 0 ? 1 : 0)),
    last: summed(channels, (place) => (place === count - 1 ? 1 : 0)),
    linear: summed(channels, () => 1),
    position: summed(channels, (place) => positionWeight(place, count)),
  }
}
