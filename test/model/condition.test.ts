import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { checkCondition, checkKey, type ConditionResult } from '../../src/model/condition.ts'
import type { FieldTypes } from '../../src/model/event-types.ts'
import { NOTHING_MEASURED, WORLD_SOURCE_HINT, WORLD_VARIABLE, type WorldView } from '../../src/model/world.ts'

const VARIABLES: FieldTypes = {
  trigger: {
    fields: {
      late_minutes: 'number',
      phase: 'text',
      eta_at: 'time',
      certain: 'boolean',
      value: 'number',
      anything: 'any',
      operator: 'text',
      lines: { list: { fields: { price: 'number' } } },
      tags: { list: 'text' },
      party: { fields: { adults: 'number' } },
    },
  },
  profile: { fields: { traits: { fields: {} } } },
  context: 'any',
}
const UNAVAILABLE = { moon: 'it is too far away' }

function evaluate(
  text: string,
  values: Readonly<Record<string, unknown>>,
  engine: 'closures' | 'library' = 'closures',
): ConditionResult {
  const checked = checkCondition(text, VARIABLES, { engine })
  if (!checked.ok) throw new Error(`${checked.code}: ${checked.message}`)
  return checked.compiled.evaluate(values)
}

function problem(text: string): string {
  const checked = checkCondition(text, VARIABLES, { unavailable: UNAVAILABLE })
  return checked.ok
    ? 'ok'
    : `${checked.line}:${checked.column} ${checked.code}: ${checked.message}; ${checked.hint}`
}

describe('what lint says', () => {
  test.each([
    ['trigger.late_minutes >= 15', 'ok'],
    ['trigger.late_minutes + 1 == 15 && trigger.value % 2 == 0', 'ok'],
    ['trigger.late_minutes in [1, 2]', 'ok'],
    ['size(trigger.lines) > 1 && trigger.lines.exists(l, l.price > 3)', 'ok'],
    ['profile.traits.age > 3 && context.campaign == "x"', 'ok'],
    ['trigger.anything', 'ok'],
    [
      'trigger.late_minutess >= 15',
      '1:9 condition-type: there is no field late_minutess; did you mean late_minutes?',
    ],
    ['has(trigger.phas)', '1:13 condition-type: there is no field phas; did you mean phase?'],
    [
      'trigger.value > 1 &&\n  trigger.party.adlts > 1',
      '2:17 condition-type: there is no field adlts; did you mean adults?',
    ],
    ['triger.value > 1', '1:1 condition-type: unknown variable triger; did you mean trigger?'],
    ['profile.age > 3', '1:9 condition-type: there is no field age; known: traits'],
    ['moon.phase > 1', '1:1 condition-type: moon cannot be used here: it is too far away; take it out'],
  ])('%s', (text, expected) => {
    expect(problem(text)).toBe(expected)
  })

  test.each([
    ['trigger.late_minutes >= ', /^1:2[45] condition-syntax/],
    ['', /condition-syntax/],
    ['(((', /condition-syntax/],
    ['!'.repeat(5000) + 'true', /condition-syntax/],
    ['trigger.late_minutes >= "15"', /condition-type: .*number >= text/],
    ['1 == 1 && trigger.phase == 15', /^1:11 condition-type: .*text == number/],
    ['trigger.late_minutes', /condition-type: the condition is a double/],
    ['"text"', /condition-type/],
    ['trigger.phase == null', /condition-type: null compares with nothing.*has/],
    ['foo(1)', /condition-type/],
  ])('%s', (text, expected) => {
    expect(problem(text)).toMatch(expected)
  })
})

const RIDE = {
  trigger: {
    late_minutes: 15,
    phase: 'en-route',
    eta_at: '2026-05-04T10:00:00+02:00',
    lines: [{ price: 3 }],
    tags: ['a'],
    value: null,
    anything: { b: 'x' },
  },
  profile: { traits: { age: 3, n: [1, 2] } },
}

