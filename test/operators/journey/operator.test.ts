/** journey: a path with alternative paths, by event time (contracts, section 5 and J1 to J10). */
/* oxlint-disable unicorn/no-thenable -- the key is the contract's. */
import { describe, expect, test } from '@jest/globals'
import { EVENT_TYPES } from '../../../src/model/event-types.ts'
import type { Json } from '../../../src/model/event.ts'
import {
  INSTANCES_PER_PERSON_MAX,
  JOURNEY_EVENTS_WAITING_MAX,
  JOURNEY_KEY_LENGTH_MAX,
  JOURNEY_STEPS_AT_ONCE_MAX,
} from '../../../src/model/limits.ts'
import { journey } from '../../../src/operators/journey/operator.ts'
import { emission, event, given, time } from '../../support/given.ts'

const END = '300d00:00'
const GATE = { id: 'identity', type: 'identity', emits: [...EVENT_TYPES.keys()], fields: {} }

/** A journey of visits with these steps. */
const visits = (steps: readonly object[], rest: object = {}, wiring: object = {}) =>
  given(
    journey,
    { enter: { type: 'ticket.purchased' }, key: 'event.visit_id', steps, ...rest },
    { operatorId: 'pre-visit', upstream: [GATE], ...wiring },
  )
const bought = (at: string, data: Json = {}) =>
  event(`${at} ticket.purchased`, { order_id: 'o1', visit_id: 'v1', ...data })
const came = (at: string, visit = 'v1') => event(`${at} visit.started`, { visit_id: visit })
const accepted = (at: string, offer: string) => event(`${at} offer.accepted`, { offer_id: offer })
const offered = (at: string, id: string, instance: string | null = 'v1', operator = 'pre-visit') =>
  event(`${at} offer.emitted`, { offer_id: id, trigger: { operator, name: operator, instance } })

const enteredAt = (at: string, instance = 'v1') =>
  emission(`${at} journey.entered`, { journey: 'pre-visit', instance })
const fired = (at: string, step: string, instance = 'v1') =>
  emission(`${at} trigger.fired`, { trigger: 'pre-visit', instance, step })
const endedAt = (at: string, outcome: string, data: Json = {}) =>
  emission(`${at} journey.ended`, { journey: 'pre-visit', instance: 'v1', outcome, ...data })

const FIRE = { id: 'fire', trigger: true }
const stop = (id: string, outcome: string) => ({ id, end: { outcome } })

describe('entering', () => {
  test('somebody sets out when the watermark is there, once a key', () => {
    visits([{ id: 'rest', wait: { for: '1h' } }, FIRE])
      .when(bought('10:00'))
      .timePasses('09:59:59.999')
      .thenNothing()
      .timePasses('10:00')
      .thenEmits(enteredAt('10:00'))
      .when(bought('10:05'), bought('10:06', { visit_id: 'v2' }))
      .timePasses('11:03')
      .thenEmits(enteredAt('10:06', 'v2'), fired('11:00', 'fire'), endedAt('11:00', 'completed'))
  })

  test('what is emitted is exactly this', () => {
    const emitted = visits([FIRE]).when(bought('10:00')).timePasses(END).emitted()
    expect(emitted).toEqual([
      { type: 'journey.entered', time: time('10:00'), data: { journey: 'pre-visit', instance: 'v1' } },
      {
        type: 'trigger.fired',
        time: time('10:00'),
        data: { trigger: 'pre-visit', instance: 'v1', step: 'fire' },
      },
      {
        type: 'journey.ended',
        time: time('10:00'),
        data: {
          journey: 'pre-visit',
          instance: 'v1',
          outcome: 'completed',
          steps: ['fire'],
          took_seconds: 0,
        },
      },
    ])
  })

  test('only where the condition holds, which sees event, key and entered', () => {
    const where = 'event.product == "day" && key == "v1" && entered.product == event.product'
    const chain = visits([FIRE], { enter: { type: 'ticket.purchased', where } })
    chain
      .when(bought('10:00', { product: 'season' }))
      .timePasses('10:30')
      .thenNothing()
    chain
      .when(bought('10:40', { product: 'day', visit_id: 'v2' }))
      .timePasses('11:00')
      .thenNothing()
    chain.when(bought('11:10', { product: 'day' })).timePasses('11:30')
    expect(chain.emitted()).toHaveLength(3)
  })

  test('an event without a key is skipped, and one with a key that is too long', () => {
    visits([FIRE])
      .when(
        bought('10:00', { visit_id: undefined }),
        bought('10:01', { visit_id: 'x'.repeat(JOURNEY_KEY_LENGTH_MAX + 1) }),
      )
      .timePasses(END)
      .thenNothing()
  })

  test('without a key there is one instance, and its name is null', () => {
    const chain = visits([FIRE], { key: undefined }).when(bought('10:00'), bought('10:30')).timePasses(END)
    expect(chain.emitted().map(({ data }) => data['instance'])).toEqual([null, null, null])
  })

  test('source events count only where identity is in from', () => {
    const upstream = [
      { id: 'places', type: 'geofence', emits: ['ticket.purchased'], fields: { visit_id: 'text' as const } },
    ]
    const cause = { timer: 't', due: 0 }
    visits([FIRE], {}, { upstream }).when(bought('10:00')).timePasses(END).thenNothing()
    visits([FIRE], {}, { upstream })
      .when({ ...bought('10:00'), cause })
      .timePasses('10:00')
      .thenEmits(enteredAt('10:00'), fired('10:00', 'fire'), endedAt('10:00', 'completed'))
  })
})

