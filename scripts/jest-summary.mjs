// A jest reporter: writes "N passed, N failed" to the file named by JEST_SUMMARY_FILE, and nothing when it is not set.
// A test file that could not even be loaded counts as one failure: a broken import must never look like fewer tests.
import { writeFileSync } from 'node:fs'

export default class JestSummary {
  onRunComplete(_contexts, results) {
    const file = process.env.JEST_SUMMARY_FILE
    if (!file) return
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites
    writeFileSync(file, `${results.numPassedTests} passed, ${failed} failed\n`)
  }
}
