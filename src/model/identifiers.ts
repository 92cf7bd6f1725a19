/** Identifiers: the outside names of a person, and the rule that makes two spellings of one name equal. */

/** A typed outside name, as it came or normalised: `{ type: 'email', value: 'ann@example.org' }`. */
export interface Identifier {
  readonly type: string
  readonly value: string
}

/** The key by which the graph knows an identifier. No type contains a line break. */
export const identifierKey = (identifier: Identifier): string => `${identifier.type}\n${identifier.value}`

/** Trimmed; e-mail in lower case; phone as its digits with a leading `+` if it had one. */
export function normaliseValue(type: string, value: string): string {
  const text = value.trim()
  if (type === 'email') return text.toLowerCase()
  if (type === 'phone') {
    const digits = text.replace(/\D/g, '')
    return digits === '' ? '' : text.startsWith('+') ? `+${digits}` : digits
  }
  return text
}

const BLOCKED_WORDS: ReadonlySet<string> = new Set(
  ' null undefined none nan anonymous guest unknown 0 -1 true false [object_object]'
    .split(' ')
    .map((w) => w.replace('_', ' ')),
)
/** Runs of zeros with separators, a leading plus included. */
const ZEROS = /^\+?[\s._:/()-]*0[0\s._:/()-]*$/

/** Without blanks and one pair of quotes around it, in lower case: the form in which blocked words are compared. */
export function blockForm(value: string): string {
  const text = value.trim()
  const first = text.charCodeAt(0)
  const quoted =
    text.length >= 2 && (first === 34 || first === 39) && text.charCodeAt(text.length - 1) === first
  return (quoted ? text.slice(1, -1).trim() : text).toLowerCase()
}

/** Whether a value names nobody. `more` holds the topology's own words in {@link blockForm}. Judge it before and after normalising. */
export function isBlockedValue(value: string, more: ReadonlySet<string>): boolean {
  // Nearly every value begins with a letter and is longer than any blocked word: skip the copying.
  const first = value.charCodeAt(0) | 32
  if (more.size === 0 && value.length > 15 && first >= 97 && first <= 122) return false
  const form = blockForm(value)
  return BLOCKED_WORDS.has(form) || more.has(form) || ZEROS.test(form)
}
