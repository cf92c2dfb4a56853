/** Whole machines, written down after what lsblk and the kernel say of such: which disk may be written, and why the others may not. */
import { readFileSync } from 'node:fs'
import { Card } from '@bramble/cluster'
import { expect, test } from 'vitest'
import { cardNodes, cardOf } from './linux.ts'
import { parseLsblk } from './lsblk.ts'
import { disksUnder, parseMountinfo } from './mounts.ts'
import { Judge } from './offer.ts'
import { slotOf } from './slots.ts'
import { type DiskFacts, isDiskName, parseSwaps, type Station } from './station.ts'

const noFacts: DiskFacts = { diskseq: null, written: '0', cid: null, mmc: null, usb: null, backing: null }

function machine(name: string): Station {
  const text = readFileSync(new URL(`fixtures/${name}.json`, import.meta.url), 'utf8')
  const recorded = JSON.parse(text)
  const disks = parseLsblk(JSON.stringify(recorded.lsblk))
  return {
    disks,
    facts: new Map(
      disks
        .filter((disk) => isDiskName(disk.name))
        .map((disk) => [disk.name, { ...noFacts, ...recorded.facts[disk.name] }]),
    ),
    mounts: parseMountinfo(recorded.mountinfo.join('\n')),
    swaps: parseSwaps(recorded.swaps.join('\n')),
    together: recorded.together,
    names: new Map(Object.entries(recorded.names)),
  }
}

function judged(name: string, protect: string[] = []): Record<string, string> {
  const station = machine(name)
  const judge = new Judge(station, protect)
  return Object.fromEntries(
    cardNodes(station).map((node) => {
      const verdict = judge.judge(node)
      const card = cardOf(node, station.facts.get(node.name), verdict)
      Card.parse({ ...card, contents: { kind: 'unknown', words: 'Unknown' } })
      return [node.name, `${verdict.offer}: ${verdict.reason}`.replace(/: $/, '')]
    }),
  )
}

const fixedDisk = 'explicit: It is a fixed disk, not a card. It is written only if you allow it for this disk.'

test('a laptop: system under LUKS and LVM, a card in the reader, a stick; empty slots, snaps, zram and the DVD hidden', () => {
  expect(judged('laptop')).toEqual({
    sdb: 'offered',
    mmcblk0: 'offered',
    nvme0n1: 'never: It is the system disk of this machine: /, /boot and /boot/efi are on it.',
  })
})

test('a desktop: RAID members, a data disk, a spare disk, and a member of a RAID that sleeps', () => {
  expect(judged('desktop-raid')).toEqual({
    sda: 'never: It is the system disk of this machine: / is on it.',
    sdb: 'never: It is the system disk of this machine: / is on it.',
    sdc: 'never: It is mounted on /mnt/data: unmount it first.',
    sdd: fixedDisk,
    sde: 'never: It is part of a RAID (/dev/sde).',
  })
})

test('ZFS leaves no trace among the mounts: its members are known by what is on them', () => {
  expect(judged('zfs')).toEqual({
    sda: 'never: It is part of a ZFS pool (/dev/sda).',
    sdb: 'never: It is part of a ZFS pool (/dev/sdb).',
    sdc: 'offered',
  })
})

test('btrfs over two disks: both are in use, though the kernel names one', () => {
  const all = judged('btrfs')
  expect(all).toEqual({
    sda: 'never: It is the system disk of this machine: /, /home and /boot/efi are on it.',
    sdb: 'never: It is mounted on /srv/media: unmount it first.',
    sdc: 'never: It is mounted on /srv/media: unmount it first.',
    sdd: fixedDisk,
  })
})

test('a Pi as station: its own card, swap on a stick, a locked card, a mounted card, an opened vault', () => {
  expect(judged('pi')).toEqual({
    mmcblk0: 'never: It is the system disk of this machine: / and /boot/firmware are on it.',
    sda: 'never: This machine uses it for swap.',
    sdb: 'never: It is write-protected.',
    sdc: 'never: It is mounted on /media/pi/my card: unmount it first.',
    sdd: 'never: /dev/mapper/vault (crypt) is open on it: close it first.',
  })
  const station = machine('pi')
  const mounted = station.disks.find(({ name }) => name === 'sdc')!
  expect(new Judge(station, []).judge(mounted).cure).toBe("Unmount it first: umount '/media/pi/my card'.")
})

