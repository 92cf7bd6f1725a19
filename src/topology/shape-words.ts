/** The issues of zod in plain words: a code of the closed list, what is wrong, and what to do. */
import type { z } from 'zod'
import { didYouMean } from '../model/did-you-mean.ts'
import { FINDING_CODES, type FindingCode } from '../model/errors.ts'
import type { Path } from './document.ts'
import { isFields } from './outline.ts'

type Issue = z.core.$ZodIssue

export interface Words {
  readonly code: FindingCode
  readonly message: string
  readonly hint: string
}

/** Says of a key nobody knows which one was meant. */
export function unknownKey(key: string, known: readonly string[]): Words {
  const meant = didYouMean(key, known)
  const list = known.length === 0 ? '' : `known here: ${known.join(', ')}`
  const hint = meant === undefined ? list || 'remove it' : `did you mean "${meant}"? ${list}`
  return { code: 'unknown-key', message: `unknown key "${key}"`, hint }
}

/** What to say of an issue with the value at `path`; `about` is what the shape says of it, `whole` the word for all of it. */
export function wordsOf(
  issue: Issue,
  {
    path,
    value,
    about,
    whole,
  }: {
    readonly path: Path
    readonly value: unknown
    readonly about: string | undefined
    readonly whole: string
  },
): Words {
  const subject = labelOf(path, whole)
  const meaning = about === undefined ? 'see "shopkeeper operators" for what belongs here' : about
  switch (issue.code) {
    case 'custom':
      return customWords(issue, subject, meaning)
    case 'invalid_type':
      if (issue.expected === 'int' && typeof value === 'number')
        return {
          code: 'bad-value',
          message: `${subject} must be a whole number, is ${show(value)}`,
          hint: 'leave the fraction out',
        }
      return wrongType(subject, KINDS[issue.expected] ?? issue.expected, value)
    case 'invalid_value': {
      const allowed = issue.values.map(String)
      if (typeof value === 'object') return wrongType(subject, `one of ${allowed.join(', ')}`, value)
      const meant = didYouMean(plain(value), allowed)
      const hint =
        meant === undefined
          ? `write one of: ${allowed.join(', ')}`
          : `did you mean "${meant}"? allowed: ${allowed.join(', ')}`
      return { code: 'bad-value', message: `${subject} cannot be ${show(value)}`, hint }
    }
    case 'too_big':
    case 'too_small':
      return {
        code: 'bad-value',
        message: `${subject} ${outOfRange(issue, value)}`,
        hint: meaning,
      }
    case 'invalid_format':
      return {
        code: 'bad-value',
        message: `${subject} cannot be ${show(value)}`,
        hint: saidBy(issue.message) ?? about ?? patternOf(issue) ?? meaning,
      }
    case 'invalid_key': {
      const said = issue.issues.map((inner) => saidBy(inner.message)).find((text) => text !== undefined)
      return {
        code: 'bad-value',
        message: `"${String(path.at(-1))}" cannot be a name here`,
        hint: said ?? patternOf(issue.issues[0]) ?? 'write another one',
      }
    }
    case 'invalid_union': {
      const kinds = [
        ...new Set(
          issue.errors
            .flat()
            .flatMap((inner) => ('expected' in inner ? [KINDS[inner.expected] ?? inner.expected] : [])),
        ),
      ]
      if (kinds.length > 0) return wrongType(subject, kinds.join(' or '), value)
      const options = 'options' in issue && Array.isArray(issue.options) ? issue.options.map(String) : []
      const meant = didYouMean(plain(value), options)
      const hint = meant === undefined ? `write one of: ${options.join(', ')}` : `did you mean "${meant}"?`
      return {
        code: 'bad-value',
        message: `${subject} cannot be ${show(value)}`,
        hint: options.length === 0 ? meaning : hint,
      }
    }
    case 'not_multiple_of':
    case 'invalid_element':
    case 'unrecognized_keys':
    default:
      return { code: 'bad-value', message: `${subject} does not fit: ${issue.message}`, hint: meaning }
  }
}

/** A refinement may name its code in `params`, and its hint there or behind `: write` in its message. */
function customWords(issue: Issue & { code: 'custom' }, subject: string, meaning: string): Words {
  const params = issue.params ?? {}
  const code = FINDING_CODES.find((known) => known === params['code']) ?? 'bad-value'
  const said = saidBy(issue.message) ?? 'does not fit'
  const advice = said.indexOf(': write ')
  const hint = typeof params['hint'] === 'string' ? params['hint'] : meaning
  if (advice < 0) return { code, message: `${subject}: ${said}`, hint }
  return { code, message: `${subject}: ${said.slice(0, advice)}`, hint: said.slice(advice + 2) }
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'a mapping',
  record: 'a mapping',
  array: 'a list',
  null: 'null',
}

function wrongType(subject: string, expected: string, value: unknown): Words {
  const hint =
    expected.includes('text') && typeof value === 'number'
      ? `put it in quotes: "${value}"`
      : expected === 'a list' && isFields(value)
        ? 'begin each entry with "- "'
        : `write ${expected}`
  return { code: 'wrong-type', message: `${subject} must be ${expected}, is ${kindOf(value)}`, hint }
}

function outOfRange(issue: Issue & { code: 'too_big' | 'too_small' }, value: unknown): string {
  const [bound, limit] = issue.code === 'too_big' ? ['at most', issue.maximum] : ['at least', issue.minimum]
  const exact = issue.inclusive === false ? (issue.code === 'too_big' ? 'less than' : 'more than') : bound
  const what = limit === 1 || limit === 1n ? '' : 's'
  const inside = (unit: string, has: number): string => `must have ${exact} ${limit} ${unit}, has ${has}`
  if (issue.origin === 'string' && typeof value === 'string') return inside(`character${what}`, value.length)
  if (issue.origin === 'array' && Array.isArray(value))
    return inside(what === '' ? 'entry' : 'entries', value.length)
  return `must be ${exact} ${limit}, is ${show(value)}`
}

/** The pattern that a text does not match, for people who read patterns. */
const patternOf = (issue: Issue | undefined): string | undefined =>
  issue?.code === 'invalid_format' && issue.pattern !== undefined
    ? `it must match ${issue.pattern}`
    : undefined

/** What a shape says in its own words; undefined for what zod says by itself. */
const saidBy = (message: string): string | undefined =>
  /^Invalid|^Too (?:big|small)|^Unrecognized/.test(message) ? undefined : message

function kindOf(value: unknown): string {
  if (value === undefined || value === null) return 'empty'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a mapping'
  return show(value)
}

const plain = (value: unknown): string => (typeof value === 'string' ? value : show(value))

const SHOWN_LENGTH = 60
function show(value: unknown): string {
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? 'nothing')
  return text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}...` : text
}

/** `offers[0].priority`: a path as people say it. */
function labelOf(path: Path, whole: string): string {
  if (path.length === 0) return whole
  return path.reduce<string>(
    (said, part) => (typeof part === 'number' ? `${said}[${part}]` : said === '' ? part : `${said}.${part}`),
    '',
  )
}
