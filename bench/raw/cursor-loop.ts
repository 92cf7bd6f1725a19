/** The least that the data path of the product does: batches as bytes, a cursor over them, each value read in place, nothing kept. */
import { KafkaLog } from '../../src/adapters/kafka/log.ts'
import { EARLIEST } from '../../src/runtime/ports/log.ts'
import { ShopView } from './shop-view.ts'
import { said, Tally } from './tally.ts'

const WAIT_MS = 100

const view = new ShopView(Number(said('SCHEMA_ID')))
const tally = new Tally()
const log = new KafkaLog({
  connection: { brokers: [said('BROKERS')], clientId: 'bench', ssl: false, sasl: undefined },
  group: said('APP'),
  view: { current: () => undefined, next: async () => {}, holds: () => false },
  now: () => Date.now(),
})
const lanes = Array.from({ length: Number(said('PARTITIONS')) }, (_, partition) => ({
  topic: said('INPUT'),
  partition,
}))
const reader = log.read(lanes.map((lane) => ({ ...lane, offset: EARLIEST })))
tally.tell()
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => process.exit())
for (;;) {
  const { batches } = await reader.next(WAIT_MS)
  for (const batch of batches) {
    const cursor = batch.walk()
    while (cursor.next()) {
      tally.records++
      if (view.read(cursor.buffer, cursor.valueStart, cursor.valueEnd))
        tally.event(view.time, view.personEnd - view.personStart)
    }
  }
}