describe('entering again', () => {
  const steps = [{ id: 'rest', wait: { for: '1h' } }]
  const events = [bought('10:00'), bought('10:30'), bought('12:00')]

  test('never: once and for all', () => {
    visits(steps)
      .when(...events)
      .timePasses(END)
      .thenEmits(enteredAt('10:00'), endedAt('11:00', 'completed', { took_seconds: 3600 }))
  })

  test('after-exit: once it has ended', () => {
    visits(steps, { reenter: 'after-exit' })
      .when(...events)
      .timePasses(END)
      .thenEmits(
        enteredAt('10:00'),
        endedAt('11:00', 'completed'),
        enteredAt('12:00'),
        endedAt('13:00', 'completed'),
      )
  })

  test('always: also while it is under way', () => {
    visits(steps, { reenter: 'always' })
      .when(...events)
      .timePasses('12:30')
      .thenEmits(
        enteredAt('10:00'),
        endedAt('10:30', 'reentered', { steps: [], took_seconds: 1800 }),
        enteredAt('10:30'),
        endedAt('11:30', 'completed'),
        enteredAt('12:00'),
      )
  })
})

describe('wait', () => {
  const until = (part: object) => [{ id: 'plan', wait: { until: 'entered.visit_date', ...part } }, FIRE]
  const DAY = { visit_date: '2026-06-20' }

  test('until a date: 00:00 in the zone of the topology, less what is said', () => {
    visits(until({ minus: '14d' }), {}, { timezone: 'Europe/Copenhagen' })
      .when(bought('10:00', DAY))
      .timePasses(END)
      .thenEmits(
        enteredAt('10:00'),
        fired('2026-06-05T22:00:00Z', 'fire'),
        endedAt('2026-06-05T22:00:00Z', 'completed'),
      )
  })

  test('in the zone of the person, the newest by event time', () => {
    const described = (at: string, timezone: string) =>
      event(`${at} person.described`, { traits: { timezone } })
    const seen = (at: string, timezone: string) => event(`${at} page.viewed`, {}, { context: { timezone } })
    const fires = (...events: readonly ReturnType<typeof seen>[]) =>
      visits(until({}))
        .when(...events, bought('10:00', DAY))
        .timePasses(END)
        .emitted()
        .find(({ type }) => type === 'trigger.fired')?.time
    const tokyo = time('2026-06-19T15:00:00Z')
    expect(fires(described('09:00', 'Asia/Tokyo'))).toBe(tokyo)
    expect(fires(seen('09:00', 'Asia/Tokyo'), described('08:00', 'Europe/Paris'))).toBe(tokyo)
    expect(fires(described('09:00', 'Asia/Tokyo'), seen('08:00', 'Europe/Paris'))).toBe(tokyo)
    // Said later, and no zone at all: neither is known of then.
    expect(fires(seen('09:00', 'Asia/Tokyo'), seen('10:01', 'Europe/Paris'))).toBe(tokyo)
    expect(fires(seen('09:00', 'Asia/Tokyo'), seen('09:30', 'Europe/Atlantis'))).toBe(tokyo)
  })

  test('until a time, and until milliseconds', () => {
    for (const moment of ['2026-06-20T08:00:00+02:00', String(time('2026-06-20T06:00:00Z'))])
      visits(until({ minus: '1h' }))
        .when(bought('10:00', { visit_date: moment }))
        .timePasses('2026-06-20T06:00:00Z')
        .thenEmits(
          enteredAt('10:00'),
          fired('2026-06-20T05:00:00Z', 'fire'),
          endedAt('2026-06-20T05:00:00Z', 'completed'),
        )
  })

  test('due in the past: at once', () => {
    visits(until({ minus: '60d' }))
      .when(bought('10:00', DAY))
      .timePasses('10:00')
      .thenEmits(
        enteredAt('10:00'),
        fired('10:00', 'fire'),
        endedAt('10:00', 'completed', { steps: ['plan', 'fire'] }),
      )
  })

  test('no date: it ends, and says so', () => {
    for (const data of [{}, { visit_date: 'soon' }, { visit_date: '2026-02-30' }])
      visits(until({}))
        .when(bought('10:00', data))
        .timePasses(END)
        .thenEmits(enteredAt('10:00'), endedAt('10:00', 'no-date', { steps: [] }))
  })
})

