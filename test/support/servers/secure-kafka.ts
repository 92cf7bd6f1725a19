/**
 * A broker of a test's own that wants TLS, a login, or both: an authority and certificates made for it, and users with and without
 * rights. Each way in is a listener of its own.
 *
 * 1. `alice` may do everything; `bob` may log in and nothing else. Both log in by PLAIN and by both kinds of SCRAM.
 * 2. `plain` is open to everybody and may do everything, as its clients have no name.
 */
import { pbkdf2Sync, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BrokerConnection } from '../../../src/adapters/kafka/broker-connection.ts'
import { type Certificates, makeCertificates } from './certificates.ts'
import { freePort } from './free-port.ts'
import { startKafka } from './kafka.ts'
import type { Server } from './server-process.ts'

export const PASSWORDS = { alice: 'alice-secret', bob: 'bob-secret' } as const

/** `host:port` of each listener, and the certificates that go with them. */
export interface SecureKafka {
  readonly plain: string
  readonly tls: string
  /** TLS, and a certificate of the client. */
  readonly mutual: string
  /** TLS and a login. */
  readonly login: string
  /** A login without TLS. */
  readonly bareLogin: string
  readonly ca: string
  readonly client: { readonly cert: string; readonly key: string }
  stop(): Promise<void>
}

const LISTENERS = ['tls', 'mutual', 'login', 'bareLogin'] as const
const PROTOCOLS = { tls: 'SSL', mutual: 'SSL', login: 'SASL_SSL', bareLogin: 'SASL_PLAINTEXT' }
/** Kafka's number of the mechanism, its hash, and the bytes of that. */
const SCRAM = [
  [1, 'sha256', 32],
  [2, 'sha512', 64],
] as const
const SCRAM_ROUNDS = 4096
const ALTER_SCRAM = 51

export async function startSecureKafka(): Promise<SecureKafka> {
  const folder = await mkdtemp(join(tmpdir(), 'shopkeeper-certificates-'))
  const certificates = makeCertificates(folder, ['broker', 'client'])
  const { certificateFile, keyFile } = certificates.of.client
  const ca = pem(certificates.caFile)
  const client = { cert: pem(certificateFile), key: pem(keyFile) }
  const [port, controllerPort, ...others] = (await Promise.all(Array.from({ length: 6 }, freePort))) as [
    number,
    number,
    ...number[],
  ]
  const addresses = LISTENERS.map((name, n) => [name, `127.0.0.1:${others[n]}`] as const)
  let server: Server
  try {
    server = await startKafka({ port, settings: settingsOf(certificates, port, controllerPort, addresses) })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await addScramUsers(server.address)
  } catch (error) {
    await server.stop()
    throw error
  }
  const ways = Object.fromEntries(addresses) as Record<(typeof LISTENERS)[number], string>
  return { plain: server.address, ...ways, ca, client, stop: () => server.stop() }
}

const pem = (path: string): string => readFileSync(path, 'utf8').trim()

function settingsOf(
  { caFile, of: { broker } }: Certificates<'broker'>,
  port: number,
  controllerPort: number,
  addresses: readonly (readonly [keyof typeof PROTOCOLS, string])[],
): Readonly<Record<string, string>> {
  const inline = (path: string): string => pem(path).replaceAll('\n', '\\n')
  const own = `PLAINTEXT://127.0.0.1:${port}`
  const others = addresses.map(([name, address]) => `${name.toUpperCase()}://${address}`)
  const users = Object.entries(PASSWORDS).map(([user, password]) => `user_${user}="${password}"`)
  const module = (name: string, rest = ''): string =>
    `org.apache.kafka.common.security.${name} required${rest};`
  const logins = ['login', 'barelogin'].flatMap((name): readonly (readonly [string, string])[] => [
    [`listener.name.${name}.sasl.enabled.mechanisms`, 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512'],
    [`listener.name.${name}.plain.sasl.jaas.config`, module('plain.PlainLoginModule', ` ${users.join(' ')}`)],
    [`listener.name.${name}.scram-sha-256.sasl.jaas.config`, module('scram.ScramLoginModule')],
    [`listener.name.${name}.scram-sha-512.sasl.jaas.config`, module('scram.ScramLoginModule')],
  ])
  return {
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    listeners: [own, `CONTROLLER://127.0.0.1:${controllerPort}`, ...others].join(),
    'advertised.listeners': [own, ...others].join(),
    'listener.security.protocol.map': [
      'PLAINTEXT:PLAINTEXT',
      'CONTROLLER:PLAINTEXT',
      ...addresses.map(([name]) => `${name.toUpperCase()}:${PROTOCOLS[name]}`),
    ].join(),
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.key': inline(broker.keyFile),
    'ssl.keystore.certificate.chain': inline(broker.certificateFile),
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.certificates': inline(caFile),
    'listener.name.mutual.ssl.client.auth': 'required',
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': 'User:ANONYMOUS;User:alice',
    ...Object.fromEntries(logins),
  }
}

/**
 * AlterUserScramCredentials (KIP-554), which kafkajs does not know: short strings and lists say one more than their length. A request
 * takes each user once, so it is one for each mechanism.
 */
async function addScramUsers(address: string): Promise<void> {
  const bytes = (value: Buffer): readonly number[] => [value.length + 1, ...value]
  const connection = { brokers: [address], clientId: 'test', ssl: false, sasl: undefined } as const
  const broker = await BrokerConnection.connectAny(connection)
  try {
    for (const [mechanism, hash, length] of SCRAM) {
      const credentials = Object.entries(PASSWORDS).map(([user, password]) => {
        const salt = randomBytes(16)
        const salted = pbkdf2Sync(password, salt, SCRAM_ROUNDS, length, hash)
        const rounds = [0, 0, SCRAM_ROUNDS >> 8, SCRAM_ROUNDS & 255]
        return [...bytes(Buffer.from(user)), mechanism, ...rounds, ...bytes(salt), ...bytes(salted), 0]
      })
      const body = Buffer.from([0, 1, credentials.length + 1, ...credentials.flat(), 0])
      // Header, throttling, how many; then of each user its name, a code, no message.
      const answer = await broker.askBytes('AlterUserScramCredentials', ALTER_SCRAM, 0, body)
      const code = answer.readInt16BE(6 + answer.readUInt8(6))
      if (code !== 0) throw new Error(`no SCRAM user could be made: error ${code}`)
    }
  } finally {
    broker.close()
  }
}
