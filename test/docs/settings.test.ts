/** docs/settings.md says what the program reads. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from '@jest/globals'
import { SETTING_TABLE } from '../../src/app/setting-table.ts'
import { ROOT, textOf } from './fenced.ts'

test('docs/settings.md is what the script writes: npm run build && node scripts/settings-doc.mjs', async () => {
  const script = (await import(pathToFileURL(`${ROOT}/scripts/settings-doc.mjs`).href)) as {
    readonly settingsDocument: (table: typeof SETTING_TABLE) => string
  }
  expect(textOf('docs/settings.md')).toBe(script.settingsDocument(SETTING_TABLE))
})

test('no variable is read that the table does not name', () => {
  const named = new Set<string>(SETTING_TABLE.map(({ variable }) => variable))
  const files = readdirSync(`${ROOT}/src`, { recursive: true, encoding: 'utf8' }).filter((f) =>
    f.endsWith('.ts'),
  )
  const read = files.flatMap((file) => {
    const text = readFileSync(join(ROOT, 'src', file), 'utf8')
    return [...text.matchAll(/\b(?:env|environment)\[?\.?'?([A-Z][A-Z_]+)\b/g)].map(
      ([, variable = '']) => variable,
    )
  })
  expect(read).toContain('LOG_LEVEL')
  expect(read.filter((variable) => !named.has(variable))).toEqual([])
})
