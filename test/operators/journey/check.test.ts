/** What lint says of a journey, and what a document may say. */
/* oxlint-disable unicorn/no-thenable -- the key is the contract's. */
import { describe, expect, test } from '@jest/globals'
import { EVENT_TYPES } from '../../../src/model/event-types.ts'
import { journeyProblems } from '../../../src/operators/journey/check.ts'
import { journeyConfig } from '../../../src/operators/journey/config.ts'
import { wiringOf } from '../../support/given.ts'

const GATE = { id: 'identity', type: 'identity', emits: [...EVENT_TYPES.keys()], fields: {} }
const profile = { told: { visits: 'number' as const }, untold: new Map([['warmth', 'warmth']]) }
const wiring = wiringOf('j', { upstream: [GATE], profile })

const problems = (part: object): readonly string[] =>
  journeyProblems(
    journeyConfig.parse({
      enter: { type: 'ticket.purchased' },
      key: 'event.visit_id',
      steps: [FIRE],
      ...part,
    }),
    wiring,
  ).map(
    ({ path, code, level, message, hint }) =>
      `${path.join('.')} ${level ?? 'error'} ${code}: ${message}; ${hint}`,
  )
const FIRE = { id: 'fire', trigger: true }
const rest = (id: string, more: object = {}) => ({ id, wait: { for: '1d' }, ...more })

describe('nothing is said of', () => {
  test.each<[string, object]>([
    [
      'the journey of the contract',
      {
        enter: { type: 'ticket.purchased', where: 'event.product == "day"' },
        exit: [{ type: 'visit.started', where: 'event.visit_id == key', outcome: 'arrived' }],
        for: '60d',
        steps: [
          { id: 'plan', wait: { until: 'entered.visit_date', minus: '14d' } },
          { id: 'park', trigger: true },
          { id: 'reply', waitFor: { type: 'offer.accepted', within: '3d' }, then: 'thanks', else: 'nudge' },
          { id: 'nudge', branch: [{ when: 'profile.visits > 1', go: 'family' }, { go: 'solo' }] },
          { id: 'family', trigger: true, then: 'solo' },
          { id: 'solo', emit: { type: 'visit.planned', fields: { visit: '${key}', n: 1 } }, go: 'over' },
          { id: 'thanks', trigger: true },
          { id: 'over', end: { outcome: 'planned' } },
        ],
      },
    ],
    ['a circle with a wait', { steps: [FIRE, rest('again', { go: 'fire' })] }],
    [
      'a circle that asks',
      {
        steps: [
          { id: 'a', waitFor: { type: 'page.viewed' } },
          { ...FIRE, go: 'a' },
        ],
      },
    ],
    ["a business's own types", { enter: { type: 'ride.booked' }, key: 'event.ride + event.seat' }],
    [
      'answers behind a trigger that comes later in the list',
      {
        steps: [
          rest('a', { go: 'fire' }),
          { id: 'reply', waitFor: { type: 'offer.clicked', within: '1d' }, then: 'over', else: 'over' },
          { ...FIRE, then: 'reply' },
          { id: 'over', end: {} },
        ],
      },
    ],
  ])('%s', (_name, config) => {
    expect(problems(config)).toEqual([])
  })
})

