/** Bars lying on their side, as SVG: readable on light and dark pages, since it brings its own ground. */

export interface Bar {
  readonly title: string
  readonly value: number
  readonly least: number
  readonly most: number
}

const WIDTH = 820
const TITLES = 380
const VALUES = 70
const TOP = 40
const ROW = 34
const BAR = 18
const GROUND = '#ffffff'
const INK = '#24292f'
const FIRST = '#0969da'
const OTHERS = '#8c959f'

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('`', '')

/** The first bar stands out. */
export function barsOf(title: string, bars: readonly Bar[]): string {
  const most = Math.max(...bars.map((bar) => bar.most), 1)
  const scale = (value: number): number => (value / most) * (WIDTH - TITLES - VALUES)
  const height = TOP + bars.length * ROW + 10
  const rows = bars.map((bar, i) => {
    const y = TOP + i * ROW
    const middle = y + BAR / 2
    const [from, to] = [TITLES + scale(bar.least), TITLES + scale(bar.most)].map((x) => x.toFixed(1))
    return [
      `<text x="${TITLES - 8}" y="${middle + 4}" text-anchor="end">${escaped(bar.title)}</text>`,
      `<rect x="${TITLES}" y="${y}" width="${scale(bar.value).toFixed(1)}" height="${BAR}" fill="${i === 0 ? FIRST : OTHERS}"/>`,
      `<path d="M${from} ${middle}H${to}" stroke="${INK}" stroke-width="2"/>`,
      `<text x="${(TITLES + scale(bar.most) + 8).toFixed(1)}" y="${middle + 4}">${bar.value.toFixed(0)}</text>`,
    ].join('')
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${WIDTH}" height="${height}" fill="${GROUND}"/>`,
    `<g font-family="system-ui, sans-serif" font-size="12" fill="${INK}">`,
    `<text x="12" y="22" font-weight="600">${escaped(title)}</text>`,
    ...rows,
    '</g></svg>',
    '',
  ].join('\n')
}
