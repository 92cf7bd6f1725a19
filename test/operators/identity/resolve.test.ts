/** The rules of identity, one scenario each: who the events belong to, and what goes out. */
import { describe, expect, test } from '@jest/globals'
import { countOf, fold, type Fold, foldEvents, identifierOf, ownerOf, peopleOf, shortOf } from './fold.ts'

const ids = (story: Fold, names: readonly string[]): ReadonlySet<string | undefined> =>
  new Set(names.map((name) => ownerOf(story, name)?.id))

/** One line for each record that went out: type, what it is about, and the truth of its key. */
function told({ emitted }: Fold): readonly string[] {
  return emitted.map(({ type, data }) => {
    const list = (key: string): string =>
      ((data[key] ?? []) as { type: string; value: string }[]).map(shortOf).join(' ')
    const reason = data['reason'] as string | undefined
    const about = reason === undefined ? '' : ` ${reason}(${list('about')})`
    return `${type.slice(9)}${about} [${list('identifiers')}] [${list('shared')}]`
  })
}

describe('one person', () => {
  test('a device, then a log-in on it: created, then linked', () => {
    const story = fold(['0 d:D1', '5 d:D1 u:ann', '6 u:ann'])
    expect(new Set(peopleOf(story)).size).toBe(1)
    expect(told(story)).toEqual(['created [d:D1] []', 'linked [d:D1 u:ann] []'])
    expect(story.emitted[1]?.data['attached']).toEqual([{ type: 'user_id', value: 'ann' }])
    expect(story.resolutions.map((one) => one?.attached.map(shortOf))).toEqual([['d:D1'], ['u:ann'], []])
  })

  test('three names at once are one record', () => {
    expect(told(fold(['0 a:o e:N@x.org u:n']))).toEqual(['created [u:n e:n@x.org a:o] []'])
  })

  test('all known: nothing changes, whatever the order of the names', () => {
    const story = fold(['0 d:A a:x', '1 a:x d:A', '2 d:A a:x d:A'])
    expect(story.log).toHaveLength(1)
    expect(story.resolutions.slice(1).map((one) => one?.changes.length)).toEqual([0, 0])
  })

  test('spellings are one: trimmed, e-mail in lower case, phone as digits; a user id keeps its case', () => {
    const story = fold([
      '0 e:Ann@X.ORG',
      '1 e:ann@x.org',
      '2 p:+45-12.34',
      '3 p:+4512 ',
      '4 p:+451234',
      '5 u:Ann',
      '6 u:ann',
    ])
    expect(countOf(story, 'created')).toBe(5)
    expect(peopleOf(story)[0]).toBe(peopleOf(story)[1])
    expect(peopleOf(story)[2]).toBe(peopleOf(story)[4])
  })

  test('the id hangs on kind, key and the highest name alone', () => {
    const [one] = peopleOf(fold(['0 a:x u:ann']))
    const [two] = peopleOf(fold(['99 u:ann']))
    expect(one).toBe(two)
    expect(one).toMatch(/^[0-9a-f]{32}$/)
  })
})

describe('names that name nobody', () => {
  test.each([
    'a:null',
    'a: undefined ',
    'u:NaN',
    'u:"guest"',
    'u:',
    'd:[object Object]',
    'u:ANONYMOUS',
    'a:-1',
    'a:True',
    'd:000-000',
    'p:+00 00',
    'p:n/a',
    'p:-1',
  ])('%s alone is a dead letter', (name) => {
    expect(foldEvents([{ time: 0, identifiers: [identifierOf(name)] }]).resolutions).toEqual([undefined])
  })

  test('no identifiers, or only undeclared ones', () => {
    expect(fold(['0', '1 facebook_id:f1']).resolutions).toEqual([undefined, undefined])
  })

  test('beside a good one they count for nothing', () => {
    const story = fold(['0 u:ann d:000-000', '1 u:bob d:000-000', '2 u:bob facebook_id:f'])
    expect(told(story)).toEqual(['created [u:ann] []', 'created [u:bob] []'])
  })

  test("the topology's own words, in any form, also on a known person", () => {
    const story = fold(['0 a:Kiosk', '1 a:"KIOSK"', '2 u:ann a:kiosk', '3 u:ann'], { block: [' kiosk '] })
    expect(peopleOf(story).slice(0, 2)).toEqual([undefined, undefined])
    expect(told(story)).toEqual(['created [u:ann] []'])
  })
})

