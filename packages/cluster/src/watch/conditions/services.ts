/** Services of the nodes' roles, and the packages below them. */

import type { Role } from '../../spec.ts'
import { countText, listText, sentence } from '../figures.ts'
import { type HaproxyService, haproxyNames, haproxyServices } from '../haproxy.ts'
import type { NodeState } from '../state.ts'
import { answering, type Found, found, type Look, limit, machines } from './look.ts'

/** Without these a role does nothing; other units may be inactive for good reason. */
const vital: Record<Role, { unit: string; part?: 'patroni' | 'etcd' | 'haproxy' | 'web'; name: string }[]> = {
  etcd: [{ unit: 'etcd.service', part: 'etcd', name: 'etcd' }],
  postgres: [{ unit: 'patroni.service', part: 'patroni', name: 'Patroni' }],
  balancer: [
    { unit: haproxyServices.web, part: 'haproxy', name: haproxyNames.web },
    { unit: haproxyServices.postgres, part: 'haproxy', name: haproxyNames.postgres },
    { unit: 'keepalived.service', name: 'keepalived' },
  ],
  web: [{ unit: 'bramble-site.service', part: 'web', name: 'the site' }],
}

export function units(look: Look): Found[] {
  return answering(look).flatMap(({ node, state }) => {
    const needed = node.roles.flatMap((role) => vital[role])
    const states = state.machine?.units ?? {}
    return [...new Set([...needed.map(({ unit }) => unit), ...Object.keys(states)])].flatMap((unit) => {
      const own = needed.find((entry) => entry.unit === unit)
      const word = unit === haproxyServices.postgres && servesBoth(state) ? 'active' : (states[unit] ?? 'active')
      const silent = own?.part && word === 'active' ? silenceOf(state, own.part, unit) : undefined
      const words = wrongWords(word, own !== undefined)
      if (!words && silent === undefined) return []
      const short = unit.replace(/\.service$/, '')
      return found('unit-failed', {
        node: node.name,
        subject: unit,
        words: words
          ? `${own?.name ?? short} on ${node.name} ${words}.`.replace(/^the site/, 'The site')
          : sentence(`${own!.name} on ${node.name} is running but not responding: ${silent || 'no reason given'}`),
        cure: words
          ? `On ${node.name}, “journalctl -u ${short} -n 50” shows why; then “sudo systemctl restart ${short}”, or provision ${node.name}.`
          : `On ${node.name}, “journalctl -u ${short} -n 50” shows what it is doing; “sudo systemctl restart ${short}” if it hangs.`,
      })
    })
  })
}

/** The HAProxy of a balancer that an older Bramble made serves PostgreSQL too, until the next run parts them. */
const servesBoth = ({ haproxy, machine }: NodeState) =>
  machine?.units[haproxyServices.postgres] === 'inactive' &&
  haproxy !== null &&
  haproxy.silent === undefined &&
  haproxy.servers.some(({ backend }) => backend.startsWith('postgres-'))

function silenceOf({ haproxy, silent }: NodeState, part: keyof NodeState['silent'], unit: string): string | undefined {
  if (part !== 'haproxy') return silent[part]
  const service = (Object.keys(haproxyServices) as HaproxyService[]).find((name) => haproxyServices[name] === unit)
  // Both are silent: told of the first, which says why.
  return service && haproxy ? haproxy.silent?.[service] : service === 'web' ? silent.haproxy : undefined
}

function wrongWords(state: string, vital: boolean): string | null {
  if (state === 'failed') return 'has failed'
  if (!vital) return null
  if (state === 'inactive') return 'is stopped'
  if (state === 'activating') return 'does not finish starting, or keeps restarting'
  return null
}

export function packages(look: Look): Found[] {
  return machines(look).flatMap(({ name, machine }) => {
    const { pendingUpgrades, securityUpgrades, rebootRequired } = machine
    const all: Found[] = []
    if (rebootRequired)
      all.push(
        found('reboot-required', {
          node: name,
          words: `${name} uses an old kernel or library until it reboots.`,
          cure: `Reboot ${name} when no other node is offline: “sudo reboot” switches the primary first.`,
        }),
      )
    if (pendingUpgrades !== null && pendingUpgrades >= limit(look, 'upgrades-pending', 'packages'))
      all.push(
        found('upgrades-pending', {
          node: name,
          value: pendingUpgrades,
          words: `${countText(pendingUpgrades, 'package')} on ${name} can be updated.`,
          cure: `Press Operate, then Update packages: Bramble updates one Pi at a time and switches the primary first.`,
        }),
      )
    if (securityUpgrades.length > 0) {
      const rest = securityUpgrades.length - 3
      const names = [...securityUpgrades.slice(0, 3), ...(rest > 0 ? [`${rest} more`] : [])]
      all.push(
        found('security-update', {
          node: name,
          value: securityUpgrades.length,
          words: `${name} lacks security updates of ${listText(names)}.`,
          cure: 'Press Operate, then Update packages: Bramble updates one Pi at a time and switches the primary first.',
        }),
      )
    }
    return all
  })
}
