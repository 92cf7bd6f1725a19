/** The in-place reader of the raw loop says of every record what avsc says. */
import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import avsc from 'avsc'
import { Load } from '../../bench/load.ts'
import { Oracle } from '../../bench/oracle.ts'
import { ShopView } from '../../bench/raw/shop-view.ts'
import { Tally } from '../../bench/raw/tally.ts'

const SCHEMA_ID = 7
const schema = avsc.Type.forSchema(
  JSON.parse(readFileSync(new URL('../../bench/load/event.avsc', import.meta.url), 'utf8')) as avsc.Schema,
)

test('it reads what can be decoded, finds the person, and refuses the rest', () => {
  const view = new ShopView(SCHEMA_ID)
  const wrong: unknown[] = []
  const load = new Load({ seed: 3, users: 500, partitions: 4, schemaId: SCHEMA_ID })
  for (const { value, facts } of load.phase(20_000)) {
    const shifted = Buffer.concat([Buffer.from([1, 2, 3]), value, Buffer.from([4])])
    const isRead = view.read(shifted, 3, 3 + value.length)
    const person = shifted.toString('latin1', view.personStart, view.personEnd)
    const right =
      facts === undefined ? !isRead : isRead && view.time === facts.time && person === facts.person
    const { time } =
      facts === undefined ? view : (schema.fromBuffer(Buffer.from(value.subarray(5))) as ShopView)
    if (!right || time !== view.time) wrong.push(facts)
  }
  expect(wrong).toEqual([])
})

test('a tally comes to the sums of the oracle', () => {
  const [view, tally, oracle] = [new ShopView(SCHEMA_ID), new Tally(), new Oracle(4)]
  const load = new Load({ seed: 3, users: 500, partitions: 4, schemaId: SCHEMA_ID })
  for (const record of load.phase(5000)) {
    oracle.see(record)
    tally.records++
    if (view.read(record.value, 0, record.value.length))
      tally.event(view.time, view.personEnd - view.personStart)
  }
  expect([tally.records, tally.decoded, tally.seconds, tally.letters]).toEqual([
    oracle.records,
    oracle.decoded,
    oracle.seconds,
    oracle.letters,
  ])
})
