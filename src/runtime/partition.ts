/** Which partition of the profile stage a person lives in. Fixed once created, like the number of partitions. */

/** The person id is a hash already: its first digits are as good as another hash of it. */
export function partitionOf(personId: string, partitions: number): number {
  return partitions === 1 ? 0 : Number.parseInt(personId.slice(0, 8), 16) % partitions
}
