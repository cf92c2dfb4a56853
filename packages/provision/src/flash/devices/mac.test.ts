/** Written down after what diskutil says of a Mac with a built-in reader, a USB reader with an empty slot, and a disk image. */
import { readFileSync } from 'node:fs'
import { Card } from '@bramble/cluster'
import { expect, test } from 'vitest'
import { cardsOfMac, notOnMac, parseMacInfo, parseMacList } from './mac.ts'

const fixture = (name: string) => readFileSync(new URL(`fixtures/mac/${name}.plist`, import.meta.url), 'utf8')

test('a Mac shows its cards; its own disk is never offered, APFS containers and images are no disks', () => {
  const disks = parseMacList(fixture('list'))
  const infos = disks.map(({ DeviceIdentifier }) => parseMacInfo(fixture(DeviceIdentifier)))
  const cards = cardsOfMac(disks, infos)
  for (const card of cards) Card.parse(card)
  expect(cards.map(({ identity, bus, offer, reason }) => [identity.path, bus, offer, reason])).toEqual([
    ['/dev/disk0', 'nvme', 'never', 'It is the system disk of this machine.'],
    [
      '/dev/disk4',
      'mmc',
      'never',
      'It is mounted on /Volumes/bootfs: unmount it first (diskutil unmountDisk /dev/disk4).',
    ],
    ['/dev/disk5', 'usb', 'offered', ''],
    ['/dev/disk6', 'usb', 'never', 'It is write-protected.'],
  ])
  expect(cards[2]).toMatchObject({
    model: 'STORAGE DEVICE',
    removable: true,
    contents: { kind: 'other', words: 'Windows_FAT_32 "bootfs", 537 MB, Linux, 31 GB' },
  })
})

test('what is no list of disks is refused, and writing is refused in words', () => {
  expect(() => parseMacList('<plist version="1.0"><dict><key>AllDisks</key><array/></dict></plist>')).toThrow()
  expect(notOnMac()).toMatchObject({ code: 'not-on-macos', cure: expect.stringContaining('station') })
})
