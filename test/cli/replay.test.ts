/** `shopkeeper replay`: its flags, its inputs in every shape, and how it ends. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { type CapturedRun, runCaptured } from '../support/captured-run.ts'
import { runCommand } from '../support/own-process.ts'

jest.setTimeout(30_000)

const DOCUMENT = {
  topology: 'replayed',
  sources: { web: { topic: 'web' } },
  operators: [
    { id: 'who', type: 'identity', from: ['web'] },
    { id: 'stay', type: 'sessionize', from: 'who', config: { gap: '10m' } },
  ],
  sinks: { stays: { from: 'stay', topic: 'stays' } },
}

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'replay-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function file(name: string, content: string | Buffer): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}
const document = (): string => file('replayed.yaml', JSON.stringify(DOCUMENT))
const view = (id: string, time: string, person = 'mia'): string =>
  JSON.stringify({
    id,
    type: 'page.viewed',
    time: `2026-09-14T${time}Z`,
    identifiers: [{ type: 'user_id', value: person }],
  })

const TWO = [view('a', '10:00:00'), view('b', '10:05:00')]
const INPUT = TWO.map((line) => `${line}\n`).join('')

const replay = (input: string, ...flags: readonly string[]): Promise<CapturedRun> =>
  runCaptured('replay', '--topology', document(), '--input', input, ...flags)
const visits = (stdout: string): readonly number[] =>
  stdout
    .split('\n')
    .filter((line) => line.includes('session.closed'))
    .map((line) => (JSON.parse(line) as { value: { data: { events: number } } }).value.data.events)
const lastLine = (text: string): string => text.trimEnd().split('\n').at(-1) ?? ''

describe('the end', () => {
  test.each([
    ['+10m', []],
    ['+11m', [2]],
    ['+1h', [2]],
    ['+1d', [2]],
    ['+500ms', []],
    ['2026-09-14T10:15:00Z', []],
    ['2026-09-14T10:15:00.001Z', [2]],
    ['2026-09-14T12:15:00.001+02:00', [2]],
    ['2020-01-01T00:00:00Z', []],
  ])('--until %s', async (until, expected) => {
    const run = await replay(file('two.ndjson', INPUT), '--until', until)
    expect([run.code, visits(run.stdout)]).toEqual([0, expected])
  })

  test('an output that would overwrite what is read is refused, and nothing is lost', async () => {
    const input = file('kept.ndjson', INPUT)
    const run = await replay(input, '--output', input)
    expect([run.code, run.stdout]).toEqual([2, ''])
    expect(run.stderr).toMatch(/^error: --output .* would overwrite .*\n.+\n$/)
    expect(readFileSync(input, 'utf8')).toBe(readFileSync(file('same.ndjson', INPUT), 'utf8'))
  })

  test('leaves standard output as it was', async () => {
    const before = process.stdout.listenerCount('error')
    await replay(file('two.ndjson', INPUT))
    expect(process.stdout.listenerCount('error')).toBe(before)
  })

  test('without it nothing more fires, and the last line sums up', async () => {
    const run = await replay(file('two.ndjson', INPUT))
    expect([run.code, visits(run.stdout)]).toEqual([0, []])
    expect(run.stderr).toMatch(/^2 events, .*1 person, .*\n$/)
  })
})

describe('wrong use: one sentence and a hint, exit 2, nothing on standard output', () => {
  const input = (): string => file('two.ndjson', INPUT)

  test.each<[string, () => readonly string[], string]>([
    ['no topology', () => ['--input', input()], '--topology'],
    [
      'a topology that is not there',
      () => ['--topology', join(folder, 'no.yaml')],
      'no.yaml: there is no such file',
    ],
    ['a topology that is a folder', () => ['--topology', folder], 'it is a folder'],
    [
      'an input that is not there',
      () => ['--topology', document(), '--input', join(folder, 'no.ndjson')],
      'no.ndjson',
    ],
    ['an input that is a folder', () => ['--topology', document(), '--input', folder], folder],
    [
      'an output in no folder',
      () => ['--topology', document(), '--input', input(), '--output', join(folder, 'no', 'out')],
      join('no', 'out'),
    ],
    [
      'an end that is no time',
      () => ['--topology', document(), '--input', input(), '--until', 'tomorrow'],
      '--until tomorrow',
    ],
    [
      'a span that is none',
      () => ['--topology', document(), '--input', input(), '--until', '+soon'],
      '--until +soon',
    ],
    [
      'an end without an offset',
      () => ['--topology', document(), '--input', input(), '--until', '2026-09-14T10:00:00'],
      '--until',
    ],
    [
      'no partitions',
      () => ['--topology', document(), '--input', input(), '--partitions', '0'],
      '--partitions',
    ],
    ['half a batch', () => ['--topology', document(), '--input', input(), '--batch', '0.5'], '--batch'],
    [
      'crashes in words',
      () => ['--topology', document(), '--input', input(), '--crash-every', 'often'],
      '--crash-every',
    ],
    ['a flag that there is not', () => ['--topology', document(), '--inptu', input()], '--inptu'],
  ])('%s', async (_name, flags, says) => {
    const run = await runCaptured('replay', ...flags())
    expect([run.code, run.stdout]).toEqual([2, ''])
    expect(run.stderr).toContain(says)
    expect(run.stderr.trim().split('\n').length).toBeGreaterThanOrEqual(2)
    expect(run.stderr).not.toMatch(/^\s+at /m)
  })
})

describe('the input', () => {
  const shapes: readonly (readonly [string, string, string | Buffer])[] = [
    ['plain', 'in.ndjson', INPUT],
    ['compressed', 'in.ndjson.gz', gzipSync(INPUT)],
    ['compressed in two members', 'in2.ndjson.gz', Buffer.concat(TWO.map((line) => gzipSync(`${line}\n`)))],
    ['no line feed at the end', 'in3.ndjson', INPUT.trimEnd()],
    ['a byte order mark', 'in4.ndjson', `\ufeff${INPUT}`],
    ['carriage returns', 'in5.ndjson', INPUT.replaceAll('\n', '\r\n')],
    ['blank lines', 'in6.ndjson', `\n  \n${INPUT.replaceAll('\n', '\n\t\n')}`],
  ]
  test.each(shapes)('%s', async (_name, name, content) => {
    const run = await replay(file(name, content), '--until', '+1h', '--json')
    expect([run.code, visits(run.stdout)]).toEqual([0, [2]])
    expect(JSON.parse(lastLine(run.stderr))).toMatchObject({ events: 2, sessions: 1, dead_letters: {} })
  })

  test('from standard input, to a file', async () => {
    const out = join(folder, 'out.ndjson')
    const flags = ['replay', '--topology', document(), '--input', '-', '--output', out, '--until', '+1h']
    const run = await runCommand(flags, INPUT)
    expect([run.code, run.stdout]).toEqual([0, ''])
    expect(visits(readFileSync(out, 'utf8'))).toEqual([2])
    const direct = await replay(file('two.ndjson', INPUT), '--until', '+1h')
    expect(readFileSync(out, 'utf8')).toBe(direct.stdout)
  })

  test('nothing at all', async () => {
    const run = await replay(file('nothing.ndjson', ''), '--until', '+1h', '--json')
    expect([run.code, run.stdout]).toEqual([0, ''])
    expect(JSON.parse(lastLine(run.stderr))).toMatchObject({ events: 0, people: 0 })
  })

  test('a line of three million characters without an end is refused, and what stood before it is not lost', async () => {
    const run = await replay(
      file('huge.ndjson', `${INPUT}{"id":"${'x'.repeat(3_000_000)}`),
      '--until',
      '+1h',
      '--json',
    )
    expect([run.code, visits(run.stdout)]).toEqual([0, [2]])
    expect(JSON.parse(lastLine(run.stderr))).toMatchObject({ events: 3, dead_letters: { 'too-large': 1 } })
    const refused = run.stdout.split('\n').find((line) => line.includes('too-large')) ?? ''
    expect(
      Buffer.from((JSON.parse(refused) as { value: { bytes: string } }).value.bytes, 'base64'),
    ).toHaveLength(1024)
  })

  test('a file that says it is compressed and is not: it fails in words', async () => {
    const run = await runCommand(['replay', '--topology', document(), '--input', file('no.gz', INPUT)])
    expect(run.code).not.toBe(0)
    expect(run.stderr).not.toMatch(/^\s+at /m)
    expect(run.stderr.length).toBeGreaterThan(10)
  })

  test('a compressed file that breaks off: it fails in words', async () => {
    const whole = gzipSync(
      Array.from({ length: 2000 }, (_, i) => `${view(`e${i}`, '10:00:00', `p${i}`)}\n`).join(''),
    )
    const run = await runCommand([
      'replay',
      '--topology',
      document(),
      '--input',
      file('cut.gz', whole.subarray(0, whole.length >> 1)),
    ])
    expect(run.code).not.toBe(0)
    expect(run.stderr).not.toMatch(/^\s+at /m)
  })
})

test('a reader that goes away ends it quietly', async () => {
  const lines = Array.from({ length: 30_000 }, (_, i) => `${view(`e${i}`, '10:00:00', `p${i}`)}\n`).join('')
  const { startCommand } = await import('../support/own-process.ts')
  const { child, ended } = startCommand([
    'replay',
    '--topology',
    document(),
    '--input',
    file('many.ndjson', lines),
  ])
  child.stdout.once('data', () => child.stdout.destroy())
  const { code, stderr } = await ended
  expect(code).toBe(0)
  expect(stderr).not.toContain('EPIPE')
})

test('partitions, batches and crashes change no line that comes out', async () => {
  const lines = Array.from({ length: 60 }, (_, i) =>
    view(`e${i}`, `10:${String(i).padStart(2, '0')}:00`, `p${(i * i) % 5}`),
  )
  const input = file('many.ndjson', lines.join('\n'))
  const sorted = async (...flags: readonly string[]): Promise<readonly string[]> => {
    const run = await replay(input, '--until', '+1h', ...flags)
    expect(run.code).toBe(0)
    return run.stdout.split('\n').sort()
  }
  const plain = await sorted()
  expect(await sorted('--partitions', '5')).toEqual(plain)
  expect(await sorted('--batch', '1')).toEqual(plain)
  expect(await sorted('--crash-every', '4', '--batch', '3', '--partitions', '2')).toEqual(plain)
})

describe('--explain', () => {
  const shop = {
    topology: 'explained',
    sources: { web: { topic: 'web' } },
    operators: [
      { id: 'who', type: 'identity', from: ['web'] },
      { id: 'cart', type: 'cart-abandonment', from: 'who', config: { after: '10m' } },
      {
        id: 'say',
        type: 'offer',
        from: 'cart',
        config: { offers: [{ id: 'back', on: 'cart', channels: ['email'], template: 't' }] },
      },
    ],
    sinks: { offers: { from: 'say', topic: 'offers' } },
  }
  const put = (id: string, time: string, ...who: readonly (readonly [string, string])[]): string =>
    JSON.stringify({
      id,
      type: 'product.added',
      time: `2026-09-14T${time}Z`,
      identifiers: who.map(([type, value]) => ({ type, value })),
      data: { product_id: 'p' },
    })
  const lines = [
    put('a', '10:00:00', ['anonymous_id', 'c1']),
    put('b', '10:01:00', ['anonymous_id', 'c1'], ['email', 'ann@example.org']),
    put('c', '10:02:00', ['user_id', 'bo']),
  ]
  const explained = (who: string, ...flags: readonly string[]): Promise<CapturedRun> =>
    runCaptured(
      'replay',
      '--topology',
      file('explained.yaml', JSON.stringify(shop)),
      '--until',
      '+1h',
      '--input',
      file('explained.ndjson', lines.join('\n')),
      '--explain',
      who,
      ...flags,
    )

  test('why somebody got an offer, with the events of all lives; outputs go to a file alone', async () => {
    const output = join(folder, 'explained.out')
    const { code, stdout } = await explained('email:Ann@example.org', '--output', output)
    expect(code).toBe(0)
    for (const said of [
      '2026-09-14 10:00  product.added from web (a)',
      '2026-09-14 10:01  product.added from web (b)',
      'cart-abandonment (default): "back" was offered',
    ])
      expect(stdout).toContain(said)
    expect(stdout).not.toMatch(/"topic":|\(c\)/)
    expect(readFileSync(output, 'utf8')).toContain('offer.emitted')
  })

  test('why not; the same whatever the partitions, batches and crashes', async () => {
    const plain = await explained('user:bo')
    expect(plain.stdout).toContain('nothing was offered')
    expect(plain.stdout).toContain('"back" not offered: no address is known on any of its channels')
    const other = await explained('user_id:bo', '--partitions', '3', '--batch', '1', '--crash-every', '2')
    expect(other.stdout).toBe(plain.stdout)
    const [person] = JSON.parse((await explained('bo', '--json')).stdout) as { decisions: object[] }[]
    expect(person?.decisions).toMatchObject([{ outcome: 'none', rejected: [{ reason: 'no-channel' }] }])
  })

  test.each<[string, readonly string[], number, string]>([
    ['emial:ann@example.org', [], 2, 'types are: '],
    ['email:', [], 2, 'names nobody'],
    ['user:bo', ['--output', '-'], 2, 'leave --output away'],
    ['email:nobody@example.org', [], 1, 'nobody is known as email:nobody@example.org'],
  ])('%s %j: exit %d', async (who, flags, code, says) => {
    const run = await explained(who, ...flags)
    expect([run.code, run.stdout]).toEqual([code, ''])
    expect(run.stderr).toContain(says)
  })
})
