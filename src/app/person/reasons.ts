/** Decisions in plain words: why somebody got an offer, and why not. */
import type { Reason } from '../../operators/offer/candidates.ts'

/** The closed list of contracts, section 5, as sentences behind "not offered:". */
const WORDS: Readonly<Record<Reason, string>> = {
  'no-candidate': 'no offer is made for this occasion',
  'condition-false': 'its condition did not hold',
  'no-consent': 'the person has not agreed to be written to',
  holdout: 'the person belongs to the share of people who get no offers, for comparison',
  'quiet-hours': 'it was the time of day at which nobody is disturbed',
  capped: 'the person had as many offers already as are allowed',
  outranked: 'another offer for the same occasion had priority',
  expired: 'it would have been over by then',
  retracted: 'the occasion was taken back before the offer was made',
  duplicate: 'the same offer for the same occasion was still open',
  'no-channel': 'no address is known on any of its channels',
  'suppressed-person': 'the person asked to be forgotten',
  'identity-ambiguous': 'it is not certain who this is: several people use this identifier',
}

/** A reason of a version that this one does not know is said as it stands. */
export function reasonWords(reason: string, detail: string | null): string {
  const words = (WORDS as Readonly<Record<string, string | undefined>>)[reason] ?? reason
  return detail === null ? words : `${words} (${detailWords(detail)})`
}

/** What a condition says of itself, for somebody who has not written it; anything else as it stands. */
const detailWords = (detail: string): string =>
  detail
    .replace(/^not true: /, 'it asks for ')
    .replace(/^no value: (.*)$/s, 'it asks for $1, which nobody has told')

export interface ToldDecision {
  readonly outcome: string
  readonly chosen: string | null
  readonly held_until: string | null
}

/** What came of it, in one sentence. */
export function outcomeWords({ outcome, chosen, held_until: until }: ToldDecision): string {
  const offer = chosen === null ? 'an offer' : `"${chosen}"`
  switch (outcome) {
    case 'emitted':
      return `${offer} was offered`
    case 'held':
      return `${offer} waits${until === null ? '' : ` until ${until}`}, when it is decided again`
    case 'holdout':
      return `${offer} would have been offered, and was not, for comparison`
    case 'none':
      return 'nothing was offered'
    default:
      return outcome
  }
}