describe('waitFor', () => {
  const steps = [
    {
      id: 'ask',
      waitFor: { type: 'visit.started', where: 'event.visit_id == key', within: '1h' },
      then: 'yes',
      else: 'no',
    },
    stop('yes', 'came'),
    stop('no', 'stayed-away'),
  ]

  test('it comes', () => {
    visits(steps)
      .when(bought('10:00'), came('10:30', 'v2'), came('10:59:59.999'))
      .timePasses(END)
      .thenEmits(enteredAt('10:00'), endedAt('10:59:59.999', 'came', { steps: ['ask', 'yes'] }))
  })

  test('it does not come: the right border is not part of it, and what was before it is not either', () => {
    visits(steps)
      .when(came('09:59'), bought('10:00'), came('11:00'))
      .timePasses(END)
      .thenEmits(enteredAt('10:00'), endedAt('11:00', 'stayed-away', { steps: ['ask', 'no'] }))
  })

  test('without then and else the next step follows; without within it takes as long as it takes', () => {
    visits([{ id: 'ask', waitFor: { type: 'visit.started' } }, FIRE])
      .when(bought('10:00'), came('200d10:00'))
      .timePasses(END)
      .thenEmits(enteredAt('10:00'), fired('200d10:00', 'fire'), endedAt('200d10:00', 'completed'))
  })

  test('the entering event is no answer', () => {
    visits([{ id: 'ask', waitFor: { type: 'ticket.purchased', within: '1h' } }])
      .when(bought('10:00'), bought('10:20', { visit_id: undefined }))
      .timePasses('10:20')
      .thenEmits(enteredAt('10:00'), endedAt('10:20', 'completed'))
  })

  const offerSteps = [
    FIRE,
    { id: 'reply', waitFor: { type: 'offer.accepted', within: '3d' }, then: 'yes', else: 'no' },
    stop('yes', 'taken'),
    stop('no', 'left'),
  ]

  test('of offers only answers to those of the instance', () => {
    visits(offerSteps)
      .when(bought('10:00'), bought('10:00', { visit_id: 'v2' }))
      .timePasses('10:00')
      .overhears(
        offered('10:00', 'mine'),
        offered('10:00', 'other', 'v2'),
        offered('10:00', 'alien', 'v1', 'cart'),
      )
      .when(accepted('11:00', 'alien'), accepted('11:10', 'other'), accepted('11:20', 'mine'))
      .timePasses(END)
      .thenEmits(
        enteredAt('10:00'),
        fired('10:00', 'fire'),
        enteredAt('10:00', 'v2'),
        fired('10:00', 'fire', 'v2'),
        emission('11:10 journey.ended', { instance: 'v2', outcome: 'taken' }),
        endedAt('11:20', 'taken'),
      )
  })

  test('no answer, and an answer to nothing', () => {
    visits(offerSteps)
      .when(bought('10:00'), accepted('11:00', 'unknown'))
      .timePasses(END)
      .thenEmits(enteredAt('10:00'), fired('10:00', 'fire'), endedAt('3d10:00', 'left'))
  })

  test('an offer of somebody who has ended, or never was, is not noted', () => {
    const chain = visits([FIRE, { id: 'reply', waitFor: { type: 'offer.accepted', within: '3d' } }])
    const before = chain.when(bought('10:00')).timePasses(END).now()
    expect(chain.overhears(offered('10:00', 'x'), offered('10:00', 'y', 'v9')).now()).toEqual(before)
  })
})

