/** What a Pi's firmware does before Linux: reads config.txt and cmdline.txt on the card, and the files that they name. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { must } from '@bramble/process'
import { LabError } from '../host/errors.ts'

export interface BootFiles {
  /** Paths of copies. */
  kernel: string
  initrd: string
  deviceTree: string
  /** As the kernel gets it. */
  commandLine: string
}

/** Copies what the card boots with into `folder`. Throws LabError `lab-card` when the card is not one that boots. */
export async function readBootFiles(card: string, folder: string): Promise<BootFiles> {
  const start = await bootStart(card)
  const copy = async (name: string): Promise<string> => {
    const target = join(folder, name)
    await must(['mcopy', '-o', '-n', '-i', `${card}@@${start}`, `::${name}`, target]).catch((error: Error) => {
      throw new LabError('lab-card', `The card holds no ${name}: ${error.message} Flash it again.`, { cause: error })
    })
    return target
  }
  const text = async (name: string) => readFile(await copy(name), 'utf8')
  const config = settings(await text('config.txt'))
  const words = (await text('cmdline.txt')).trim()
  return {
    kernel: await copy(config.get('kernel') ?? 'kernel8.img'),
    initrd: await copy(config.get('initramfs')?.split(' ')[0] ?? 'initramfs8'),
    deviceTree: await copy(config.get('device_tree') ?? 'bcm2837-rpi-3-b.dtb'),
    // The firmware knows which UART is the first; a Pi 3 without Bluetooth has this one on its pins.
    commandLine: words.replaceAll('console=serial0', 'console=ttyAMA0'),
  }
}

/** The kernel's line on the card; throws LabError `lab-card` when it has none. */
export async function readCommandLine(card: string): Promise<string> {
  const text = await readBootText(card, 'cmdline.txt')
  if (text === null) throw new LabError('lab-card', 'The card holds no cmdline.txt. Flash it again.')
  return text.trim()
}

/** Text of a file of the card's boot partition; null when there is none. */
export async function readBootText(card: string, name: string): Promise<string | null> {
  const start = await bootStart(card)
  return must(['mtype', '-i', `${card}@@${start}`, `::${name}`]).catch(() => null)
}

function settings(text: string): Map<string, string> {
  const lines = text.split('\n').flatMap((line) => {
    const match = /^\s*([a-z0-9_]+)\s*[= ]\s*(.*?)\s*$/.exec(line)
    return match ? [[match[1]!, match[2]!] as const] : []
  })
  return new Map(lines)
}

/** Byte where the first partition begins. */
async function bootStart(card: string): Promise<number> {
  const table: { partitiontable?: { sectorsize?: number; partitions?: { start: number }[] } } = JSON.parse(
    await must(['sfdisk', '--json', card]).catch((error: Error) => {
      throw new LabError('lab-card', `The card has no partition table: ${error.message} Flash it again.`)
    }),
  )
  const first = table.partitiontable?.partitions?.[0]
  if (!first) throw new LabError('lab-card', 'The card has no boot partition. Flash it again.')
  return first.start * (table.partitiontable?.sectorsize ?? 512)
}
