/** When the worker has certificates renewed: nobody asks for it. The run itself is carried out in `lab/scenarios/expiry.test.ts`. */
import { X509Certificate } from 'node:crypto'
import type { ClusterSpec, JobKind } from '@bramble/cluster'
import { wellAt } from '@bramble/cluster/specimen'
import { prisma } from '@bramble/db'
import { getCluster } from '@bramble/db/clusters'
import { recordTick } from '@bramble/db/metrics'
import { type ClaimedRun, claimRun, endRun, listRuns, requestRun } from '@bramble/db/runs'
import { issuedSecrets, storeIssuedSecrets } from '@bramble/db/secrets'
import { makeCluster, planned } from '@bramble/db/test/clusters'
import { useDatabase } from '@bramble/db/test/database'
import { issueSecrets } from '@bramble/provision'
import { endingCertificates } from '@bramble/provision/test/certificates'
import { expect, test } from 'vitest'
import { lookAtCertificates } from './certificates.ts'
import { openSite } from './sites.ts'

useDatabase()
const minute = 60_000
const soon = (days: number) => new Date(Date.now() + days * 86_400_000)
const later = (minutes: number) => new Date(Date.now() + minutes * minute)

/** A cluster that was built; `until`: its certificates end then. */
async function built(until: Date | null): Promise<{ name: string; id: string; spec: ClusterSpec }> {
  const name = await makeCluster()
  const { spec } = (await getCluster(name))!
  const { id } = await prisma().cluster.findUniqueOrThrow({ where: { name } })
  const { stored } = await issueSecrets(spec, {}, new Date())
  await storeIssuedSecrets(id, until ? await endingCertificates(stored, until) : stored)
  const approved = 'd'.repeat(64)
  await planned(name, approved)
  await ended(await requestRun({ cluster: name, request: { kind: 'provision', approved }, by: 'ada@example.org' }))
  return { name, id, spec }
}

async function ended(run: string): Promise<void> {
  const outcome = { status: 'succeeded' as const, changed: 0, seconds: 1, message: '', nodes: [] }
  await endRun((await claimRun(run, 'worker'))!, { status: 'succeeded', outcome, trouble: null })
}

/** A look at all nodes, whose certificates end at these moments. */
async function look(cluster: { id: string; spec: ClusterSpec }, at: Date, ends: Record<string, Date>): Promise<void> {
  const { states } = wellAt(cluster.spec, at.toISOString())
  for (const state of states) {
    state.machine!.certificateUntil = ends[state.node]?.toISOString() ?? null
  }
  await recordTick({ cluster: cluster.id, at, states, samples: [], events: [] })
}

const renewals = async (cluster: string) => (await listRuns({ cluster, kind: 'certificate-renewal' })).length
const allEnd = ({ spec }: { spec: ClusterSpec }, at: Date) =>
  Object.fromEntries(spec.nodes.map(({ name }) => [name, at]))

test('certificates that are due are renewed once, by one of the workers, without anybody', async () => {
  const cluster = await built(soon(30))
  await lookAtCertificates(new Date())
  expect(await renewals(cluster.name), 'nobody answers').toBe(0)
  await look(cluster, new Date(), allEnd(cluster, soon(30)))
  await lookAtCertificates(later(6))
  expect(await renewals(cluster.name), 'that was seen too long ago').toBe(0)
  const rounds = await Promise.all(['first', 'second'].map(() => lookAtCertificates(new Date())))
  expect(rounds.flat()).toHaveLength(1)
  await lookAtCertificates(new Date())
  const [run] = await listRuns({ cluster: cluster.name, kind: 'certificate-renewal' })
  expect(run).toMatchObject({ requestedBy: 'bramble', status: 'queued', id: rounds.flat()[0] })

  await ended(run!.id)
  const next = later(20)
  await look(cluster, next, allEnd(cluster, soon(30)))
  await lookAtCertificates(next)
  expect(await renewals(cluster.name), 'not again within hours').toBe(1)
  const afterHours = later(7 * 60)
  await look(cluster, afterHours, allEnd(cluster, soon(30)))
  await lookAtCertificates(afterHours)
  expect(await renewals(cluster.name)).toBe(2)
})

test('a node that shows another certificate than its own gets it', async () => {
  const cluster = await built(null)
  const stored = await issuedSecrets(cluster.id)
  const end = new Date(new X509Certificate(stored['leaf.pi-1.certificate']!).validTo)
  await look(cluster, later(20), allEnd(cluster, end))
  await lookAtCertificates(later(20))
  expect(await renewals(cluster.name)).toBe(0)
  await look(cluster, later(21), { ...allEnd(cluster, end), 'pi-2': soon(200) })
  await lookAtCertificates(later(21))
  expect(await renewals(cluster.name)).toBe(1)
})

test('none are renewed while all secrets are being replaced', async () => {
  const cluster = await built(soon(30))
  await look(cluster, new Date(), allEnd(cluster, soon(30)))
  const stored = await issuedSecrets(cluster.id)
  await storeIssuedSecrets(cluster.id, { ...stored, 'rotation.phase': 'identity' })
  await lookAtCertificates(new Date())
  expect(await renewals(cluster.name)).toBe(0)
  await storeIssuedSecrets(cluster.id, stored)
  await lookAtCertificates(new Date())
  expect(await renewals(cluster.name)).toBe(1)
})

test('a run that does not bring certificates to the nodes issues none', async () => {
  const cluster = await built(soon(30))
  const before = await issuedSecrets(cluster.id)
  const opened = async (kind: JobKind) => {
    const claim = { run: 'a run', fence: 1, createdAt: new Date() }
    const run = { ...claim, clusterId: cluster.id, spec: cluster.spec, request: { kind }, firstContact: false }
    await (await openSite(run as ClaimedRun)).fleet.close()
    return issuedSecrets(cluster.id)
  }
  for (const kind of ['backup', 'restart', 'drill', 'server-switch', 'flash'] as const)
    expect(await opened(kind), kind).toEqual(before)
  const after = await opened('certificate-renewal')
  for (const name of ['leaf.pi-1', 'leaf.pi-2', 'leaf.pi-3']) {
    expect(after[`${name}.certificate`], name).not.toBe(before[`${name}.certificate`])
    expect(after[`${name}.key`], name).toBe(before[`${name}.key`])
  }
  expect({ ...after, ...before }).toEqual(before)
})
