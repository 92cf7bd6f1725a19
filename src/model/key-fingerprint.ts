/** How an id key is told from another without knowing it (contracts, X10). */
import { UsageError } from './errors.ts'
import { deriveId, type IdKey } from './hash.ts'

/** The fixed key of the fingerprint among the states of the gate. */
export const FINGERPRINT_KEY = 'id-key'

/** 32 hexadecimal digits; says nothing of the key itself. */
export const keyFingerprint = (key: IdKey): string => deriveId(key, FINGERPRINT_KEY)

/** @throws UsageError when what is stored was made with another key. */
export function assertFingerprint(stored: string, key: IdKey): void {
  if (stored === keyFingerprint(key)) return
  throw new UsageError(
    'the stored people were given their ids with another key than SHOPKEEPER_ID_KEY says',
    'set the key that this application began with: it can never change',
  )
}
