import { copyFile, mkdtemp, open, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FlashSettings } from '@bramble/cluster'
import { must } from '@bramble/process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { buildPiImage } from '../../../test/pi-image.ts'
import { Secret } from '../../engine/types.ts'
import type { CachedImage, Patch } from '../types.ts'
import { type Customised, customiseImage } from './index.ts'
import type { CustomiseInput } from './request.ts'

const authorizedKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKDpWFEwDzjCCjLfo2fpQAqZAjYsvusN3r2KVwdeXEnd bramble-home'
const cardId = '0b9d9a52-3c0d-4f7b-9d0b-3b8f6d2f8a11'

describe.skipIf(process.platform !== 'linux')('customiseImage', () => {
  let folder: string
  let workdir: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bramble-customise-'))
    workdir = join(folder, 'work')
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  async function imageOf(
    firstBoot: 'cloud-init' | 'firstrun' | 'none',
    boot?: Record<string, string>,
  ): Promise<CachedImage> {
    const file = join(folder, `${firstBoot}.img`)
    const built = await buildPiImage({ file, firstBoot, ...(boot ? { boot } : {}) })
    return {
      ...{ file, size: built.size, sha256: '', gaps: 'zero', boot: built.boot, os: 'Raspberry Pi OS (test)' },
      data: [{ offset: 0, length: built.size }],
      firstBoot: firstBoot === 'none' ? 'unknown' : firstBoot,
    }
  }

  const inputFor = (image: CachedImage, more: Partial<CustomiseInput> = {}): CustomiseInput => ({
    image,
    node: { name: 'pi-1', address: '192.168.1.21', roles: ['postgres', 'web'] },
    cluster: 'home',
    settings: FlashSettings.parse({ gateway: '192.168.1.1', keyboard: 'ch' }),
    timezone: 'Europe/Zurich',
    user: 'pi',
    authorizedKey,
    cardId,
    callHome: ['http://192.168.1.2:3010'],
    workdir,
    ...more,
  })

  /** A card as the writer leaves it. */
  async function written(image: CachedImage, patches: readonly Patch[]) {
    const file = join(folder, 'card')
    await copyFile(image.file, file)
    const card = await open(file, 'r+')
    try {
      for (const { offset, data } of patches) await card.write(data, 0, data.length, offset)
    } finally {
      await card.close()
    }
    return { file, fat: `${file}@@${image.boot?.offset}` }
  }

  const readerOf = (file: string) => async (offset: number, length: number) => {
    const card = await open(file, 'r')
    try {
      const { buffer, bytesRead } = await card.read(Buffer.alloc(length), 0, length, offset)
      return buffer.subarray(0, bytesRead)
    } finally {
      await card.close()
    }
  }

  const textOf = async (fat: string, path: string) => `${await must(['mtype', '-i', fat, `::${path}`])}\n`

  async function wholeFileSystem(fat: string): Promise<void> {
    const [file = '', offset = ''] = fat.split('@@')
    const copy = join(folder, 'checked.fat')
    await must([
      'dd',
      `if=${file}`,
      `of=${copy}`,
      'bs=1M',
      `skip=${Number(offset) / 1024 ** 2}`,
      'count=36',
      'status=none',
    ])
    await must(['fsck.vfat', '-n', copy])
  }

  it('makes a cloud-init image one node’s: patches in whole blocks, the rest as it was', async () => {
    const image = await imageOf('cloud-init')
    const before = await readFile(image.file)
    const made = await customiseImage(inputFor(image))
    expect((await readFile(image.file)).equals(before)).toBe(true)
    expect(await readdir(workdir)).toEqual([])

    let end = 0
    for (const { offset, data } of made.patches) {
      expect([offset % 4096, data.length % 4096]).toEqual([0, 0])
      expect(offset).toBeGreaterThan(end - (end === 0 ? 1 : 0))
      end = offset + data.length
    }
    const { file, fat } = await written(image, made.patches)
    await wholeFileSystem(fat)
    await made.check(readerOf(file))
    expect(await textOf(fat, 'config.txt')).toContain('arm_64bit=1')
    expect(await textOf(fat, 'cmdline.txt')).toBe(
      `console=serial0,115200 console=tty1 root=PARTUUID=5ca1ab1e-02 rootfstype=ext4 fsck.repair=yes rootwait resize ds=nocloud;i=${cardId} cgroup_enable=memory\n`,
    )
    expect(JSON.parse(await textOf(fat, 'bramble.json'))).toMatchObject({
      ...{ cluster: 'home', node: 'pi-1', roles: ['postgres', 'web'], card: cardId },
      written: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    })
    expect(parse(await textOf(fat, 'meta-data'))).toEqual({
      ...{ 'instance-id': cardId, dsmode: 'local', 'local-hostname': 'pi-1' },
    })
    expect(parse(await textOf(fat, 'network-config'))).toEqual({
      version: 2,
      ethernets: {
        eth0: {
          dhcp4: false,
          addresses: ['192.168.1.21/24'],
          routes: [{ to: '0.0.0.0/0', via: '192.168.1.1' }],
          nameservers: { addresses: ['192.168.1.1'] },
        },
      },
    })
    const data = parse(await textOf(fat, 'user-data'))
    expect(data).toMatchObject({
      ...{ hostname: 'pi-1', timezone: 'Europe/Zurich', locale: 'en_GB.UTF-8', keyboard: { layout: 'ch' } },
      user: { name: 'pi', lock_passwd: true, ssh_authorized_keys: [authorizedKey] },
      ssh_pwauth: false,
      ssh_keys: { ed25519_public: `${made.hostKey.publicLine}\n` },
    })
    await expectPair(data.ssh_keys.ed25519_private, made)
  })

  /** ssh-keygen's own word that the private key belongs to the public line and the fingerprint. */
  async function expectPair(privateKey: string, { hostKey }: Customised): Promise<void> {
    const key = join(folder, 'host_key')
    const handle = await open(key, 'w', 0o600)
    await handle.writeFile(privateKey)
    await handle.close()
    expect((await must(['ssh-keygen', '-y', '-f', key])).split(' ').slice(0, 2)).toEqual(
      hostKey.publicLine.split(' ').slice(0, 2),
    )
    expect(await must(['ssh-keygen', '-l', '-f', key])).toContain(hostKey.fingerprint)
  }

  it('gives an image without cloud-init a program to run once, and nothing else to read', async () => {
    const image = await imageOf('firstrun')
    const made = await customiseImage(
      inputFor(image, { wifi: { ssid: 'Café;1', country: 'CH', password: new Secret('secret word') } }),
    )
    const { file, fat } = await written(image, made.patches)
    await wholeFileSystem(fat)
    await made.check(readerOf(file))
    expect(await textOf(fat, 'cmdline.txt')).toBe(
      'console=serial0,115200 console=tty1 root=PARTUUID=5ca1ab1e-02 rootfstype=ext4 fsck.repair=yes rootwait quiet init=/usr/lib/raspberrypi-sys-mods/firstboot cfg80211.ieee80211_regdom=CH systemd.run=/boot/firmware/bramble/first-boot.py systemd.run_success_action=reboot systemd.unit=kernel-command-line.target cgroup_enable=memory\n',
    )
    const constant = await readFile(new URL('./first-boot.py', import.meta.url), 'utf8')
    expect(await textOf(fat, 'bramble/first-boot.py')).toBe(constant)
    const told = JSON.parse(await textOf(fat, 'bramble/first-boot.json'))
    expect(told).toMatchObject({ hostname: 'pi-1', user: 'pi', authorizedKey, locale: 'en_GB.UTF-8', keyboard: 'ch' })
    const fileOf = (path: string) => told.files.find((one: { path: string }) => one.path === path)
    await expectPair(fileOf('/etc/bramble/ssh_host_ed25519_key').content, made)
    const wifi = fileOf('/etc/NetworkManager/system-connections/bramble-wlan0.nmconnection')
    expect(wifi.mode).toBe('0600')
    expect(wifi.content.split('\n')).toEqual(
      expect.arrayContaining(['ssid=67;97;102;195;169;59;49;', 'address1=192.168.1.21/24', 'gateway=192.168.1.1']),
    )
    expect(JSON.stringify(told)).not.toContain('secret word')
  })

  it('writes the key that the standard makes of a passphrase, never the passphrase', async () => {
    const image = await imageOf('cloud-init')
    // The example of IEEE 802.11, annex J.4.
    const wifi = { ssid: 'IEEE', country: 'CH', password: new Secret('password') }
    const made = await customiseImage(inputFor(image, { wifi }))
    const { fat } = await written(image, made.patches)
    const network = parse(await textOf(fat, 'network-config'))
    expect(network.wifis.wlan0['access-points'].IEEE).toEqual({
      password: 'f42c6fc52df0ebef9ebb4b90b38a5f902e83fe1b135a70e23aed762e9710a12e',
    })
    expect(network.ethernets.eth0).toEqual({ dhcp4: true, optional: true })
    expect(await textOf(fat, 'bramble/network-config')).not.toContain('wifis')
    for (const secret of ['PRIVATE KEY', 'ssh_keys', 'runcmd'])
      expect(await textOf(fat, 'bramble/user-data')).not.toContain(secret)
  })

  it('writes all of its blocks where the map of the image says that nobody reads', async () => {
    const image = await imageOf('cloud-init')
    const head = { offset: 0, length: (image.boot?.offset ?? 0) + 640 * 1024 }
    const mapped: CachedImage = { ...image, gaps: 'unmapped', data: [head] }
    const made = await customiseImage(inputFor(mapped))
    // A card full of rubbish, of which the writer writes what is mapped, and the patches.
    const file = join(folder, 'rubbish')
    const card = await open(file, 'w')
    await card.write(Buffer.alloc(image.size, 0xe5))
    await card.write((await readFile(image.file)).subarray(0, head.length), 0, head.length, 0)
    for (const { offset, data } of made.patches) await card.write(data, 0, data.length, offset)
    await card.close()
    await made.check(readerOf(file))
    await wholeFileSystem(`${file}@@${image.boot?.offset}`)
  })

  it('asks the router for an address when told so', async () => {
    const image = await imageOf('cloud-init')
    const made = await customiseImage(inputFor(image, { settings: FlashSettings.parse({ network: 'dhcp' }) }))
    const { fat } = await written(image, made.patches)
    expect(parse(await textOf(fat, 'network-config'))).toEqual({ version: 2, ethernets: { eth0: { dhcp4: true } } })
  })

  it('never makes the same key twice, and takes the place of an earlier node', async () => {
    const image = await imageOf('cloud-init')
    const first = await customiseImage(inputFor(image))
    const { file } = await written(image, first.patches)
    const again = await customiseImage(inputFor({ ...image, file }))
    expect(again.hostKey.fingerprint).not.toBe(first.hostKey.fingerprint)
    const other = join(folder, 'card-2')
    await copyFile(file, other)
    const card = await open(other, 'r+')
    for (const { offset, data } of again.patches) await card.write(data, 0, data.length, offset)
    await card.close()
    await again.check(readerOf(other))
    await expect(first.check(readerOf(other))).rejects.toMatchObject({ code: 'customise-check' })
  })

  it('finds a card that does not hold its files', async () => {
    const image = await imageOf('cloud-init')
    const made = await customiseImage(inputFor(image))
    await expect(made.check(readerOf(image.file))).rejects.toMatchObject({
      code: 'customise-check',
      message: expect.stringContaining('user-data differs from what was written'),
    })
    const { file, fat } = await written(image, made.patches)
    await must(['mdel', '-i', fat, '::bramble.json'])
    await expect(made.check(readerOf(file))).rejects.toMatchObject({
      message: expect.stringContaining('bramble.json is missing'),
    })
    await must([
      'dd',
      'if=/dev/zero',
      `of=${file}`,
      'bs=4096',
      'count=1',
      `seek=${(image.boot?.offset ?? 0) / 4096}`,
      'conv=notrunc',
      'status=none',
    ])
    await expect(made.check(readerOf(file))).rejects.toMatchObject({
      message: expect.stringContaining('not a FAT file system'),
    })
    await expect(made.check(async () => Buffer.alloc(0))).rejects.toMatchObject({ code: 'customise-check' })
  })

  it('works on a boot partition that begins in the midst of a block', async () => {
    const aligned = await imageOf('cloud-init')
    const shift = 1536
    const file = join(folder, 'shifted.img')
    const bytes = await readFile(aligned.file)
    const target = await open(file, 'w')
    await target.write(bytes.fill(0xaa, 0, aligned.boot?.offset), 0, bytes.length, shift)
    await target.close()
    const boot = { offset: (aligned.boot?.offset ?? 0) + shift, length: aligned.boot?.length ?? 0 }
    const image = {
      ...aligned,
      file,
      boot,
      size: aligned.size + shift,
      data: [{ offset: 0, length: aligned.size + shift }],
    }
    const made = await customiseImage(inputFor(image))
    expect(made.patches.every(({ offset, data }) => offset % 4096 === 0 && data.length % 4096 === 0)).toBe(true)
    const card = await written(image, made.patches)
    await made.check(readerOf(card.file))
    // What lies before the partition in the same block is as it was.
    const [was, is] = [await readFile(file), await readFile(card.file)]
    expect(is.subarray(0, boot.offset).equals(was.subarray(0, boot.offset))).toBe(true)
  })

  it('refuses an image that takes no settings, and one whose boot partition is full', async () => {
    const none = await imageOf('none')
    for (const image of [none, { ...none, firstBoot: 'cloud-init' as const, boot: null }])
      await expect(customiseImage(inputFor(image))).rejects.toMatchObject({ code: 'first-boot-unknown' })
    const full = await imageOf('cloud-init', { 'big.bin': 'x'.repeat(37_140_000) })
    await expect(customiseImage(inputFor(full))).rejects.toMatchObject({ code: 'customise-full' })
    const broken = await imageOf('cloud-init')
    await must(['dd', 'if=/dev/zero', `of=${broken.file}`, 'bs=1M', 'count=1', 'seek=4', 'conv=notrunc', 'status=none'])
    await expect(customiseImage(inputFor(broken))).rejects.toMatchObject({ code: 'customise-image' })
    expect(await readdir(workdir)).toEqual([])
  })

  it('stops at the signal and leaves nothing behind', async () => {
    const image = await imageOf('cloud-init')
    await expect(customiseImage(inputFor(image, { signal: AbortSignal.abort() }))).rejects.toThrow()
    expect(await readdir(workdir)).toEqual([])
  })
})
