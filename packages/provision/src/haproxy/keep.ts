/** Servers that people took out of service stay out on a balancer that is new, was written anew or was away then. */
import {
  type ClusterSpec,
  haproxyNames,
  isLastUsable,
  nodesWith,
  type RunEvent,
  type ServerSwitch,
  serviceOf,
} from '@bramble/cluster'
import type { Fleet } from '../engine/transport.ts'
import { Trouble } from '../engine/types.ts'
import { tellHaproxy } from './balancer.ts'
import { titles } from './words.ts'

export interface KeepInput {
  spec: ClusterSpec
  fleet: Fleet
  /** What people last asked of each server that is to be out of service. */
  standing: readonly ServerSwitch[]
  /** Balancers to look at. */
  only: readonly string[]
  signal: AbortSignal
  emit: (event: RunEvent) => void
}

/** Says again what a balancer does not hold, and tells so. A balancer that cannot be asked is told of, and left. */
export async function keepSwitches(input: KeepInput): Promise<void> {
  const { spec, fleet, standing, only, signal } = input
  if (standing.length === 0) return
  const balancers = nodesWith(spec, 'balancer').filter((node) => only.includes(node.name))
  await Promise.all(
    balancers.map(async (node) => {
      const tell = (text: string) => input.emit({ type: 'log', node: node.name, step: null, stream: 'bramble', text })
      try {
        const transport = await fleet.connect(node, signal)
        let { servers, silent } = await tellHaproxy(transport, [], signal)
        for (const asked of standing) {
          const { backend, server, state } = asked
          const now = servers.find((entry) => entry.backend === backend && entry.server === server)
          if (!now && silent.includes(serviceOf(backend)))
            tell(`${haproxyNames[serviceOf(backend)]} is not responding here, so ${server} may be back in ${backend}`)
          if (!now || now.asked === state) continue
          if (!asked.evenLast && isLastUsable(servers, asked)) {
            tell(
              `${server} should be out of ${backend}, but it is the last server that is up: it stays in service here`,
            )
            continue
          }
          tell(`${titles.set(state, asked)}: requested earlier, and missing on this load balancer`)
          const told = await tellHaproxy(transport, [{ backend, server, state, cut: state === 'maint' }], signal)
          servers = told.servers
          silent = told.silent
        }
      } catch (error) {
        signal.throwIfAborted()
        if (!(error instanceof Trouble)) throw error
        tell(`Servers in drain or maintenance could not be checked here: ${error.message} ${error.cure}`)
      }
    }),
  )
}
