/** How a command that goes on and on is told to end. */

/** SIGTERM or SIGINT. A second one ends the process at once, as the shell's user expects. */
export function signalled(): Promise<void> {
  return new Promise((done) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.once(signal, () => {
        process.once(signal, () => process.exit(1))
        done()
      })
    }
  })
}
