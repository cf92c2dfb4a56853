/**
 * `pnpm --filter @bramble/lab emulate`: the way of a card with nothing left out that is not hardware. An arm64 image with Debian's
 * own kernel is flashed by the product's code to a card (a loop device), a Raspberry Pi 3B in QEMU boots from that card, calls home,
 * proves who it is by the key of its card, and is planned over SSH. `--pc`: the lab's image on this machine's own kind; `--release
 * bookworm` with it: the first boot that the kernel's command line starts; `--kvm` with it: at full speed.
 */
import { randomUUID } from 'node:crypto'
import { mkdir, open, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Card, ClusterSpec, FlashSettings } from '@bramble/cluster'
import { must } from '@bramble/process'
import { issueSecrets, type Login, openFleet, openSecrets, plan, probe, Trouble } from '@bramble/provision'
import { findByHostKey, flashCards, listCards, prepareImage } from '@bramble/provision/flash'
import { LabError } from '../host/errors.ts'
import { arrivalsPort, cacheFolder, type Layout, layoutOf, nodeLayout, releases } from '../host/layout.ts'
import { withLock } from '../host/lock.ts'
import { requireRoot } from '../host/machine.ts'
import { waitFor } from '../host/waiting.ts'
import { type Arrivals, awaitArrivals } from './arrivals.ts'
import type { Board } from './board.ts'
import { type Door, openDoor } from './door.ts'
import { type Emulated, powerOn } from './emulator.ts'
import { readBootText } from './firmware.ts'
import { prepareEmulator } from './foreign.ts'
import { pcOf } from './pc.ts'
import { pi3 } from './pi3.ts'

/** QEMU's SD controller wants a power of two. */
const cardSize = 4 * 2 ** 30
const minutes = 60_000

const say = (line: string) => void process.stdout.write(`${line}\n`)

async function stage<T>(title: string, work: () => Promise<T>): Promise<T> {
  const begun = Date.now()
  const result = await work()
  say(`${((Date.now() - begun) / 1000).toFixed(1).padStart(7)} s  ${title}`)
  return result
}

async function emulate(board: Board, layout: Layout, keep: boolean, signal: AbortSignal): Promise<void> {
  const node = nodeLayout(layout, 1)
  const spec = ClusterSpec.parse({
    name: 'emulation',
    vip: layout.vip,
    timezone: 'Europe/Zurich',
    nodes: [{ name: node.name, address: node.address, roles: ['etcd', 'postgres', 'balancer', 'web'] }],
  })
  const secrets = openSecrets((await issueSecrets(spec, {}, new Date())).stored)
  const logins: Login[] = [{ user: spec.ssh.user, privateKey: secrets.ssh.privateKey }]

  const built = await stage('image built, or found in the cache', () => board.image({ onLine: say, signal }))
  const images = join(cacheFolder(), 'emulation-images')
  const image = await stage('image unpacked into the image cache', () =>
    prepareImage({ source: { kind: 'file', path: built }, id: uuidOf(built), cache: images, signal }),
  )
  say(`           ${board.name}; first boot: ${image.firstBoot}; ${image.os}`)

  const reader = await insertBlank(layout)
  const cardId = randomUUID()
  const pinned = { publicLine: '', fingerprint: '' }
  try {
    await stage(`card flashed and verified (${reader.card.identity.path})`, async () => {
      const [outcome] = await flashCards({
        image: async () => image,
        cards: [{ node: node.name, cardId, identity: reader.card.identity, fixedDisk: false }],
        settings: FlashSettings.parse({}),
        cluster: spec,
        authorizedKey: secrets.ssh.publicKey,
        callHome: () => [`http://${layout.bridgeAddress}:${arrivalsPort}`],
        protect: [cacheFolder()],
        workdir: layout.state,
        signal,
        emit: (event) => {
          if (event.type === 'flash-key') Object.assign(pinned, event)
          if (event.type === 'flash-log') say(`           ${event.text}`)
        },
      })
      const trouble = outcome?.trouble
      if (trouble) throw new Trouble(trouble.code, trouble.message, trouble.cure)
    })
  } finally {
    await reader.remove()
  }

  const sshPort = await freePort()
  let arrivals: Arrivals | null = null
  let door: Door | null = null
  let pi: Emulated | null = null
  const pull = () => void pi?.pull()
  signal.addEventListener('abort', pull)
  try {
    arrivals = await awaitArrivals(layout.arrivals, cardId, pinned.publicLine)
    door = await openDoor(layout, node.address, sshPort)
    pi = await powerOn({ board, layout, number: 1, card: reader.file, sshPort })
    const died = pi.off.then((reason) => {
      throw new Error(`The Pi is off: ${reason}. Its console is in ${pi?.console}.`)
    })
    died.catch(() => undefined)
    const calls = arrivals
    const heard = (name: 'booting' | 'online', timeout: number) => Promise.race([calls.wait(name, timeout), died])
    await stage('powered on until it says "booting", signed by the key of its card', () =>
      heard('booting', 20 * minutes),
    )
    const online = await stage('from there until it says "online"', () => heard('online', 20 * minutes))
    expect('it calls from its own address', online.address, node.address)
    await lookAndPlan()
    expect('nothing was rejected', calls.refused.length, 0)
    say(`           boots: ${pi.boots}`)
  } finally {
    signal.removeEventListener('abort', pull)
    await pi?.pull()
    await door?.close()
    await arrivals?.close()
    // A gateway that leads nowhere would be taken for a lab that runs.
    await rm(layout.runtime, { recursive: true, force: true })
  }
  for (const name of ['user-data', 'bramble/first-boot.json']) {
    const left = await readBootText(reader.file, name)
    expect(`no private key is left in ${name} of the boot partition`, left?.includes('PRIVATE KEY') ?? false, false)
  }
  if (!keep) await rm(layout.state, { recursive: true, force: true })

  async function lookAndPlan(): Promise<void> {
    const found: string[] = []
    // A translated machine on a busy host may take longer to show its key than a scan waits.
    await stage('found by its host key, among all addresses of its network', () =>
      waitFor('the Pi to show its key', 2 * minutes, async () => {
        await findByHostKey({
          networks: [{ address: layout.bridgeAddress, prefix: 24 }],
          port: 22,
          fingerprints: new Set([pinned.fingerprint]),
          signal,
          onFound: (address) => found.push(address),
        })
        return found.length > 0
      }),
    )
    expect('it was found at its address', found.join(), node.address)
    const way = { address: node.address, port: 22, logins, signal }
    const { fingerprint, machine } = await stage('facts over SSH', () => probe({ ...way, hostKey: pinned.fingerprint }))
    expect('the host key is the pinned one', fingerprint, pinned.fingerprint)
    say(`           ${JSON.stringify(machine)}`)
    const other = await probe({ ...way, hostKey: `SHA256:${'A'.repeat(43)}` }).catch((error: unknown) => error)
    expect('another pinned key is refused', other instanceof Trouble && other.code, 'host-key-changed')
    const fleet = openFleet({ spec, logins: () => logins, hostKey: () => pinned.fingerprint })
    try {
      const made = await stage('plan over SSH', () => plan({ spec, secrets, fleet, signal }))
      const steps = made.nodes[0]?.steps
      if (!steps) throw new Error(`No plan: ${made.nodes[0]?.trouble?.message}`)
      say(`           ${steps.length} steps, ${made.changes} to do`)
      for (const { level, message } of made.findings) say(`           ${level}: ${message}`)
    } finally {
      await fleet.close()
    }
  }
}

