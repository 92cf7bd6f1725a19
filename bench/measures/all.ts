/** All measures that there are, in the order of the page. */
import { backlog } from './backlog.ts'
import { gateAlone } from './gate-alone.ts'
import { job } from './job.ts'
import { latency } from './latency.ts'
import type { Measure } from './measure.ts'
import { replay } from './replay.ts'
import { restore } from './restore.ts'
import { idlePeople, partitions, processes2, users1m } from './growth.ts'

export const MEASURES: readonly Measure[] = [
  job,
  idlePeople,
  users1m,
  processes2,
  partitions,
  gateAlone,
  latency,
  restore,
  backlog,
  replay,
]
