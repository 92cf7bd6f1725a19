/** What a check found, for people or as JSON; exit code 1 if any of it is an error. */
import type { Checked } from '../app/checked.ts'

/** A finding in two lines: what, and what to do. */
export function checkedText({ level, code, about, message, hint }: Checked): string {
  return `${level.padEnd(7)}  ${code}  ${about}: ${message}\n         ${hint}\n`
}

/** Writes the findings, behind them `well` if there is none; with `json` one object, `more` beside the findings. */
export function sayChecked(
  findings: readonly Checked[],
  { json, well, more = {} }: { readonly json: boolean; readonly well: string; readonly more?: object },
): void {
  const errors = findings.filter(({ level }) => level === 'error').length
  if (json) process.stdout.write(`${JSON.stringify({ ok: errors === 0, ...more, findings })}\n`)
  else process.stdout.write(findings.length === 0 ? `${well}\n` : findings.map(checkedText).join(''))
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
