#!/usr/bin/env node
/** The command `shopkeeper`. */
import { endQuietlyOnClosedPipe, runProgram } from './exit.ts'
import { createProgram } from './program.ts'

endQuietlyOnClosedPipe()
await runProgram(createProgram(), process.argv.slice(2))