describe.each(['closures', 'library'] as const)('answers of the %s', (engine) => {
  test.each<[string, ConditionResult]>([
    ['trigger.late_minutes >= 15', true],
    ['trigger.late_minutes == 15', true],
    ['trigger.late_minutes + 1 > 16', false],
    ['trigger.phase == "en-route" && !(trigger.late_minutes < 15)', true],
    ['trigger.late_minutes in [1, 15]', true],
    ['"a" in trigger.tags', true],
    ['"age" in profile.traits', true],
    ['profile.traits.age == 3', true],
    ['profile.traits.age == "3"', false],
    ['profile.traits["n"][1] == 2', true],
    ['5 / 2 == 2.5', true],
    ['7 % 4 == 3', true],
    ['-trigger.late_minutes < 0', true],
    ['has(trigger.value)', false],
    ['has(trigger.phase) ? trigger.phase == "x" : true', false],
    ['false && trigger.value > 1', false],
    ['trigger.value > 1 || true', true],
    ['size(trigger.lines) == 1 && trigger.lines[0].price == 3', true],
    ['trigger.lines.all(l, l.price > 2)', true],
    ['trigger.phase.startsWith("en")', true],
    ['trigger.phase.substring(0, 2) == "en"', true],
    ['trigger.eta_at == "2026-05-04T08:00:00.000Z"', true],
    ['trigger.anything == {"b": "x"}', true],
    ['profile.traits.n + [3] == [1, 2, 3]', true],
  ])('%s: %p', (text, expected) => {
    expect(evaluate(text, RIDE, engine)).toEqual(expected)
  })

  test.each([
    'trigger.value > 1',
    '!(trigger.value > 1)',
    'trigger.value > 1 && true',
    'profile.traits.height > 1',
    'context.a.b == 1',
    'trigger.anything > 3',
    'profile.traits.age && true',
    'profile.traits.constructor == 1',
    'trigger.lines[5].price > 1',
    'profile.traits.age < "a"',
    'trigger.anything',
    'has(profile.traits.x.y)',
  ])('%s has no value', (text) => {
    expect(evaluate(text, RIDE, engine)).toEqual({ missing: expect.any(String) })
  })

  test('a value of another kind than declared is none', () => {
    expect(evaluate('trigger.late_minutes >= 15', { trigger: { late_minutes: '20' } }, engine)).toMatchObject(
      { missing: expect.any(String) },
    )
    expect(evaluate('has(trigger.late_minutes)', { trigger: { late_minutes: [] } }, engine)).toBe(false)
    expect(evaluate('trigger.party.adults > 1', { trigger: { party: 3 } }, engine)).toMatchObject({
      missing: expect.any(String),
    })
    expect(evaluate('trigger.late_minutes >= 15', {}, engine)).toMatchObject({ missing: expect.any(String) })
  })
})

test('what has no value is named', () => {
  expect(evaluate('trigger.phase == "en-route" && trigger.value > 1', RIDE)).toEqual({
    missing: 'trigger.value',
  })
  expect(evaluate('context.campaign == "x"', {})).toEqual({ missing: 'context' })
})

test('it knows which variables it reads', () => {
  const checked = checkCondition(
    'trigger.lines.exists(context, context.price > 1) && has(profile.traits.x)',
    VARIABLES,
  )
  expect(checked.ok && [...checked.compiled.reads]).toEqual(['trigger', 'profile'])
})

test('it knows which fields of them', () => {
  const fieldsOf = (text: string) => {
    const checked = checkCondition(text, VARIABLES)
    return checked.ok && Object.fromEntries(checked.compiled.fields)
  }
  expect(fieldsOf('trigger.value > 1 && has(trigger.phase) && profile.traits.x == 1')).toEqual({
    trigger: new Set(['value', 'phase']),
    profile: new Set(['traits']),
  })
  // Used as a whole anywhere, all of it is read.
  expect(fieldsOf('context.campaign == "x" || context == "x"')).toEqual({ context: 'all' })
  expect(fieldsOf('context == "x" || context.campaign == "x"')).toEqual({ context: 'all' })
  expect(fieldsOf('context["campaign"] == "x"')).toEqual({ context: 'all' })
  expect(fieldsOf('trigger.lines.exists(context, context.price > 1)')).toEqual({
    trigger: new Set(['lines']),
  })
})

