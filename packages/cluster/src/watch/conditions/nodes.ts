/** Nodes that are away, and what the cluster lacks without them. */
import { nodesWith } from '../../nodes.ts'
import type { Role } from '../../spec.ts'
import { countText, sentence } from '../figures.ts'
import { vipHolders } from '../summary.ts'
import { type Found, found, type Look, looked } from './look.ts'

/** The name stands for all nodes at once: then it is the worker's own network, or the switch. */
export const everyNode = 'every node'

export function nodes(look: Look): Found[] {
  const seen = looked(look)
  const away = seen.filter(({ state }) => state.trouble !== null)
  const each = away.map(({ node, state }) => {
    const trouble = state.trouble!
    return found('node-down', {
      node: node.name,
      words: `${node.name} (${node.address}) is unreachable. ${sentence(trouble.message)} ${lossWords(look, node.name, node.roles)}`,
      cure:
        trouble.code === 'unreachable' || trouble.code === 'connection-lost' || trouble.code === 'exec-timeout'
          ? `Check whether the red light of ${node.name} is on and its network light blinks. Disconnect its power for five seconds. If it stays unreachable, suspect its card or power supply.`
          : sentence(trouble.cure),
    })
  })
  if (seen.length < 2 || away.length < seen.length) return each
  const all = found('node-down', {
    subject: everyNode,
    words: `None of the ${seen.length} nodes is reachable from this worker, so the status of the cluster is unknown.`,
    cure: `Try the virtual IP ${look.spec.vip} from another computer. If it is reachable, the network of Bramble's own machine is down; if not, check the switch and the power of the Pis.`,
  })
  return [all, ...each]
}

/** What is left when the node is away, from its roles. */
function lossWords(look: Look, name: string, roles: readonly Role[]): string {
  const away = new Set(
    looked(look)
      .filter(({ state }) => state.trouble !== null)
      .map(({ node }) => node.name),
  )
  const left = (role: Role) => nodesWith(look.spec, role).filter((node) => !away.has(node.name)).length
  const all = (role: Role) => nodesWith(look.spec, role).length
  const parts: string[] = []
  if (roles.includes('etcd')) {
    const needed = Math.floor(all('etcd') / 2) + 1
    const spare = left('etcd') - needed
    const then = spare < 0 ? 'too few' : spare === 0 ? 'one more loss stops the database' : `${spare} more can fail`
    parts.push(`${left('etcd')} of ${all('etcd')} etcd members are left (${needed} required: ${then})`)
  }
  if (roles.includes('postgres'))
    parts.push(`${left('postgres')} of ${countText(all('postgres'), 'copy', 'copies')} of the database`)
  if (roles.includes('balancer')) parts.push(`${left('balancer')} of ${countText(all('balancer'), 'balancer')}`)
  if (roles.includes('web')) parts.push(`${left('web')} of ${countText(all('web'), 'web node')}`)
  if (parts.length === 0) return `${name} is a spare: nothing depends on it.`
  const [first, ...rest] = parts
  return `Without it, ${roles.includes('etcd') ? first : `${first} left`}${rest.map((part) => `, ${part}`).join('')}.`
}

export function address(look: Look): Found[] {
  const { spec, watch } = look
  const balancers = looked(look, 'balancer')
  const seen = balancers.filter(({ state }) => state.machine !== null)
  const holders = vipHolders(spec, watch)
  if (holders.length > 1)
    return [
      found('vip-twice', {
        value: holders.length,
        from: holders,
        words: `${spec.vip} is on ${holders.join(' and ')} at once: clients reach either at random, and connections break.`,
        cure: `The load balancers cannot reach each other: check the cable and the switch between ${holders.join(' and ')}, and that no other cluster uses VRRP id ${spec.vrid}. If it was added manually on one of them: “ip addr del ${spec.vip} dev …” there.`,
      }),
    ]
  if (holders.length === 1 || seen.length === 0) return []
  const unseen = balancers.filter(({ state }) => state.machine === null).map(({ node }) => node.name)
  const perhaps = unseen.length > 0 ? ` ${unseen.join(' and ')}, which is unreachable, might still hold it.` : ''
  const stopped = seen.filter(({ state }) => (state.machine?.units['keepalived.service'] ?? 'active') !== 'active')
  const names = (stopped.length > 0 ? stopped : seen).map(({ node }) => node.name)
  return [
    found('vip-nowhere', {
      value: 0,
      from: seen.map(({ node }) => node.name),
      words: `No load balancer holds ${spec.vip}: the address of the cluster is unreachable.${perhaps}`,
      cure:
        stopped.length > 0
          ? `keepalived does not run on ${names.join(' and ')}: start it with “sudo systemctl start keepalived”, or provision the cluster.`
          : `On ${names.join(' or ')}, “journalctl -u keepalived -n 50” shows why it does not take the address. It does not take it while HAProxy is down there (“systemctl status haproxy”).`,
    }),
  ]
}
