/** `./bramble flash`: one card for one node of a cluster file, without a dashboard. */
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type ClusterSpec, FlashSettings, holdsData, type ImageSource, sameSubnet } from '@bramble/cluster'
import { Secret, Trouble } from '@bramble/provision'
import { type FlashEvent, type FlashInput, flashCards, prepareImage, uuidOf } from '@bramble/provision/flash'
import { Command, Option } from 'commander'
import { defaultDataDir, openDataDir } from '../supervisor/data.ts'
import { gigabytes } from './bytes.ts'
import { findCard } from './cards.ts'
import { confirm } from './confirm.ts'
import { type HeadlessOptions, openHeadless, readNamed } from './headless.ts'

interface FlashOptions extends HeadlessOptions {
  image: string
  sha256?: string
  to: string
  node: string
  cluster: string
  network: 'static' | 'dhcp'
  prefix: string
  gateway?: string
  dns?: string[]
  wifi?: string
  wifiPasswordFile?: string
  wifiCountry?: string
  callHome?: string[]
  fixedDisk?: boolean
  probe: boolean
  yes?: boolean
  json?: boolean
}

export function flashCommand(): Command {
  return new Command('flash')
    .description('erase a card and flash it for one node of a cluster file (Linux, root)')
    .requiredOption('--image <file|url>', 'operating system image: .img, .xz, .gz, .zst or .zip')
    .requiredOption('--to <device>', 'device of the card, such as /dev/sdb; ./bramble cards lists them')
    .requiredOption('--node <name>', 'node of the cluster file to flash the card for')
    .requiredOption('--cluster <file>', 'cluster file, see docs/cluster-file.md')
    .option('--sha256 <digest>', 'published SHA-256 checksum of the download')
    .addOption(
      new Option('--network <how>', 'how the node gets its address').choices(['static', 'dhcp']).default('static'),
    )
    .option('--prefix <bits>', 'network prefix of a static address', '24')
    .option('--gateway <address>', 'router of a static address')
    .option('--dns <address...>', 'name servers of a static address')
    .option('--wifi <ssid>', 'Wi-Fi network to join')
    .option('--wifi-password-file <file>', 'its passphrase')
    .option('--wifi-country <code>', 'country code of the Wi-Fi, such as CH')
    .option(
      '--call-home <url...>',
      'URLs of the workers that the Pi reports its first boot to, such as http://192.168.1.5:3010',
    )
    .option('--fixed-disk', 'allow writing to a fixed disk')
    .option('--no-probe', 'do not test the card for a false capacity')
    .option(
      '--data <folder>',
      'data directory with images and the secrets of the cluster (default: $XDG_DATA_HOME/bramble)',
    )
    .option(
      '--yes',
      'do not ask for confirmation; without it you have to type the name of the node if the card has data',
    )
    .option('--json', 'print every event and the result as JSON lines')
    .action(flash)
}

async function flash(options: FlashOptions): Promise<void> {
  const data = await openDataDir(options.data ?? defaultDataDir())
  const headless = await openHeadless(resolve(options.cluster), options)
  const cancel = new AbortController()
  const onSignal = () => cancel.abort()
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal)
  const workdir = await mkdtemp(join(tmpdir(), 'bramble-flash-'))
  try {
    const { spec, secrets } = headless
    const node = spec.nodes.find(({ name }) => name === options.node)
    if (!node)
      throw new Trouble(
        'unknown-node',
        `No node of ${spec.name} is named ${options.node}.`,
        `Its nodes are ${spec.nodes.map(({ name }) => name).join(', ')}.`,
      )
    const settings = settingsOf(options, node.address)
    const wifi = wifiOf(options)
    const images = join(data, 'images')
    const protect = [data]
    const card = await findCard(options.to, protect)
    if (!options.yes && holdsData(card))
      await confirm(node.name, `${card.identity.path} holds: ${card.contents.words}. All of it will be lost.`)
    const tell = options.json ? (event: FlashEvent) => print({ event }) : teller()
    const source = await sourceOf(options)
    const image = () =>
      prepareImage({
        source: source.image,
        id: source.id,
        cache: images,
        signal: cancel.signal,
        onProgress: ({ state, done, total }) =>
          options.json ? print({ image: { state, done, total } }) : showProgress(`image: ${state}`, done, total),
      })
    const [outcome] = await flashCards({
      image,
      cards: [
        { node: node.name, cardId: randomUUID(), identity: card.identity, fixedDisk: options.fixedDisk ?? false },
      ],
      settings,
      cluster: spec,
      authorizedKey: secrets.ssh.publicKey,
      callHome: () => options.callHome ?? [],
      protect,
      workdir,
      signal: cancel.signal,
      emit: tell,
      ...(wifi ? { wifi } : {}),
    })
    const hostKey = outcome?.outcome === 'written' ? outcome.report?.hostKey : null
    if (hostKey) await headless.pin(node.name, hostKey)
    if (options.json) print({ outcome })
    else if (outcome?.outcome === 'written') process.stdout.write(`${doneText(spec, node.name, hostKey)}\n`)
    if (outcome?.outcome === 'written') return
    process.exitCode = 1
    if (outcome?.trouble && !options.json)
      throw new Trouble(outcome.trouble.code, outcome.trouble.message, outcome.trouble.cure)
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal)
    await rm(workdir, { recursive: true, force: true })
    await headless.close()
  }
}

