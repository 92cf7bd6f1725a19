/** `shopkeeper graph FILE`. */
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from '@jest/globals'
import { runCaptured } from '../support/captured-run.ts'

const SHOP = fileURLToPath(new URL('../../topologies/shop.yaml', import.meta.url))

describe('graph', () => {
  test('Mermaid by default', async () => {
    const { code, stdout } = await runCaptured('graph', SHOP)
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^flowchart LR\n/)])
  })

  test('DOT', async () => {
    expect((await runCaptured('graph', '--format', 'dot', SHOP)).stdout).toMatch(
      /^digraph "shop" \{\n[^]*\}\n$/,
    )
  })

  test('another format', async () => {
    const { code, stderr } = await runCaptured('graph', '--format', 'svg', SHOP)
    expect([code, stderr]).toEqual([2, expect.stringMatching(/^error: there is no format "svg"/)])
  })

  test('what is no document', async () => {
    const { code, stderr } = await runCaptured('graph', fileURLToPath(import.meta.url))
    expect([code, stderr]).toEqual([2, expect.stringMatching(/ {2}error {2}yaml-syntax {2}/)])
  })
})
