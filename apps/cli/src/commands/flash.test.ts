import { access, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { must, run } from '@bramble/process'
import { buildPiImage } from '@bramble/provision/test/pi-image'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { root } from '../supervisor/checkout.ts'

const hasLoops = await access('/dev/loop-control').then(
  () => process.getuid?.() === 0,
  () => false,
)

const clusterFile = `name: bench
vip: 192.0.2.100
nodes:
  - { name: pi-1, address: 192.0.2.11, roles: [etcd, postgres, balancer, web] }
  - { name: pi-2, address: 192.0.2.12, roles: [etcd, postgres, balancer, web] }
  - { name: pi-3, address: 192.0.2.13, roles: [etcd, postgres, web] }
`

describe.skipIf(!hasLoops)('bramble flash', () => {
  let folder: string
  let device: string
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'bramble-cli-flash-'))
    await buildPiImage({ file: path.join(folder, 'pi.raw'), firstBoot: 'cloud-init' })
    await writeFile(path.join(folder, 'cluster.yaml'), clusterFile)
    const card = path.join(folder, 'card.img')
    await writeFile(card, '')
    await truncate(card, 128 * 2 ** 20)
    device = (await must(['losetup', '--find', '--show', '--direct-io=on', card])).trim()
  }, 60_000)
  afterAll(async () => {
    if (device) await must(['losetup', '--detach', device])
    await rm(folder, { recursive: true, force: true })
  })

  function bramble(...argv: string[]) {
    const main = path.join(root, 'apps/cli/src/main.ts')
    return run([process.execPath, '--import', import.meta.resolve('tsx'), main, ...argv], {
      env: { BRAMBLE_CARD_SLOTS: folder },
      timeout: 60_000,
    })
  }
  const flash = (...more: string[]) =>
    bramble(
      ...['flash', '--image', path.join(folder, 'pi.raw'), '--to', device],
      ...['--cluster', path.join(folder, 'cluster.yaml'), '--data', path.join(folder, 'data'), ...more],
    )

  test('a blank card needs no word; its key is pinned for the next apply, and each event is a line', async () => {
    const done = await flash('--node', 'pi-2', '--json')
    expect(done.stderr).toBe('')
    const lines = done.stdout.split('\n').filter(Boolean)
    const told = lines.map((line) => JSON.parse(line) as { event?: { type: string }; outcome?: { report: object } })
    expect(told.filter(({ event }) => event?.type === 'flash-phase').length).toBeGreaterThan(5)
    const pins = JSON.parse(await readFile(path.join(folder, 'data/clusters/bench/pins.json'), 'utf8'))
    expect(told.at(-1)?.outcome).toMatchObject({ node: 'pi-2', outcome: 'written', report: { hostKey: pins['pi-2'] } })
    expect(pins['pi-2']).toMatch(/^SHA256:/)
    expect((await bramble('cards')).stdout).toContain('Bramble node pi-2 of bench: etcd, postgres, balancer, web')
  }, 90_000)

  test('a card that holds a node is left alone while nobody confirms', async () => {
    const refused = await flash('--node', 'pi-1')
    expect(refused.code).toBe(1)
    expect(refused.stderr).toMatch(/holds: Bramble node pi-2.*All of it will be lost.*--yes/s)
    expect((await bramble('cards')).stdout).toContain('Bramble node pi-2')
  }, 90_000)

  test.each([
    [['--node', 'pi-9'], /No node of bench is named pi-9/],
    [['--node', 'pi-1', '--yes', '--gateway', '10.0.0.1'], /--gateway 10.0.0.1 is not in the network of 192.0.2.11/],
    [['--node', 'pi-1', '--yes', '--prefix', 'x'], /--prefix/],
    [['--node', 'pi-1', '--yes', '--wifi', 'Home'], /--wifi needs --wifi-password-file/],
    [['--node', 'pi-1', '--yes', '--to', '/dev/none'], /no card at \/dev\/none/],
    [['--node', 'pi-1', '--yes', '--image', '/no/such.img'], /no image \/no\/such.img/],
  ])(
    '%j is refused by name',
    async (more, words) => {
      const refused = await flash(...more)
      expect(refused.code).toBe(1)
      expect(refused.stderr).toMatch(words)
    },
    60_000,
  )
})