function expect(what: string, found: unknown, wanted: unknown): void {
  if (found !== wanted) throw new Error(`Not so: ${what}. Found ${String(found)}, wanted ${String(wanted)}.`)
  say(`           ${what}`)
}

interface Reader {
  file: string
  card: Card
  /** As pulling the card out of the reader. */
  remove(): Promise<void>
}

/** A blank card in a reader: a sparse file behind a loop device, where the product looks for the lab's cards. */
async function insertBlank(layout: Layout): Promise<Reader> {
  await mkdir(layout.cards, { recursive: true })
  const file = join(layout.cards, 'slot-1.img')
  await rm(file, { force: true })
  const handle = await open(file, 'wx', 0o600)
  await handle.truncate(cardSize)
  await handle.close()
  const device = (await must(['losetup', '--find', '--show', '--direct-io=on', file])).trim()
  const remove = async () => void (await must(['losetup', '--detach', device]))
  try {
    const card: Card | undefined = (await listCards()).find((card) => card.identity.path === device)
    if (card?.offer !== 'offered') throw new Error(`${device} is not offered: ${card?.reason ?? 'it is not listed'}`)
    return { file, card, remove }
  } catch (error) {
    await remove()
    throw error
  }
}

/** The same image file is the same image in the cache. */
function uuidOf(path: string): string {
  const digest = /([0-9a-f]{12})\.img/.exec(path)?.[1] ?? '0'.repeat(12)
  return `00000000-0000-4000-8000-${digest}`
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(address && typeof address === 'object' ? address.port : 0))
    })
  })
}

const { values } = parseArgs({
  options: {
    pc: { type: 'boolean', default: false },
    kvm: { type: 'boolean', default: false },
    release: { type: 'string', default: 'trixie' },
    /** Number of a lab of its own, so that `dial` finds the way; no real lab may have it meanwhile. */
    lab: { type: 'string', default: '255' },
    /** Leaves card and console in the lab's folder. */
    keep: { type: 'boolean', default: false },
    'image-only': { type: 'boolean', default: false },
  },
})
requireRoot()
const cancel = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => cancel.abort())
const begun = Date.now()
try {
  const release = releases.find((name) => name === values.release)
  if (!release || (release !== 'trixie' && !values.pc))
    throw new LabError(
      'lab-release',
      `There is no ${values.release} image for it. Give --pc --release bookworm, or nothing.`,
    )
  await prepareEmulator(say)
  const board = values.pc ? await pcOf(release, values.kvm) : pi3
  if (values['image-only']) say(await board.image({ onLine: say, signal: cancel.signal }))
  else {
    const layout = layoutOf(Number(values.lab))
    await withLock(`lab-${layout.id}`, 0, () => emulate(board, layout, values.keep, cancel.signal))
  }
  say(`${((Date.now() - begun) / 1000).toFixed(1).padStart(7)} s  all of it`)
} catch (error) {
  const cure = error instanceof Trouble ? ` ${error.cure}` : ''
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}${cure}\n`)
  process.exitCode = 1
}
