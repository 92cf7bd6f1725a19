// After the last integration test: ends the servers that were started for this run, and waits until they are gone.
export default async function teardown() {
  await globalThis.endTestServers?.()
}
