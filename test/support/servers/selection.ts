/** Which servers a set of test files asks for, read from the `describeWith([...])` and `describeWithOwn([...])` in them. */
import { isServerName, SERVER_NAMES, type ServerName } from './kinds.ts'

const ASKS = /\bdescribeWith(Own)?\(\s*\[([^\]]*)\]/g

export interface Need {
  /** Servers that are shared by all tests of a run. */
  readonly shared: readonly ServerName[]
  /** Servers that tests start themselves: their programs must be there. */
  readonly own: readonly ServerName[]
}

/** Throws on a name that is none of {@link SERVER_NAMES}. */
export function needOf(texts: readonly string[]): Need {
  const shared = new Set<ServerName>()
  const own = new Set<ServerName>()
  for (const text of texts) {
    for (const [, ofItsOwn, list = ''] of text.matchAll(ASKS)) {
      for (const [, name = ''] of list.matchAll(/['"]([^'"]*)['"]/g)) {
        if (!isServerName(name)) {
          throw new Error(`a test asks for a server called "${name}": there are ${SERVER_NAMES.join(', ')}`)
        }
        ;(ofItsOwn ? own : shared).add(name)
      }
    }
  }
  const inOrder = (names: ReadonlySet<ServerName>) => SERVER_NAMES.filter((name) => names.has(name))
  return { shared: inOrder(shared), own: inOrder(own) }
}