describe('branch, emit and end', () => {
  test('the first true one wins, the last is what remains', () => {
    const steps = [
      {
        id: 'who',
        branch: [
          { when: 'entered.party.children > 2', go: 'many' },
          { when: 'entered.party.children > 0', go: 'some' },
          { go: 'none' },
        ],
      },
      stop('many', 'many'),
      stop('some', 'some'),
      stop('none', 'none'),
    ]
    for (const [party, outcome] of [
      [{ children: 3 }, 'many'],
      [{ children: 1 }, 'some'],
      [{ adults: 2 }, 'none'],
    ] as const)
      visits(steps)
        .when(bought('10:00', { party }))
        .timePasses(END)
        .thenEmits(enteredAt('10:00'), endedAt('10:00', outcome, { steps: ['who', outcome] }))
  })

  test('a branch reads profile as of its moment', () => {
    const asked: number[] = []
    const known = {
      profile: (at: number) => {
        asked.push(at)
        return { visits: 3 }
      },
    }
    const profile = { told: { visits: 'number' as const }, untold: new Map() }
    const steps = [
      { id: 'rest', wait: { for: '1h' } },
      { id: 'who', branch: [{ when: 'profile.visits > 2', go: 'often' }, { go: 'new' }] },
      stop('often', 'often'),
      stop('new', 'new'),
    ]
    visits(steps, {}, { profile, known })
      .when(bought('10:00'))
      .timePasses(END)
      .thenEmits(enteredAt('10:00'), endedAt('11:00', 'often'))
    expect(asked).toEqual([time('11:00')])
  })

  test('emit says what its fields say', () => {
    const fields = {
      instance: 'not this',
      text: 'as it stands',
      list: [1, '${key}'],
      key: '${key}',
      people: '${entered.party.adults + 1}',
      said: 'on ${entered.visit_date} for ${entered.party.adults}',
      nothing: '${entered.currency}',
      half: 'in ${entered.currency}',
      brace: '${"}" + key}',
      asItStands: '\\${key}',
    }
    const emitted = visits([{ id: 'tell', emit: { type: 'visit.planned', fields } }])
      .when(bought('10:00', { visit_date: '2026-06-20', party: { adults: 2 } }))
      .timePasses(END)
      .emitted()
    expect(emitted[1]).toEqual({
      type: 'visit.planned',
      time: time('10:00'),
      data: {
        instance: 'v1',
        text: 'as it stands',
        list: [1, 'v1'],
        key: 'v1',
        people: 3,
        said: 'on 2026-06-20 for 2',
        nothing: null,
        half: null,
        brace: '}v1',
        asItStands: '${key}',
      },
    })
  })

  test('then and go lead on alike', () => {
    const steps = (word: string) => [
      { id: 'rest', wait: { for: '1h' }, [word]: 'last' },
      FIRE,
      stop('last', 'done'),
    ]
    for (const word of ['then', 'go'])
      visits(steps(word))
        .when(bought('10:00'))
        .timePasses(END)
        .thenEmits(enteredAt('10:00'), endedAt('11:00', 'done', { steps: ['rest', 'last'] }))
  })
})

describe('the end', () => {
  const steps = [{ id: 'rest', wait: { for: '2d' } }, FIRE]
  const exit = [{ type: 'visit.started', where: 'event.visit_id == key', outcome: 'arrived' }]

  test('an exit ends it wherever it is, by its condition', () => {
    visits(steps, { exit })
      .when(bought('10:00'), came('12:00', 'v2'), came('14:00'))
      .timePasses(END)
      .thenEmits(enteredAt('10:00'), endedAt('14:00', 'arrived', { steps: [], took_seconds: 14_400 }))
  })

  test('what is due at a moment comes before the events of that moment', () => {
    visits([{ id: 'rest', wait: { for: '1h' } }, FIRE, { id: 'more', wait: { for: '1h' } }], { exit })
      .when(bought('10:00'), came('11:00'))
      .timePasses(END)
      .thenEmits(enteredAt('10:00'), fired('11:00', 'fire'), endedAt('11:00', 'arrived'))
  })

  test('for ends it as timeout, before a step of that moment', () => {
    visits(steps, { for: '2d' })
      .when(bought('10:00'))
      .timePasses(END)
      .thenEmits(enteredAt('10:00'), endedAt('2d10:00', 'timeout', { took_seconds: 172_800 }))
  })

  test('took_seconds are whole', () => {
    visits(steps, { exit })
      .when(bought('10:00'), came('10:00:09.999'))
      .timePasses(END)
      .thenEmits(enteredAt('10:00'), endedAt('10:00:09.999', 'arrived', { took_seconds: 9 }))
  })

  test('without an outcome of its own an exit is exited, an end completed', () => {
    visits(steps, { exit: [{ type: 'visit.started' }] })
      .when(bought('10:00'), came('10:30'))
      .timePasses(END)
      .thenEmits(enteredAt('10:00'), endedAt('10:30', 'exited'))
    visits([{ id: 'over', end: {} }])
      .when(bought('10:00'))
      .timePasses(END)
      .thenEmits(enteredAt('10:00'), endedAt('10:00', 'completed'))
  })
})

