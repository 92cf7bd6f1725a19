// A jest reporter: writes "N passed, N failed" to the file named by JEST_SUMMARY_FILE, and nothing when it is not set.
// It also names every skipped test, since the reason stands in the name and a worker's own words are not always shown.
// A test file that could not even be loaded counts as one failure: a broken import must never look like fewer tests.
import { writeFileSync } from 'node:fs'

export default class JestSummary {
  onRunComplete(_contexts, results) {
    for (const { testResults } of results.testResults) {
      for (const { status, fullName } of testResults) {
        if (status === 'pending') process.stderr.write(`skipped: ${fullName}\n`)
      }
    }
    const file = process.env.JEST_SUMMARY_FILE
    if (!file) return
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites
    writeFileSync(file, `${results.numPassedTests} passed, ${failed} failed\n`)
  }
}
