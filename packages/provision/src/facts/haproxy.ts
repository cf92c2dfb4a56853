/** Facts about HAProxy, read from the runtime sockets of its two services on the node. */
import { readFileSync } from 'node:fs'
import { type HaproxyService, haproxyServices, type ServerState, serverStatus } from '@bramble/cluster'
import { z } from 'zod'
import { command } from '../engine/command.ts'
import type { Fact } from '../engine/types.ts'

/** Python that other programs for a node begin with. */
export const haproxySockets = readFileSync(new URL('./haproxy.py', import.meta.url), 'utf8')

const script = `${haproxySockets}
import json
said = {}
for service in SOCKETS:
    try:
        said[service] = [[row['pxname'], row['svname'], row['type'], row['status']] for row in table(command(service, 'show stat'))]
    except OSError:
        said[service] = None
print(json.dumps(said))`

const asked = command(['python3', '-I', '-c', script])

interface HaproxyRow {
  backend: string
  server: string
  status: ServerState['status']
}

interface HaproxyStats {
  /** Every server of every backend; of a backend that both services have (before they were parted), PostgreSQL's own. */
  servers: HaproxyRow[]
  /** Services that do not answer. */
  silent: HaproxyService[]
  /** Frontends that take connections, by service. */
  open: { service: HaproxyService; frontend: string }[]
}

const Rows = z.array(z.tuple([z.string(), z.string(), z.string(), z.string()])).nullable()
const Answer = z.object({ web: Rows, postgres: Rows })

export const haproxyStats: Fact<HaproxyStats> = {
  key: asked.key,
  query: asked.query,
  read(answer) {
    const { code, stdout } = asked.read(answer)
    return readStats(code === 0 ? Answer.parse(JSON.parse(stdout)) : { web: null, postgres: null })
  },
}

/** Rows of `show stat` by service: proxy, name, type (0: frontend, 2: server), status. */
export function readStats(said: z.infer<typeof Answer>): HaproxyStats {
  const services = Object.keys(haproxyServices) as HaproxyService[]
  const rows = services.flatMap((service) => (said[service] ?? []).map((row) => ({ service, row })))
  const parted = new Set((said.postgres ?? []).map(([backend]) => backend))
  return {
    servers: rows
      .filter(({ service, row: [backend, , type] }) => type === '2' && (service === 'postgres' || !parted.has(backend)))
      .map(({ row: [backend, server, , status] }) => ({ backend, server, status: serverStatus(status) })),
    silent: services.filter((service) => said[service] === null),
    open: rows
      .filter(({ row: [, , type, status] }) => type === '0' && status === 'OPEN')
      .map(({ service, row: [frontend] }) => ({ service, frontend })),
  }
}
