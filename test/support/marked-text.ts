/** Documents that carry what is expected of them: a `▶` stands before each place that a finding must name. */
export interface MarkedText {
  readonly text: string
  /** `line:column` of each mark, in the order of the text, both from 1. */
  readonly places: readonly string[]
}

export function readMarks(marked: string): MarkedText {
  const places: string[] = []
  const lines = marked.split('\n').map((line, i) => {
    let rest = line
    for (let at = rest.indexOf('▶'); at >= 0; at = rest.indexOf('▶')) {
      places.push(`${i + 1}:${at + 1}`)
      rest = rest.slice(0, at) + rest.slice(at + 1)
    }
    return rest
  })
  return { text: lines.join('\n'), places }
}
