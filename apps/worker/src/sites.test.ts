import { claimRun, issuedSecrets, requestRun } from '@bramble/db'
import { makeCluster } from '@bramble/db/test/clusters'
import { useDatabase } from '@bramble/db/test/database'
import { expect, test } from 'vitest'
import { openSite } from './sites.ts'

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
