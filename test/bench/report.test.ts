/** What the bench makes of its figures: sections of a page, ratios of runs made in one round, bars. */
import { expect, test } from '@jest/globals'
import { barsOf } from '../../bench/chart.ts'
import type { Figures } from '../../bench/judge.ts'
import { commandOf, withSection } from '../../bench/report.ts'
import { median, ratioOf, type Row, tableOf } from '../../bench/table.ts'

const figures = (cpuS: number, missing = 0): Figures => ({
  engine: 'any',
  events: 1000,
  cpuS,
  seconds: cpuS,
  coldCpuS: 1,
  coldSeconds: 1,
  rssMb: 1,
  peakMb: 1,
  redisMb: 1,
  brokerCpuS: 0,
  redisCpuS: 0,
  foreignCpuS: 0,
  missing,
  unexpected: 0,
})
const row = (title: string, ...all: readonly Figures[]): Row => ({
  title,
  engine: 'any',
  warmup: 1,
  figures: all,
})

test('a section is replaced between its markers, and nothing else', () => {
  const page = 'before\n<!-- bench job -->\nold\n<!-- end of bench job -->\nbehind\n'
  expect(withSection(page, 'job', '\nnew\n')).toBe(
    'before\n<!-- bench job -->\nnew\n<!-- end of bench job -->\nbehind\n',
  )
  expect(() => withSection(page, 'other', '')).toThrow(/no markers/)
})

test('the command is told without a path of this machine', () => {
  expect(commandOf([], 'v20.1.0')).toBe('npm run bench')
  expect(commandOf(['--node', '/somewhere/bin/node', '--runs', '3'], 'v24.1.0')).toBe(
    'npm run bench -- --node 24 --runs 3',
  )
})

test('medians of odd and even numbers of runs', () => {
  expect(median([3, 1, 2])).toBe(2)
  expect(median([4, 1, 2, 3])).toBe(2.5)
})

test('a ratio is of the medians, with the least and the most of rounds', () => {
  const fast = row('fast', figures(1), figures(2), figures(1))
  const slow = row('slow', figures(2), figures(2), figures(4))
  expect(ratioOf(fast, slow)).toBe('2.00 (1.00 to 4.00)')
})

test('a wrong output is seen in the table', () => {
  expect(tableOf([row('right', figures(1))])).toContain('| exact |')
  expect(tableOf([row('wrong', figures(1), figures(1, 3))])).toContain('**3 wrong**')
})

test('bars carry their titles as text', () => {
  const svg = barsOf('a < b', [{ title: 'one & `two`', value: 2, least: 1, most: 3 }])
  expect(svg).toContain('a &lt; b')
  expect(svg).toContain('one &amp; two')
})
