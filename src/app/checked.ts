/** One thing that a check found: what it is about, what is wrong, and what to do. */
export interface Checked {
  readonly level: 'error' | 'warning' | 'note'
  /** For programs; a word that stays the same. */
  readonly code: string
  /** A topic, a subject, a server, a setting. */
  readonly about: string
  readonly message: string
  /** What to do. */
  readonly hint: string
}
