/** How an id key is told from another without knowing it (contracts, X10). */
import { deriveId, type IdKey } from './hash.ts'

/** The fixed key of the fingerprint among the states of the gate. */
export const FINGERPRINT_KEY = 'id-key'

/** 32 hexadecimal digits; says nothing of the key itself. */
export const keyFingerprint = (key: IdKey): string => deriveId(key, FINGERPRINT_KEY)
