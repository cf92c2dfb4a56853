import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { must } from '@bramble/process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readBootFiles, readBootText } from './firmware.ts'

describe.skipIf(process.platform !== 'linux')('the firmware', () => {
  let folder = ''
  let card = ''
  const start = 2 ** 20

  const put = async (name: string, text: string) => {
    await writeFile(join(folder, 'text'), text)
    await must(['mcopy', '-o', '-i', `${card}@@${start}`, join(folder, 'text'), `::${name}`])
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bramble-firmware-'))
    card = join(folder, 'card')
    const file = await open(card, 'wx')
    await file.truncate(16 * 2 ** 20)
    await file.close()
    await must(['sfdisk', '-q', card], { stdin: `label: dos\nstart=${start / 512}, type=c\n` })
    await must(['mkfs.vfat', `--offset=${start / 512}`, card, String(15 * 1024)])
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it('refuses a card without the files that a Pi boots with, and names the first', async () => {
    await expect(readBootFiles(card, folder)).rejects.toMatchObject({ code: 'lab-card' })
    await expect(readBootFiles(card, folder)).rejects.toThrow('config.txt')
  })

  it('reads what config.txt names and gives the kernel its line from cmdline.txt', async () => {
    await put('config.txt', '# a Pi\narm_64bit=1\nkernel=other.img\ninitramfs first followkernel\ndevice_tree=pi.dtb\n')
    await put('cmdline.txt', 'console=serial0,115200 console=tty1 root=PARTUUID=12345678-02 ds=nocloud;i=x\n')
    await put('other.img', 'the kernel')
    await put('first', 'the initrd')
    await put('pi.dtb', 'the tree')
    const files = await readBootFiles(card, folder)
    expect(files.commandLine).toBe('console=ttyAMA0,115200 console=tty1 root=PARTUUID=12345678-02 ds=nocloud;i=x')
    expect(await readFile(files.kernel, 'utf8')).toBe('the kernel')
    expect(await readFile(files.initrd, 'utf8')).toBe('the initrd')
    expect(await readFile(files.deviceTree, 'utf8')).toBe('the tree')
    expect(await readBootText(card, 'cmdline.txt')).toContain('console=serial0')
    expect(await readBootText(card, 'none.txt')).toBeNull()
  })

  it('refuses what is no card', async () => {
    const file = join(folder, 'nothing')
    await writeFile(file, Buffer.alloc(4096))
    await expect(readBootFiles(file, folder)).rejects.toMatchObject({ code: 'lab-card' })
  })
})