describe('keys', () => {
  const keyOf = (text: string, values: Record<string, unknown>) => {
    const checked = checkKey(text, VARIABLES)
    return checked.ok ? checked.compiled.evaluate(values) : checked
  }
  test.each<[string, Record<string, unknown>, string | undefined]>([
    ['trigger.phase', { trigger: { phase: 'en-route' } }, 'en-route'],
    ['trigger.value', { trigger: { value: 2.5 } }, '2.5'],
    ['trigger.value > 1', { trigger: { value: 2.5 } }, 'true'],
    [
      'trigger.phase + "/" + context.campaign',
      { trigger: { phase: 'a' }, context: { campaign: 'b' } },
      'a/b',
    ],
    ['size(trigger.lines)', { trigger: { lines: [1, 2] } }, '2'],
    ['trigger.phase', { trigger: { phase: '' } }, undefined],
    ['trigger.phase', { trigger: {} }, undefined],
    ['trigger.phase', { trigger: { phase: 7 } }, undefined],
    ['context.campaign', { context: { campaign: ['x'] } }, undefined],
    ['trigger.value / 0', { trigger: { value: 1 } }, undefined],
  ])('%s of %j', (text, values, key) => {
    expect(keyOf(text, values)).toBe(key)
  })

  test.each<[string, string]>([
    ['trigger.lines', 'condition-type'],
    ['trigger.fase', 'condition-type'],
    ['trigger.', 'condition-syntax'],
  ])('%s is none', (text, code) => {
    expect(keyOf(text, {})).toMatchObject({ ok: false, code })
  })
})

/** Texts of the compiled subset, most of them well typed. */
const conditions = (() => {
  const number = fc.constantFrom(
    'trigger.late_minutes',
    'trigger.value',
    'profile.traits.n',
    '3',
    '0',
    '1.5',
    'profile.traits.m["k"]',
    'context.l[1]',
  )
  const words = fc.constantFrom('trigger.phase', 'profile.traits.s', '"a"', '"b"', 'context.t')
  const { node } = fc.letrec<{ node: string; sum: string }>((tie) => ({
    sum: fc.oneof(
      { maxDepth: 3 },
      number,
      fc
        .tuple(tie('sum'), fc.constantFrom('+', '-', '*', '/', '%'), tie('sum'))
        .map(([a, o, b]) => `(${a} ${o} ${b})`),
      tie('sum').map((a) => `(-${a})`),
    ),
    node: fc.oneof(
      { maxDepth: 4 },
      fc
        .tuple(tie('sum'), fc.constantFrom('==', '!=', '<', '<=', '>', '>='), tie('sum'))
        .map((p) => p.join(' ')),
      fc.tuple(words, fc.constantFrom('==', '!=', '<', '<=', '>', '>='), words).map((p) => p.join(' ')),
      fc.constantFrom(
        'trigger.certain',
        'profile.traits.b',
        'has(trigger.value)',
        'has(profile.traits.n)',
        'has(context.l)',
        'true',
        'false',
        'context.t == 1',
        'context.x == context.l',
      ),
      fc
        .tuple(words, fc.constantFrom('["a"]', 'context.l', 'profile.traits', 'trigger.tags'))
        .map(([a, b]) => `${a} in ${b}`),
      fc.tuple(tie('node'), fc.constantFrom('&&', '||'), tie('node')).map(([a, o, b]) => `(${a} ${o} ${b})`),
      tie('node').map((a) => `!(${a})`),
      fc.tuple(tie('node'), tie('node'), tie('node')).map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
    ),
  }))
  return node
})()
const scalar = fc.oneof(
  fc.constantFrom(undefined, null, 0, 1, 3, 1.5, -2, 'a', 'b', 'ab', true, false),
  fc.double(),
)
const values = fc.record({
  trigger: fc.record({
    late_minutes: scalar,
    value: scalar,
    phase: scalar,
    certain: scalar,
    tags: fc.constantFrom(null, ['a'], [], 3),
  }),
  profile: fc.record({
    traits: fc.record({ n: scalar, s: scalar, b: scalar, m: fc.oneof(scalar, fc.record({ k: scalar })) }),
  }),
  context: fc.record({
    l: fc.constantFrom(null, [], [1, 'a'], [3, 1.5], ['b', ['a']]),
    t: scalar,
    x: fc.constantFrom([1, 'a'], null, { a: 1 }),
  }),
})

