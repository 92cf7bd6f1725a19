/** What can go wrong, as few classes with a code and the fact whether trying again helps. */

/** Where in a document something stands; lines and columns from 1. */
export interface Place {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** One problem of a document: its place, what is wrong and what to do. */
export interface Finding {
  readonly place: Place
  readonly level: 'error' | 'warning'
  readonly code: FindingCode
  readonly message: string
  readonly hint: string
}

/** Closed per release (contracts, X4 and X9). */
export const FINDING_CODES = [
  'yaml-syntax',
  'duplicate-key',
  'unknown-key',
  'missing-key',
  'wrong-type',
  'bad-duration',
  'bad-value',
  'unknown-id',
  'duplicate-id',
  'unknown-operator',
  'unknown-type',
  'unknown-timezone',
  'cycle',
  'no-input',
  'unreachable',
  'condition-syntax',
  'condition-type',
  'constant-condition',
  'never-happens',
  'no-effect',
] as const
export type FindingCode = (typeof FINDING_CODES)[number]

/** The user asked for something that cannot be: one clear sentence and a hint; exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  readonly hint: string
  constructor(message: string, hint: string) {
    super(message)
    this.hint = hint
  }
}

/** A topology document does not hold; all findings at once; exit code 2. */
export class ConfigFindings extends Error {
  override readonly name = 'ConfigFindings'
  readonly findings: readonly Finding[]
  constructor(findings: readonly Finding[]) {
    super(`${findings.length} finding${findings.length === 1 ? '' : 's'}`)
    this.findings = findings
  }
}

/** Another owner has taken the task over: stop, write nothing more. */
export class Fenced extends Error {
  override readonly name = 'Fenced'
}

/** The world outside failed. `retryable`: the same call may succeed later. */
export class AdapterError extends Error {
  override readonly name = 'AdapterError'
  readonly code: string
  readonly retryable: boolean
  constructor(code: string, message: string, retryable: boolean) {
    super(message)
    this.code = code
    this.retryable = retryable
  }
}

/**
 * State or topics hold what another version wrote: exit code 3, nothing is touched.
 * @throws AdapterError `newer-version`, unless `version` is one that this program reads. Older than `oldest` is only what was written
 *   before the first release.
 */
export function knownVersion(what: string, version: number, newest: number, oldest = 1): void {
  if (version >= oldest && version <= newest) return
  const reads = oldest < newest ? `${oldest} to ${newest}` : `${newest}`
  const advice =
    version > newest ? 'run the newer program' : 'it is from before the first release, start anew'
  throw new AdapterError(
    'newer-version',
    `${what} has version ${version}; this program reads ${reads}: ${advice}`,
    false,
  )
}

/** A bug of this program: never caught to go on, the restart resumes exactly. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError'
}

/** Asserts what must hold on both sides of a boundary. */
export function invariant(holds: boolean, message: string): asserts holds {
  if (!holds) throw new InvariantError(message)
}
