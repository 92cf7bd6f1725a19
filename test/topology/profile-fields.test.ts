/** A condition that reads of `profile` what nobody tells is a finding, with the line to add. */
import { expect, test } from '@jest/globals'
import { parseTopology } from '../../src/topology/document.ts'
import { lint } from '../../src/topology/lint.ts'

const findings = (operators: string): readonly string[] =>
  lint(
    parseTopology({
      file: 'a.yaml',
      text: `topology: a
sources: { web: { topic: web } }
operators:
  - { id: who, type: identity, from: web }
${operators}
sinks: { out: { from: last, topic: out } }
`,
    }),
  ).map(({ code, message, hint }) => `${code}: ${message}; ${hint}`)

const pattern = (where: string): string =>
  `  - { id: last, type: pattern, from: who, config: { steps: [{ type: page.left, where: '${where}' }] } }`
const PROFILE = '  - { id: known, type: profile, from: who }'

test.each([
  'event.exit_intent && profile.orders > 1',
  'profile.spend >= 100 && profile.average_order < 20',
  'profile.last_order_at < "2026-01-01" || profile.first_seen > "2026-01-01"',
  'profile.days_since_seen > 30 || profile.days_since_order > 90',
  'profile.party.children > 0 && profile.visits == 0',
  'profile.traits.tribe == "makers"',
  'profile.interests["toys"] > 2.5',
  'profile.channels["web"] > 3 && profile.preferred_channel == "web"',
  'profile.mood.arrival > profile.mood.departure && has(profile.mood.latest)',
  'profile.open_cart_value > 20',
  'profile.offers_seen - profile.offers_accepted > 5',
  'profile.consent["marketing"]',
])('told: %s', (where) => {
  expect(findings(`${PROFILE}\n${pattern(where)}`)).toEqual([])
})

test.each([
  'first_seen',
  'orders',
  'spend',
  'last_order_at',
  'average_order',
  'party',
  'visits',
  'traits',
  'interests',
  'channels',
  'preferred_channel',
  'mood',
  'open_cart_value',
  'offers_seen',
  'offers_accepted',
  'consent',
])('%s needs a profile', (field) => {
  expect(findings(pattern(`has(profile.${field})`))).toEqual([
    expect.stringMatching(
      `^condition-type: no operator of this document tells profile.${field} .*; add to operators: - { id: profile, type: profile, from: who }$`,
    ),
  ])
})

test('offers know traits by themselves, and nothing else', () => {
  const offers = (when: string): string => `  - { id: cart, type: cart-abandonment, from: who }
  - { id: last, type: offer, from: cart, config: { offers: [{ id: o, on: cart, when: '${when}', channels: [email], template: t }] } }`
  expect(findings(offers('profile.traits.tribe == "makers"'))).toEqual([])
  expect(findings(offers('profile.orders > 1'))).toEqual([
    expect.stringMatching(
      /tells profile\.orders .*; add to operators: - \{ id: profile, type: profile, from: who \}$/,
    ),
  ])
  expect(findings(`${PROFILE}\n${offers('profile.orders > 1')}`)).toEqual([])
})

test('what nobody could tell has no such line', () => {
  expect(findings(`${PROFILE}\n${pattern('profile.order > 1')}`)).toEqual([
    expect.stringMatching(/tells profile\.order .*; did you mean orders\?$/),
  ])
})

test('kinds are checked', () => {
  expect(findings(`${PROFILE}\n${pattern('profile.orders == "two"')}`)).toEqual([
    expect.stringMatching(/^condition-type/),
  ])
})

test('whoever takes what another operator emits stands behind it too', () => {
  const sessions = '  - { id: stays, type: sessionize, from: who }'
  expect(findings(`${sessions}\n${pattern('profile.encounters > 1')}`)).toContainEqual(
    expect.stringMatching(
      /add to operators: - \{ id: encounters, type: encounters, from: \[who, stays\] \}$/,
    ),
  )
  expect(findings(pattern('profile.quality < 0'))).toEqual([
    expect.stringMatching(/add to operators: - \{ id: encounters, type: encounters, from: who \}$/),
  ])
  expect(findings(pattern('"regular" in profile.segments'))).toEqual([
    expect.stringMatching(
      /add to operators: - \{ id: segments, type: segments, from: who, config: \{ segments: \.\.\. \} \}$/,
    ),
  ])
  expect(findings(pattern('profile.warmth > 30'))).toEqual([
    expect.stringMatching(/add to operators: - \{ id: warmth, type: warmth, from: who \}$/),
  ])
})