test('closures and library agree', () => {
  const form = (result: ConditionResult): boolean | 'none' => (typeof result === 'boolean' ? result : 'none')
  let compared = 0
  fc.assert(
    fc.property(conditions, values, (text, given) => {
      const fast = checkCondition(text, VARIABLES)
      const slow = checkCondition(text, VARIABLES, { engine: 'library' })
      expect(fast.ok).toBe(slow.ok)
      if (!fast.ok || !slow.ok) return
      compared++
      expect(form(fast.compiled.evaluate(given))).toBe(form(slow.compiled.evaluate(given)))
    }),
    { numRuns: 2000 },
  )
  expect(compared).toBeGreaterThan(500)
})

test('every wrong name is told once, in the order of the text', () => {
  const checked = checkCondition(
    'trigger.valeu > 1 && trigger.fase == "a" && trigger.valeu < 9 && whether && has(profile.traits.n)',
    VARIABLES,
  )
  if (checked.ok) throw new Error('it names what there is not')
  const told = [checked, ...checked.others].map(
    ({ column, message, hint }) => `${column} ${message}; ${hint}`,
  )
  expect(told).toEqual([
    '9 there is no field valeu; did you mean value?',
    '30 there is no field fase; did you mean phase?',
    expect.stringMatching(/^66 unknown variable whether; /),
  ])
})

