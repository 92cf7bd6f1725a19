/**
 * What Shopkeeper promises, seen from outside: each case straight; where it says so with arrivals mixed; and in every other way
 * of working it off, with the same set of outputs.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { join } from 'node:path'
import { describe, expect, jest, test } from '@jest/globals'
import { chanceOf } from '../../src/app/demo/prng.ts'
import type { Plan } from '../../src/topology/plan.ts'
import { planOf, replayed, setOf, type Way } from '../support/replayed.ts'
import { differences } from './outcome.ts'
import { type Line, type PromiseCase, readPromise } from './promise-text.ts'

jest.setTimeout(30_000)

const FOLDER = fileURLToPath(new URL('promises', import.meta.url))
const WAYS: readonly Way[] = [
  { batch: 1 },
  { batch: 7, partitions: 4 },
  { crashEvery: 3 },
  { partitions: 4, batch: 1, crashEvery: 1 },
]
const MIXES = 2

const plans = new Map<object | string, Plan>()
function planFor(document: object): Plan {
  const key = JSON.stringify(document)
  const plan = plans.get(key) ?? planOf(document)
  plans.set(key, plan)
  return plan
}

function bytesOf({ oddBytes }: PromiseCase, lines: readonly Line[]): Buffer {
  const texts = lines.map(({ text }) => text)
  return Buffer.from(oddBytes ? `\ufeff${texts.join('\r\n')}` : texts.map((text) => `${text}\n`).join(''))
}

/** Each event is up to its source's lateness on the way. */
function mixed(lines: readonly Line[], latenessMs: number, seed: number): readonly Line[] {
  const chance = chanceOf('mixed', seed)
  return lines
    .map((line) => ({ line, arrives: (line.at as number) + Math.floor(chance.next() * latenessMs) }))
    .sort((a, b) => a.arrives - b.arrives)
    .map(({ line }) => line)
}

const files = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.txt'))
  .sort()

test('no promise was lost on the way', () => {
  const names = files.flatMap((name) =>
    readPromise(readFileSync(join(FOLDER, name), 'utf8')).cases.map(({ name }) => name),
  )
  expect(names.length).toBeGreaterThanOrEqual(195)
})

test('a promise that is not kept is told', async () => {
  const [one] = readPromise(
    'A try.\n\n- it\n  on carts, until 00:00+2d\n  10:00 product.added cookie:x product_id=p1 price=2',
  ).cases
  const plan = planFor(one?.document ?? {})
  const { outputs } = await replayed(plan, bytesOf(one as PromiseCase, one?.lines ?? []), one?.end)
  const told = (...outcomes: readonly string[]): number =>
    differences(outcomes, outputs, plan.topics, true).length
  expect(told('trigger.fired of=cookie:x at=11:00 value=2 lines[product_id/quantity]=[[p1, 1]]')).toBe(0)
  expect(told('1 trigger.fired', 'no late', 'one cookie:x', 'nobody cookie:y', '1 on identities')).toBe(0)
  for (const wrong of ['at=11:01', 'of=cookie:y', 'value=3', 'lines[product_id]=[[p2]]', 'step=null'])
    expect(told(`trigger.fired ${wrong}`)).toBe(2)
  for (const wrong of ['no trigger.fired', '2 trigger.fired', 'some late', 'nobody cookie:x', 'one cookie:y'])
    expect(told(wrong)).toBe(1)
  expect(told('trigger.fired value=2', 'trigger.fired value=2')).toBe(1)
})

describe.each(files)('%s', (name) => {
  const { promise, cases } = readPromise(readFileSync(join(FOLDER, name), 'utf8'))
  describe(promise, () => {
    test.each(cases)('$name', async (one) => {
      const plan = planFor(one.document)
      const input = bytesOf(one, one.lines)
      const straight = await replayed(plan, input, one.end)
      expect(differences(one.outcomes, straight.outputs, plan.topics, true)).toEqual([])
      for (const way of WAYS) {
        const { outputs } = await replayed(plan, input, one.end, way)
        expect({ way, set: setOf(outputs) }).toEqual({ way, set: setOf(straight.outputs) })
      }
      if (!one.inAnyOrder) return
      const latenessMs = Math.min(...plan.sources.map((source) => source.latenessMs))
      for (let seed = 1; seed <= MIXES; seed++) {
        const lines = mixed(one.lines, latenessMs, seed)
        const { outputs } = await replayed(plan, bytesOf(one, lines), one.end)
        expect(differences(one.outcomes, outputs, plan.topics, false)).toEqual([])
      }
    })
  })
})