describe('merges', () => {
  test('the older one is kept; the record says who, why and when', () => {
    const story = fold(['0 d:DA u:ua', '1 d:DB', '2 d:DB u:ua'])
    const [a, b] = peopleOf(story)
    expect(peopleOf(story)[2]).toBe(a)
    expect(story.graph.person(b as string)?.id).toBe(a)
    expect(story.resolutions[2]?.merges).toEqual([{ kept: a, absorbed: b }])
    expect(story.emitted.slice(2)).toEqual([
      {
        person: a,
        type: 'identity.merged',
        data: {
          kept: a,
          absorbed: [b],
          cause: 'e3',
          effective_at: '1970-01-01T00:00:00.002Z',
          identifiers: ['ua', 'DA', 'DB'].map((value, i) => ({
            type: i === 0 ? 'user_id' : 'device_id',
            value,
          })),
          shared: [],
        },
      },
      { person: b, type: 'identity.absorbed', data: { kept: a } },
    ])
  })

  test('a reverse chain lists all ids ever absorbed', () => {
    const story = fold(['5 d:C', '6 d:B', '7 d:A', '10 d:A d:B', '20 d:B d:C', '30 d:A'])
    const [c, b, a] = peopleOf(story)
    expect(
      story.emitted
        .filter(({ type }) => type === 'identity.merged')
        .map(({ data }) => [data['kept'], data['absorbed']]),
    ).toEqual([
      [b, [a]],
      [c, [b, a]],
    ])
    expect(peopleOf(story)[5]).toBe(c)
    expect(story.graph.person(a as string)?.id).toBe(c)
  })

  test('three at once are one record, and what is new attaches in it', () => {
    const story = fold(['0 d:DA', '1 a:nb', '2 e:c@x.org', '3 d:DA a:nb e:c@x.org t:new'])
    expect(told(story).slice(3)).toEqual([
      'merged [d:DA e:c@x.org a:nb t:new] []',
      'absorbed [] []',
      'absorbed [] []',
    ])
    expect(story.graph.people).toBe(1)
  })

  test('a chain of six ends at the first', () => {
    const names = ['A', 'B', 'C', 'D', 'E', 'F']
    const story = fold([
      ...names.map((n, i) => `${i} d:${n}`),
      ...names.slice(1).map((n, i) => `${10 + i} d:${names[i]} d:${n}`),
      '99 d:F',
    ])
    expect(countOf(story, 'merged')).toBe(5)
    expect(peopleOf(story).at(-1)).toBe(peopleOf(story)[0])
  })

  test('an older event makes a person older', () => {
    const story = fold(['5 d:DA', '6 d:DB', '3 d:DB', '7 d:DA d:DB'])
    expect(story.resolutions[2]?.emit).toEqual([])
    expect(peopleOf(story)[3]).toBe(peopleOf(story)[1])
    expect(ownerOf(story, 'd:DA')?.firstSeen).toBe(3)
  })

  test('equal age: the smaller id', () => {
    const story = fold(['5 d:DA', '5 d:DB', '7 d:DA d:DB'])
    expect(peopleOf(story)[2]).toBe((peopleOf(story).slice(0, 2) as string[]).toSorted()[0])
  })

  test('a late event that joins is effective at its own time', () => {
    const story = fold(['0 d:DA', '1 a:nb', '900 u:else', '2 d:DA a:nb'])
    expect(story.emitted.find(({ type }) => type === 'identity.merged')?.data['effective_at']).toBe(
      '1970-01-01T00:00:00.002Z',
    )
  })
})

