/** What measures have in common that go on live: at which rate, and how far behind the engine is. */
import { namesOf } from '../../src/topology/topics-needed.ts'
import { contest } from '../contest.ts'
import type { Engine } from '../engines/engine.ts'
import type { Trial } from '../trial.ts'
import { type Scene, withSettings } from './measure.ts'

/** Of `topology.yaml` and those beside it. */
export const TOPOLOGY = 'bench'

/** A share of what the engine does at most, which is what it did with everything there at once, unless a rate was asked for. */
export async function rateOf(scene: Scene, engine: Engine, share: number): Promise<number> {
  const { site, options, say } = scene
  if (options.rate !== undefined) return options.rate
  const [row] = await contest(site, withSettings(scene, [engine]), 1, say)
  const { events = 0, seconds = 1 } = row?.figures[0] ?? {}
  return Math.round((events / seconds) * share)
}

/** Records that were not read yet, or read and not worked off: before the gate and behind it, markers of transactions included. */
export async function lagOf({ run }: Trial): Promise<number> {
  const { client, input, name, partitions } = run
  const { group, internal } = namesOf(name, TOPOLOGY)
  const topics = [input, internal]
  const [ends, positions] = await Promise.all([
    client.ends(topics, partitions, 'stable'),
    client.positions(group, topics, partitions),
  ])
  return ends.reduce((sum, end, i) => sum + end - (positions[i] ?? 0), 0)
}
