/** The topology as text that draws itself. */
import { describe, expect, test } from '@jest/globals'
import { parseTopology } from '../../src/topology/document.ts'
import { drawGraph, type GraphFormat } from '../../src/topology/graph.ts'

const SHOP = `
topology: shop
sources:
  web: { topic: web-events }
operators:
  - { id: identity, type: identity, from: web }
  - { id: carts, type: cart-abandonment, from: identity }
sinks:
  out: { from: [carts, identity], topic: triggers }
  same: { from: carts, topic: same }
`
const draw = (text: string, format: GraphFormat): string =>
  drawGraph(parseTopology({ file: 'a.yaml', text }), format)

describe('drawGraph', () => {
  test('as Mermaid', () => {
    expect(draw(SHOP, 'mermaid')).toBe(`flowchart LR
  source0[/"web<br/>web-events"/]
  operator0["identity"]
  operator1["carts<br/>cart-abandonment"]
  sink0[("out<br/>triggers")]
  sink1[("same")]
  source0 --> operator0
  operator0 --> operator1
  operator1 --> sink0
  operator0 --> sink0
  operator1 --> sink1
`)
  })

  test('as DOT', () => {
    expect(draw(SHOP, 'dot')).toBe(`digraph "shop" {
  rankdir=LR
  source0 [shape=parallelogram, label="web\\nweb-events"]
  operator0 [shape=box, label="identity"]
  operator1 [shape=box, label="carts\\ncart-abandonment"]
  sink0 [shape=cylinder, label="out\\ntriggers"]
  sink1 [shape=cylinder, label="same"]
  source0 -> operator0
  operator0 -> operator1
  operator1 -> sink0
  operator0 -> sink0
  operator1 -> sink1
}
`)
  })

  test('a document with mistakes is drawn as far as it goes, and cannot break out of its text', () => {
    const text =
      "topology: 'a\"b'\nsources: { 'x\"]': 1 }\noperators: [{ type: identity, from: nobody }, 3]\nsinks: { '<b>': {} }"
    expect(draw(text, 'mermaid')).toBe(`flowchart LR
  source0[/"x#quot;]<br/>?"/]
  operator0["?<br/>identity"]
  operator1["?"]
  sink0[("#lt;b#gt;<br/>?")]
`)
    expect(draw(text, 'dot')).toContain('digraph "a\\"b" {')
  })

  test('nothing gives an empty picture', () => {
    expect(draw('', 'mermaid')).toBe('flowchart LR\n')
  })

  const TRIP = `
topology: park
sources: { web: { topic: web } }
operators:
  - { id: identity, type: identity, from: web }
  - id: trip
    type: journey
    from: identity
    config:
      enter: { type: ticket.purchased }
      exit: [{ type: visit.started, outcome: arrived }]
      for: 60d
      steps:
        - { id: plan, wait: { until: entered.visit_date, minus: 14d } }
        - { id: reply, waitFor: { type: page.viewed, within: 3d }, then: fork, else: over }
        - { id: fork, branch: [{ when: "entered.product\\n  == \\"day\\"", go: nudge }, { go: tell }] }
        - { id: nudge, trigger: true }
        - { id: tell, emit: { type: visit.planned } }
        - { id: last, wait: { for: 1h } }
        - { id: never, waitFor: { type: page.left } }
        - { id: over, end: { outcome: forgotten } }
sinks: { out: { from: trip, topic: out } }
`

  test('a journey has a frame of its own, as Mermaid', () => {
    const text = draw(TRIP, 'mermaid')
    expect(text.slice(text.indexOf('  subgraph'))).toBe(`  subgraph operator1_inside["trip"]
    direction TB
    operator1_enter(["ticket.purchased"])
    operator1_step0["plan<br/>wait until entered.visit_date - 14d"]
    operator1_step1{{"reply<br/>wait for page.viewed within 3d"}}
    operator1_step2{{"fork<br/>branch"}}
    operator1_step3["nudge<br/>trigger"]
    operator1_step4["tell<br/>emit visit.planned"]
    operator1_step5["last<br/>wait 1h"]
    operator1_step6{{"never<br/>wait for page.left"}}
    operator1_step7(["over<br/>end: forgotten"])
    operator1_exit0(["at any time: visit.started<br/>end: arrived"])
    operator1_timeout(["after 60d<br/>end: timeout"])
    operator1_enter --> operator1_step0
    operator1_step0 --> operator1_step1
    operator1_step1 -->|"page.viewed"| operator1_step2
    operator1_step1 -->|"else"| operator1_step7
    operator1_step2 -->|"entered.product == #quot;day#quot;"| operator1_step3
    operator1_step2 -->|"else"| operator1_step4
    operator1_step3 --> operator1_step4
    operator1_step4 --> operator1_step5
    operator1_step5 --> operator1_step6
    operator1_step6 -->|"page.left"| operator1_step7
  end
  operator1 -.- operator1_inside
`)
  })

  test('and as DOT', () => {
    const text = draw(TRIP, 'dot')
    expect(text).toContain('  subgraph cluster_operator1 {\n    label="trip"\n')
    expect(text).toContain('    operator1_step2 [shape=hexagon, label="fork\\nbranch"]\n')
    expect(text).toContain('    operator1_step2 -> operator1_step3 [label="entered.product == \\"day\\""]\n')
    expect(text).toContain('  operator1 -> operator1_enter [style=dotted, arrowhead=none]\n')
  })

  test('behind the last step it is completed; a config with mistakes has no frame', () => {
    const one = TRIP.replace(/        - \{ id: over.*\n/, '').replaceAll('over', 'last')
    expect(draw(one, 'mermaid')).toContain('-->|"page.left"| operator1_completed')
    expect(draw(TRIP.replace('steps:', 'stops:'), 'mermaid')).not.toContain('subgraph')
  })
})
