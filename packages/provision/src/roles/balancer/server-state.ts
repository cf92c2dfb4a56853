/**
 * What people asked of HAProxy's servers (drain, maintenance) outlives its reloads, its restarts and a power cut.
 * HAProxy itself forgets all of it with every reload, unless it finds it in a file; a program of ours writes that file.
 */
import { readFileSync } from 'node:fs'
import { type FileStep, file } from '../../resources/index.ts'

export const serverKeeper = '/usr/local/lib/bramble/haproxy-state'
/** The program names it too. */
export const serverStatePath = '/var/lib/bramble/haproxy.state'

const program = readFileSync(new URL('./server-state.py', import.meta.url), 'utf8')

export function serverKeeperFile(): FileStep {
  return file({ id: 'balancer/server-state', path: serverKeeper, content: program, mode: 0o755 })
}

/**
 * For HAProxy's unit. Before a start only what people asked is left in the file; before a reload all is written anew, so
 * that the new process begins with the servers that were up, not with all of them. The rest is as Debian has it.
 */
export const serverStateUnit = `ExecStartPre=-${serverKeeper} start
ExecReload=
ExecReload=-${serverKeeper} save
ExecReload=/usr/sbin/haproxy -Ws -f $CONFIG -c -q $EXTRAOPTS
ExecReload=/bin/kill -USR2 $MAINPID
`
