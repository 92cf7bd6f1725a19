/** What a check found, for people or as JSON; exit code 1 if any of it is an error. */
import type { Checked } from '../app/checked.ts'

/** A finding in two lines: what, and what to do. */
export function checkedText({ level, code, about, message, hint }: Checked): string {
  return `${level.padEnd(7)}  ${code}  ${about}: ${message}\n         ${hint}\n`
}

/** Writes the findings, and `well` if nothing worse than notes is among them; with `json` one object, `more` beside the findings. */
export function sayChecked(
  findings: readonly Checked[],
  { json, well, more = {} }: { readonly json: boolean; readonly well: string; readonly more?: object },
): void {
  const errors = findings.filter(({ level }) => level === 'error').length
  if (json) process.stdout.write(`${JSON.stringify({ ok: errors === 0, ...more, findings })}\n`)
  else {
    const fine = findings.every(({ level }) => level === 'note')
    process.stdout.write(`${findings.map(checkedText).join('')}${fine ? `${well}\n` : ''}`)
  }
  if (errors > 0) process.exitCode = 1
}

/** A row of aligned columns for each list of cells. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths: number[] = []
  for (const row of rows)
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, cell.length)
    })
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, i) => cell.padEnd(widths[i] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('')
}
