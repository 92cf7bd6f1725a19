/** The gate judges each line in the order of the contract, says whose it is and what time it is, and tells every partition. */
import { describe, expect, test } from '@jest/globals'
import { EmbeddedLog } from '../../src/adapters/embedded/log.ts'
import { jsonEncoder } from '../../src/adapters/formats/json-output.ts'
import { ByteReader, ByteWriter } from '../../src/model/bytes.ts'
import { idKeyOf } from '../../src/model/hash.ts'
import { FINGERPRINT_KEY, keyFingerprint } from '../../src/model/key-fingerprint.ts'
import { identityConfig, prepareIdentity } from '../../src/operators/identity/config.ts'
import { BEGINNING } from '../../src/model/time.ts'
import { type AppendedRecords, Appends } from '../../src/runtime/appends.ts'
import { createGateStage } from '../../src/runtime/gate-stage.ts'
import { Positions } from '../../src/runtime/positions.ts'
import type { Decoded } from '../../src/runtime/ports/codec.ts'
import type { RecordBatch } from '../../src/runtime/ports/log.ts'
import type { Stage } from '../../src/runtime/stage.ts'
import { readMergeMark, WIRE_EVENT, WIRE_MARK, WireEvent } from '../../src/runtime/wire-event.ts'
import type { Plan, SourcePlan } from '../../src/topology/plan.ts'
import { planOf } from './journal.ts'

const KEY = idKeyOf('test')
const source = (index: number, part: Partial<SourcePlan> = {}): SourcePlan => ({
  index,
  id: `s${index}`,
  topic: `t${index}`,
  format: 'json',
  latenessMs: 10,
  graceMs: 100,
  idleMs: 1000,
  aheadMs: 50,
  types: undefined,
  dedupe: true,
  world: false,
  ...part,
})
const planWith = (...sources: readonly SourcePlan[]): Plan =>
  planOf({
    sources,
    identity: { id: 'identify', ready: prepareIdentity(identityConfig.parse({}), { key: KEY }), sinks: [] },
  })

/** Timestamp of records on a real log: far past any event here. */
const NOW = 1_000_000

/** `e1 100 a:x,u:1 >105` : id, time, identifiers, and when it was received; or `clock 500`, `end 900`, `bad`, or nothing. */
function decodeLine(text: string, from: SourcePlan): Decoded {
  const [id = '', time = '', names = '', received] = text.split(' ')
  if (id === '') return { kind: 'blank' }
  if (id === 'clock' || id === 'end') return { kind: id, at: Number(time) }
  if (id === 'bad')
    return { kind: 'refused', reason: 'not-json', detail: 'no', received: undefined, source: from }
  const TYPES: Readonly<Record<string, string>> = { a: 'anonymous_id', u: 'user_id', x: 'unheard_of' }
  const identifiers = names
    .split(',')
    .filter(Boolean)
    .map((one) => ({ type: TYPES[one[0]!]!, value: one.slice(2) }))
  const event = {
    id,
    source: from.id,
    type: 'page.viewed',
    time: Number(time),
    identifiers,
    context: undefined,
    data: {},
  }
  return {
    kind: 'event',
    source: from,
    received: received === undefined ? undefined : Number(received.slice(1)),
    event,
  }
}

