/** A node's disk: formatting it to factory state with an identity of its own, mounting it, erasing it. */
import { randomBytes } from 'node:crypto'
import { access, mkdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { must, run } from '@bramble/process'
import { mountCard, readFromCard, unmountCard } from '../cards/card-disk.ts'
import { inside } from '../host/inside.ts'
import type { Layout, NodeLayout } from '../host/layout.ts'
import { readMirrors } from '../host/machine.ts'
import { isMounted, mountLayers, unmount } from '../host/mounts.ts'
import { put } from '../images/archive.ts'
import { factoryAptConfig, factoryEnvironment } from '../images/layers.ts'

export interface Access {
  publicKey: string
  password: string
}

export interface Disk {
  /** Uppermost first. */
  layers: readonly string[]
  /** Above them: a disk as it was when the node's cluster was built, with the node's name, keys and addresses. */
  built?: string | undefined
  /** Room for what is written; none: as much as this machine has. */
  megabytes?: number | undefined
}

/** Mounts the node's disk, formatted first when it is new. */
export async function insertDisk(layout: Layout, node: NodeLayout, disk: Disk, login: Access) {
  const { layers, built, megabytes } = disk
  const ready = join(node.disk, 'formatted')
  const isReady = await exists(ready)
  if (!isReady) await eraseDisk(node)
  await mkdir(node.disk, { recursive: true })
  if (megabytes) await mountStore(node, megabytes)
  const place = await writtenTo(node)
  const lower = built ? [built, ...layers] : layers
  await mountLayers({ lower, upper: join(place, 'upper'), work: join(place, 'work'), root: node.root })
  if (isReady) return
  // What is looked for among the written files, see hostKeyOf, becomes one of them by being touched.
  if (built) await utimes(join(node.root, hostKeyFile), new Date(), new Date())
  else await format(layout, node, login)
  await writeFile(ready, `${new Date().toISOString()}\n`)
}

/** Takes the disk or the card out of the file tree. */
export async function ejectDisk(node: NodeLayout): Promise<void> {
  await unmountCard(node)
  await unmount(storeOf(node))
}

/** A disk of a size is a file system of its own; it lies beside the root, which must not hang below it. */
const storeOf = (node: NodeLayout) => join(node.disk, 'store')
const storeImage = (node: NodeLayout) => join(node.disk, 'store.img')

async function writtenTo(node: NodeLayout): Promise<string> {
  return (await exists(storeImage(node))) ? storeOf(node) : node.disk
}

async function mountStore(node: NodeLayout, megabytes: number): Promise<void> {
  const image = storeImage(node)
  if (!(await exists(image))) {
    await must(['truncate', `--size=${megabytes}M`, `${image}.new`], { timeout: 60_000 })
    await must(['mkfs.ext4', '-q', '-F', `${image}.new`], { timeout: 300_000 })
    await rename(`${image}.new`, image)
  }
  await mkdir(storeOf(node), { recursive: true })
  if (await isMounted(storeOf(node))) return
  // The same image is given the same loop device, so that it is never mounted as two file systems.
  await must(['mount', '-t', 'ext4', '-o', 'loop', image, storeOf(node)], { timeout: 60_000 })
}

/** The lab is the card's way to the internet, as a home's router is: its packages come through the cache on the bridge. */
export async function insertFlashedCard(layout: Layout, node: NodeLayout): Promise<void> {
  await mountCard(node)
  await putAptConfig(layout, node)
}

/** Forgets everything on the disk; the next insert formats it to factory state with new host keys. */
export async function eraseDisk(node: NodeLayout): Promise<void> {
  await unmount(node.root)
  await unmount(storeOf(node))
  const doomed = `${node.disk}.erased`
  await rm(doomed, { recursive: true, force: true })
  await rename(node.disk, doomed).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
  })
  await rm(doomed, { recursive: true, force: true })
}

const hostKeyFile = 'etc/ssh/ssh_host_ed25519_key.pub'

/** Takes what was written to the disk of a node that is off and has one without a size: a layer for nodes that continue from there. */
export async function takeWritten(node: NodeLayout, folder: string): Promise<void> {
  await unmount(node.root)
  await must(['mv', '--no-target-directory', join(node.disk, 'upper'), folder], { timeout: 300_000 })
  await rm(node.disk, { recursive: true, force: true })
}

/** SHA-256 fingerprint and public line of the host key on the disk or the card; null before it has one. */
export async function hostKeyOf(node: NodeLayout): Promise<{ line: string; fingerprint: string } | null> {
  const file = hostKeyFile
  // A card of Bramble's shows its own key, whatever the image makes for itself.
  const text = (await exists(node.card))
    ? (await readFromCard(node, '/etc/bramble/ssh_host_ed25519_key.pub')) || (await readFromCard(node, `/${file}`))
    : await readFromDisk(node, file)
  const line = text.trim().split(' ').slice(0, 2).join(' ')
  if (!line) return null
  const fingerprint = (await must(['ssh-keygen', '-l', '-E', 'sha256', '-f', '-'], { stdin: `${line}\n` })).split(
    ' ',
  )[1]
  return fingerprint ? { line, fingerprint } : null
}

async function readFromDisk(node: NodeLayout, file: string): Promise<string> {
  const image = storeImage(node)
  // A disk of a size is mounted only while its node has power.
  if ((await exists(image)) && !(await isMounted(storeOf(node))))
    return (await run(['debugfs', '-R', `cat /upper/${file}`, image], { timeout: 30_000 })).stdout
  return readFile(join(await writtenTo(node), 'upper', file), 'utf8').catch(() => '')
}

async function format(layout: Layout, node: NodeLayout, { publicKey, password }: Access): Promise<void> {
  const { root } = node
  await put(root, '/etc/hostname', `${node.name}\n`)
  await put(
    root,
    '/etc/hosts',
    `127.0.0.1\tlocalhost\n127.0.1.1\t${node.name}\n::1\tlocalhost ip6-localhost ip6-loopback\nff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n`,
  )
  await put(root, '/etc/machine-id', `${randomBytes(16).toString('hex')}\n`, 0o444)
  await putAptConfig(layout, node)
  await must(['ssh-keygen', '-A', '-f', root], { timeout: 60_000 })
  await must(inside(root, 'chpasswd'), { stdin: `pi:${password}\n`, timeout: 60_000 })
  const folder = '/home/pi/.ssh'
  await must(inside(root, 'install', '-d', '-m', '0700', '-o', 'pi', '-g', 'pi', folder))
  await put(root, `${folder}/authorized_keys`, `${publicKey}\n`, 0o600)
  await must(inside(root, 'chown', 'pi:pi', `${folder}/authorized_keys`))
}

async function putAptConfig(layout: Layout, { root }: NodeLayout): Promise<void> {
  await put(root, '/etc/apt/apt.conf.d/00lab', factoryAptConfig(layout.bridgeAddress, (await readMirrors()).options))
  await put(root, '/etc/environment', factoryEnvironment(layout.bridgeAddress))
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
