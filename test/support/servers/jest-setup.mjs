// Before the first test of the projects integration or full: real servers for the tests of this run, their addresses left in
// the environment.
//
// 1. jest calls this only when a file of these projects is selected, so a run of unit tests starts nothing. It calls it once,
//    for the first of them: the two are run one at a time.
// 2. Only what the selected files ask for is started; they are found as jest finds them, by the patterns of the command.
//    A selection that jest makes in another way (by what changed, by a name inside the files) counts as all of them.
// 3. The servers belong to a process that ends them when this one is gone, however it went.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const at = (path) => fileURLToPath(new URL(path, import.meta.url))

function selectedFiles({ rootDir, testPathPatterns, runTestsByPath, nonFlagArgs }, ending) {
  const files = readdirSync(join(rootDir, 'test'), { recursive: true })
    .filter((path) => path.endsWith(ending))
    .map((path) => join(rootDir, 'test', path))
  if (runTestsByPath) return files.filter((file) => nonFlagArgs.some((path) => file.endsWith(path)))
  if (!testPathPatterns.isSet()) return files
  const pattern = testPathPatterns.toExecutor({ rootDir })
  return files.filter((file) => pattern.isMatch(file))
}

export default async function setup(globalConfig, { displayName }) {
  const files = selectedFiles(globalConfig, displayName.name === 'full' ? '.full.test.ts' : '.int.test.ts')
  const child = spawn(
    process.execPath,
    ['--import', at('../run-typescript.mjs'), at('./main.ts'), 'hold', ...files],
    { env: { ...process.env, NODE_OPTIONS: '' }, stdio: ['pipe', 'pipe', 'inherit'] },
  )
  const ended = once(child, 'exit')
  const line = once(createInterface(child.stdout), 'line')
  const first = await Promise.race([line, ended.then(() => undefined)])
  if (first === undefined) throw new Error('the servers that these tests need are not to be had; see above')
  Object.assign(process.env, JSON.parse(first[0]))
  globalThis.endTestServers = async () => {
    child.stdin.end()
    await ended
  }
}
