/**
 * The gate in a process without partitions: as many processes as there are partitions and one more, so that the one with the gate has
 * nothing else. It reads, decodes, moves the clocks, asks and keeps the identity graph, and writes each event to its person's partition;
 * counted are the seconds of its process alone, until its positions are at the end. The job goes on behind it, and is judged as ever.
 */
import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { namesOf } from '../../src/topology/topics-needed.ts'
import { type EngineProcesses, logOf } from '../engine-process.ts'
import type { Engine, Run } from '../engines/engine.ts'
import { cpuOf } from '../processes.ts'
import { markdownTable, median } from '../table.ts'
import { Trial } from '../trial.ts'
import { TOPOLOGY } from './live.ts'
import { enginesFor, type Measure, type Scene } from './measure.ts'

const REST_MS = 1500
const LOOK_MS = 10
const WAIT_MS_MAX = 600_000
/** Of each lane the last record is the marker of the transaction, which no position needs to be behind. */
const MARKER = 1

interface Gate {
  readonly cpu: number
  readonly seconds: number
  readonly wrong: number
}

/** Which process has the gate and nothing else, as they say it themselves. */
function gateProcess(run: Run, processes: EngineProcesses): number {
  const opened = processes.pids.map((_, place) => {
    const said = readFileSync(logOf(run.folder, place), 'utf8')
    return [...said.matchAll(/ (\S+) is open after /g)].map(([, task]) => task ?? '')
  })
  const place = opened.findIndex((tasks) => tasks.some((task) => !/\.profile\.\d+$/.test(task)))
  return processes.pids[place] ?? 0
}

async function runGate({ site, options: { settings } }: Scene, engine: Engine): Promise<Gate> {
  const { partitions, events, warmup } = settings
  const trial = await Trial.open(site, engine, settings)
  const { run, load } = trial
  const { client, input } = run
  const { group } = namesOf(run.name, TOPOLOGY)
  try {
    await trial.comes(load.phase(warmup))
    const processes = trial.start(partitions + 1)
    await trial.untilDone()
    await trial.appends(load.phase(events))
    await pause(REST_MS)
    const gate = gateProcess(run, processes)
    const before = cpuOf(gate)
    await trial.commit()
    const began = performance.now()
    // Not what can be read already: right behind a commit that is still what could be read before it.
    const ends = await client.ends([input], partitions, 'high')
    for (let at: readonly number[] = []; !ends.every((end, i) => (at[i] ?? 0) >= end - MARKER); ) {
      if (performance.now() - began > WAIT_MS_MAX) throw new Error('the gate never came to the end')
      trial.alive()
      await pause(LOOK_MS)
      at = await client.positions(group, [input], partitions)
    }
    const seconds = (performance.now() - began) / 1000
    const cpu = cpuOf(gate) - before
    await trial.untilDone()
    return { cpu, seconds, wrong: await trial.judged() }
  } finally {
    await trial.close()
  }
}

export const gateAlone: Measure = {
  name: 'gate-alone',
  title: 'The gate alone',
  async run(scene) {
    const { options, say } = scene
    const { events, partitions } = options.settings
    const [engine] = enginesFor(scene, ['shopkeeper'])
    if (engine === undefined) return ''
    const gates: Gate[] = []
    for (let round = 1; round <= options.runs; round++) {
      const gate = await runGate(scene, engine)
      gates.push(gate)
      say(`gate: ${gate.cpu.toFixed(2)} CPU-s in ${gate.seconds.toFixed(2)} s, ${gate.wrong} wrong`)
    }
    const records = events + partitions
    const rates = gates.map(({ cpu }) => records / cpu)
    const wrong = gates.reduce((sum, one) => sum + one.wrong, 0)
    return markdownTable(
      ['gate alone', 'events / CPU-s', 'runs', 'events / s', 'outputs'],
      [
        [
          engine.title,
          `${Math.round(median(rates) / 1000)}k`,
          rates.map((rate) => `${Math.round(rate / 1000)}k`).join(' '),
          `${Math.round(median(gates.map(({ seconds }) => records / seconds)) / 1000)}k`,
          wrong === 0 ? 'exact' : `**${wrong} wrong**`,
        ],
      ],
    )
  },
}
