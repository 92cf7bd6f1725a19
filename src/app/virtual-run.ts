/** A topology's text, opened on the embedded runtime in virtual time: what `test` and `demo` share. */
import type { EpochMs } from '../model/time.ts'
import { compile } from '../topology/compile.ts'
import { parseTopology } from '../topology/document.ts'
import { openEmbedded, type Output, type Summary } from './embed.ts'
import { settingsOf } from './settings.ts'

export type { Output, Summary }

export interface VirtualRun {
  feed(lines: readonly string[]): Promise<void>
  /** Everything ends at `untilMs`; the run is closed. */
  finish(untilMs: EpochMs): Promise<Summary>
}

export interface TopologyText {
  readonly text: string
  readonly file: string
}

/** Throws ConfigFindings when the document does not hold. The key is that of `replay` without settings, so person ids are the same. */
export async function openTopology(
  topology: TopologyText,
  onOutput: (output: Output) => void,
): Promise<VirtualRun> {
  const { idKey } = settingsOf({})
  const runtime = await openEmbedded(compile(parseTopology(topology), { key: idKey }), {
    key: idKey,
    onOutput,
  })
  return {
    feed: (lines) => runtime.feed(lines),
    finish: async (untilMs) => {
      const summary = await runtime.finish({ at: untilMs })
      await runtime.close()
      return summary
    },
  }
}
