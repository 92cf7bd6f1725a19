/**
 * Waiting for outputs without taking the processor away from who makes them: only the ends of topics are asked for, and only when
 * they have stood still for a while is it counted what is there. The clock stands at the moment at which they moved last.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { Goal, Run, Watch } from './engines/engine.ts'
import type { ReadTo } from './kafka-client.ts'

const LOOK_MS = 15
/** Ends that have not moved for so long are worth a count. */
const STILL_MS = 400
const WAIT_MS_MAX = 600_000

export class OutputWatch implements Watch {
  private readonly run: Run
  private readonly readTo: ReadonlyMap<string, ReadTo>
  private counted = 0

  constructor(run: Run) {
    this.run = run
    const zeros = (): ReadTo => Array.from({ length: run.partitions }, () => 0)
    this.readTo = new Map([run.sessions, run.offers].map((topic) => [topic, zeros()]))
  }

  /** Outputs that can be seen by now. */
  async count(): Promise<number> {
    for (const [topic, position] of this.readTo)
      await this.run.client.read(topic, position, () => {
        this.counted++
      })
    return this.counted
  }

  /** Until so many outputs are there; answers what `sample` said when the last of them came to be seen. */
  async until<T>({ outputs }: Goal, sample: () => T, alive: () => void): Promise<T> {
    const { client, partitions } = this.run
    let last = -1
    let movedAt = performance.now()
    let sampled = sample()
    for (const give = performance.now() + WAIT_MS_MAX; performance.now() < give; await pause(LOOK_MS)) {
      alive()
      const ends = await client.ends([...this.readTo.keys()], partitions, 'stable')
      const sum = ends.reduce((all, one) => all + one, 0)
      if (sum !== last) {
        last = sum
        movedAt = performance.now()
        sampled = sample()
      } else if (sum >= outputs && performance.now() - movedAt > STILL_MS) {
        if ((await this.count()) >= outputs) return sampled
        movedAt = performance.now()
      }
    }
    throw new Error(`${this.run.name}: ${await this.count()} of ${outputs} outputs after ${WAIT_MS_MAX} ms`)
  }
}
