/** Members of a group on a real broker, some of them in processes that are killed or frozen. */
import { type ChildProcess, spawn } from 'node:child_process'
import type { Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { Kafka } from 'kafkajs'
import { type KafkaConnection, kafkaConfig } from '../../../src/adapters/kafka/connection.ts'
import { KafkaMembership, type MembershipSettings } from '../../../src/adapters/kafka/membership.ts'
import type { Assignment, Lane } from '../../../src/runtime/ports/log.ts'
import { describeWith, uniqueName } from '../../support/real-servers.ts'

const SESSION_MS = 3000
const PATIENCE_MS = 30_000
const SOURCE_LANES = 3
const INTERNAL_LANES = 6

const names = (lanes: readonly Lane[]): readonly string[] =>
  lanes.map(({ topic, partition }) => `${topic.split('-')[0]}/${partition}`)

/** The newest assignment, when nothing new has come for a while. */
interface Watched {
  readonly membership: KafkaMembership
  readonly told: Assignment[]
}

describeWith(['kafka'], 'membership of a group', ({ kafka }) => {
  const connection: KafkaConnection = { brokers: [kafka], clientId: 'test', ssl: false, sasl: undefined }
  let settings: MembershipSettings
  let members: Watched[]
  let children: ChildProcess[]

  beforeEach(async () => {
    const [groupId, source, internal] = ['group', 'source', 'internal'].map(uniqueName) as [
      string,
      string,
      string,
    ]
    settings = {
      groupId,
      sources: [source],
      internal,
      sessionTimeoutMs: SESSION_MS,
      heartbeatIntervalMs: 200,
    }
    members = []
    children = []
    await withAdmin((admin) =>
      admin.createTopics({
        waitForLeaders: false,
        topics: [
          { topic: source, numPartitions: SOURCE_LANES },
          { topic: internal, numPartitions: INTERNAL_LANES },
        ],
      }),
    )
  })

  afterEach(async () => {
    for (const child of children) child.kill('SIGKILL')
    await Promise.all(members.map(({ membership }) => membership.close()))
  })

  async function withAdmin<T>(use: (admin: ReturnType<Kafka['admin']>) => Promise<T>): Promise<T> {
    const admin = new Kafka(kafkaConfig(connection)).admin()
    await admin.connect()
    try {
      return await use(admin)
    } finally {
      await admin.disconnect()
    }
  }

  function join(more: Partial<MembershipSettings> = {}): Watched {
    const watched = { membership: new KafkaMembership(connection, { ...settings, ...more }), told: [] }
    members.push(watched)
    return watched
  }

  const newest = ({ told }: Watched): Assignment => told.at(-1) ?? { generation: -1, lanes: [] }

  /** Reads what everybody is told until it holds. */
  async function until(holds: () => boolean, watched: readonly Watched[] = members): Promise<void> {
    const end = performance.now() + PATIENCE_MS
    while (!holds()) {
      if (performance.now() > end)
        throw new Error(`never: ${JSON.stringify(watched.map(({ told }) => told))}`)
      await sleep(20)
      for (const { membership, told } of watched) {
        const assignment = await membership.next(10)
        if (assignment !== undefined) told.push(assignment)
      }
    }
  }

  const sizes = (watched: readonly Watched[]): readonly number[] =>
    watched.map((one) => newest(one).lanes.length).toSorted((a, b) => a - b)

  /** All of one generation, every lane at exactly one of them. */
  const settled = (watched: readonly Watched[]) => (): boolean =>
    new Set(watched.map((one) => newest(one).generation)).size === 1 &&
    names(watched.flatMap((one) => newest(one).lanes)).length === SOURCE_LANES + INTERNAL_LANES

  function noLaneTwice(): void {
    const holders = new Map<string, number>()
    members.forEach(({ told }, member) => {
      for (const { generation, lanes } of told)
        for (const name of names(lanes)) {
          const holder = holders.get(`${generation} ${name}`) ?? member
          expect([generation, name, holder]).toEqual([generation, name, member])
          holders.set(`${generation} ${name}`, member)
        }
    })
  }

  /** A member in its own process; answers when it was told lanes. */
  async function startChild(): Promise<{ readonly child: ChildProcess; readonly told: Assignment[] }> {
    const hook = fileURLToPath(new URL('../../support/run-typescript.mjs', import.meta.url))
    const script = fileURLToPath(new URL('./member-process.ts', import.meta.url))
    const { groupId, sources, internal } = settings
    const args = [kafka, groupId, sources[0] ?? '', internal, String(SESSION_MS)]
    const child = spawn(process.execPath, ['--import', hook, script, ...args], {
      env: { ...process.env, NODE_OPTIONS: '' },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    children.push(child)
    const told: Assignment[] = []
    createInterface({ input: child.stdout }).on('line', (line) => told.push(JSON.parse(line) as Assignment))
    await until(() => told.length > 0)
    return { child, told }
  }

  test('one member has everything', async () => {
    const one = join()
    expect(one.membership.state().is).toBe('joining')
    await until(() => one.told.length > 0)
    expect(names(newest(one).lanes)).toHaveLength(SOURCE_LANES + INTERNAL_LANES)
    expect(one.membership.state()).toEqual({ is: 'member', reason: undefined })
    expect(one.membership.group.current()?.generation).toBe(newest(one).generation)
    expect(newest(one).lanes.every((lane) => one.membership.group.holds(lane))).toBe(true)
    expect(one.membership.group.holds({ topic: settings.internal, partition: INTERNAL_LANES })).toBe(false)
  })

  test('members come and go: the sources stay together, kept lanes stay, no lane is at two', async () => {
    const first = join()
    await until(settled(members))
    const before = newest(first)
    const [second, third] = [join(), join()]
    await until(settled(members))
    expect(newest(first).generation).toBeGreaterThan(before.generation)
    expect(sizes(members)).toEqual([2, 2, 2 + SOURCE_LANES])
    expect(names(newest(first).lanes).filter((name) => name.startsWith('source'))).toHaveLength(SOURCE_LANES)
    expect(names(before.lanes)).toEqual(expect.arrayContaining([...names(newest(first).lanes)]))
    const [keptByFirst, keptByThird] = [names(newest(first).lanes), names(newest(third).lanes)]

    await second.membership.close()
    expect(second.membership.group.current()).toBeUndefined()
    const left = [first, third]
    await until(settled(left), left)
    expect(sizes(left)).toEqual([3, 3 + SOURCE_LANES])
    expect(names(newest(first).lanes)).toEqual(expect.arrayContaining([...keptByFirst]))
    expect(names(newest(third).lanes)).toEqual(expect.arrayContaining([...keptByThird]))
    noLaneTwice()
  })

  test('the lanes of a killed member come over after its session', async () => {
    const { child } = await startChild()
    const one = join()
    await until(() => one.told.length > 0)
    expect(newest(one).lanes).toHaveLength(INTERNAL_LANES / 2)
    child.kill('SIGKILL')
    await until(settled([one]))
    expect(one.told.filter(({ lanes }) => lanes.length === 0)).toEqual([])
  }, 60_000)

  test('a member that was frozen beyond its session is told that it holds nothing, then what it has now', async () => {
    const { child, told } = await startChild()
    child.kill('SIGSTOP')
    const one = join()
    await until(settled([one]))
    const before = told.length
    child.kill('SIGCONT')
    await until(() => told.length >= before + 2)
    expect(told[before]?.lanes).toEqual([])
    expect(told[before + 1]?.lanes).toHaveLength(INTERNAL_LANES / 2)
    expect(told[before + 1]?.generation).toBeGreaterThan(told[before]?.generation ?? Infinity)
  }, 60_000)

  test('a lost connection changes nothing', async () => {
    const one = join()
    await until(settled(members))
    const before = one.membership.group.current()
    const port = Number(kafka.split(':')[1])
    const handles = (process as unknown as { _getActiveHandles(): readonly unknown[] })._getActiveHandles()
    const sockets = handles.filter((handle) => (handle as { remotePort?: number }).remotePort === port)
    expect(sockets.length).toBeGreaterThan(0)
    for (const socket of sockets) (socket as Socket).destroy(new Error('cut'))
    expect(await one.membership.next(SESSION_MS + 1000)).toBeUndefined()
    expect(one.membership.group.current()).toEqual(before)
    expect(one.membership.state().is).toBe('member')
  }, 60_000)

  test('new partitions are noticed and given to somebody', async () => {
    const one = join({ metadataMaxAgeMs: 300 })
    await until(settled(members))
    const generation = one.membership.group.current()?.generation ?? -1
    await withAdmin((admin) =>
      admin.createPartitions({ topicPartitions: [{ topic: settings.sources[0] ?? '', count: 5 }] }),
    )
    await until(() => newest(one).lanes.length === 5 + INTERNAL_LANES)
    await one.membership.group.next(generation, 1)
    expect(one.membership.group.current()?.generation).toBeGreaterThan(generation)
  })

  test('leaving while others are waited for takes no longer than asking', async () => {
    const one = join()
    await until(settled(members))
    const { child } = await startChild()
    child.kill('SIGSTOP')
    const late = join() // waits for the frozen one
    await one.membership.next(500)
    await late.membership.close()
    const { members: left } = await withAdmin(
      async (admin) => (await admin.describeGroups([settings.groupId])).groups[0] ?? { members: [] },
    )
    expect(left.map(({ clientId }) => clientId).toSorted()).toEqual(['member', 'test'])
  }, 60_000)

  test('a missing topic is waited for, and said', async () => {
    const one = join({ sources: [uniqueName('missing')] })
    expect(await one.membership.next(1000)).toBeUndefined()
    expect(one.membership.state()).toEqual({
      is: 'joining',
      reason: expect.stringMatching(/topic missing-.*no such topic/),
    })
  })
})
