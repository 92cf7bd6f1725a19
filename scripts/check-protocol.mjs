/**
 * Searches the models of docs/protocol with Spin: each as a whole, where nothing may fail, and with each protection taken out, where an
 * assertion must. Builds in a temporary folder, installs nothing. Exit code 1 on any surprise; without spin or gcc it says so and
 * skips, but fails where CI=true.
 */
import { execFile, spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const FOLDER = fileURLToPath(new URL('../docs/protocol/', import.meta.url))
const SECONDS_MAX = 120
const DEPTH_MAX = 100_000

const commit = (faults, ...switches) => ({ model: 'commit', settings: [`FAULTS=${faults}`], switches })
/** Searched from the other end, where what fails lies nearer. */
const backwards = (entry) => ({ ...entry, order: ['-DREVERSE'] })
const handoff = (events, marks, ...switches) => ({
  model: 'handoff',
  settings: [`EVENTS=${events}`, `MARKS=${marks}`],
  switches,
})

/** Without switches: the model as it is. With: what is taken out; each must fail. */
const SEARCHES = [
  { ...commit(2), settings: ['FAULTS=2', 'BATCH=2'] },
  commit(2, 'NO_OWNER_CHECK', 'PAGES_FROM_FOUND'),
  backwards(commit(2, 'NO_CHAIN_CHECK')),
  commit(2, 'NO_LOAD_STAMP'),
  commit(2, 'UNGUARDED_OPENING'),
  commit(3, 'PAGES_FROM_FOUND'),
  commit(2, 'CHAIN_BEFORE_LAST_PAGE'),
  commit(2, 'POSITION_BEFORE_TAKEOVER'),
  commit(2, 'NO_FENCE'),
  commit(2, 'RETRY_IN_PLACE'),
  { ...commit(2, 'APPLY_BEFORE_COMMIT'), settings: ['FAULTS=2', 'BATCH=2'] },
  commit(2, 'NO_RESUME_AGE'),
  commit(2, 'SLOW_READ'),
  commit(3, 'NOTE_AFTER_COMMIT'),
  handoff(2, 1),
  handoff(2, 1, 'NO_INBOX'),
  handoff(2, 1, 'TIMERS_DO_NOT_WAIT'),
  handoff(2, 1, 'NO_TIMERS_BEFORE_ENTRY'),
  handoff(2, 1, 'NO_MARK_ON_MERGE'),
  handoff(2, 1, 'NO_EARLY_HANDOFF_KEPT'),
  handoff(2, 1, 'HANDOFF_NOT_IN_COMMIT'),
  handoff(2, 1, 'INBOX_NOT_KEPT'),
]

/** Answers what a command printed, whatever its exit code. @throws when it could not be run, or took too long. */
function run(command, args, cwd) {
  return new Promise((resolve, reject) => {
    execFile(command, args, { cwd, timeout: SECONDS_MAX * 1000, maxBuffer: 1 << 26 }, (error, out, err) => {
      if (error !== null && typeof error.code !== 'number') reject(new Error(`${command}: ${error.message}`))
      else resolve({ code: error === null ? 0 : error.code, text: out + err })
    })
  })
}

async function build(command, args, cwd) {
  const { code, text } = await run(command, args, cwd)
  if (code !== 0) throw new Error(`${command} failed: ${text.trim().split('\n')[0]}`)
}

/** One search: its states, seconds, the assertion that failed, and what is wrong about it. */
async function search({ model, settings, switches, order = [] }) {
  const cwd = await mkdtemp(join(tmpdir(), 'protocol-'))
  const began = performance.now()
  try {
    const defines = [...settings, ...switches].map((name) => `-D${name}`)
    await build('spin', ['-a', ...defines, join(FOLDER, `${model}.pml`)], cwd)
    await build('gcc', ['-O2', '-w', '-DSAFETY', '-DVECTORSZ=2048', ...order, '-o', 'pan', 'pan.c'], cwd)
    const { text } = await run(join(cwd, 'pan'), [`-m${DEPTH_MAX}`, '-w24'], cwd)
    const states = Number(/(\d+) states, stored/.exec(text)?.[1] ?? 0)
    const failed = /assertion violated (.*) \(at depth/.exec(text)?.[1]
    const seconds = (performance.now() - began) / 1000
    return { states, seconds, failed, surprise: surpriseOf(text, states, failed, switches.length > 0) }
  } catch (error) {
    return { states: 0, seconds: (performance.now() - began) / 1000, surprise: error.message }
  } finally {
    await rm(cwd, { recursive: true, force: true })
  }
}

function surpriseOf(text, states, failed, mustFail) {
  if (states === 0) return `no search: ${text.trim().split('\n')[0]}`
  if (mustFail) return failed === undefined ? 'nothing fails without this protection' : undefined
  if (failed !== undefined) return `fails: ${failed}`
  if (!text.includes('errors: 0')) return text.trim().split('\n')[0]
  return /max search depth too small|Search not completed/.test(text)
    ? 'the search was not complete'
    : undefined
}

function missingTools() {
  return ['spin', 'gcc'].filter((tool) => spawnSync(tool, ['--version']).error !== undefined)
}

async function main() {
  const missing = missingTools()
  if (missing.length > 0) {
    console.error(
      `PROTOCOL NOT CHECKED: ${missing.join(' and ')} not found. apt-get install spin gcc libc6-dev`,
    )
    return process.env.CI === 'true' ? 1 : 0
  }
  const results = []
  let next = 0
  const one = async () => {
    while (next < SEARCHES.length) {
      const at = next++
      results[at] = await search(SEARCHES[at])
    }
  }
  await Promise.all(Array.from({ length: Math.min(2, cpus().length) }, one))
  results.forEach(({ states, seconds, surprise }, at) => {
    const { model, switches } = SEARCHES[at]
    const name = switches.length === 0 ? 'as it is' : switches.join(' ')
    const verdict = surprise ?? (switches.length === 0 ? 'holds' : 'fails, as it must')
    const columns = [
      model.padEnd(8),
      name.padEnd(34),
      String(states).padStart(9),
      seconds.toFixed(1).padStart(6),
    ]
    console.log(`${columns.join(' ')} s  ${surprise === undefined ? '' : 'SURPRISE: '}${verdict}`)
  })
  return results.some(({ surprise }) => surprise !== undefined) ? 1 : 0
}

process.exitCode = await main()
