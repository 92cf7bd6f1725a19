// Copies what tsc leaves behind (everything in <from> that is no TypeScript, such as .lua) beside its output in <to>,
// and makes the command of the package executable. Usage: node scripts/copy-assets.mjs <from> <to>
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'

const [from, to] = process.argv.slice(2)
if (from === undefined || to === undefined) throw new Error('usage: copy-assets.mjs <from> <to>')

const entries = existsSync(from) ? readdirSync(from, { recursive: true, withFileTypes: true }) : []
for (const entry of entries) {
  if (!entry.isFile() || /\.(?:ts|tsx|mts|cts)$/.test(entry.name)) continue
  const source = join(entry.parentPath ?? entry.path, entry.name)
  const target = join(to, source.slice(join(from).length))
  mkdirSync(dirname(target), { recursive: true })
  copyFileSync(source, target)
}

const command = join(to, 'cli', 'main.js')
if (existsSync(command)) chmodSync(command, 0o755)
