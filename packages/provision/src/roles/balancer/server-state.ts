/**
 * What people asked of HAProxy's servers (drain, maintenance) outlives its reloads, its restarts and a power cut.
 * HAProxy itself forgets all of it with every reload, unless it finds it in a file; a program of ours writes that file.
 */
import { readFileSync } from 'node:fs'
import type { HaproxyService } from '@bramble/cluster'
import { haproxySockets } from '../../facts/haproxy.ts'
import { type FileStep, file } from '../../resources/index.ts'

export const serverKeeper = '/usr/local/lib/bramble/haproxy-state'
/** The program names them too. */
export const serverStatePaths: Record<HaproxyService, string> = {
  web: '/var/lib/bramble/haproxy.state',
  postgres: '/var/lib/bramble/haproxy-postgres.state',
}

export const serverKeeperProgram = `#!/usr/bin/python3 -I
${haproxySockets}
${readFileSync(new URL('./server-state.py', import.meta.url), 'utf8')}`

export function serverKeeperFile(): FileStep {
  return file({ id: 'balancer/server-state', path: serverKeeper, content: serverKeeperProgram, mode: 0o755 })
}

/** For the unit of a service: before a start only what people asked is left in the file, before a reload all is written. */
export function serverKeeperLine(service: HaproxyService, mode: 'start' | 'save'): string {
  return `-${serverKeeper} ${mode}${service === 'postgres' ? ' postgres' : ''}`
}
