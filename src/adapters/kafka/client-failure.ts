/**
 * What it means that a broker could not be asked, or what kafkajs throws of its answer: TLS, logins, and connections that do not come
 * about or break are told apart here; what a broker answered is told by `broker-codes.ts`. Total: whatever was thrown, something is
 * said.
 */
import { AdapterError, Fenced, InvariantError } from '../../model/errors.ts'
import { brokerFailure, isKnownCode } from './broker-codes.ts'
import type { KafkaConnection } from './connection.ts'

/** As kafkajs and Node throw them. */
interface Thrown {
  readonly name?: string
  readonly message?: string
  /** The protocol's name of the error. */
  readonly type?: string
  /** Number of the protocol's error, or Node's name of the socket's. */
  readonly code?: number | string
  readonly retriable?: boolean
  readonly cause?: unknown
  /** Of several topics. */
  readonly errors?: readonly Thrown[]
}

interface Meaning {
  readonly code: string
  readonly what: string
  readonly retryable: boolean
}

type Tables = Readonly<Record<string, (connection: KafkaConnection) => Meaning>>

const no = (code: string, what: string) => (): Meaning => ({ code, what, retryable: false })
const untrusted = no(
  'tls-untrusted',
  'the certificate of the broker is not signed by anyone known here: give the file of its authority as KAFKA_SSL_CA',
)

/** By the protocol's number of the error: what a broker says of a login. */
const LOGIN: Tables = {
  33: refusedMechanism,
  34: no(
    'sasl-unwanted',
    'the broker wants no SASL at this address: unset KAFKA_SASL_MECHANISM, or use another port',
  ),
  58: refusedLogin,
}

/** By Node's name of the error. */
const SOCKET: Tables = {
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  UNABLE_TO_GET_ISSUER_CERT: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  CERT_HAS_EXPIRED: no('tls-expired', 'the certificate of the broker has expired'),
  CERT_NOT_YET_VALID: no('tls-expired', 'the certificate of the broker is not valid yet'),
  ERR_TLS_CERT_ALTNAME_INVALID: no(
    'tls-name',
    'the certificate of the broker is made out to another name than this address: use an address of that name',
  ),
  ERR_SSL_WRONG_VERSION_NUMBER: no('tls-unwanted', 'the broker speaks no TLS at this address'),
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: wantsCertificate(),
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: wantsCertificate(),
}

function wantsCertificate(): () => Meaning {
  return no(
    'tls-certificate',
    'the broker wants a certificate of this client that it knows: give KAFKA_SSL_CERT and KAFKA_SSL_KEY',
  )
}

function refusedLogin({ sasl }: KafkaConnection): Meaning {
  const what = `the broker refused user ${sasl?.username} with ${sasl?.mechanism}: check KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD`
  return { code: 'sasl-refused', what, retryable: false }
}

function refusedMechanism({ sasl }: KafkaConnection): Meaning {
  const what = `the broker does not offer ${sasl?.mechanism} at this address: check KAFKA_SASL_MECHANISM`
  return { code: 'sasl-mechanism', what, retryable: false }
}

/**
 * `Fenced` or an AdapterError; errors of this program pass as they are.
 * @param doing what was being done, in words, naming the topic or group: `joining group "shop.cart"`
 */
export function clientFailure(error: unknown, connection: KafkaConnection, doing: string): Error {
  if (error instanceof AdapterError || error instanceof Fenced || error instanceof InvariantError)
    return error
  const chain = causes(error)
  const place = `Kafka at ${connection.brokers.join(', ')}, ${doing}`
  const answered = codeIn(chain)
  if (answered !== undefined && isKnownCode(answered)) return brokerFailure(answered, place)
  const { code, what, retryable } = meaningOf(chain, connection)
  return new AdapterError(code, `${place}: ${what}`, retryable)
}

/** The number of the broker's answer in what kafkajs threw, if that is what it is. */
export const codeOf = (thrown: unknown): number | undefined => codeIn(causes(thrown))

const codeIn = (chain: readonly Thrown[]): number | undefined =>
  chain.map(({ code }) => code).find((code) => typeof code === 'number')

/** The error and what it was caused by, outermost first; of several at once, one that is not about a topic that is there already. */
function causes(error: unknown): readonly Thrown[] {
  const chain: Thrown[] = []
  let one = error
  while (typeof one === 'object' && one !== null && chain.length < 10) {
    const thrown = one as Thrown
    chain.push(thrown)
    one = thrown.cause ?? thrown.errors?.find(({ type }) => type !== 'TOPIC_ALREADY_EXISTS')
  }
  return chain.length > 0 ? chain : [{ message: String(error) }]
}

function meaningOf(chain: readonly Thrown[], connection: KafkaConnection): Meaning {
  for (const { code } of chain) {
    const meaning = (typeof code === 'number' ? LOGIN : SOCKET)[code ?? '']
    if (meaning !== undefined) return meaning(connection)
  }
  const login = chain.find(({ name }) => name === 'KafkaJSSASLAuthenticationError')
  if (login !== undefined)
    return /not supported/.test(login.message ?? '') ? refusedMechanism(connection) : refusedLogin(connection)
  const broken = chain.find(({ name = '' }) => name.startsWith('KafkaJSConnection') || NO_WAY_THERE.has(name))
  if (broken !== undefined) return unreachable(broken, connection)
  const { type, message = 'unknown trouble', retriable } = chain.at(-1) ?? {}
  return {
    code: type?.toLowerCase().replaceAll('_', '-') ?? 'kafka-client',
    what: message,
    retryable: retriable !== false,
  }
}

/** No answer in time; a broker that the others do not name just now, or to which others are still trying to connect. */
const NO_WAY_THERE: ReadonlySet<string> = new Set([
  'KafkaJSRequestTimeoutError',
  'KafkaJSBrokerNotFound',
  'KafkaJSLockTimeout',
])

/** A connection that could not be made, or broke. A broker that is asked in the wrong way hangs up without a word. */
function unreachable({ message = '', name, code }: Thrown, { ssl, sasl }: KafkaConnection): Meaning {
  if (ssl !== false && /before secure TLS connection|ECONNRESET|EPROTO/.test(`${message} ${code}`))
    return {
      code: 'tls-unwanted',
      what: 'the broker hung up on TLS: does it speak TLS at this address?',
      retryable: true,
    }
  const silent = name === 'KafkaJSConnectionClosedError' || name === 'KafkaJSRequestTimeoutError'
  const wants = [...(ssl === false ? ['TLS'] : []), ...(sasl === undefined ? ['SASL'] : [])].join(' or ')
  if (silent && wants !== '')
    return {
      code: 'broker-hung-up',
      what: `the broker gave no answer (${message}): down, or does it want ${wants}?`,
      retryable: true,
    }
  return { code: 'broker-unreachable', what: `no broker can be reached (${message})`, retryable: true }
}
