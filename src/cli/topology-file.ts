/** Reads a topology document from a file. */
import { readFile } from 'node:fs/promises'
import { UsageError } from '../model/errors.ts'
import type { TopologyDocument } from '../topology/document.ts'

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'it may not be read',
}

/** @throws UsageError if the file cannot be read. What is wrong inside it is in the document's findings. */
export async function readTopology(file: string): Promise<TopologyDocument> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? ''
    throw new UsageError(
      `cannot read ${file}: ${REASONS[code] ?? code}`,
      'name a topology document, such as topologies/shop.yaml',
    )
  }
  const { parseTopology } = await import('../topology/document.ts')
  return parseTopology({ file, text })
}
