/** A member of a group in a process of its own, to be killed or frozen: says each assignment, and how it stands, as a line of JSON. */
import { KafkaMembership } from '../../../src/adapters/kafka/membership.ts'

const [broker = '', groupId = '', source = '', internal = '', session = ''] = process.argv.slice(2)
const membership = new KafkaMembership(
  { brokers: [broker], clientId: 'member', ssl: false, sasl: undefined },
  { groupId, sources: [source], internal, sessionTimeoutMs: Number(session) },
)
for (;;) {
  const assignment = await membership.next(1000)
  if (assignment !== undefined) console.log(JSON.stringify(assignment))
}