describe('conflicts', () => {
  test('a second log-in on one device: a new person, the device is shared, and both keys say so', () => {
    const story = fold([
      '0 d:phone u:alice',
      '10 d:phone u:bob',
      '12 d:phone u:alice',
      '14 d:phone u:bob',
      '15 u:bob',
    ])
    expect(new Set(peopleOf(story)).size).toBe(2)
    expect(told(story)).toEqual([
      'created [u:alice d:phone] []',
      'created [u:bob] []',
      'ambiguous shared(d:phone) [u:bob] []',
      'ambiguous shared(d:phone) [u:alice] [d:phone]',
    ])
    const [alice, bob] = peopleOf(story)
    expect(story.emitted.slice(2).map(({ person, data }) => [person, data['people']])).toEqual([
      [bob, [bob, alice]],
      [alice, [bob, alice]],
    ])
    expect(story.resolutions[1]?.detached).toEqual([
      { person: alice, identifier: { type: 'device_id', value: 'phone' } },
    ])
  })

  test('two known people: the event goes to the higher name, no merge', () => {
    const story = fold(['0 u:ann a:na', '1 u:bob a:nb', '2 a:nb u:ann'])
    expect(peopleOf(story)[2]).toBe(peopleOf(story)[0])
    expect(countOf(story, 'merged')).toBe(0)
    expect(countOf(story, 'ambiguous')).toBe(2)
  })

  test('a shared name alone: always the same anonymous person, announced once, older by an older event', () => {
    const story = fold(['0 u:ann a:na', '1 u:bob a:nb', '2 a:nb u:ann', '9 a:nb', '5 a:nb', '20 a:nb'])
    const [ann, bob, , anon] = peopleOf(story)
    expect(peopleOf(story).slice(3)).toEqual([anon, anon, anon])
    expect([ann, bob]).not.toContain(anon)
    expect(story.resolutions.slice(2).map((one) => one?.shared)).toEqual([false, true, true, true])
    expect(told(story).slice(-1)).toEqual(['created [a:nb] []'])
    expect(ownerOf(story, 'a:nb')).toMatchObject({ anonymous: true, firstSeen: 5 })
    expect(story.graph.people).toBe(3)
  })

  test('a shared name counts for nothing beside another; two shared ones: the higher one, and they stay two', () => {
    const story = fold([
      '0 u:ann a:s d:s',
      '1 u:bob a:s d:s',
      '2 a:s c:x',
      '3 a:s a:c9',
      '4 a:s d:s',
      '5 d:s',
      '6 a:s',
    ])
    const [, , anon, c9, two, d, a] = peopleOf(story)
    expect(ids(story, ['a:c9'])).toEqual(new Set([c9]))
    expect(two).toBe(d)
    expect(a).toBe(anon)
    expect(a).not.toBe(d)
    expect(
      story.log.filter(({ anonymous }) => anonymous).map(({ identifiers }) => identifiers.map(shortOf)),
    ).toEqual([['a:s'], ['d:s']])
  })

  test('merged before the users came: the merge is not undone', () => {
    const story = fold(['0 d:DA', '1 d:DB', '2 d:DA d:DB', '3 d:DA u:alice', '4 d:DB u:bob', '5 d:DA'])
    const people = peopleOf(story)
    expect(people[5]).toBe(people[0])
    expect(people[4]).not.toBe(people[0])
    expect(ids(story, ['d:DA', 'u:alice']).size).toBe(1)
  })

  test('a unique name never becomes shared, and is reported once', () => {
    const story = fold(['0 u:a', '1 u:b l:B', '2 u:a l:B', '3 u:a l:B', '4 u:a u:b', '5 u:a u:b', '6 u:b'])
    const [a, b] = peopleOf(story)
    expect(peopleOf(story)).toEqual([a, b, a, a, a, a, b])
    expect(told(story).slice(2)).toEqual(['ambiguous unique(l:B) [u:a] []', 'ambiguous unique(u:b) [u:a] []'])
    expect(story.graph.isShared('loyalty_id', 'B')).toBe(false)
  })

  test('a second unique value that nobody has stays unknown', () => {
    const story = fold(['0 u:a l:1', '1 u:a l:2', '2 l:2'])
    expect(told(story)).toEqual([
      'created [u:a l:1] []',
      'ambiguous unique(l:2) [u:a l:1] []',
      'created [l:2] []',
    ])
  })

  test('two new unique names, one of which the known person cannot have: both are of a new person', () => {
    const story = fold(['0 l:1 d:D', '1 u:bob l:2 d:D'])
    expect(told(story).slice(1, 2)).toEqual(['created [u:bob l:2] []'])
    expect(story.graph.isShared('device_id', 'D')).toBe(true)
  })

  test('three people, one conflict: who fits merges, who does not shares', () => {
    const story = fold(['0 u:a', '1 u:b d:B', '2 a:C', '3 u:a d:B a:C'])
    expect(ids(story, ['u:a', 'a:C']).size).toBe(1)
    expect(told(story).slice(3)).toEqual([
      'merged [u:a a:C] []',
      'absorbed [] []',
      'ambiguous shared(d:B) [u:a a:C] []',
      'ambiguous shared(d:B) [u:b] [d:B]',
    ])
  })

  test('a new highest name: who cannot be that person shares, who can takes it', () => {
    const story = fold(['0 u:a d:A', '1 a:C', '2 u:bob d:A a:C'])
    expect(peopleOf(story)[2]).toBe(peopleOf(story)[1])
    expect(ids(story, ['u:bob', 'a:C']).size).toBe(1)
    expect(told(story).slice(2, 3)).toEqual(['linked [a:C u:bob] []'])
  })

  test('priority follows the declared order', () => {
    const config = {
      identifiers: { loyalty_id: { unique: true }, user_id: { unique: true }, email: { limit: 5 } },
    }
    const story = fold(['0 l:L1 e:a@x.org', '1 l:L2 e:b@x.org', '2 e:a@x.org l:L2', '3 u:z l:L1'], config)
    expect(peopleOf(story)[2]).toBe(peopleOf(story)[1])
    expect(peopleOf(story)[3]).toBe(peopleOf(story)[0])
  })
})