function createGate(plan: Plan, partitions = 1, sourcePartitions?: readonly number[]) {
  const appends = new Appends()
  const lanes = plan.sources.flatMap(({ topic, index }) =>
    Array.from({ length: sourcePartitions?.[index] ?? 1 }, (_, partition) => ({ topic, partition })),
  )
  const positions = new Positions(lanes)
  const start = (): Stage =>
    createGateStage(
      {
        plan,
        key: KEY,
        partitions,
        internalTopic: 'internal',
        worldTopic: 'world',
        encoder: jsonEncoder,
        ...(sourcePartitions === undefined ? {} : { sourcePartitions }),
        decode: ({ topic }, { buffer, valueStart, valueEnd }) =>
          decodeLine(
            buffer.toString('utf8', valueStart, valueEnd),
            plan.sources.find((one) => one.topic === topic)!,
          ),
      },
      appends,
    )
  /** Every state ever committed, the newest of each key. */
  const saved = new Map<string, Buffer>()
  let stage = start()
  stage.opened(undefined)
  return {
    get stage() {
      return stage
    },
    /** Lines of the first source unless they begin with `t1|`, of its first partition unless with `t0/1|`; in one turn. */
    fold: async (...lines: readonly string[]): Promise<AppendedRecords> => {
      const log = new EmbeddedLog({ inputs: lanes, changelogs: [], turnRecordsMax: 1, onCommitted: () => {} })
      const batches: RecordBatch[] = []
      const readers = lanes.map((lane) => log.read([{ ...lane, offset: 0 }]))
      for (const line of lines) {
        const [place, text] = line.includes('|') ? (line.split('|') as [string, string]) : ['t0', line]
        const [topic = '', partition = '0'] = place.split('/')
        const lane = { topic, partition: Number(partition) }
        const bytes = Buffer.from(text)
        log.append(lane, bytes, [0, bytes.length], ...(sourcePartitions === undefined ? [] : [NOW]))
        const at = lanes.findIndex((one) => one.topic === topic && one.partition === lane.partition)
        const turn = await readers[at]!.next(0)
        batches.push(...turn.batches)
      }
      positions.reset()
      stage.fold(batches, positions)
      return appends.take()
    },
    /** The lanes stand at their end, at this time of the clock. */
    reached: (now: number, ...atEnd: readonly number[]): AppendedRecords => {
      stage.reached(
        atEnd.map((i) => lanes[i]!),
        now,
      )
      return appends.take()
    },
    positions,
    /** Dies, and begins anew from what it would have committed. */
    reopen(): void {
      const writer = new ByteWriter()
      const changes = stage.changes(writer)
      for (const { key, start: from, end } of changes)
        saved.set(key, Buffer.from(writer.view().subarray(from, end)))
      const record = new ByteWriter()
      stage.record(record)
      stage = start()
      stage.opened(record.copy())
      for (const [key, bytes] of saved) stage.loaded(key, bytes, new Map())
    },
  }
}

/** Internal records as `partition kind what @watermark`, in order; people by the order in which they came up. */
function internal(
  { buffer, count, topics, topic, partition, valueStart, valueEnd, ...at }: AppendedRecords,
  people: string[] = [],
) {
  const nameOf = (id: string): string => {
    if (!people.includes(id)) people.push(id)
    return `P${people.indexOf(id) + 1}`
  }
  return Array.from({ length: count }, (_, i) => i)
    .filter((i) => topics[topic[i]!] === 'internal')
    .map((i) => {
      const reader = new ByteReader(buffer, valueStart[i]! + 1, valueEnd[i])
      const kind = buffer[valueStart[i]!]
      if (kind === WIRE_MARK) return `${partition[i]} mark @${reader.int()}`
      const key = buffer.toString('utf8', at.keyStart[i], at.keyEnd[i])
      if (kind !== WIRE_EVENT) {
        const { kept, absorbed, watermark } = readMergeMark(reader)
        return `${partition[i]} ${nameOf(kept)}<${nameOf(absorbed)} @${watermark}`
      }
      const event = new WireEvent(key, reader)
      return `${partition[i]} ${nameOf(key)} ${event.id}${event.late ? ' late' : ''} @${event.watermark}`
    })
}
function values(records: AppendedRecords, of: string): readonly Record<string, unknown>[] {
  const { buffer, count, topics, topic, valueStart, valueEnd } = records
  return Array.from({ length: count }, (_, i) => i)
    .filter((i) => topics[topic[i]!] === of)
    .map((i) => JSON.parse(buffer.toString('utf8', valueStart[i], valueEnd[i])) as Record<string, unknown>)
}

describe('the key of all ids', () => {
  test('is noted with the first commit, once, by what tells it from another', async () => {
    const gate = createGate(planWith(source(0)))
    const keys = (): readonly string[] => gate.stage.changes(new ByteWriter()).map(({ key }) => key)
    expect(keys()).toEqual([])
    await gate.fold('e1 1000 a:x')
    expect(keys()).toContain(FINGERPRINT_KEY)
    gate.stage.applied()
    await gate.fold('e2 1001 a:y')
    expect(keys()).not.toContain(FINGERPRINT_KEY)
  })

  test('that is another than the stored one is refused, with what to do', () => {
    const gate = createGate(planWith(source(0)))
    const other = Buffer.from(keyFingerprint(idKeyOf('another')))
    expect(() => gate.stage.loaded(FINGERPRINT_KEY, other, new Map())).toThrow(/another key/)
    gate.stage.loaded(FINGERPRINT_KEY, Buffer.from(keyFingerprint(KEY)), new Map())
  })
})

