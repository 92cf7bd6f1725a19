/**
 * Holdout: a fixed share of people, by a hash of salt and person, who are decided for and never contacted.
 *
 * The verdict is kept with the first event of a person, since after a merge only the kept id is there to hash, and who was held out
 * once stays so.
 */
import { hash32, type IdKey } from '../../model/hash.ts'
import type { Holdout } from './config.ts'
import type { OfferState } from './state.ts'

type Verdict = OfferState['holdout']

const drawn = (holdout: Holdout, key: IdKey, person: string): boolean =>
  hash32(key, 'holdout', holdout.salt, person) % 10_000 < holdout.share

/** The verdict of a person; the same object if it is known. Under another percent or salt it is drawn anew, by the person's id alone. */
export function holdoutOf(known: Verdict, holdout: Holdout | undefined, key: IdKey, person: string): Verdict {
  if (holdout === undefined || known?.print === holdout.print) return known
  return { print: holdout.print, out: drawn(holdout, key, person) }
}

/** Held out in one, held out in both; verdicts under another percent or salt say nothing. */
export function mergeHoldouts(
  kept: Verdict,
  absorbed: Verdict,
  holdout: Holdout | undefined,
  key: IdKey,
  person: string,
): Verdict {
  const own = holdoutOf(kept, holdout, key, person)
  if (own === undefined) return absorbed
  return !own.out && absorbed?.out === true && absorbed.print === own.print ? absorbed : own
}