test('a server: bcache, multipath, LVM, controller RAID, a swap file, soldered memory', () => {
  expect(judged('server')).toEqual({
    mmcblk1: 'never: It is the system disk of this machine: / is on it.',
    sda: 'never: It is the system disk of this machine: /home is on it.',
    sdb: 'never: It is the system disk of this machine: /home is on it.',
    sdc: 'never: It is part of a multipath disk (/dev/sdc).',
    sdd: 'never: It is part of a multipath disk (/dev/sdd).',
    sde: 'never: It is part of a RAID (/dev/sde).',
    sdf: 'never: This machine uses it for swap.',
    sdg: 'never: It is part of an LVM volume group (/dev/sdg).',
    mmcblk2: fixedDisk,
    nvme1n1: fixedDisk,
  })
})

test('a live system runs from the stick that holds the file under its overlay', () => {
  const all = judged('live-stick')
  expect(all.sda).toBe(fixedDisk)
  expect(all.sdb).toBe('never: It is the system disk of this machine: / is on it.')
})

test('in a container the bound files show which disk is the machine’s', () => {
  expect(judged('container')).toEqual({
    sda: 'never: It is the system disk of this machine: /etc/hosts is on it.',
    sdb: 'offered',
  })
  expect(judged('container', ['/data/images']).sda).toContain('never')
})

test('a protected path keeps its disk, through every layer below it', () => {
  expect(judged('desktop-raid', ['/mnt/data/cache/images']).sdc).toBe(
    'never: It holds the files of Bramble (/mnt/data/cache/images).',
  )
  const { disks, mounts, together, names } = machine('laptop')
  const stacks = { disks, mounts, together, loopFiles: new Map(), named: (path: string) => names.get(path) ?? null }
  expect([...disksUnder('/var/lib/bramble/cache', stacks)]).toEqual(['nvme0n1'])
  expect([...disksUnder('/run/bramble', stacks)]).toEqual([])
})

test('an old lsblk writes everything as text', () => {
  const [stick] = parseLsblk(
    JSON.stringify(JSON.parse(readFileSync(new URL('fixtures/old-lsblk.json', import.meta.url), 'utf8')).lsblk),
  )
  expect(stick).toMatchObject({
    path: '/dev/sdb',
    number: '8:16',
    size: 31042043904,
    readOnly: false,
    removable: true,
    model: 'Ultra',
    children: [{ label: 'HOLIDAY', mountpoints: ['/media/stick'] }],
  })
  expect(judged('old-lsblk')).toEqual({ sdb: 'never: It is mounted on /media/stick: unmount it first.' })
})

test('a card says who made it, which it is and where it is', () => {
  const station = machine('laptop')
  const card = (name: string) => {
    const node = station.disks.find((disk) => disk.name === name)!
    return cardOf(node, station.facts.get(name), new Judge(station, []).judge(node))
  }
  expect(card('mmcblk0')).toMatchObject({
    identity: {
      path: '/dev/mmcblk0',
      size: 63864569856,
      serial: '0x6a1b2c3d',
      cid: '035344534333324785a1b2c3d4014400',
      diskseq: '14',
    },
    vendor: 'SanDisk',
    model: 'SN64G',
    bus: 'mmc',
    removable: true,
  })
  expect(card('sdb')).toMatchObject({ vendor: 'SanDisk', model: 'Ultra', bus: 'usb' })
  expect(card('nvme0n1')).toMatchObject({ bus: 'nvme', removable: false })
})

test('card slots are whole files in the folders of labs, and nothing that only looks like it', () => {
  const slot = (file: string, whole = true, folder?: string) => slotOf({ file, whole }, folder)
  expect(slot('/var/lib/bramble-lab/7/cards/slot-1.img')).toEqual({
    vendor: 'Bramble lab 7',
    model: 'slot-1',
    serial: 'lab7-slot-1',
  })
  expect(slot('/var/lib/bramble-lab/7/cards/slot-1.dev')?.serial).toBe('lab7-slot-1')
  for (const other of [
    '/var/lib/bramble-lab/7/cards/slot-1.img (deleted)',
    '/var/lib/bramble-lab/7/cards/deep/slot-1.img',
    '/var/lib/bramble-lab/7/inserted/pi-1.img',
    '/home/anna/var/lib/bramble-lab/7/cards/slot-1.img',
    '/slots/one.iso',
  ])
    expect(slot(other, true, '/slots'), other).toBeNull()
  expect(slot('/var/lib/bramble-lab/7/cards/slot-1.img', false)).toBeNull()
  expect(slot('/slots/one.img', true, '/slots')).toMatchObject({ model: 'one', serial: 'slots-one' })
})
