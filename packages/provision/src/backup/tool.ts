/** Bramble's own program on the nodes that restores into an instance which nobody else can reach. */
import { readFileSync } from 'node:fs'
import type { PutAction } from '../engine/types.ts'
import { type FileStep, file } from '../resources/index.ts'

export const backupTool = '/usr/local/lib/bramble/backup'
/** The program names it too: what the last restore in place did. */
export const restoredMark = '/var/lib/bramble/restored.json'

const program = readFileSync(new URL('./instance.py', import.meta.url), 'utf8')

export function backupToolFile(): FileStep {
  return file({ id: 'backup/tool', path: backupTool, content: program, mode: 0o755 })
}

export const putBackupTool: PutAction = { kind: 'put', path: backupTool, content: program, mode: 0o755 }