function settingsOf(options: FlashOptions, address: string): FlashSettings {
  const parsed = FlashSettings.safeParse({
    network: options.network,
    prefix: Number(options.prefix),
    gateway: options.gateway ?? null,
    dns: options.dns ?? (options.gateway ? [options.gateway] : []),
    probeCapacity: options.probe,
  })
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new Trouble(
      'bad-option',
      `--${String(issue?.path[0])} ${issue?.message}.`,
      'Correct it and run the command again.',
    )
  }
  const { network, gateway, prefix } = parsed.data
  if (network === 'static' && gateway && !sameSubnet(gateway, address, prefix))
    throw new Trouble(
      'address-outside',
      `--gateway ${gateway} is not in the network of ${address}/${prefix}.`,
      'Give the router of that network, or correct the address in the cluster file.',
    )
  return parsed.data
}

function wifiOf(options: FlashOptions): FlashInput['wifi'] {
  if (!options.wifi) return undefined
  if (!options.wifiPasswordFile || !options.wifiCountry)
    throw new Trouble(
      'bad-option',
      '--wifi needs --wifi-password-file and --wifi-country.',
      'Write the passphrase to a file and give its path.',
    )
  const password = new Secret(readNamed(options.wifiPasswordFile, '--wifi-password-file').replace(/\n$/, ''))
  return { ssid: options.wifi, country: options.wifiCountry, password }
}

/** The same file or address is the same image in the cache. */
async function sourceOf({ image, sha256 }: FlashOptions): Promise<{ image: ImageSource; id: string }> {
  if (/^https?:\/\//.test(image))
    return {
      image: { kind: 'url', url: image, ...(sha256 ? { downloadSha256: sha256.toLowerCase() } : {}) },
      id: uuidOf(image),
    }
  const path = resolve(image)
  const found = await stat(path).catch(() => null)
  if (!found?.isFile())
    throw new Trouble('image-missing', `There is no image ${path}.`, 'Give the path of an image file, or its address.')
  return { image: { kind: 'file', path }, id: uuidOf(`${path} ${found.size} ${found.mtimeMs}`) }
}

function doneText(spec: ClusterSpec, name: string, hostKey: string | null | undefined): string {
  const node = spec.nodes.find((entry) => entry.name === name)
  const lines = [`The card of ${name} was written, verified and ejected. Insert it into the Pi and power it on.`]
  if (node?.hostKey && node.hostKey !== hostKey)
    lines.push(`The cluster file pins a different host key for ${name}: replace it with ${hostKey} or remove the line.`)
  return lines.join('\n')
}

function teller(): (event: FlashEvent) => void {
  return (event) => {
    if (event.type === 'flash-phase') process.stdout.write(`${clearLine()}${event.phase}\n`)
    else if (event.type === 'flash-log') process.stdout.write(`${clearLine()}${event.text}\n`)
    else if (event.type === 'flash-progress') {
      const { phase, done, total, rate, left } = event.progress
      const pace = rate > 0 ? `, ${(rate / 1e6).toFixed(1)} MB/s` : ''
      showProgress(phase, done, total, `${pace}${left === null ? '' : `, ${Math.ceil(left)} s left`}`)
    }
  }
}

/** One line that is written over; left out when nobody watches. */
function showProgress(what: string, done: number, total: number | null, more = ''): void {
  if (!process.stdout.isTTY) return
  const part = total ? `${Math.floor((done / total) * 100)} %` : gigabytes(done)
  process.stdout.write(`${clearLine()}${what}: ${part}${more}`)
}

const clearLine = () => (process.stdout.isTTY ? '\r\u001b[K' : '')

function print(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`)
}
