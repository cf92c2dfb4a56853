import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  cardForArrival,
  cardsToFlash,
  claimRun,
  createCluster,
  type ExpectedCard,
  endCardRecord,
  getCluster,
  getFlash,
  keepCardKey,
  requestFlash,
  storeIssuedSecrets,
} from '@bramble/db'
import { flashOf, someFingerprint, someImage, someStation } from '@bramble/db/test/cards'
import { newCluster } from '@bramble/db/test/clusters'
import { until, useDatabase } from '@bramble/db/test/database'
import { dial, issueSecrets } from '@bramble/provision'
import { must, run, start } from '@bramble/provision/local'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Welcome } from './welcome.ts'

const sshd = '/usr/sbin/sshd'
const able = process.getuid?.() === 0 && (await run([sshd, '-V']).catch(() => null)) !== null
const by = 'ada@example.org'

describe.skipIf(!able)('a Pi that shows the key of its card, played by a real sshd', () => {
  useDatabase()
  let home: string
  let port: number
  let server: ReturnType<typeof start> | undefined
  const ending = new AbortController()

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'bramble-welcome-'))
    port = await freePort()
    await mkdir('/run/sshd', { recursive: true })
    await must(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', join(home, 'host')])
    const options = [
      `HostKey=${home}/host`,
      `AuthorizedKeysFile=${home}/keys`,
      'PermitRootLogin=prohibit-password',
      'StrictModes=no',
      'PidFile=none',
      'UsePAM=no',
      'ListenAddress=127.0.0.1',
    ]
    const argv = [sshd, '-D', '-f', '/dev/null', '-p', String(port), ...options.flatMap((option) => ['-o', option])]
    server = start(argv, { stdio: 'ignore' })
    await until('sshd listens', () =>
      dial('127.0.0.1', port).then(
        (socket) => !socket.destroy().connecting,
        () => false,
      ),
    )
  })
  afterAll(async () => {
    ending.abort()
    const ended = new Promise((resolve) => server?.once('exit', resolve))
    if (server?.kill('SIGTERM')) await ended
    await rm(home, { recursive: true, force: true })
  })

  /** A cluster whose pi-1 was flashed with a key of this fingerprint. */
  async function flashed(fingerprint: string): Promise<{ card: ExpectedCard; run: string; cluster: string }> {
    const { spec } = newCluster()
    const nodes = spec.nodes.map(({ hostKey: _none, ...node }) => node)
    const ssh = { user: 'root', port }
    const { name } = await createCluster({ spec: { ...spec, ssh, nodes }, logins: {}, flash: true, by })
    const reader = await someStation()
    const flash = flashOf(reader, await someImage(reader.id), {}, reader.cards.slice(0, 1))
    const { run: id } = await requestFlash({ cluster: name, flash, confirmed: {}, by })
    const lease = (await claimRun(id, 'worker'))!
    const { stored } = await issueSecrets(lease.spec, {}, new Date())
    await storeIssuedSecrets(lease.clusterId, stored)
    await writeFile(join(home, 'keys'), `${stored['ssh.public']}\n`)
    await chmod(join(home, 'keys'), 0o644)
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

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('The system gave no free port')
  return address.port
}