describe('limits', () => {
  const config = { identifiers: { user_id: { unique: true }, anonymous_id: { limit: 2 } } }

  test('past the limit of a type a name does not attach; said once; the event still resolves', () => {
    const story = fold(
      ['0 u:ann a:c1', '1 u:ann a:c2', '2 u:ann a:c3', '3 u:ann a:c3', '4 u:ann a:c2'],
      config,
    )
    expect(new Set(peopleOf(story)).size).toBe(1)
    expect(ownerOf(story, 'a:c3')).toBeUndefined()
    expect(told(story).slice(2)).toEqual(['ambiguous limit(a:c3) [u:ann a:c1 a:c2] []'])
  })

  test('a merge past the limit does not happen, and nothing is shared', () => {
    const story = fold(['0 u:p a:1 a:2', '1 a:3', '2 u:p a:3', '3 u:p a:3', '4 a:3'], config)
    const [p, q] = peopleOf(story)
    expect(peopleOf(story)).toEqual([p, q, p, p, q])
    expect(story.emitted.slice(2)).toMatchObject([
      { person: p, type: 'identity.ambiguous', data: { reason: 'limit', people: [p, q] } },
    ])
  })

  test('mergesMax counts everybody ever absorbed', () => {
    const story = fold(['0 d:1', '1 d:2', '2 d:3', '3 d:4', '4 d:2 d:3', '5 d:1 d:2', '6 d:1 d:4'], {
      mergesMax: 2,
    })
    expect(ownerOf(story, 'd:1')?.absorbed).toHaveLength(2)
    expect(ids(story, ['d:1', 'd:4']).size).toBe(2)
    expect(told(story).at(-1)).toBe('ambiguous limit(d:4) [d:1 d:2 d:3] []')
  })

  test('identifiersMax stops attaching and merging', () => {
    const story = fold(['0 u:a a:1 a:2 a:3', '1 d:D', '2 u:a d:D', '3 u:a a:9'], { identifiersMax: 3 })
    expect(told(story)).toEqual([
      'created [u:a a:1 a:2] []',
      'ambiguous limit(a:3) [u:a a:1 a:2] []',
      'created [d:D] []',
      'ambiguous limit(d:D) [u:a a:1 a:2] []',
      'ambiguous limit(a:9) [u:a a:1 a:2] []',
    ])
  })

  test('reports end when a person has had enough of them', () => {
    const story = fold(['0 u:a a:1', ...Array.from({ length: 80 }, (_, i) => `${i + 1} u:a a:more${i}`)], {
      identifiers: { user_id: { unique: true }, anonymous_id: { limit: 1 } },
    })
    expect(countOf(story, 'ambiguous')).toBe(32)
    expect(ownerOf(story, 'u:a')?.reported).toHaveLength(32)
  })
})
