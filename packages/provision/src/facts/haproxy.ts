/** Facts about HAProxy, read from its runtime socket on the node. */
import type { ServerState } from '@bramble/cluster'
import type { Fact } from '../core/types.ts'
import { command } from './command.ts'

const socketScript = `import socket
link = socket.socket(socket.AF_UNIX)
link.settimeout(5)
link.connect('/run/haproxy/admin.sock')
link.sendall(b'show stat\\n')
parts = []
while True:
    part = link.recv(65536)
    if not part:
        break
    parts.append(part)
print(b''.join(parts).decode('utf-8', 'replace'))`

const asked = command(['python3', '-I', '-c', socketScript])

export interface HaproxyServer {
  backend: string
  server: string
  /** HAProxy's words: UP, DOWN, MAINT, DRAIN, `no check`; `UP 1/2` while it is changing. */
  status: string
}

/** HAProxy's words for a server as one of ours: `MAINT (via web/pi-2)`, `DRAIN 1/2`, `UP 1/3`, `no check` … */
export function statusOf(words: string): ServerState['status'] {
  if (words.startsWith('MAINT')) return 'maint'
  if (words.startsWith('DRAIN')) return 'drain'
  if (words.startsWith('UP')) return 'up'
  return words === 'no check' ? 'unchecked' : 'down'
}

/** Every server of every backend; null when HAProxy does not answer. */
export const haproxyServers: Fact<HaproxyServer[] | null> = {
  key: asked.key,
  query: asked.query,
  read(answer) {
    const { code, stdout } = asked.read(answer)
    return code === 0 ? readServers(stdout) : null
  },
}

/** `show stat` as CSV: the header names the columns. */
export function readServers(csv: string): HaproxyServer[] {
  const [head = '', ...lines] = csv.split('\n')
  const columns = head.replace(/^# /, '').split(',')
  const at = (name: string) => columns.indexOf(name)
  return lines
    .map((line) => line.split(','))
    .filter((row) => row[at('type')] === '2')
    .map((row) => ({
      backend: row[at('pxname')] ?? '',
      server: row[at('svname')] ?? '',
      status: row[at('status')] ?? '',
    }))
}
