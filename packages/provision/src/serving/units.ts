/** systemd's units of an app on a node: one template per slot, with the sandbox that a stranger's code gets. */
import { readFileSync } from 'node:fs'
import type { AppKind, AppSpec } from '@bramble/cluster'
import { imageUnitTemplate } from './image/index.ts'
import type { Slot } from './records.ts'
import { unitTemplate } from './unit-template.ts'

export { appRoot, launcherPath, sliceName, unitTemplate } from './unit-template.ts'

/** Of a process of an app; it goes to `launcherPath`. */
export const launcher = readFileSync(new URL('./run.py', import.meta.url), 'utf8')
export const phpServerPath = '/usr/local/lib/bramble/app-php'
/** Serves PHP in the sandbox of an app; it goes to `phpServerPath`. */
export const phpServer = readFileSync(new URL('./php.py', import.meta.url), 'utf8')

/** Every process of every app: not their commands, and no build. */
export const appUnits = 'bramble-app-*@*.service'

export const appUser = (app: string): string => `app-${app}`
/** Users of apps have ids in this range: the firewall knows them by it. */
export const appUserIds = { first: 700, last: 899 } as const

export interface UnitInput {
  app: Pick<AppSpec, 'name'>
  /** Absent: any but image. */
  kind?: AppKind
  slot: Slot
  /** SHA-256 of the release, in hex. */
  release: string
  /** SHA-256 of its environment file, in hex. */
  environment: string
  port: number
  /** MB that a process may use; the kernel must enforce it. */
  memory: number
}

/** MB of /tmp, which counts as memory of the process: half of what it may use. */
const temporaryMemory = (memory: number): number => Math.max(32, Math.floor(memory / 2))

export function appUnit({ app: { name }, kind, ...input }: UnitInput): string {
  const values = Object.entries({ ...input, app: name, tmp: temporaryMemory(input.memory), signal: 'SIGTERM' })
  const template = kind === 'image' ? imageUnitTemplate : unitTemplate
  return values.reduce((text, [key, value]) => text.replaceAll(`{${key}}`, String(value)), template)
}

/** Left to the system, etcd and PostgreSQL: the larger of 384 MB and three fifths. */
export function appMemory(totalMB: number): { all: number; process: number } {
  const all = Math.max(128, Math.floor(totalMB - Math.max(384, totalMB * 0.6)))
  return { all, process: Math.max(64, Math.floor(all / 2)) }
}

export const sliceUnit = (totalMB: number): string => `# Managed by Bramble. Local changes are overwritten.
[Unit]
Description=Apps

[Slice]
MemoryMax=${appMemory(totalMB).all}M
MemorySwapMax=0
TasksMax=2048
CPUWeight=50
IOWeight=50
`
