/** lab.json: what a lab is made of and what was asked of each node. Everything else is read from the machine. */
import { readFile, rename, writeFile } from 'node:fs/promises'
import type { Board } from '../cards/board.ts'
import type { SlotRecord } from '../cards/card-slots.ts'
import type { Layout, Release } from '../host/layout.ts'

export interface NodeRecord {
  number: number
  /** Folders of the read-only layers below its disk, uppermost first. None: it has no disk and waits for a card. */
  layers: string[]
  /** Folder of what was written to its disk when its cluster was built, above the layers; none: it comes from the factory. */
  built?: string
  /** What the user asked for; a node that is `on` and ended with a reboot is booted again. */
  power: 'on' | 'off'
  /** Room on its disk in MB; none: as much as this machine has. */
  diskMB?: number
  cut: boolean
  /** What the board is exposed to; none: nothing out of the ordinary. */
  board?: Board
}

export interface LabRecord {
  id: number
  release: Release
  golden: boolean
  memoryMB: number
  nodes: NodeRecord[]
  /** Cards of this lab; labs that were made before there were cards have none. */
  slots?: SlotRecord[]
}

export async function readRecord(layout: Layout): Promise<LabRecord | null> {
  try {
    return JSON.parse(await readFile(layout.record, 'utf8')) as LabRecord
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

export async function writeRecord(layout: Layout, record: LabRecord): Promise<void> {
  await writeFile(`${layout.record}.new`, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 })
  await rename(`${layout.record}.new`, layout.record)
}
