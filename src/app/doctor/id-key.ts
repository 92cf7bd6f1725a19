/** Whether the id key is the one that the stored people were made with (contracts, X10). */
import type { StateReader } from '../../runtime/ports/state-reader.ts'
import type { IdKey } from '../../model/hash.ts'
import { FINGERPRINT_KEY, keyFingerprint } from '../../model/key-fingerprint.ts'
import type { Names } from '../../topology/topics-needed.ts'
import type { Checked } from '../checked.ts'
import { gateId } from '../compose.ts'

export async function idKeyFindings(
  reader: StateReader,
  names: Names,
  key: IdKey,
): Promise<readonly Checked[]> {
  const [stored] = await reader.values(gateId(names), [FINGERPRINT_KEY])
  if (stored === undefined || stored.toString() === keyFingerprint(key)) return []
  return [
    {
      level: 'error',
      code: 'other-id-key',
      about: 'SHOPKEEPER_ID_KEY',
      message: 'it is not the key that the stored people were made with: every id would be another one',
      hint: 'set the key that this application was started with first; a new key needs another SHOPKEEPER_APP',
    },
  ]
}