describe('findings', () => {
  const branch = (...ways: readonly object[]) => ({ id: 'b', branch: ways })
  test.each<[string, object, RegExp]>([
    [
      'a step that does nothing',
      { steps: [{ id: 'a' }] },
      /^steps\.0 error missing-key: step a does nothing; .*waitFor/,
    ],
    [
      'a step that does two things',
      { steps: [{ ...rest('a'), trigger: true }] },
      /^steps\.0\.trigger error bad-value: step a does two things, wait and trigger/,
    ],
    ['a wait for nothing', { steps: [{ id: 'a', wait: {} }] }, /^steps\.0\.wait error missing-key/],
    [
      'a wait for two things',
      { steps: [{ id: 'a', wait: { for: '1d', until: 'entered.visit_date' } }] },
      /^steps\.0\.wait\.until error bad-value/,
    ],
    [
      'minus of nothing',
      { steps: [{ id: 'a', wait: { for: '1d', minus: '1h' } }] },
      /^steps\.0\.wait\.minus error bad-value/,
    ],
    ['an id twice', { steps: [FIRE, FIRE] }, /^steps\.1\.id error duplicate-id/],
    [
      'a target that is not there',
      { steps: [rest('plan', { go: 'fyre' }), FIRE] },
      /^steps\.0\.go error unknown-id: there is no step fyre; did you mean fire\?/,
    ],
    [
      'a target of a branch that is not there',
      { steps: [branch({ when: 'key == "a"', go: 'nowhere' }, { go: 'fire' }), FIRE] },
      /^steps\.0\.branch\.0\.go error unknown-id: .*; steps are: b, fire/,
    ],
    [
      'an else that is not there',
      { steps: [{ id: 'a', waitFor: { type: 'page.viewed', within: '1d' }, else: 'zzz' }] },
      /^steps\.0\.else error unknown-id/,
    ],
    [
      'an else of a wait without end',
      { steps: [{ id: 'a', waitFor: { type: 'page.viewed' }, else: 'a' }] },
      /^steps\.0\.else error bad-value: .*no else; say how long with "within"/,
    ],
    [
      'an else of a trigger',
      { steps: [{ ...FIRE, else: 'fire' }] },
      /^steps\.0\.else error bad-value: trigger has no else/,
    ],
    [
      'something behind the end',
      { steps: [{ id: 'a', end: {}, go: 'a' }] },
      /^steps\.0\.go error bad-value: nothing follows/,
    ],
    [
      'a branch that goes on',
      { steps: [{ ...branch({ go: 'z' }), then: 'z' }, rest('z')] },
      /^steps\.0\.then error bad-value/,
    ],
    [
      'then and go',
      { steps: [rest('a', { then: 'fire', go: 'fire' }), FIRE] },
      /^steps\.0\.go error bad-value/,
    ],
    [
      'a last branch with a condition',
      { steps: [branch({ when: 'key == "a"', go: 'fire' }), FIRE] },
      /^steps\.0\.branch\.0\.when error bad-value: the last branch has a condition/,
    ],
    [
      'a branch behind the one without a condition',
      { steps: [branch({ go: 'fire' }, { when: 'key == "a"', go: 'fire' }), FIRE] },
      /^steps\.0\.branch\.1 warning unreachable/,
    ],
    [
      'a step to which no way leads',
      { steps: [rest('a', { go: 'fire' }), rest('lost'), rest('too', { go: 'lost' }), FIRE] },
      /^steps\.1\.id warning unreachable: no way leads to step lost/,
    ],
    [
      'a circle without a wait',
      {
        steps: [
          rest('a'),
          FIRE,
          branch({ when: 'key == "a"', go: 'fire' }, { go: 'over' }),
          { id: 'over', end: {} },
        ],
      },
      /^steps\.1\.id error cycle: .*fire -> b -> fire/,
    ],
    [
      'a circle with a wait for a date',
      {
        steps: [
          { id: 'a', wait: { until: 'entered.visit_date' } },
          { ...FIRE, go: 'a' },
        ],
      },
      /^steps\.0\.id error cycle: .*a -> fire -> a; .*does not hold twice/,
    ],
    [
      'for shorter than the waits',
      { for: '2d', steps: [rest('a'), rest('b'), FIRE] },
      /^for warning unreachable: step fire is reached after 2d at the earliest/,
    ],
    [
      'an answer without an offer',
      { steps: [{ id: 'reply', waitFor: { type: 'offer.accepted', within: '1d' } }, FIRE] },
      /^steps\.0\.waitFor\.type warning no-input: no trigger comes before it/,
    ],
    [
      'a type that nobody brings',
      { exit: [{ type: 'zone.entred' }] },
      /^exit\.0\.type warning unknown-type: .*did you mean zone\.entered/,
    ],
    [
      'a type that is none',
      { steps: [{ id: 'a', waitFor: { type: 'Paid' } }] },
      /^steps\.0\.waitFor\.type error bad-value/,
    ],
    [
      'a fact of the world',
      { enter: { type: 'price.changed' }, key: undefined },
      /^enter\.type error no-input/,
    ],
    [
      'an emission that is none',
      { steps: [{ id: 'a', emit: { type: 'Told' } }] },
      /^steps\.0\.emit\.type error bad-value/,
    ],
    [
      'an emission that pretends',
      { steps: [{ id: 'a', emit: { type: 'offer.accepted' } }] },
      /^steps\.0\.emit\.type error bad-value: .*choose a name that does not begin with "offer\."/,
    ],
    [
      'a branch that is always taken',
      { steps: [branch({ when: '1 < 2', go: 'fire' }, { go: 'fire' }), FIRE] },
      /^steps\.0\.branch\.0\.when warning constant-condition: .*always true/,
    ],
    ['an unknown field', { key: 'event.visitid' }, /^key error condition-type: .*did you mean visit_id/],
    [
      'where',
      { enter: { type: 'ticket.purchased', where: 'event.produkt == "day"' } },
      /^enter\.where error condition-type/,
    ],
    [
      'an exit that asks wrongly',
      { exit: [{ type: 'visit.started', where: 'event.visit_id ==' }] },
      /^exit\.0\.where error condition-syntax/,
    ],
    [
      'a field that the entering event has not',
      { steps: [{ id: 'a', wait: { until: 'entered.visit_day' } }] },
      /^steps\.0\.wait\.until error condition-type: .*did you mean visit_date/,
    ],
    [
      'an event where there is none',
      { steps: [branch({ when: 'event.product == "day"', go: 'fire' }, { go: 'fire' }), FIRE] },
      /^steps\.0\.branch\.0\.when error condition-type: unknown variable event/,
    ],
    [
      'what nobody tells',
      { steps: [branch({ when: 'profile.warmth > 3', go: 'fire' }, { go: 'fire' }), FIRE] },
      /^steps\.0\.branch\.0\.when error condition-type: .*profile\.warmth.*; add to operators: /,
    ],
    [
      'an emitted field within another',
      { steps: [{ id: 'a', emit: { type: 'visit.planned', fields: { x: [{ y: '${entered.nobody}' }] } } }] },
      /^steps\.0\.emit\.fields\.x\.0\.y error condition-type: there is no field nobody/,
    ],
    [
      'an emitted field',
      { steps: [{ id: 'a', emit: { type: 'visit.planned', fields: { x: 'for ${entered.nobody}' } } }] },
      /^steps\.0\.emit\.fields\.x error condition-type: there is no field nobody .*of the expression entered\.nobody/,
    ],
    [
      'half an expression in an emitted field',
      { steps: [{ id: 'a', emit: { type: 'visit.planned', fields: { x: 'for ${key' } } }] },
      /^steps\.0\.emit\.fields\.x error condition-syntax: a "\$\{" without its "\}"/,
    ],
  ])('%s', (_name, config, says) => {
    const found = problems(config)
    expect(found).toHaveLength(1)
    expect(found[0]).toMatch(says)
  })
})

test('a step name is one that an offer can name', () => {
  expect(
    journeyConfig.safeParse({ enter: { type: 'a.b' }, steps: [{ id: 'a.b', trigger: true }] }).success,
  ).toBe(false)
})

test('a warning about one step hides no circle and no missing step', () => {
  const never = { when: 'entered.total > 1.0', go: 'fire' }
  const circle = problems({
    steps: [FIRE, { id: 'b', branch: [{ go: 'c' }, never] }, { id: 'c', trigger: true, go: 'fire' }],
  })
  expect(circle.some((one) => one.includes('error cycle'))).toBe(true)
  const missing = problems({ steps: [FIRE, { id: 'b', branch: [{ go: 'nope' }, never] }] })
  expect(missing.some((one) => one.includes('there is no step nope'))).toBe(true)
})