describe('the world', () => {
  const WITH_WORLD: FieldTypes = { ...VARIABLES, world: WORLD_VARIABLE }
  const world: WorldView = {
    ...NOTHING_MEASURED,
    place: (id) => (id === 'ride-7' ? { wait_minutes: 12 } : {}),
    product: (id) => (id === 'p9' ? { price: 8, price_before: 10 } : {}),
    temperature_c: 21,
  }
  const trigger = { phase: 'p9', late_minutes: 3 }

  describe.each(['closures', 'library'] as const)('answers of the %s', (engine) => {
    test.each<[string, ConditionResult]>([
      ['world.place("ride-7").wait_minutes < 15', true],
      ['world.product(trigger.phase).price < world.product(trigger.phase).price_before', true],
      ['world.product("p" + "9").price == 8', true],
      ['world.temperature_c > 25', false],
      ['has(world.place("ride-7").wait_minutes)', true],
      ['has(world.place("ride-8").wait_minutes)', false],
      ['has(world.product("p9").stock) || trigger.late_minutes > 2', true],
      ['has(world.median_wait_minutes)', false],
      ['[1, 2].exists(n, world.place("ride-7").wait_minutes > n * 5)', true],
    ])('%s', (text, expected) => {
      const checked = checkCondition(text, WITH_WORLD, { engine })
      expect(checked).toMatchObject({ ok: true })
      if (checked.ok) expect(checked.compiled.evaluate({ trigger, world })).toBe(expected)
    })
  })

  test('what has no value is named', () => {
    const missing = (text: string): unknown => {
      const checked = checkCondition(text, WITH_WORLD)
      return checked.ok ? checked.compiled.evaluate({ trigger, world }) : checked
    }
    expect(missing('world.place("ride-8").wait_minutes < 15')).toEqual({
      missing: 'world.place("ride-8").wait_minutes',
    })
    expect(missing('world.median_wait_minutes > 1')).toEqual({ missing: 'world.median_wait_minutes' })
    expect(missing('world.place(trigger.operator).wait_minutes > 1')).toEqual({ missing: 'trigger.operator' })
  })

  test.each([
    [
      'world.place("r").wait_minute > 1',
      '1:18 condition-type: there is no field wait_minute; did you mean wait_minutes?',
    ],
    [
      'world.place.wait_minutes > 1',
      '1:7 condition-type: there is no field place; ask with an id: world.place("id")',
    ],
    [
      'world.plce("r").wait_minutes > 1',
      /^1:1 condition-type: world has no plce to be asked; write world.place/,
    ],
    ['world.place().wait_minutes > 1', /^1:1 condition-type: world.place is asked with one id/],
    [
      'world.temperature > 1',
      '1:7 condition-type: there is no field temperature; did you mean temperature_c?',
    ],
    ['world.place("r").wait_minutes == "long"', /condition-type: .*number == text/],
    ['world.place(7).wait_minutes > 1', /condition-type/],
    [
      'has(world.place("r").wait_minutes) && trigger.late > 1',
      /^1:47 condition-type: there is no field late/,
    ],
  ])('%s is a finding', (text, expected) => {
    const checked = checkCondition(text, WITH_WORLD)
    const found = checked.ok
      ? 'ok'
      : `${checked.line}:${checked.column} ${checked.code}: ${checked.message}; ${checked.hint}`
    if (typeof expected === 'string') expect(found).toBe(expected)
    else expect(found).toMatch(expected)
  })

  test('without a source of facts the finding has the line to add', () => {
    expect(problem('world.temperature_c > 25')).toBe(
      `1:1 condition-type: no source of this document brings facts of the world; ${WORLD_SOURCE_HINT}`,
    )
  })

  test('closures and library agree', () => {
    const read = fc.constantFrom(
      'world.place("a").wait_minutes',
      'world.place(trigger.phase).wait_minutes',
      'world.product("p").price',
      'world.product(trigger.phase).stock',
      'world.product("p").price_before',
      'world.temperature_c',
      'world.median_wait_minutes',
      'trigger.value',
      '2',
    )
    const compared = fc.tuple(read, fc.constantFrom('<', '==', '>=', '!='), read).map((p) => p.join(' '))
    const text = fc
      .tuple(compared, fc.constantFrom('&&', '||'), compared, fc.constantFrom('', '!'))
      .map(([a, o, b, not]) => `${a} ${o} ${not}(${b})`)
    const measured = fc.constantFrom(undefined, 0, 2, 2.5)
    const views = fc.record({
      wait: measured,
      price: measured,
      stock: measured,
      price_before: measured,
      temperature_c: measured,
      median_wait_minutes: measured,
    })
    const form = (result: ConditionResult): unknown => (typeof result === 'boolean' ? result : 'none')
    fc.assert(
      fc.property(
        text,
        views,
        fc.constantFrom('a', 'p', 3, null),
        scalar,
        (condition, given, phase, value) => {
          const { wait, price, stock, price_before, temperature_c, median_wait_minutes } = given
          const view: WorldView = {
            ...NOTHING_MEASURED,
            place: (id) => (id === 'a' ? { wait_minutes: wait } : {}),
            product: (id) => (id === 'p' ? { price, stock, price_before } : {}),
            temperature_c,
            median_wait_minutes,
          }
          const answers = (['closures', 'library'] as const).map((engine) => {
            const checked = checkCondition(condition, WITH_WORLD, { engine })
            if (!checked.ok) throw new Error(checked.message)
            return form(checked.compiled.evaluate({ trigger: { phase, value }, world: view }))
          })
          expect(answers[0]).toBe(answers[1])
        },
      ),
      { numRuns: 1000 },
    )
  })
})
