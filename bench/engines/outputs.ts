/** What engines have in common that write sessions and offers: how far they are, and whether every line of them is right. */
import { OutputWatch } from '../watch.ts'
import type { Oracle } from '../oracle.ts'
import type { Engine, Expected, Run, Verdict } from './engine.ts'

const SHOWN_MAX = 3

/** Tells each output of sessions and offers as a line of the oracle. */
export type TellLines = (run: Run, oracle: Oracle, tell: (line: string) => void) => Promise<void>

export const judgedByOutputs = (lines: TellLines): Pick<Engine, 'watch' | 'verdict'> => ({
  watch: (run) => new OutputWatch(run),
  verdict: (run, expected) => compare(lines, run, expected),
})

const compare = (lines: TellLines, run: Run, { oracle }: Expected): Promise<Verdict> =>
  compareLines(run.name, oracle, (tell) => lines(run, oracle, tell))

/** As multisets of lines; the first differences are shown. */
export async function compareLines(
  name: string,
  oracle: Oracle,
  lines: (tell: (line: string) => void) => Promise<void>,
): Promise<Verdict> {
  const left = new Map<string, number>()
  oracle.expect((line) => left.set(line, (left.get(line) ?? 0) + 1))
  const shown: string[] = []
  let unexpected = 0
  await lines((line) => {
    const times = left.get(line) ?? 0
    if (times > 1) left.set(line, times - 1)
    else if (times === 1) left.delete(line)
    else {
      unexpected++
      if (shown.length < SHOWN_MAX) shown.push(`not expected: ${line}`)
    }
  })
  let missing = 0
  for (const [line, times] of left) {
    missing += times
    if (shown.length < 2 * SHOWN_MAX) shown.push(`missing: ${line}`)
  }
  for (const line of shown) process.stderr.write(`${name}: ${line}\n`)
  return { missing, unexpected }
}
