/** The job itself, on all engines. */
import { barsOf } from '../chart.ts'
import { contest } from '../contest.ts'
import { ENGINES, type EngineName } from '../engines/by-name.ts'
import { median, perCpuSecond, tableOf } from '../table.ts'
import { enginesFor, type Measure, PRODUCT, ratiosOf, withSettings } from './measure.ts'

/** Those that differ by a setting alone have no place in a look that is to be short. */
const QUICK: readonly EngineName[] = [
  'shopkeeper',
  'streams-mem',
  'streams-rocks',
  'raw-kafkajs',
  'raw-cursor',
]

/** So far ahead of everything that works that all other bars would be stumps. */
const OFF_THE_CHART: EngineName = 'raw-cursor'

export const job: Measure = {
  name: 'job',
  title: 'The cart job: events per CPU second',
  async run(scene, draw) {
    const { site, options, say } = scene
    const engines = enginesFor(scene, options.quick ? QUICK : ENGINES)
    const rows = await contest(site, withSettings(scene, engines), options.runs, say)
    const picture = draw(
      barsOf(
        'Thousand events per CPU second: median, least and most of all runs',
        rows
          .filter(({ engine }) => engine !== OFF_THE_CHART)
          .map(({ title, figures }) => {
            const values = figures.map((one) => perCpuSecond(one) / 1000)
            return { title, value: median(values), least: Math.min(...values), most: Math.max(...values) }
          }),
      ),
    )
    return [picture, tableOf(rows), ratiosOf(rows, PRODUCT)].join('\n\n')
  },
}
