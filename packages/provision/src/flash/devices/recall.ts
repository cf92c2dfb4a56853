/** Looking into a card takes time and disturbs its reader: once per insertion, and again when it was written. */
import type { CardContents } from '@bramble/cluster'
import { readContents } from './contents.ts'
import type { BlockNode } from './lsblk.ts'

/** `now`: wait for fresh contents (some seconds). `soon`: what is known, within a second. `never`: only what is known. */
export type ReadPace = 'now' | 'soon' | 'never'

interface Memory {
  insertion: string
  /** Write count when it was read, and when it was last looked at. */
  read: string
  seen: string
  contents: CardContents | null
  reading: Promise<void> | null
}

const memories = new Map<string, Memory>()
const patience = { now: 8_000, soon: 700 }
const looking: CardContents = { kind: 'unknown', words: 'Being read' }

export async function recallContents(
  node: BlockNode,
  stamp: { insertion: string; written: string },
  pace: ReadPace,
): Promise<CardContents> {
  let memory = memories.get(node.name)
  if (memory?.insertion !== stamp.insertion) {
    memory = { insertion: stamp.insertion, read: '', seen: stamp.written, contents: null, reading: null }
    memories.set(node.name, memory)
  }
  // While somebody writes, the watcher keeps away; it looks when the count stands still.
  const still = memory.seen === stamp.written
  memory.seen = stamp.written
  if (pace !== 'never' && memory.read !== stamp.written && (still || pace === 'now'))
    await look(memory, node, stamp, pace)
  return memory.contents ?? looking
}

/** True while something was not read to its end: the watcher asks again. */
export function isLooking(): boolean {
  return [...memories.values()].some(({ reading, read, seen }) => reading !== null || (read !== seen && read !== ''))
}

/** Of devices that are gone nothing is kept. */
export function forgetOthers(names: ReadonlySet<string>): void {
  for (const name of memories.keys()) if (!names.has(name)) memories.delete(name)
}

async function look(memory: Memory, node: BlockNode, { written }: { written: string }, pace: 'now' | 'soon') {
  memory.reading ??= readContents(node).then((contents) => {
    memory.contents = contents
    memory.read = written
    memory.reading = null
  })
  let timer: NodeJS.Timeout | undefined
  const enough = new Promise<void>((settle) => {
    timer = setTimeout(settle, patience[pace])
  })
  await Promise.race([memory.reading, enough])
  clearTimeout(timer)
}
