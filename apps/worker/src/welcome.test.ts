import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCluster, getCluster } from '@bramble/db/clusters'
import {
  cardForArrival,
  cardsToFlash,
  type ExpectedCard,
  endCardRecord,
  getFlash,
  keepCardKey,
  requestFlash,
} from '@bramble/db/flash'
import { claimRun } from '@bramble/db/runs'
import { storeIssuedSecrets } from '@bramble/db/secrets'
import { flashOf, someFingerprint, someImage, someStation } from '@bramble/db/test/cards'
import { newCluster } from '@bramble/db/test/clusters'
import { useDatabase } from '@bramble/db/test/database'
import { must } from '@bramble/process'
import { issueSecrets } from '@bramble/provision'
import { type SshServer, startSshServer } from '@bramble/provision/test/ssh-server'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Welcome } from './welcome.ts'

const by = 'ada@example.org'

describe.skipIf(process.platform !== 'linux')('a Pi that shows the key of its card', () => {
  useDatabase()
  let home: string
  let server: SshServer
  const ending = new AbortController()

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'bramble-welcome-'))
    await must(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', join(home, 'host')])
    server = await startSshServer(await readFile(join(home, 'host'), 'utf8'), () =>
      readFile(join(home, 'keys'), 'utf8'),
    )
  })
  afterAll(async () => {
    ending.abort()
    await server?.stop()
    await rm(home, { recursive: true, force: true })
  })

  /** A cluster whose pi-1 was flashed with a key of this fingerprint. */
  async function flashed(fingerprint: string): Promise<{ card: ExpectedCard; run: string; cluster: string }> {
    const { spec } = newCluster()
    const nodes = spec.nodes.map(({ hostKey: _none, ...node }) => node)
    const ssh = { user: 'root', port: server.port }
    const { name } = await createCluster({ spec: { ...spec, ssh, nodes }, logins: {}, flash: true, by })
    const reader = await someStation()
    const flash = flashOf(reader, await someImage(reader.id), {}, reader.cards.slice(0, 1))
    const { run: id } = await requestFlash({ cluster: name, flash, confirmed: {}, by })
    const lease = (await claimRun(id, 'worker'))!
    const { stored } = await issueSecrets(lease.spec, {}, new Date())
    await storeIssuedSecrets(lease.clusterId, stored)
    await writeFile(join(home, 'keys'), `${stored['ssh.public']}\n`)
    const { card } = (await cardsToFlash(id))[0]!
    await keepCardKey(lease, card, { publicLine: (await readFile(`${home}/host.pub`, 'utf8')).trim(), fingerprint })
    await endCardRecord(lease, card, { outcome: 'written', report: null, trouble: null })
    return { card: (await cardForArrival(card))!, run: id, cluster: name }
  }

  test('is signed in to with the cluster’s own key, asked what it is, and becomes the node', async () => {
    const fingerprint = (await must(['ssh-keygen', '-l', '-f', `${home}/host.pub`])).split(' ')[1]!
    const { card, run: id, cluster } = await flashed(fingerprint)
    const welcome = new Welcome(ending.signal)
    // Its own word and the finder come at the same time: it is met once.
    const [said, found] = [welcome.meet(card, '127.0.0.1', true), welcome.meet(card, '127.0.0.1', false)]
    expect(await Promise.all([said, found])).toEqual([true, true])
    // It is the right machine, but not where its card says: known, and told.
    const trouble = { code: 'address-moved', message: expect.stringContaining('pi-1 answers at 127.0.0.1') }
    expect((await getFlash(id))?.cards[0]).toMatchObject({ phase: 'online', address: '127.0.0.1', trouble })
    const node = (await getCluster(cluster))!.nodes[0]!
    expect(node).toMatchObject({ hostKey: fingerprint, address: card.nodeAddress, trouble })
    expect(node.facts).toMatchObject({ id: expect.stringMatching(/debian|raspbian/) })
  })

  test('with another key it is refused loudly, and is no node', async () => {
    const { card, run: id, cluster } = await flashed(someFingerprint())
    const before = (await getCluster(cluster))!.nodes[0]!
    expect(await new Welcome(ending.signal).meet(card, '127.0.0.1', true)).toBe(false)
    expect((await getFlash(id))?.cards[0]).toMatchObject({ phase: 'written', trouble: { code: 'host-key-changed' } })
    expect((await getCluster(cluster))!.nodes[0]).toMatchObject({ address: before.address, seenAt: null, facts: null })
  })
})
