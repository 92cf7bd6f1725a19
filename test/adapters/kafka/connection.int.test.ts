/** Every way into a broker that wants TLS or a login, and what is said of every wrong one. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { KafkaAdministration } from '../../../src/adapters/kafka/administration.ts'
import { BrokerConnection } from '../../../src/adapters/kafka/broker-connection.ts'
import type { KafkaConnection, KafkaSasl } from '../../../src/adapters/kafka/connection.ts'
import { clientFailure } from '../../../src/adapters/kafka/client-failure.ts'
import { KafkaMembership } from '../../../src/adapters/kafka/membership.ts'
import { PASSWORDS, type SecureKafka, startSecureKafka } from '../../support/servers/secure-kafka.ts'
import { describeWithOwn, uniqueName } from '../../support/real-servers.ts'

describeWithOwn(['kafka'], 'connections to a broker with TLS and logins', () => {
  let secure: SecureKafka // unless it could not be started
  const lines: string[] = []
  beforeAll(async () => {
    secure = await startSecureKafka()
  }, 120_000)
  afterAll(() => secure?.stop())

  const to = (address: string, more: Partial<KafkaConnection> = {}): KafkaConnection => ({
    brokers: [address],
    clientId: 'test',
    ssl: false,
    sasl: undefined,
    connectTimeoutMs: 3000,
    requestTimeoutMs: 3000,
    log: (level, line) => lines.push(`${level} ${line}`),
    ...more,
  })
  const ssl = () => ({ ca: secure.ca })
  const sasl = (
    mechanism: KafkaSasl['mechanism'] = 'plain',
    username: 'alice' | 'bob' = 'alice',
  ): KafkaSasl => ({ mechanism, username, password: PASSWORDS[username] })

  const clusterIdBy = async (connection: KafkaConnection): Promise<string> => {
    const administration = new KafkaAdministration(connection)
    try {
      return (await administration.cluster()).clusterId
    } finally {
      await administration.close()
    }
  }

  test.each<readonly [string, () => KafkaConnection]>([
    ['TLS', () => to(secure.tls, { ssl: ssl() })],
    ['TLS by name', () => to(secure.tls.replace('127.0.0.1', 'localhost'), { ssl: ssl() })],
    [
      'TLS with a certificate of the client',
      () => to(secure.mutual, { ssl: { ...ssl(), ...secure.client } }),
    ],
    ['TLS without a look at the certificate', () => to(secure.tls, { ssl: { rejectUnauthorized: false } })],
    ['PLAIN over TLS', () => to(secure.login, { ssl: ssl(), sasl: sasl() })],
    ['SCRAM-SHA-256 over TLS', () => to(secure.login, { ssl: ssl(), sasl: sasl('scram-sha-256') })],
    ['SCRAM-SHA-512 without', () => to(secure.bareLogin, { sasl: sasl('scram-sha-512') })],
  ])('%s', async (_, connection) => {
    expect(await clusterIdBy(connection())).toMatch(/^[\w-]{22}$/)
  })

  test('a member of a group over TLS with a login', async () => {
    const connection = to(secure.login, { ssl: ssl(), sasl: sasl('scram-sha-512') })
    const administration = new KafkaAdministration(connection)
    const [source, internal] = [uniqueName('source'), uniqueName('internal')]
    await administration.createTopics(
      [source, internal].map((topic) => ({ topic, partitions: 1, replication: 1, config: {} })),
    )
    await administration.close()
    const membership = new KafkaMembership(connection, {
      groupId: uniqueName('group'),
      sources: [source],
      internal,
    })
    expect((await membership.next(20_000))?.lanes).toHaveLength(2)
    await membership.close()
  })

  test.each<readonly [string, () => KafkaConnection, string, boolean, RegExp]>([
    ['an unknown authority', () => to(secure.tls, { ssl: {} }), 'tls-untrusted', false, /KAFKA_SSL_CA/],
    [
      'a broker of another name',
      () => to(secure.tls, { ssl: { ...ssl(), servername: 'elsewhere' } }),
      'tls-name',
      false,
      /made out to another name/,
    ],
    [
      'no certificate of the client',
      () => to(secure.mutual, { ssl: ssl() }),
      'tls-certificate',
      false,
      /KAFKA_SSL_CERT/,
    ],
    [
      'TLS where there is none',
      () => to(secure.plain, { ssl: ssl() }),
      'tls-unwanted',
      true,
      /does it speak TLS/,
    ],
    ['no TLS where it is wanted', () => to(secure.tls), 'broker-hung-up', true, /does it want TLS/],
    ['no login where it is wanted', () => to(secure.bareLogin), 'broker-hung-up', true, /SASL/],
    [
      'a login where there is none',
      () => to(secure.plain, { sasl: sasl() }),
      'sasl-unwanted',
      false,
      /wants no SASL/,
    ],
    [
      'a wrong password',
      () => to(secure.bareLogin, { sasl: { ...sasl(), password: 'hush-hush' } }),
      'sasl-refused',
      false,
      /user alice with plain/,
    ],
    [
      'a wrong password by SCRAM',
      () => to(secure.login, { ssl: ssl(), sasl: { ...sasl('scram-sha-256'), password: 'hush-hush' } }),
      'sasl-refused',
      false,
      /user alice with scram-sha-256/,
    ],
    [
      'nobody there',
      () => to('127.0.0.1:1', { brokers: ['127.0.0.1:1', '127.0.0.1:2'] }),
      'broker-unreachable',
      true,
      /127\.0\.0\.1:1, 127\.0\.0\.1:2/,
    ],
  ])('says what is wrong: %s', async (_, connection, code, retryable, message) => {
    const failure: unknown = await clusterIdBy(connection()).catch((error: unknown) => error)
    expect(failure).toMatchObject({
      name: 'AdapterError',
      code,
      retryable,
      message: expect.stringMatching(message),
    })
  })

  const bob = (): KafkaConnection => to(secure.bareLogin, { sasl: sasl('plain', 'bob') })

  test('says what a user may not do: a topic', async () => {
    const administration = new KafkaAdministration(to(secure.plain))
    const topic = uniqueName('hidden')
    await administration.createTopics([{ topic, partitions: 1, replication: 1, config: {} }])
    await administration.close()
    const forbidden = new KafkaAdministration(bob())
    await expect(forbidden.topics([topic])).rejects.toMatchObject({
      code: 'topic-forbidden',
      retryable: false,
      message: expect.stringContaining(topic),
    })
    await forbidden.close()
  })

  test('says what a user may not do: a group', async () => {
    const groupId = uniqueName('group')
    const membership = new KafkaMembership(bob(), { groupId, sources: ['source'], internal: 'internal' })
    await expect(membership.next(20_000)).rejects.toMatchObject({
      code: 'group-forbidden',
      retryable: false,
      message: expect.stringContaining(groupId),
    })
    await membership.close()
  })

  test('says what a user may not do: a transactional id', async () => {
    const broker = await BrokerConnection.connectAny(bob())
    const asked = broker.ask('InitProducerId', { transactionalId: 'task', transactionTimeout: 1000 })
    const failure = await asked.catch((error: unknown) => clientFailure(error, bob(), 'taking over task'))
    expect(failure).toMatchObject({ code: 'transaction-forbidden', retryable: false })
    broker.close()
  })

  test('no password is in any line of the log', () => {
    expect(lines.length).toBeGreaterThan(0)
    for (const secret of [...Object.values(PASSWORDS), 'hush-hush'])
      expect(lines.filter((line) => line.includes(secret))).toEqual([])
  })
})
