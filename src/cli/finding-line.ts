/** A finding as one line of text. */
import type { Finding } from '../model/errors.ts'

/** `file:line:column  error|warning  code  message  hint` (contracts, X4). Whatever a document says cannot break out of the line. */
export function findingLine(finding: Finding): string {
  return lineOf(finding, `${finding.level}  `)
}

/** The same without the level, for matchers that take the first word behind the place for the code (docs/contracts.md, X4). */
export function plainFindingLine(finding: Finding): string {
  return lineOf(finding, '')
}

function lineOf({ place, code, message, hint }: Finding, level: string): string {
  const line = `${place.file}:${place.line}:${place.column}  ${level}${code}  ${message}  ${hint}`
  // oxlint-disable-next-line no-control-regex
  return line.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ')
}
