/** The store on one real Redis: the contract of every store, and what Redis alone can do wrong. */
import { RedisConnection } from '../../../src/adapters/redis/connect.ts'
import { stateStoreContract } from '../../contracts/state-store.contract.ts'
import { scopedStore } from '../../support/scoped-store.ts'
import { describeWith } from '../../support/services.ts'

describeWith(['redis'], 'the store on a real Redis', ({ redis }) => {
  stateStoreContract('redis', async () => scopedStore(new RedisConnection({ url: redis })))
})
