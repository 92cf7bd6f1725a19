/** What sessionize holds of a person, in words. */
import { formatTime, type EpochMs } from '../../model/time.ts'
import { joined } from './block.ts'
import type { SessionizeReady } from './config.ts'
import { cutAt, endOf } from './cut.ts'
import type { SessionizeState } from './state.ts'

/** Sessions that began up to `at` and are open. */
export function describe({ lanes }: SessionizeState, at: EpochMs, ready: SessionizeReady): readonly string[] {
  return lanes.flatMap(({ name, blocks }) => {
    const said: string[] = []
    for (let start = 0; start < blocks.length; ) {
      const { end, due } = cutAt(blocks, start, ready)
      const session = joined(blocks, start, end)
      const on = name === '' ? '' : ` on ${name}`
      const events = `${session.tally.events} event${session.tally.events === 1 ? '' : 's'}`
      const until = `the last at ${formatTime(endOf(session))}; it closes at ${formatTime(due)} if nothing follows`
      if (session.from <= at)
        said.push(`a session${on} is open since ${formatTime(session.from)}: ${events}, ${until}`)
      start = end
    }
    return said
  })
}
