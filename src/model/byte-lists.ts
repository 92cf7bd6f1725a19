/** Lists in the bytes of a state: how many, then each. */
import type { ByteReader, ByteWriter } from './bytes.ts'

export function writeList<Item>(
  writer: ByteWriter,
  items: readonly Item[],
  write: (item: Item) => void,
): void {
  writer.uint(items.length)
  for (const item of items) write(item)
}

/** Reads what {@link writeList} wrote. */
export function readList<Item>(reader: ByteReader, item: () => Item): Item[] {
  const items: Item[] = []
  for (let left = reader.uint(); left > 0; left--) items.push(item())
  return items
}
