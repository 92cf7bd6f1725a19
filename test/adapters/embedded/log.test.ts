/** The log in memory keeps the contract of every log, and lets go of what nobody can ask for any more. */
import { describe, expect, test } from '@jest/globals'
import { Crash, type FaultPoint } from '../../../src/adapters/embedded/faults.ts'
import { EmbeddedLog } from '../../../src/adapters/embedded/log.ts'
import { AdapterError, Fenced, InvariantError } from '../../../src/model/errors.ts'
import { Appends } from '../../../src/runtime/appends.ts'
import type { Lane, LogReader } from '../../../src/runtime/ports/log.ts'
import { logContract } from '../../contracts/log.contract.ts'

const LANES: readonly [Lane, Lane] = [
  { topic: 'in', partition: 0 },
  { topic: 'in', partition: 1 },
]
const COMPACTED = { topic: 'changelog', partition: 0 }
const EMPTY = { task: 't', appends: new Appends(), positions: [], changelog: COMPACTED }

function embedded(fault: (point: FaultPoint, task: string) => void = () => {}) {
  const outputs: string[] = []
  const log = new EmbeddedLog({
    inputs: LANES,
    changelogs: [COMPACTED],
    turnRecordsMax: 3,
    onCommitted: ({ buffer, valueStart, valueEnd }, i) =>
      outputs.push(buffer.toString('utf8', valueStart[i], valueEnd[i])),
    fault,
  })
  return { log, outputs }
}

logContract('embedded', async () => {
  const { log, outputs } = embedded()
  return {
    log,
    lanes: LANES,
    compacted: COMPACTED,
    outputTopic: 'out',
    turnRecordsMax: 3,
    outputs: async () => outputs,
    close: () => log.close(),
  }
})

async function valuesOf(reader: LogReader): Promise<readonly string[]> {
  const turn = await reader.next(0)
  const found: string[] = []
  for (const batch of turn.batches) {
    const cursor = batch.walk()
    while (cursor.next()) found.push(cursor.buffer.toString('utf8', cursor.valueStart, cursor.valueEnd))
  }
  return found
}

describe('the embedded log', () => {
  test('takes lines as ranges of a buffer, without key or timestamp unless one is given', async () => {
    const { log } = embedded()
    log.append(LANES[0], Buffer.from('ab\ncd'), [0, 2, 3, 5])
    log.append(LANES[0], Buffer.from('ef'), [0, 2], 77)
    const turn = await log.read([{ ...LANES[0], offset: 0 }]).next(0)
    const seen: unknown[] = []
    for (const batch of turn.batches) {
      const cursor = batch.walk()
      while (cursor.next()) seen.push([cursor.offset, cursor.keyEnd, cursor.timestamp, cursor.header('id')])
    }
    expect(seen).toEqual([
      [0, -1, undefined, undefined],
      [1, -1, undefined, undefined],
      [2, -1, 77, undefined],
    ])
  })

  test('lets go of records behind the committed position, and of no other', async () => {
    const { log } = embedded()
    for (const line of ['a', 'b', 'c']) log.append(LANES[0], Buffer.from(line), [0, 1])
    const { owner } = await log.takeOver('t', LANES)
    await log.commit({ ...EMPTY, owner, positions: [{ ...LANES[0], offset: 1 }] })
    expect(await valuesOf(log.read([{ ...LANES[0], offset: 1 }]))).toEqual(['b', 'c'])
  })

  test('a reader that comes too late for its records is told so, not that it stands at the end', async () => {
    const { log } = embedded()
    for (const line of ['a', 'b']) log.append(LANES[0], Buffer.from(line), [0, 1])
    const { owner } = await log.takeOver('t', LANES)
    await log.commit({ ...EMPTY, owner, positions: [{ ...LANES[0], offset: 1 }] })
    await expect(log.read([{ ...LANES[0], offset: 0 }]).next(0)).rejects.toThrow(
      'in/0 keeps offset 0 no more',
    )
  })

  test('a lane that nobody reads takes no lines', () => {
    const { log } = embedded()
    expect(() => log.append({ topic: 'elsewhere', partition: 0 }, Buffer.from('a'), [0, 1])).toThrow(
      InvariantError,
    )
  })

  test('a changelog that is not there is trouble that trying again does not mend', async () => {
    const { log } = embedded()
    const replay = log.replay({ topic: 'elsewhere', partition: 0 }, 0)
    await expect(replay).rejects.toMatchObject({ retryable: false })
    await expect(replay).rejects.toBeInstanceOf(AdapterError)
  })

  test.each<[FaultPoint, readonly string[]]>([
    ['commit-before', []],
    ['commit-after', ['x']],
  ])('a crash at %s leaves %j behind, and the position with it', async (at, expected) => {
    const { log, outputs } = embedded((point) => {
      if (point === at) throw new Crash('here')
    })
    const { owner } = await log.takeOver('t', LANES)
    const appends = new Appends()
    appends.record('out', 0, 0, null, Buffer.from('x'))
    await expect(
      log.commit({ ...EMPTY, owner, appends, positions: [{ ...LANES[0], offset: 1 }] }),
    ).rejects.toBeInstanceOf(Crash)
    expect(outputs).toEqual(expected)
    expect((await log.takeOver('t', LANES)).positions).toHaveLength(expected.length)
  })

  test('a commit of a task that was never taken over is fenced', async () => {
    const { log } = embedded()
    const commit = log.commit({ ...EMPTY, owner: { producerId: 1, epoch: 0 } })
    await expect(commit).rejects.toBeInstanceOf(Fenced)
  })
})
