/** The same job in other circumstances: more people, processes, partitions. */
import { contest } from '../contest.ts'
import { tableOf } from '../table.ts'
import { enginesFor, type Measure, PRODUCT, ratiosOf, type Scene, withSettings } from './measure.ts'
import type { Settings } from '../judge.ts'

/** The product in each of these ways, taking turns; the first against the others. */
async function inTurn(
  scene: Scene,
  ways: readonly { readonly title: string; readonly settings: Partial<Settings> }[],
): Promise<string> {
  const engines = enginesFor(scene, ['shopkeeper'])
  const contestants = ways.flatMap(({ title, settings }) =>
    withSettings(scene, engines, settings).map((one) => ({ ...one, title: `${one.engine.title}: ${title}` })),
  )
  const rows = await contest(scene.site, contestants, scene.options.runs, scene.say)
  return `${tableOf(rows)}\n\n${ratiosOf(rows, PRODUCT)}`
}

export const idlePeople: Measure = {
  name: 'idle-people',
  title: 'People who came once, beside those who are active',
  run: (scene) =>
    inTurn(scene, [
      { title: `${scene.options.people} idle people`, settings: { idlePeople: scene.options.people } },
      { title: 'none', settings: {} },
    ]),
}

export const users1m: Measure = {
  name: 'users-1m',
  title: 'A million active people',
  async run(scene) {
    const engines = enginesFor(scene, ['shopkeeper', 'streams-mem', 'streams-rocks'])
    const contestants = withSettings(scene, engines, { users: scene.options.people })
    const rows = await contest(scene.site, contestants, scene.options.runs, scene.say)
    return `${tableOf(rows)}\n\n${ratiosOf(rows, PRODUCT)}`
  },
}

export const processes2: Measure = {
  name: 'processes-2',
  title: 'Two processes and one',
  run: (scene) =>
    inTurn(scene, [
      { title: 'two processes', settings: { processes: 2 } },
      { title: 'one process', settings: { processes: 1 } },
    ]),
}

const PARTITIONS = [1, 4, 16, 64]

export const partitions: Measure = {
  name: 'partitions',
  title: 'One partition to sixty-four',
  run: (scene) =>
    inTurn(
      scene,
      PARTITIONS.map((count) => ({
        title: count === 1 ? 'one partition' : `${count} partitions`,
        settings: { partitions: count },
      })),
    ),
}