describe('on a real log', () => {
  const gate = () => createGate(planWith(source(0), source(1)), 1, [2, 1])

  test('each partition of a source has a clock, and the watermark is the least of all', async () => {
    const { fold, stage } = gate()
    await fold('t0/0|e1 1000 a:x', 't0/1|e2 1100 a:x')
    expect(stage.watermark()).toBe(BEGINNING)
    await fold('t1|e3 1050 a:x')
    expect(stage.watermark()).toBe(990)
    expect(stage.status().holder).toBe('s0/0')
  })

  test('the lane that is furthest behind is folded first, each in its own order', async () => {
    const { fold } = gate()
    await fold('t0/0|e1 1000 a:x', 't0/1|e2 1500 a:x', 't1|e3 1200 a:x')
    const records = await fold('t0/1|e4 1501 a:x', 't1|e5 1202 a:x', 't0/0|e6 1001 a:x', 't1|e7 1201 a:x')
    expect(internal(records).map((line) => line.split(' ')[2])).toEqual(['e6', 'e5', 'e7', 'e4'])
  })

  test('the arrival of records moves no clock', async () => {
    const { fold, stage } = gate()
    await fold('t0/0|e1 1000 a:x', 't0/1|e2 1000 a:x', 't1|e3 1000 a:x')
    expect(stage.watermark()).toBe(990)
  })

  test('a lane at its end becomes idle by the clock, and every partition hears of it', async () => {
    const { fold, reached, stage } = gate()
    await fold('t0/0|e1 1000 a:x', 't0/1|e2 1000 a:x', 't1|e3 9000 a:x')
    expect(internal(reached(7000, 0, 1))).toEqual([])
    expect(internal(reached(8000, 0, 1))).toEqual(['0 mark @7990'])
    expect(stage.watermark()).toBe(7990)
  })

  test('what was consumed is told by lane', async () => {
    const { fold, positions } = gate()
    await fold('t0/0|e1 1000 a:x', 't0/0|e2 1000 a:x', 't1|e3 9000 a:x')
    expect(positions.known()).toEqual([
      { topic: 't0', partition: 0, offset: 2 },
      { topic: 't1', partition: 0, offset: 1 },
    ])
  })
})

describe('what becomes of a line', () => {
  test('an event goes to its person, with the watermark of its moment', async () => {
    const gate = createGate(planWith(source(0)))
    const records = await gate.fold('e1 1000 a:x', 'e2 1005 a:x', 'e3 1001 a:y')
    expect(internal(records)).toEqual(['0 P1 e1 @990', '0 P1 e2 @995', '0 P2 e3 @995'])
    expect(gate.stage.counts()).toMatchObject({ events: 3, people: 2, merges: 0 })
  })

  test('late is below the watermark; too late is more than the grace below it, and touches nobody', async () => {
    const gate = createGate(planWith(source(0)))
    const records = await gate.fold('e1 1000 a:x', 'e2 990 a:x', 'e3 989 a:x', 'e4 890 a:x', 'e5 889 a:z')
    expect(internal(records)).toEqual([
      '0 P1 e1 @990',
      '0 P1 e2 @990',
      '0 P1 e3 late @990',
      '0 P1 e4 late @990',
    ])
    expect(values(records, 'late')).toMatchObject([{ event: { id: 'e5' }, late_by_ms: 101, operator: null }])
    expect(gate.stage.counts()).toMatchObject({ events: 5, late: 1, people: 1 })
  })

  test('a time too far ahead of its arrival moves the clock, and nothing else', async () => {
    const gate = createGate(planWith(source(0)))
    const records = await gate.fold('e1 1000 a:x >1000', 'e2 1051 a:x >1000', 'e3 1050 a:x >1000')
    expect(internal(records)).toEqual(['0 P1 e1 @990', '0 P1 e3 @1040'])
    expect(values(records, 'dead')).toMatchObject([{ reason: 'time-ahead', topic: 't0', offset: 1 }])
  })

  test('an event without an identifier that counts is a dead letter that has moved time', async () => {
    const gate = createGate(planWith(source(0)))
    const records = await gate.fold('e1 1000 a:x', 'e2 1020', 'e3 1021 x:1')
    expect(values(records, 'dead').map(({ reason, detail }) => [reason, detail])).toEqual([
      ['no-identifier', 'the event carries no identifiers'],
      ['no-identifier', expect.stringContaining('(unheard_of)')],
    ])
    expect(internal(records).at(-1)).toBe('0 mark @1011')
  })

  test('what is no event is refused and counted; an empty line is neither', async () => {
    const gate = createGate(planWith(source(0)))
    const records = await gate.fold('bad', '', 'clock 5')
    expect(values(records, 'dead')).toMatchObject([
      { reason: 'not-json', bytes: Buffer.from('bad').toString('base64') },
    ])
    expect(gate.stage.counts()).toMatchObject({
      events: 1,
      blanks: 1,
      deadLetters: new Map([['not-json', 1]]),
    })
  })

  test('every line ends as exactly one of processed, late, or refused', async () => {
    const gate = createGate(planWith(source(0)))
    const records = await gate.fold('e1 1000 a:x', 'bad', 'e2 1 a:x', 'e3 1000', 'e4 1001 a:x')
    const went = internal(records).filter((line) => !line.includes('mark')).length
    const { late, deadLetters, events } = gate.stage.counts()
    expect(went + late + [...deadLetters.values()].reduce((a, b) => a + b)).toBe(events)
  })
})