describe('late events', () => {
  const steps = [
    { id: 'ask', waitFor: { type: 'visit.started', within: '1h' }, then: 'yes', else: 'no' },
    stop('yes', 'came'),
    stop('no', 'stayed-away'),
  ]

  test('one that enters goes the whole way that its time has made due', () => {
    visits([{ id: 'rest', wait: { for: '5m' } }, FIRE, { id: 'more', wait: { for: '1h' } }])
      .timePasses('10:30')
      .when(bought('10:00'))
      .thenEmits(enteredAt('10:00'), fired('10:05', 'fire'))
  })

  test('one that answers counts while it is waited for', () => {
    visits(steps)
      .when(bought('10:00'))
      .timePasses('10:50')
      .when(came('10:45'))
      .thenEmits(enteredAt('10:00'), endedAt('10:45', 'came'))
    visits(steps)
      .when(bought('10:00'))
      .timePasses('11:05')
      .when(came('10:55'))
      .thenEmits(enteredAt('10:00'), endedAt('11:00', 'stayed-away'))
  })

  test('one from before its step began is no answer', () => {
    visits([{ id: 'rest', wait: { for: '30m' } }, ...steps])
      .when(bought('10:00'))
      .timePasses('10:40')
      .when(came('10:29'))
      .timePasses('11:29')
      .thenEmits(enteredAt('10:00'))
  })

  test('an entering event that is older than a later entry changes nothing', () => {
    visits([{ id: 'rest', wait: { for: '1h' } }], { reenter: 'always' })
      .when(bought('10:20'))
      .timePasses('10:30')
      .when(bought('10:10'))
      .thenEmits(enteredAt('10:20'))
  })
})

describe('another config', () => {
  const at = (steps: readonly object[], chain: ReturnType<typeof visits>) =>
    visits(steps).state(chain.now()).timePasses('10:30').merges(visits(steps), '10:30')

  test('a step that is gone ends it when its time is up', () => {
    const chain = visits([{ id: 'rest', wait: { for: '1h' } }])
      .when(bought('10:00'))
      .timePasses('10:00')
    at([FIRE], chain).timePasses(END).thenEmits(endedAt('11:00', 'step-removed'))
  })

  test('a step that rests no more begins anew, and one that is longer keeps its time', () => {
    const chain = visits([{ id: 'fire', wait: { for: '1h' } }])
      .when(bought('10:00'))
      .timePasses('10:00')
    at([FIRE], chain).timePasses(END).thenEmits(fired('11:00', 'fire'), endedAt('11:00', 'completed'))
    at([{ id: 'fire', wait: { for: '9h' } }], chain)
      .timePasses(END)
      .thenEmits(endedAt('11:00', 'completed'))
  })
})

