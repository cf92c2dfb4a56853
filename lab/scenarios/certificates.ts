/** Certificates that end in minutes on a cluster of the lab: put there, and looked at. */
import { setTimeout as sleep } from 'node:timers/promises'
import { renewCertificates } from '@bramble/provision'
import { endingCertificates } from '@bramble/provision/test/certificates'
import { expect } from 'vitest'
import { eventually, type Stage } from './stage.ts'

/** The same cluster, on all nodes of which the certificates end so many seconds from now. */
export async function endingIn(stage: Stage, seconds: number): Promise<{ stage: Stage; end: number }> {
  const end = Math.ceil(Date.now() / 1000 + seconds) * 1000
  const ending = await stage.holding(await endingCertificates(stage.stored, new Date(end)))
  await deliver(ending)
  // Patroni reads its files again some seconds after it was told to.
  await eventually(60, async () => {
    for (const { name } of ending.spec.nodes)
      expect(new Set(Object.values(await shown(ending, name))), name).toEqual(new Set([end]))
  })
  return { stage: ending, end }
}

export const day = 86_400_000

/** Puts the stage's certificates onto its nodes, as the worker's renewal does. */
async function deliver({ spec, secrets, fleet }: Stage): Promise<void> {
  const signal = new AbortController().signal
  const outcome = await renewCertificates({ spec, secrets, fleet, signal, emit: () => undefined })
  expect(outcome.status, outcome.message).toBe('succeeded')
}

const services = { etcd: '2379', peers: '2380', patroni: '8008', postgres: '5432' }

/** When the certificate ends that each service of a node shows in a new handshake, as milliseconds. */
export async function shown(stage: Stage, name: string): Promise<Record<string, number>> {
  const node = stage.spec.nodes.find((entry) => entry.name === name)!
  const ends = await Promise.all(
    Object.entries(services).map(async ([service, port]) => {
      const how = service === 'postgres' ? ['-starttls', 'postgres'] : []
      const identity = [
        '-CAfile',
        '/etc/bramble/ca.crt',
        '-cert',
        '/etc/bramble/node.crt',
        '-key',
        '/etc/bramble/node.key',
      ]
      const script = 'openssl s_client "$@" </dev/null 2>/dev/null | openssl x509 -noout -enddate'
      const argv = ['-connect', `${node.address}:${port}`, ...how, ...identity]
      const text = await stage.on(name, 'sh', '-c', script, 'sh', ...argv)
      return [service, Date.parse(text.trim().replace('notAfter=', ''))] as const
    }),
  )
  return Object.fromEntries(ends)
}

export async function until(moment: number): Promise<void> {
  await sleep(Math.max(0, moment - Date.now()))
}
