/** The fenced blocks of a document, so that what it shows can be run. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The root of the project. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

export interface Block {
  /** `ts`, `sh`, ... */
  readonly language: string
  /** What stands behind `title=`: most often the name of a file. */
  readonly title: string | undefined
  /** Without the fences; ends with a line feed. */
  readonly text: string
}

const FENCE = /^```(\w+)(?: title=(\S+))?\n([\s\S]*?)^```$/gm

/** `document`: a path from the root of the project. */
export const textOf = (document: string): string => readFileSync(`${ROOT}/${document}`, 'utf8')

/** In the order of the text. */
export function blocksOf(document: string): readonly Block[] {
  return [...textOf(document).matchAll(FENCE)].map(([, language = '', title, body = '']) => ({
    language,
    title,
    text: body,
  }))
}

/** The text of the one block with that title. */
export function titled(blocks: readonly Block[], title: string): string {
  const found = blocks.filter((block) => block.title === title)
  if (found.length !== 1) throw new Error(`${found.length} blocks are titled ${title}`)
  return (found[0] as Block).text
}

/** Arguments of the lines of `sh` blocks that call the command, as a shell would split them; comments are left out. */
export function commandsOf(blocks: readonly Block[]): readonly (readonly string[])[] {
  return blocks
    .filter(({ language }) => language === 'sh')
    .flatMap(({ text }) => text.split('\n'))
    .map((line) => line.replace(/ +#.*$/, '').split(' '))
    .filter(([npx, name]) => npx === 'npx' && name === 'shopkeeper')
    .map((words) => words.slice(2))
}
