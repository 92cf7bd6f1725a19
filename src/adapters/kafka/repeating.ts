/**
 * Sending a request again, where that is safe: what it does, it does once. The first wait is short, since a transaction that has
 * just ended is most often through within a millisecond; it doubles up to a bound, until the time is up.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { AdapterError } from '../../model/errors.ts'
import { brokerFailure, repeatOf } from './broker-codes.ts'

/** Why a call may be made again, and what was remembered wrongly. */
export class Again extends Error {
  override readonly name = 'Again'
  override readonly cause: Error
  readonly about: 'again' | 'coordinator' | 'leader'
  readonly code: number

  constructor(cause: Error, about: 'again' | 'coordinator' | 'leader', code = 0) {
    super(cause.message)
    this.cause = cause
    this.about = about
    this.code = code
  }
}

/** What a broker's answer with this code throws: {@link Again} where the very same request may be sent again, else the failure. */
export function refusal(code: number, doing: string): Error {
  const failure = brokerFailure(code, doing)
  const about = repeatOf(code)
  return about === undefined ? failure : new Again(failure, about, code)
}

export interface Patience {
  /** Milliseconds of `performance.now()`. */
  readonly until: number
  readonly firstMs?: number
  readonly mostMs?: number
  /** Silence is final: the request may have done what it does. */
  readonly answeredOnly?: true
}

const FIRST_MS = 1
const MOST_MS = 100

/** Whether the broker did not answer at all: sending again is safe where the request does once what it does. */
export const isUnanswered = (error: unknown): error is AdapterError =>
  error instanceof AdapterError && error.retryable && UNANSWERED.has(error.code)

const UNANSWERED: ReadonlySet<string> = new Set([
  'broker-unreachable',
  'broker-hung-up',
  'tls-unwanted',
  'kafka-client',
  'no-broker',
])

/**
 * Calls until it neither throws {@link Again} nor remains unanswered; `before` mends what was remembered wrongly, and may fail too.
 * @throws what the last call failed with.
 */
export async function repeating<T>(
  { until, firstMs = FIRST_MS, mostMs = MOST_MS, answeredOnly }: Patience,
  call: () => Promise<T>,
  before: (again: Again) => Promise<void>,
): Promise<T> {
  for (let waitMs = firstMs; ; waitMs = Math.min(waitMs * 2, mostMs)) {
    let again: Again
    try {
      return await call()
    } catch (error) {
      again = asAgain(error, answeredOnly)
    }
    if (performance.now() + waitMs > until) throw again.cause
    await sleep(waitMs)
    try {
      await before(again)
    } catch (error) {
      // What is to be mended may itself not be known yet: the next round asks again.
      if (!(error instanceof Again) && !isUnanswered(error)) throw error
    }
  }
}

function asAgain(error: unknown, answeredOnly: boolean | undefined): Again {
  if (error instanceof Again) return error
  if (!answeredOnly && isUnanswered(error)) return new Again(error, 'leader')
  throw error
}
