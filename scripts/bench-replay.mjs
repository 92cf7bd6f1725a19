/**
 * Where each microsecond of a replay goes: CPU per event of each part of the embedded runtime, over turns of 5,000 lines.
 *
 *     npm run build && node dist/cli/main.js demo shop --events 200000 --write day.ndjson
 *     node scripts/bench-replay.mjs topologies/shop.yaml day.ndjson
 *
 * Prints the least and the median turn behind the first quarter, in microseconds of CPU (user and system) per event. Contention only
 * ever adds, so the least is the better estimate and the median what a busy machine gives.
 */
import { readFileSync } from 'node:fs'
import { createSchemaBook } from '../dist/adapters/formats/avro/schema-book.js'
import { createEncoder } from '../dist/adapters/formats/encoder.js'
import { createLineDecoder } from '../dist/adapters/formats/replay-lines.js'
import { EmbeddedLog } from '../dist/adapters/embedded/log.js'
import { linesOf } from '../dist/app/lines.js'
import { ByteWriter } from '../dist/model/bytes.js'
import { idKeyOf } from '../dist/model/hash.js'
import { Appends } from '../dist/runtime/appends.js'
import { createGateStage } from '../dist/runtime/gate-stage.js'
import { Positions } from '../dist/runtime/positions.js'
import { createProfileStage } from '../dist/runtime/profile-stage.js'
import { compile } from '../dist/topology/compile.js'
import { parseTopology } from '../dist/topology/document.js'

const TURN_LINES = 5000
const LANE = { topic: 'internal', partition: 0 }
const CHANGELOG = { topic: 'changelog', partition: 0 }
const [file, input] = process.argv.slice(2)
if (file === undefined || input === undefined) {
  console.error('usage: node scripts/bench-replay.mjs TOPOLOGY EVENTS.ndjson')
  process.exit(2)
}

const key = idKeyOf('bench')
const plan = compile(parseTopology({ file, text: readFileSync(file, 'utf8') }), { key })
const { buffer, ranges } = linesOf(readFileSync(input))
const decodeLine = createLineDecoder(plan.sources)
const formats = createEncoder(createSchemaBook())
const encoder = { encode: (topic, _format, value) => formats.encode(topic, 'json', value) }
const common = { plan, key, partitions: 1, internalTopic: LANE.topic, encoder }

const gateAppends = new Appends()
const gate = createGateStage({ ...common, decode: (_lane, cursor) => cursor.decoded }, gateAppends)
gate.opened(undefined)
const gatePositions = new Positions([{ topic: 'lines', partition: 0 }])
const profileAppends = new Appends()
const profile = createProfileStage({ ...common, partition: 0 }, profileAppends)
profile.opened(undefined)

const spent = new Map()
function measured(part, work) {
  const before = process.cpuUsage()
  const result = work()
  const { user, system } = process.cpuUsage(before)
  spent.set(part, [...(spent.get(part) ?? []), user + system])
  return result
}

/** The lines of a turn, decoded already, as the gate would read them. */
function turnOf(first, decoded) {
  return {
    topic: 'lines',
    partition: 0,
    nextOffset: first + decoded.length,
    walk() {
      let at = -1
      return {
        buffer,
        timestamp: undefined,
        keyStart: 0,
        keyEnd: -1,
        get offset() {
          return first + at
        },
        get valueStart() {
          return ranges[2 * (first + at)]
        },
        get valueEnd() {
          return ranges[2 * (first + at) + 1]
        },
        get decoded() {
          return decoded[at]
        },
        next: () => ++at < decoded.length,
      }
    },
  }
}

const states = new ByteWriter(1 << 20)
function encodeChanges(stage) {
  states.reset()
  stage.changes(states)
  stage.applied()
}

for (let first = 0; 2 * first < ranges.length; first += TURN_LINES) {
  const last = Math.min(ranges.length / 2, first + TURN_LINES)
  const decoded = measured('decode lines', () => {
    const list = []
    for (let i = first; i < last; i++) list.push(decodeLine(buffer, ranges[2 * i], ranges[2 * i + 1]))
    return list
  })
  measured('gate: time, identity, re-key', () => gate.fold([turnOf(first, decoded)], gatePositions))
  measured('gate: encode states', () => encodeChanges(gate))
  const log = new EmbeddedLog({
    inputs: [LANE],
    changelogs: [CHANGELOG],
    turnRecordsMax: 1e9,
    onCommitted() {},
  })
  const { owner } = await log.takeOver('bench', [])
  await log.commit({ task: 'bench', owner, appends: gateAppends, positions: [], changelog: CHANGELOG })
  const { batches } = await log.read([{ ...LANE, offset: 0 }]).next(0)
  measured('profile: steps, timers, outputs', () => profile.fold(batches, new Positions([LANE])))
  measured('profile: encode states', () => encodeChanges(profile))
  profileAppends.clear()
}

for (const [part, turns] of spent) {
  const warm = turns.slice(Math.floor(turns.length / 4)).sort((a, b) => a - b)
  const each = (value) => (value / TURN_LINES).toFixed(2).padStart(6)
  console.log(`${part.padEnd(34)} ${each(warm[0])} ${each(warm[warm.length >> 1])}`)
}
