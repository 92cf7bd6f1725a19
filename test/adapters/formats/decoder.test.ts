/** Every form through the one table, and what hostile bytes do to each. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { INPUT_BYTES_MAX } from '../../../src/model/limits.ts'
import type { Decoded } from '../../../src/runtime/ports/codec.ts'
import { type Form, FORM_CASES, type FormCase, FORMS, decodeRecord, source } from './form-cases.ts'

const outcome = (decoded: Decoded): string => (decoded.kind === 'refused' ? decoded.reason : decoded.kind)

describe.each(FORMS)('$name', (form: Form) => {
  const decode = (one: FormCase): Decoded | undefined => {
    const bytes = form.encode(one.form)
    const plan = source({ format: form.format, types: one.types && new Set(one.types) })
    return bytes && decodeRecord(plan, bytes, form.headers?.(one.form))
  }
  const able = FORM_CASES.filter((one) => one.except?.[form.name] === undefined)

  test.each(able.filter((one) => one.event !== undefined))('takes: $name', (one) => {
    const decoded = decode(one)
    expect(decoded).toMatchObject({ kind: 'event', received: undefined, source: { id: 'web' } })
    expect(decoded).toMatchObject({ event: one.event })
  })

  test.each(able.filter((one) => one.refused !== undefined))('refuses: $name', (one) => {
    const decoded = decode(one)
    expect(decoded).toMatchObject({ kind: 'refused', reason: 'invalid-event' })
    expect(decoded?.kind === 'refused' && decoded.detail).toContain(one.refused)
  })

  test('truncated at every byte, it is refused and nothing is thrown', () => {
    const [first] = FORM_CASES
    if (first === undefined) throw new Error('no case')
    const bytes = form.encode(first.form) as Buffer
    const plan = source({ format: form.format })
    for (let length = form.headers === undefined ? 0 : 1; length < bytes.length; length++) {
      const decoded = decodeRecord(plan, bytes.subarray(0, length), form.headers?.(first.form))
      expect(outcome(decoded)).toMatch(/^(?:not-json|decode-failed|unknown-format)$/)
    }
  })

  test('with one byte changed, it answers', () => {
    const bytes = form.encode(FORM_CASES[0]?.form ?? {}) as Buffer
    for (let i = 0; i < bytes.length; i++) {
      for (const value of [0, 1, 0x7f, 0x80, 0xff]) {
        const changed = Buffer.from(bytes)
        changed[i] = value
        expect(['event', 'refused']).toContain(decodeRecord(source({ format: form.format }), changed).kind)
      }
    }
  })

  test('random bytes never throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (noise, framed) => {
        const bytes = Buffer.from(framed ? [0, 0, 0, 3, 233, ...noise] : noise)
        const decoded = decodeRecord(source({ format: form.format }), bytes)
        expect(['event', 'refused']).toContain(decoded.kind)
      }),
      { numRuns: 500 },
    )
  })

  test('above a mebibyte is too large', () => {
    const decoded = decodeRecord(source({ format: form.format }), Buffer.alloc(INPUT_BYTES_MAX + 1, 32))
    expect(decoded).toMatchObject({ kind: 'refused', reason: 'too-large', source: { id: 'web' } })
    expect(
      outcome(decodeRecord(source({ format: form.format }), Buffer.alloc(INPUT_BYTES_MAX, 32))),
    ).not.toBe('too-large')
  })

  test('a record without a value is refused', () => {
    expect(decodeRecord(source({ format: form.format }), '')).toMatchObject({
      kind: 'refused',
      detail: 'the record has no value',
    })
  })
})

test('no object of this process was changed by a prototype name', () => {
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
})

test('data keeps a prototype name as a key of its own', () => {
  for (const form of FORMS) {
    const one = FORM_CASES.find(({ name }) => name.startsWith('a prototype name')) as FormCase
    const decoded = decodeRecord(
      source({ format: form.format }),
      form.encode(one.form) as Buffer,
      form.headers?.(one.form),
    )
    if (decoded.kind !== 'event') throw new Error(form.name)
    expect(Object.hasOwn(decoded.event.data, '__proto__')).toBe(true)
    expect(Object.getPrototypeOf(decoded.event.data)).toBe(Object.prototype)
  }
})
