/**
 * Where the embedded adapters can be made to fail: the seams at which a process dies, a store is lost, an answer does not come.
 * `replay --crash-every` and the simulation throw here; in ordinary use nothing is set.
 */

export type FaultPoint =
  | 'take-over'
  | 'commit-before'
  | 'commit-after'
  | 'load'
  | 'apply-before'
  | 'apply-after'

/** May throw: {@link Crash} for the end of the process, AdapterError for trouble that the task must live with. */
export type FaultHook = (point: FaultPoint, task: string) => void

/** The process dies here. Nobody catches it but who started the process. */
export class Crash extends Error {
  override readonly name = 'Crash'
}
