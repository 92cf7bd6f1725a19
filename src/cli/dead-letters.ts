/** `shopkeeper dead-letters list|retry`: what was refused, and back with it after a fix. */
import { createInterface } from 'node:readline/promises'
import type { Command } from 'commander'
import type { Outlook } from '../app/dead-letters/prospect.ts'
import { type ConnectionFlags, connectionFlags, settingsFor } from './connection-flags.ts'
import { readTopology } from './topology-file.ts'
import { wholeNumber } from './whole-number.ts'

const LIMIT_MAX = 100_000

const LIST = `
Example:
  shopkeeper dead-letters list --topology topologies/shop.yaml --reason schema-unknown`

const RETRY = `
Examples:
  shopkeeper dead-letters retry --topology topologies/shop.yaml --dry-run
  shopkeeper dead-letters retry --topology topologies/shop.yaml --reason decode-failed --yes

Says first how many would go back, be refused again, or come too late for their grace. Each goes back at most once,
whatever happens meanwhile; as a new record of its partition, without the key and the headers of the first.`

const EXAMPLES = `
Examples:
  shopkeeper dead-letters list --topology topologies/shop.yaml
  shopkeeper dead-letters retry --topology topologies/shop.yaml --dry-run`

interface Flags extends ConnectionFlags {
  readonly topology: string
  readonly topic?: string
  readonly reason?: string
  readonly json?: boolean
}

export function register(program: Command): void {
  const letters = program
    .command('dead-letters')
    .description('records that were refused')
    .addHelpText('after', EXAMPLES)
  const list = letters
    .command('list')
    .description('the newest of them, with their reasons')
    .addHelpText('after', LIST)
    .option('--limit <n>', 'at most so many', wholeNumber(1, LIMIT_MAX), 20)
    .action(listLetters)
  const retry = letters
    .command('retry')
    .description('back into their source topic, each at most once')
    .addHelpText('after', RETRY)
    .option('--dry-run', 'say what would happen, and do nothing')
    .option('--yes', 'do not ask')
    .action(retryLetters)
  for (const command of [list, retry]) {
    command
      .requiredOption('--topology <file>', 'the topology document')
      .option('--topic <topic>', 'only what was refused of this source topic')
      .option('--reason <reason>', 'only what was refused for this reason')
      .option('--json', 'as JSON')
    connectionFlags(command, 'kafka', 'redis', 'registry')
  }
}

async function listLetters({
  limit,
  json,
  topic,
  reason,
  ...flags
}: Flags & { limit: number }): Promise<void> {
  const { plan, settings } = await opened(flags)
  const { withDeadLetters } = await import('../app/dead-letters/open.ts')
  const { listLetters: list } = await import('../app/dead-letters/list.ts')
  const filter = { topic, reason }
  const found = await withDeadLetters(plan, settings, (letters) => list({ ...letters, filter, limit }))
  if (json === true) {
    process.stdout.write(`${JSON.stringify(found)}\n`)
    return
  }
  for (const letter of found.letters) {
    const place = `${letter.topic}/${letter.partition}/${letter.offset}`
    process.stdout.write(
      `${letter.refused_at ?? '-'}  ${letter.reason}  ${place}${letter.retried ? '  (went back)' : ''}\n` +
        `    ${letter.detail}\n    ${letter.beginning}\n`,
    )
  }
  const reasons = Object.entries(found.by_reason).map(([word, n]) => `${n} ${word}`)
  process.stdout.write(`${lettersIn(found.total)}${reasons.length > 0 ? `: ${reasons.join(', ')}` : ''}\n`)
}

interface RetryFlags extends Flags {
  readonly yes?: boolean
  readonly dryRun?: boolean
}

async function retryLetters({ yes, dryRun, json, topic, reason, ...flags }: RetryFlags): Promise<void> {
  const { UsageError } = await import('../model/errors.ts')
  if (yes !== true && dryRun !== true && (!process.stdin.isTTY || json === true))
    throw new UsageError('nobody can be asked here', 'add --yes to go on, or --dry-run to look first')
  const { plan, settings } = await opened(flags)
  const { withDeadLetters } = await import('../app/dead-letters/open.ts')
  const { createRetry } = await import('../app/dead-letters/retry.ts')
  const { systemClock } = await import('../adapters/system/clock.ts')
  await withDeadLetters(plan, settings, async (letters) => {
    const retry = createRetry({ ...letters, filter: { topic, reason }, clock: systemClock })
    const outlook = await retry.look()
    const say = (text: string): void => void (json !== true && process.stdout.write(text))
    say(outlookText(outlook, plan.topics.late))
    const go = dryRun !== true && outlook.events > 0 && (yes === true || (await asked(outlook.events)))
    const done = go ? await retry.retry() : 0
    if (go) say(`${lettersIn(done)} went back\n`)
    if (json === true)
      process.stdout.write(
        `${JSON.stringify({ ...outlook, refused: Object.fromEntries(outlook.refused), done })}\n`,
      )
  })
}

const lettersIn = (n: number): string => `${n} dead letter${n === 1 ? '' : 's'}`

function outlookText(
  { letters, retried, cut, noSource, refused, events, late, lateUnknown }: Outlook,
  lateTopic: string,
): string {
  const lines = [
    `${lettersIn(letters)}, of which ${events} can go back`,
    ...(retried > 0 ? [`  ${retried} went back before, and do not again`] : []),
    ...(cut > 0 ? [`  ${cut} cannot: not all of their bytes were kept`] : []),
    ...(noSource > 0 ? [`  ${noSource} cannot: no source of this topology reads their topic`] : []),
    ...[...refused].map(([reason, n]) => `  ${n} would be refused again: ${reason}`),
    ...(late > 0
      ? [`${late} of the ${events} come too late for their grace, and will go to ${lateTopic}`]
      : []),
    ...(lateUnknown > 0
      ? ['how many come too late for their grace is not known: Redis does not answer, or nothing ran yet']
      : []),
  ]
  return `${lines.join('\n')}\n`
}

async function asked(events: number): Promise<boolean> {
  const prompt = createInterface({ input: process.stdin, output: process.stderr })
  try {
    const answer = await prompt.question(`send ${events} back? [y/N] `)
    return /^y(es)?$/i.test(answer.trim())
  } finally {
    prompt.close()
  }
}

async function opened(flags: Flags) {
  const settings = await settingsFor(flags)
  const { compile } = await import('../topology/compile.ts')
  return { settings, plan: compile(await readTopology(flags.topology), { key: settings.idKey }) }
}
