/** One card's first boot: the files on its boot partition that make an image this node and no other. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Trouble } from '../../engine/types.ts'
import type { Patch } from '../types.ts'
import { copyBoot, patchesOf, putFolder, readFileOf } from './boot-partition.ts'
import { cloudInitFiles, cloudInitWords } from './cloud-init.ts'
import { commandLine } from './command-line.ts'
import { openFat, type ReadAt } from './fat.ts'
import { firstrunFiles, firstrunWords } from './firstrun.ts'
import { type HostKey, makeHostKey } from './host-key.ts'
import { type CardSettings, type CustomiseInput, checkSettings } from './request.ts'

export interface Customised {
  /** The card's own blocks, in place of the image's. They hold secrets: keep them in memory. */
  patches: Patch[]
  /** The key that the node shows and signs with. `publicLine` as in authorized_keys. */
  hostKey: { publicLine: string; fingerprint: string }
  /** Reads the files from the card and compares; Trouble `customise-check` names the one that differs. */
  check(read: ReadAt): Promise<void>
}

/**
 * What makes the image this node's, as patches: nothing is written to the image or to a card. The private host key is
 * made here, kept nowhere else, and travels on the card alone (see cloud-init.ts for how long it can be read there).
 * Trouble: `first-boot-unknown`, `customise-name`, `customise-wifi`, `customise-full`, `customise-image`,
 * `customise-tools`.
 */
export async function customiseImage(input: CustomiseInput): Promise<Customised> {
  const { image, workdir, signal } = input
  const card = checkSettings(input)
  const { boot } = image
  if (!boot || image.firstBoot === 'unknown') throw unknownFirstBoot(image.os)
  const hostKey = makeHostKey(card.node.name)
  await mkdir(workdir, { recursive: true, mode: 0o700 })
  const scratch = await mkdtemp(join(workdir, 'boot-'))
  try {
    const change = { image, boot, copy: join(scratch, 'boot.fat'), ...(signal ? { signal } : {}) }
    await copyBoot(change)
    const existing = await readFileOf(change.copy, 'cmdline.txt', signal)
    if (existing === null) throw unknownFirstBoot(image.os)
    const files = cardFiles(image.firstBoot, card, hostKey, existing)
    await putFolder(change.copy, await spread(join(scratch, 'files'), files), signal)
    const patches = await patchesOf(change)
    const { publicLine, fingerprint } = hostKey
    return { patches, hostKey: { publicLine, fingerprint }, check: (read) => checkCard(read, boot, files) }
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

function cardFiles(
  firstBoot: 'cloud-init' | 'firstrun',
  card: CardSettings,
  hostKey: HostKey,
  existing: string,
): Map<string, string> {
  const country = card.wifi?.country ?? null
  const [files, words] =
    firstBoot === 'cloud-init'
      ? [cloudInitFiles(card, hostKey), cloudInitWords(card)]
      : [firstrunFiles(card, hostKey), firstrunWords]
  files.set('cmdline.txt', commandLine(existing, words, country))
  files.set('bramble.json', `${JSON.stringify(cardNote(card))}\n`)
  return files
}

/** Read again when the card lies in a reader: what it is, before it is erased. */
function cardNote({ cluster, node, cardId }: CardSettings): object {
  return { cluster, node: node.name, roles: node.roles, card: cardId, written: new Date().toISOString() }
}

/** Writes the files below a folder and tells what stands in its top. */
async function spread(folder: string, files: ReadonlyMap<string, string>): Promise<string[]> {
  for (const [path, content] of files) {
    const place = join(folder, path)
    await mkdir(dirname(place), { recursive: true, mode: 0o700 })
    await writeFile(place, content, { mode: 0o600 })
  }
  return [...new Set([...files.keys()].map((path) => join(folder, path.split('/')[0] ?? '')))]
}

async function checkCard(
  read: ReadAt,
  boot: { offset: number; length: number },
  files: ReadonlyMap<string, string>,
): Promise<void> {
  const volume = await openFat(read, boot).catch((error: Error) => {
    throw unlike(`the boot partition cannot be read: ${error.message}`)
  })
  for (const [path, content] of files) {
    const found = await volume.file(path).catch((error: Error) => {
      throw unlike(`${path} cannot be read: ${error.message}`)
    })
    if (found === null) throw unlike(`${path} is missing`)
    if (!found.equals(Buffer.from(content, 'utf8'))) throw unlike(`${path} differs from what was written`)
  }
}

const unlike = (what: string) =>
  new Trouble(
    'customise-check',
    `The settings on the card differ from what was written: ${what}.`,
    'Flash it again. If that does not help, the card is worn out: use another one.',
  )

function unknownFirstBoot(os: string): Trouble {
  return new Trouble(
    'first-boot-unknown',
    `This image${os ? ` (${os})` : ''} does not support first-boot settings: it has neither cloud-init nor the first-boot mechanism of Raspberry Pi OS.`,
    'Choose Raspberry Pi OS, bookworm or newer, or an image with cloud-init on its boot partition.',
  )
}
