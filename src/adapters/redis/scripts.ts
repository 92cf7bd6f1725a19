/** The Lua files beside this one, each as Redis knows it: by the hash of its text. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

export interface Script {
  readonly text: string
  readonly sha: string
}

const read = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8')

export function scriptOf(text: string): Script {
  return { text, sha: createHash('sha1').update(text).digest('hex') }
}

const script = (...names: readonly string[]): Script => scriptOf(names.map(read).join('\n'))

/** Each takes the keys of a task (`keysOf`) and what its header says. */
export const SCRIPTS = {
  open: script('open.lua'),
  load: script('carries.lua', 'load.lua'),
  apply: script('carries.lua', 'apply.lua'),
  scan: script('carries.lua', 'scan.lua'),
  due: script('carries.lua', 'due.lua'),
  owner: script('owner.lua'),
} as const
