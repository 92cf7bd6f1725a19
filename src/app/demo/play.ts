/**
 * Plays a day on an engine: feeds the lines, tells the story as it happens, reports how far it is.
 *
 * 1. What the story says about a line comes before what that line leads to. 2. Paced or not, the outputs are the same.
 */
import type { Output, Summary, VirtualRun } from '../virtual-run.ts'
import type { Json } from '../../model/event.ts'
import type { Arriving } from './arrivals.ts'
import type { Business } from './business.ts'
import { generateDay, type DayOptions } from './generate.ts'
import { storyOf } from './story.ts'

/** Lines that are handed over at once. */
const CHUNK_LINES_MAX = 512

export interface PlayOptions extends DayOptions {
  readonly business: Business
  readonly open: (onOutput: (output: Output) => void) => Promise<VirtualRun>
  /** One line of the story. */
  readonly tell: (line: string) => void
  /** How many lines are done. */
  readonly progress: (done: number) => void
  /** Waits until the clock of the business is at `at`; left out: as fast as it goes. */
  readonly pace?: ((at: number) => Promise<void>) | undefined
}

export async function playDay(options: PlayOptions): Promise<Summary> {
  const { business, tell, progress, pace } = options
  const story = storyOf(business)
  const engine = await options.open(({ value }) => {
    const sentence = story.matters(value) ? story.tell(JSON.parse(value) as Json) : undefined
    if (sentence !== undefined) tell(sentence)
  })
  let done = 0
  let chunk: string[] = []
  const flush = async (): Promise<void> => {
    if (chunk.length > 0) await engine.feed(chunk)
    done += chunk.length
    chunk = []
    progress(done)
  }
  for (const arriving of generateDay(business, options)) {
    if (isBreak(arriving, chunk.length, pace !== undefined)) await flush()
    if (pace !== undefined) await pace(arriving.at)
    if (arriving.tell !== undefined) tell(story.at(arriving.at, arriving.tell))
    chunk.push(arriving.line)
  }
  await flush()
  return engine.finish(business.ends.restAt)
}

const isBreak = ({ tell }: Arriving, lines: number, paced: boolean): boolean =>
  paced || tell !== undefined || lines >= CHUNK_LINES_MAX
