import { prisma } from '@bramble/db'
import { getCluster } from '@bramble/db/clusters'
import { claimRun, requestRun } from '@bramble/db/runs'
import { issuedSecrets, storeIssuedSecrets } from '@bramble/db/secrets'
import { makeCluster } from '@bramble/db/test/clusters'
import { useDatabase } from '@bramble/db/test/database'
import { fingerprintOf, issueSecrets } from '@bramble/provision'
import { startSshServer } from '@bramble/provision/test/ssh-server'
import { expect, test } from 'vitest'
import { openSite, openWays } from './sites.ts'

useDatabase()

test('two runs that begin at the same time on a new cluster get the same keys, and those are kept', async () => {
  const run = await requestRun({ cluster: await makeCluster(), request: { kind: 'plan' }, by: 'ada@example.org' })
  const claimed = (await claimRun(run, 'worker'))!
  const sites = await Promise.all([openSite(claimed), openSite(claimed), openSite(claimed)])
  for (const { fleet } of sites) await fleet.close()
  const kept = await issuedSecrets(claimed.clusterId)
  for (const { secrets } of sites) {
    expect(secrets.ssh.publicKey).toBe(kept['ssh.public'])
    expect(secrets.ca.certificate).toBe(kept['ca.certificate'])
    expect(secrets.superuser.reveal()).toBe(kept.superuser)
  }
})

test('the watching signs in with the keys of the moment, while they are replaced and after that', async () => {
  const { spec: made, name } = (await getCluster(await makeCluster()))!
  const { id } = await prisma().cluster.findUniqueOrThrow({ where: { name } })
  const issue = async () => (await issueSecrets(made, {}, new Date())).stored
  const [host, old, next] = await Promise.all([issue(), issue(), issue()])
  let known = [old['ssh.public']!]
  const server = await startSshServer(host['ssh.private']!, async () => known.join('\n'))
  const hostKey = fingerprintOf(Buffer.from(host['ssh.public']!.split(' ')[1]!, 'base64'))
  const node = { ...made.nodes[0]!, address: '127.0.0.1', hostKey }
  const spec = { ...made, ssh: { ...made.ssh, port: server.port }, nodes: [node] }
  await storeIssuedSecrets(id, old)
  const fleet = await openWays({ id, spec })
  const signIn = async () => (await fleet.connect(node)).close()
  try {
    await signIn()
    const pair = { 'ssh.private': next['ssh.private']!, 'ssh.public': next['ssh.public']! }
    await storeIssuedSecrets(id, { ...old, ...pair, 'former.ssh.private': old['ssh.private']! })
    await signIn()
    known = [next['ssh.public']!]
    await signIn()
    await storeIssuedSecrets(id, { ...old, ...pair })
    await signIn()
    known = [old['ssh.public']!]
    await expect(signIn()).rejects.toMatchObject({ code: 'login-refused' })
  } finally {
    await fleet.close()
    await server.stop()
  }
})
