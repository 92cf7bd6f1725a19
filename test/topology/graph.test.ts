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
})
