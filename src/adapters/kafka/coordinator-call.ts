/** Asking the coordinator of a group or of a transaction, which may move from broker to broker at any time. */
import type { Brokers } from './brokers.ts'
import { type Patience, refusal, repeating } from './repeating.ts'
import type { CoordinatorKind } from './wire/position-requests.ts'
import type { KafkaAnswer, KafkaRequest } from './wire/request.ts'

/**
 * Asks whoever it is by now, until the patience is over. `code`: what the answer as a whole says; 0: all is well.
 * @throws Fenced, AdapterError
 */
export function askCoordinator<Answer extends KafkaAnswer>(
  brokers: Brokers,
  kind: CoordinatorKind,
  key: string,
  request: KafkaRequest<Answer>,
  code: (answer: Answer) => number,
  patience: Patience,
): Promise<Answer> {
  const doing = `${request.apiName} of ${key}`
  const ask = async (): Promise<Answer> => {
    const answer = await brokers.send(await brokers.coordinatorOf(kind, key), request)
    const said = code(answer)
    if (said === 0) return answer
    throw refusal(said, doing)
  }
  return repeating(patience, ask, async ({ about }) => {
    if (about === 'again') return
    brokers.forgetCoordinator(kind, key)
    if (about === 'leader') await brokers.refresh()
  })
}
