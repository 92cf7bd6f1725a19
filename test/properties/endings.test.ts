/** Every line that goes in ends as exactly one of: worked off, late, put aside, repeated, blank. */
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { counted, planOf, replayed, setOf } from '../support/replayed.ts'
import { bytesOf, documentOf, effort, LATENESS_MS, lineOf, PATIENCE_MS, timeOf } from './made-up.ts'

const GRACE_MS = 600_000
const PLAN = planOf(documentOf([], {}, { idle: '24h' }))

type Kind = 'event' | 'nobody' | 'ahead' | 'torn' | 'repeat' | 'blank' | 'unfit'

const lines = fc.array(
  fc.record({
    kind: fc.oneof(
      { weight: 12, arbitrary: fc.constant<Kind>('event') },
      { weight: 5, arbitrary: fc.constant<Kind>('repeat') },
      { weight: 3, arbitrary: fc.constantFrom<Kind>('nobody', 'ahead', 'torn', 'blank', 'unfit') },
    ),
    at: fc.integer({ min: 0, max: 2400 }),
    person: fc.integer({ min: 0, max: 3 }),
    which: fc.nat(),
  }),
  { minLength: 1, maxLength: 60 },
)

interface Fate {
  events: number
  blanks: number
  processed: number
  duplicates: number
  late: number
  dead: number
}

test(
  'every line has one ending, and it is the one that its time and its content say',
  async () => {
    await fc.assert(
      fc.asyncProperty(lines, fc.integer({ min: 1, max: 9 }), async (made, crashEvery) => {
        const fate: Fate = { events: 0, blanks: 0, processed: 0, duplicates: 0, late: 0, dead: 0 }
        const texts: string[] = []
        const events: { readonly text: string; readonly id: string; readonly at: number }[] = []
        const seen = new Set<string>()
        let newest = Number.NEGATIVE_INFINITY
        const judged = (at: number, named: boolean, id: string): void => {
          newest = Math.max(newest, at * 1000)
          if (at * 1000 < newest - LATENESS_MS - GRACE_MS) fate.late++
          else if (!named) fate.dead++
          else if (seen.has(id)) fate.duplicates++
          else {
            seen.add(id)
            fate.processed++
          }
        }
        made.forEach(({ kind, at, person, which }, i) => {
          const id = `e${i}`
          const data = {}
          const text = lineOf({ at, who: [`c:${person}`], type: 'page.viewed', data }, id)
          if (kind === 'blank') {
            texts.push('  ')
            fate.blanks++
            return
          }
          fate.events++
          if (kind === 'torn' || kind === 'unfit' || kind === 'ahead') {
            fate.dead++
            const unfit = text.replace('page.viewed', 'Page')
            const ahead = text.replace('{', `{"received":"${timeOf(at - 301)}",`)
            texts.push(kind === 'torn' ? text.slice(0, -3) : kind === 'unfit' ? unfit : ahead)
          } else if (kind === 'nobody') {
            texts.push(lineOf({ at, who: [], type: 'page.viewed', data }, id))
            judged(at, false, id)
          } else {
            const before = kind === 'repeat' ? events[which % Math.max(1, events.length)] : undefined
            const event = before ?? { text, id, at }
            events.push(event)
            texts.push(event.text)
            judged(event.at, true, event.id)
          }
        })
        const end = { afterMs: 3_600_000 }
        const counts = await counted(PLAN, bytesOf(texts), end)
        const dead = [...counts.deadLetters.values()].reduce((a, b) => a + b, 0)
        const { processed, duplicates, late, blanks } = counts
        // What ends the recording is a record of its own, and no line; it counts as nothing.
        expect({ events: counts.events, blanks, processed, duplicates, late, dead }).toEqual(fate)
        expect(processed + duplicates + late + dead).toBe(counts.events)
        const straight = await replayed(PLAN, bytesOf(texts), end)
        const crashing = await replayed(PLAN, bytesOf(texts), end, { crashEvery, partitions: 2 })
        expect(crashing.summary).toEqual(straight.summary)
        expect(setOf(crashing.outputs)).toEqual(setOf(straight.outputs))
      }),
      effort(120),
    )
  },
  PATIENCE_MS,
)
