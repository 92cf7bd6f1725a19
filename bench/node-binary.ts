/** Which Node runs the product: a path, or a version that npm brings into a folder that is kept. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface NodeBinary {
  readonly path: string
  /** As it says it: `v24.21.0`. */
  readonly version: string
}

/** `wanted`: undefined for this very Node, a path, or a version such as `24`. @throws with what npm says. */
export function nodeBinary(wanted: string | undefined, say: (line: string) => void): NodeBinary {
  const path =
    wanted === undefined ? process.execPath : /^\d[\d.]*$/.test(wanted) ? fetched(wanted, say) : wanted
  const { status, stdout } = spawnSync(path, ['--version'], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${path} is no Node that runs here`)
  return { path, version: stdout.trim() }
}

function fetched(version: string, say: (line: string) => void): string {
  const folder = join(tmpdir(), `shopkeeper-bench-node-${version}`)
  const path = join(folder, 'node_modules/node/bin/node')
  if (existsSync(path)) return path
  say(`fetching Node ${version} by npm`)
  const args = ['install', '--prefix', folder, '--no-audit', '--no-fund', `node@${version}`]
  const { status, stderr } = spawnSync('npm', args, { encoding: 'utf8' })
  if (status !== 0 || !existsSync(path)) throw new Error(`npm ${args.join(' ')}: ${stderr}`)
  return path
}
