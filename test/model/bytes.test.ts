/** What was written comes back, to the last bit; what was cut off or made up is refused, never read as something else. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { asciiText, ByteReader, ByteWriter } from '../../src/model/bytes.ts'
import { InvariantError } from '../../src/model/errors.ts'
import { BEGINNING } from '../../src/model/time.ts'

const written = (write: (writer: ByteWriter) => void): Buffer => {
  const writer = new ByteWriter(1)
  write(writer)
  return writer.copy()
}

interface Kind<T> {
  readonly values: fc.Arbitrary<T>
  readonly write: (writer: ByteWriter, value: T) => void
  readonly read: (reader: ByteReader) => T
}
const kind = <T>(values: fc.Arbitrary<T>, write: Kind<T>['write'], read: Kind<T>['read']): Kind<unknown> =>
  ({ values, write, read }) as unknown as Kind<unknown>

/** Well-formed text; at the length where writing changes its ways, and on both sides of ASCII. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'binary-ascii', minLength: 22, maxLength: 27 }),
)
const KINDS: readonly (readonly [string, Kind<unknown>])[] = [
  [
    'bool',
    kind(
      fc.boolean(),
      (w, v) => w.bool(v),
      (r) => r.bool(),
    ),
  ],
  [
    'uint',
    kind(
      fc.maxSafeNat(),
      (w, v) => w.uint(v),
      (r) => r.uint(),
    ),
  ],
  [
    'int',
    kind(
      fc.integer({ min: -(2 ** 52) + 1, max: 2 ** 52 - 1 }),
      (w, v) => w.int(v),
      (r) => r.int(),
    ),
  ],
  [
    'float',
    kind(
      fc.double(),
      (w, v) => w.float(v),
      (r) => r.float(),
    ),
  ],
  [
    'text',
    kind(
      anyText,
      (w, v) => w.text(v),
      (r) => r.text(),
    ),
  ],
  [
    'optionalText',
    kind(
      fc.option(anyText, { nil: undefined }),
      (w, v) => w.optionalText(v),
      (r) => r.optionalText(),
    ),
  ],
  [
    'bytes',
    kind(
      fc.uint8Array().map((bytes) => Buffer.from(bytes)),
      (w, v) => w.bytes(v),
      (r) => Buffer.from(r.bytes()),
    ),
  ],
  [
    'value',
    kind<unknown>(
      fc.jsonValue(),
      (w, v) => w.value(v),
      (r) => r.value(),
    ),
  ],
]

describe('round trips', () => {
  test.each(KINDS)('%s', (_name, { values, write, read }) => {
    fc.assert(
      fc.property(fc.array(values, { minLength: 1, maxLength: 5 }), (list) => {
        const bytes = written((writer) => list.forEach((value) => write(writer, value)))
        const reader = new ByteReader(bytes)
        expect(list.map(() => read(reader))).toStrictEqual(list)
        expect(reader.done).toBe(true)
      }),
    )
  })

  test.each([0, 127, 128, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 49, 2 ** 53 - 1])('uint %d', (value) => {
    expect(new ByteReader(written((w) => w.uint(value))).uint()).toBe(value)
  })

  test.each([0, -1, 1, BEGINNING, -BEGINNING, 2 ** 52 - 1, 1 - 2 ** 52])('int %d', (value) => {
    expect(new ByteReader(written((w) => w.int(value))).int()).toBe(value)
  })

  test('a value keeps the order of its keys, minus zero, and numbers past any integer', () => {
    const value = { b: -0, a: 2 ** 60, '': 1.5, c: [null, -(2 ** 53), { d: false }] }
    const back = new ByteReader(written((w) => w.value(value))).value()
    expect(back).toStrictEqual(value)
    expect(Object.keys(back as object)).toEqual(['b', 'a', '', 'c'])
  })

  test('a key called __proto__ is data', () => {
    const value = JSON.parse('{"__proto__": {"admin": true}}') as object
    const back = new ByteReader(written((w) => w.value(value))).value() as Record<string, unknown>
    expect(Object.keys(back)).toEqual(['__proto__'])
    expect(back['admin']).toBeUndefined()
  })

  test('a text of any length and alphabet has its length in bytes in front, at the end of a full buffer too', () => {
    for (const letter of ['x', 'é', '語', '😀'])
      for (let size = 0; size <= 70; size++) {
        const text = letter.repeat(size)
        const writer = new ByteWriter(1)
        writer.text(text)
        const bytes = Buffer.from(text)
        const head = new ByteWriter()
        head.uint(bytes.length)
        expect(writer.copy().equals(Buffer.concat([head.view(), bytes]))).toBe(true)
        expect(new ByteReader(writer.copy()).text()).toBe(text)
      }
  })

  test('half a surrogate pair becomes the replacement character, in short text and long', () => {
    const half = String.fromCharCode(0xd800)
    for (const [before, after] of [
      ['a', 'b'],
      ['x'.repeat(30), ''],
    ] as const) {
      const back = new ByteReader(written((w) => w.text(before + half + after))).text()
      expect(back).toBe(`${before}\ufffd${after}`)
    }
  })
})

describe('hostile bytes', () => {
  test.each(KINDS)('%s, cut off at every byte, is refused', (_name, { values, write, read }) => {
    fc.assert(
      fc.property(values, (value) => {
        const bytes = written((writer) => write(writer, value))
        for (let end = 0; end < bytes.length; end++) {
          expect(() => read(new ByteReader(bytes, 0, end))).toThrow(InvariantError)
        }
      }),
      { numRuns: 40 },
    )
  })

  test.each(KINDS)(
    '%s, read from any bytes, answers or is refused, and never leaves its bounds',
    (_name, { read }) => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(40), (bytes, cut) => {
          const end = Math.min(cut, bytes.length)
          const reader = new ByteReader(Buffer.from(bytes), 0, end)
          try {
            read(reader)
          } catch (error) {
            expect(error).toBeInstanceOf(InvariantError)
          }
          expect(reader.at).toBeLessThanOrEqual(end)
        }),
        { numRuns: 300 },
      )
    },
  )

  test('a number that never ends is refused', () => {
    expect(() => new ByteReader(Buffer.alloc(30, 0xff)).uint()).toThrow('inside a number')
  })

  test('a tag of a value that nobody wrote is refused', () => {
    expect(() => new ByteReader(Buffer.of(9)).value()).toThrow('unknown tag 9')
  })

  test('what is no JSON is refused when it is written', () => {
    for (const value of [1n, Symbol('a'), () => 1])
      expect(() => new ByteWriter().value(value)).toThrow(InvariantError)
  })
})

describe('ByteWriter', () => {
  test('grows from nothing and keeps what it has', () => {
    const writer = new ByteWriter(0)
    for (let i = 0; i < 1000; i++) writer.byte(i & 255)
    expect([...writer.view()]).toEqual(Array.from({ length: 1000 }, (_, i) => i & 255))
  })

  test('a view is of the same memory, a copy is not', () => {
    const writer = new ByteWriter()
    writer.text('ab')
    const [view, copy] = [writer.view(), writer.copy()]
    writer.reset()
    writer.text('cd')
    expect(new ByteReader(view).text()).toBe('cd')
    expect(new ByteReader(copy).text()).toBe('ab')
  })

  test('puts the length of a part in front of it, whatever came between', () => {
    const writer = new ByteWriter(0)
    writer.byte(1)
    const start = writer.beginSized()
    writer.text('x'.repeat(300))
    writer.endSized(start)
    writer.byte(2)
    const reader = new ByteReader(writer.copy(), 1)
    const size = reader.sized()
    reader.at += size
    expect(reader.byte()).toBe(2)
    expect(() => new ByteReader(writer.copy(), 1, writer.length - 2).sized()).toThrow(InvariantError)
  })

  test.each([
    '',
    'ab',
    'a'.repeat(12),
    'å'.repeat(12),
    'abcdefghijkå',
    'a'.repeat(13),
    'a'.repeat(500),
    'å'.repeat(500),
  ])('writes the characters of "%s" without a length', (text) => {
    const bytes = written((writer) => {
      writer.byte(7)
      writer.characters(text)
      writer.byte(8)
    })
    expect(bytes).toEqual(Buffer.from(`\u0007${text}\u0008`))
  })

  test('writes a part of other bytes without a length', () => {
    const bytes = written((w) => {
      w.raw(Buffer.from('abcdef'), 2, 4)
      w.raw(Buffer.from('xy'))
    })
    expect(bytes.toString()).toBe('cdxy')
  })
})

test('a hash comes back from seven bytes, to the last of its 53 bits', () => {
  const hashes = fc.oneof(
    fc.nat(Number.MAX_SAFE_INTEGER),
    fc.constantFrom(0, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1),
  )
  fc.assert(
    fc.property(hashes, (hash) => {
      const writer = new ByteWriter(1)
      writer.hash(hash)
      expect(writer.length).toBe(7)
      expect(new ByteReader(writer.copy()).hash()).toBe(hash)
      expect(() => new ByteReader(writer.copy(), 0, 6).hash()).toThrow('bytes end too early')
    }),
  )
})

describe('ByteReader', () => {
  test('serves other bytes behind a reset, from where it is told to', () => {
    const reader = new ByteReader(Buffer.of(1))
    expect(reader.byte()).toBe(1)
    expect(reader.reset(Buffer.of(7, 8, 9), 1, 2).byte()).toBe(8)
    expect(reader.done).toBe(true)
  })

  test('asciiText is the text of a part', () => {
    expect(asciiText(Buffer.from('..0a1f..'), 2, 6)).toBe('0a1f')
  })
})
