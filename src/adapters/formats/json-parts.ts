/** The members of an event in JSON, and those that stand beside it in a line. */
import { isText } from '../../model/known-texts.ts'

const PARTS = ['id', 'source', 'type', 'time', 'identifiers', 'context', 'data', 'topic', 'received', 'clock']
export const ID = 0
export const SOURCE = 1
export const TYPE = 2
export const TIME = 3
export const IDENTIFIERS = 4
export const CONTEXT = 5
export const DATA = 6
export const TOPIC = 7
export const RECEIVED = 8

/** Which of them a name is; -1: none. */
export function partOf(buffer: Buffer, start: number, end: number): number {
  for (let part = 0; part < PARTS.length; part++)
    if (isText(PARTS[part] as string, buffer, start, end)) return part
  return -1
}
