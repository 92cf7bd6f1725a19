/**
 * `shopkeeper replay` of the same events as JSON, a line each, beside the job on servers: one process from its start to its end, reading,
 * decoding, everything that happens in a run, and its outputs as lines; states and logs are in memory.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, createReadStream, openSync, readFileSync, writeSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import avsc from 'avsc'
import { formatTime } from '../../src/model/time.ts'
import { contest } from '../contest.ts'
import { compareLines } from '../engines/outputs.ts'
import { MAIN, type ReadTopic, tellAll } from '../engines/shopkeeper.ts'
import { Load } from '../load.ts'
import { Oracle } from '../oracle.ts'
import { cpuOf } from '../processes.ts'
import { markdownTable, median, perCpuSecond } from '../table.ts'
import { enginesFor, type Measure, type Scene, withSettings } from './measure.ts'

const TOPOLOGY = fileURLToPath(new URL('../topology.yaml', import.meta.url))
const HEADER_BYTES = 5
const CHUNK_LETTERS = 1 << 20

interface Replayed {
  readonly cpuS: number
  readonly seconds: number
  readonly wrong: number
}

/** What can be decoded, a line each. */
function writeLines(file: string, { options: { settings } }: Scene): Oracle {
  const { seed, users, partitions, events } = settings
  const schema = readFileSync(new URL('../load/event.avsc', import.meta.url), 'utf8')
  const type = avsc.Type.forSchema(JSON.parse(schema) as avsc.Schema)
  const oracle = new Oracle(partitions)
  const open = openSync(file, 'w')
  let text = ''
  for (const record of new Load({ seed, users, partitions, schemaId: 1 }).phase(events)) {
    if (record.facts === undefined) continue
    oracle.see(record)
    const event = type.fromBuffer(record.value.subarray(HEADER_BYTES)) as Record<string, unknown>
    const data = { ...(event['data'] as { readonly order_id: string | null }) }
    const { order_id: order, ...rest } = data
    text += `${JSON.stringify({ ...event, time: formatTime(record.time), data: order === null ? rest : data })}\n`
    if (text.length < CHUNK_LETTERS) continue
    writeSync(open, text)
    text = ''
  }
  writeSync(open, text)
  closeSync(open)
  return oracle
}

/** The values of one topic among the lines of an output. */
const topicIn =
  (file: string, wanted: string): ReadTopic =>
  async (take) => {
    for await (const line of createInterface(createReadStream(file))) {
      if (!line.startsWith(`{"topic":"${wanted}"`)) continue
      take((JSON.parse(line) as { readonly value: Record<string, unknown> }).value)
    }
  }

async function replayed({ node, site, options }: Scene, input: string, oracle: Oracle): Promise<Replayed> {
  const output = join(site.folder, 'replay-output.ndjson')
  const args = ['replay', '--topology', TOPOLOGY, '--input', input, '--output', output, '--partitions']
  const own = process.cpuUsage()
  const before = cpuOf(process.pid)
  const began = performance.now()
  const child = spawn(node.path, [MAIN, ...args, String(options.settings.partitions)], {
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const [code] = (await once(child, 'exit')) as [number | null]
  if (code !== 0) throw new Error(`replay ended with ${code}: ${said}`)
  const seconds = (performance.now() - began) / 1000
  const { user, system } = process.cpuUsage(own)
  // Processor time of a child that has ended is counted with its parent's.
  const cpuS = cpuOf(process.pid) - before - (user + system) / 1e6
  const topics = {
    identities: topicIn(output, 'bench-identities'),
    sessions: topicIn(output, 'bench-sessions'),
    offers: topicIn(output, 'bench-offers'),
  }
  const { missing, unexpected } = await compareLines('replay', oracle, (tell) =>
    tellAll(topics, oracle, tell),
  )
  await rm(output)
  return { cpuS, seconds, wrong: missing + unexpected }
}

export const replay: Measure = {
  name: 'replay',
  title: 'The embedded replay, beside the job on servers',
  async run(scene) {
    const { site, options, say } = scene
    const input = join(site.folder, 'replay-input.ndjson')
    const oracle = writeLines(input, scene)
    const engines = enginesFor(scene, ['shopkeeper'])
    const rows = new Map<string, { readonly rates: number[]; readonly seconds: number[]; wrong: number }>()
    const add = (title: string, rate: number, seconds: number, wrong: number): void => {
      const row = rows.get(title) ?? { rates: [], seconds: [], wrong: 0 }
      row.rates.push(rate)
      row.seconds.push(seconds)
      row.wrong += wrong
      rows.set(title, row)
    }
    for (let round = 1; round <= options.runs; round++) {
      const { cpuS, seconds, wrong } = await replayed(scene, input, oracle)
      say(`replay: ${cpuS.toFixed(2)} CPU-s in ${seconds.toFixed(1)} s, ${wrong} wrong`)
      add('replay, start included', oracle.records / cpuS, seconds, wrong)
      for (const { title, figures } of await contest(site, withSettings(scene, engines), 1, say))
        for (const one of figures)
          add(`on servers: ${title}`, perCpuSecond(one), one.seconds, one.missing + one.unexpected)
    }
    const columns = ['', 'events / CPU-s', 'runs', 'seconds', 'outputs']
    const thousands = (rate: number): string => `${Math.round(rate / 1000)}k`
    return markdownTable(
      columns,
      [...rows].map(([title, { rates, seconds, wrong }]) => [
        title,
        thousands(median(rates)),
        rates.map(thousands).join(' '),
        median(seconds).toFixed(1),
        wrong === 0 ? 'exact' : `**${wrong} wrong**`,
      ]),
    )
  },
}
