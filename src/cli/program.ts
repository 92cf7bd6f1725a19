/** The program with all its commands; each registers itself and loads what it needs when it runs. */
import { Command } from 'commander'
import { version } from '../app/version.ts'
import * as deadLetters from './dead-letters.ts'
import * as demo from './demo.ts'
import * as doctor from './doctor.ts'
import * as graph from './graph.ts'
import * as lint from './lint.ts'
import * as operators from './operators.ts'
import * as person from './person.ts'
import * as replay from './replay.ts'
import * as run from './run.ts'
import * as schemas from './schemas.ts'
import * as test from './test.ts'
import * as topics from './topics.ts'

const COMMANDS = [
  demo,
  run,
  replay,
  test,
  lint,
  graph,
  operators,
  topics,
  schemas,
  deadLetters,
  person,
  doctor,
]

const EXAMPLE = `
Examples:
  shopkeeper lint topologies/shop.yaml
  shopkeeper operators offer
  shopkeeper graph topologies/theme-park.yaml

Exit codes: 0 done, 1 failed while running, 2 wrong use or wrong configuration, 3 made by a newer version.`

/** A program that throws instead of leaving the process; run it with `runProgram`. */
export function createProgram(): Command {
  const program = new Command('shopkeeper')
    .description('real-time customer triggers and offers over event streams, from one YAML topology')
    .version(version())
    .showHelpAfterError('--help says what belongs here')
    .addHelpText('after', EXAMPLE)
    .exitOverride()
  for (const { register } of COMMANDS) register(program)
  return program
}