describe('marks', () => {
  test('tell every partition that has not heard of the watermark, once', async () => {
    const gate = createGate(planWith(source(0)), 3)
    const people: string[] = []
    const first = internal(await gate.fold('e1 1000 a:x'), people)
    const home = Number(first[0]?.[0])
    expect(first.slice(1)).toEqual([0, 1, 2].filter((i) => i !== home).map((i) => `${i} mark @990`))
    expect(internal(await gate.fold('bad'), people)).toEqual([])
    expect(internal(await gate.fold('clock 2500'), people)).toEqual([0, 1, 2].map((i) => `${i} mark @2490`))
  })

  test('of an end lift the watermark to it, whatever the sources said', async () => {
    const gate = createGate(planWith(source(0), source(1)))
    expect(internal(await gate.fold('e1 1000 a:x'))).toEqual([expect.stringMatching(/e1/)])
    expect(internal(await gate.fold('end 1200'))).toEqual(['0 mark @1200'])
  })
})

describe('two people who turn out to be one', () => {
  /** A logged-in and an anonymous life, then an event that shows both. */
  const LINES = ['e1 1000 u:1', 'e2 1001 a:x', 'e3 1005 u:1,a:x'] as const

  test('are merged in front of the event that showed it, in one partition by one record', async () => {
    const people: string[] = []
    const lines = internal(await createGate(planWith(source(0))).fold(...LINES), people)
    expect(lines.slice(2)).toEqual([
      expect.stringMatching(/^0 P[12]<P[12] @995$/),
      expect.stringMatching(/^0 P[12] e3 @995$/),
    ])
    expect(lines[2]?.slice(2, 4)).toBe(lines[3]?.slice(2, 4))
  })

  test('hear of it in both partitions', async () => {
    const lines = internal(await createGate(planWith(source(0)), 64).fold(...LINES))
    const merges = lines.filter((line) => line.includes('<'))
    const homes = lines.filter((line) => /e[12] /.test(line)).map((line) => line.split(' ')[0])
    expect(merges).toHaveLength(new Set(homes).size)
    expect(new Set(merges.map((line) => line.split(' ')[0]))).toEqual(new Set(homes))
  })

  test('are so again behind a restart: graph, clock and marks come back', async () => {
    const straight = createGate(planWith(source(0)), 2)
    const restarted = createGate(planWith(source(0)), 2)
    const seen: readonly string[][] = [[], []]
    for (const line of [...LINES, 'e4 1030 a:x', 'clock 3000']) {
      const [a, b] = [
        internal(await straight.fold(line), seen[0]),
        internal(await restarted.fold(line), seen[1]),
      ]
      expect(b).toEqual(a)
      restarted.reopen()
    }
    expect(seen[0]).toEqual(seen[1])
  })
})