describe('merges', () => {
  const steps = [
    { id: 'a', wait: { for: '1h' } },
    { id: 'b', wait: { for: '1h' } },
    { id: 'c', wait: { for: '1h' } },
  ]
  const lone = (at: string, until: string, visit = 'v1') =>
    visits(steps)
      .when(bought(at, { visit_id: visit }))
      .timePasses(until)

  test('both keep their instances, and nothing is said', () => {
    const chain = lone('10:00', '10:30')
    chain.emitted()
    chain.thenEmits(enteredAt('10:00'))
    chain.merges(lone('10:10', '10:30', 'v2'), '10:30').thenNothing()
    expect(chain.now().instances.map(({ key }) => key)).toEqual(['v1', 'v2'])
  })

  test('of two with one key the one with more completed steps stays', () => {
    const ahead = lone('10:00', '11:30')
    const behind = lone('10:45', '11:30')
    for (const chain of [
      lone('10:00', '11:30').merges(behind, '11:30'),
      lone('10:45', '11:30').merges(ahead, '11:30'),
    ])
      expect(chain.now().instances).toEqual(ahead.now().instances)
  })

  test('also where that one set out later', () => {
    const asks = [{ id: 'ask', waitFor: { type: 'visit.started' } }, ...steps]
    const one = (at: string, ...answers: readonly ReturnType<typeof came>[]) =>
      visits(asks)
        .when(bought(at), ...answers)
        .timePasses('11:30')
    const later = one('10:30', came('10:40'))
    for (const chain of [
      one('10:00').merges(later, '11:30'),
      one('10:30', came('10:40')).merges(one('10:00'), '11:30'),
    ])
      expect(chain.now().instances).toEqual(later.now().instances)
  })

  test('then the one that set out earlier', () => {
    const earlier = lone('10:00', '10:30')
    const chain = lone('10:10', '10:30').merges(earlier, '10:30')
    expect(chain.now().instances).toEqual(earlier.now().instances)
    expect(chain.timePasses(END).emitted().at(-1)?.time).toBe(time('13:00'))
  })

  test('a key that never enters again does not after a merge', () => {
    const over = visits([FIRE]).when(bought('10:00')).timePasses('10:30')
    visits([FIRE])
      .timePasses('10:30')
      .merges(over, '10:30')
      .when(bought('10:40'))
      .timePasses(END)
      .thenNothing()
  })

  test('answers to offers of either count', () => {
    const offerSteps = [
      FIRE,
      { id: 'reply', waitFor: { type: 'offer.accepted', within: '3d' } },
      stop('yes', 'taken'),
    ]
    const one = (at: string, offer: string) =>
      visits(offerSteps).when(bought(at)).timePasses(at).overhears(offered(at, offer))
    one('10:00', 'first')
      .merges(one('10:01', 'second'), '10:02')
      .when(accepted('10:30', 'second'))
      .timePasses('10:30')
      .thenEmits(enteredAt('10:00'), fired('10:00', 'fire'), endedAt('10:30', 'taken'))
  })
})

describe('bounds', () => {
  test('a circle without a wait, which lint refuses, ends', () => {
    const emitted = visits([FIRE, { id: 'back', branch: [{ go: 'fire' }] }])
      .when(bought('10:00'))
      .timePasses('10:00')
      .emitted()
    expect(emitted.at(-1)?.data['outcome']).toBe('too-many-steps')
    expect(emitted.length).toBeLessThanOrEqual(JOURNEY_STEPS_AT_ONCE_MAX + 2)
  })

  test('instances of a person: those that have ended go first', () => {
    const chain = visits([
      { id: 'who', branch: [{ when: 'key == "over"', go: 'end' }, { go: 'rest' }] },
      { id: 'rest', wait: { for: '9d' } },
      stop('end', 'x'),
    ])
    chain.when(bought('10:00', { visit_id: 'over' }))
    for (let i = 0; i < INSTANCES_PER_PERSON_MAX + 1; i++) chain.when(bought('10:01', { visit_id: `v${i}` }))
    const { instances } = chain.timePasses('10:02').now()
    expect(instances).toHaveLength(INSTANCES_PER_PERSON_MAX)
    expect(instances.some(({ step }) => step === undefined)).toBe(false)
  })

  test('events that wait', () => {
    const chain = visits([FIRE])
    for (let i = 0; i < JOURNEY_EVENTS_WAITING_MAX + 20; i++) chain.when(bought('10:01'))
    expect(chain.now().waiting).toHaveLength(JOURNEY_EVENTS_WAITING_MAX)
  })

  test('a person of whom nothing is left is forgotten', () => {
    const chain = visits([FIRE], { reenter: 'after-exit' }).when(bought('10:00')).timePasses('10:00')
    expect(chain.now()).toEqual({ waiting: [], instances: [], zones: [] })
  })

  test('of the entering event only what expressions read is kept', () => {
    const steps = [{ id: 'plan', wait: { until: 'entered.visit_date' } }]
    const chain = visits(steps).when(bought('10:00', { visit_date: '2026-08-01', note: 'x'.repeat(99) }))
    expect(chain.now().waiting[0]?.view).toEqual({ visit_id: 'v1', visit_date: '2026-08-01' })
    expect(chain.timePasses('10:00').now().instances[0]?.entered).toEqual({ visit_date: '2026-08-01' })
  })
})
