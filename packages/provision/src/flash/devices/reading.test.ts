/** The small readers: what programs and the kernel print, and what strangers wrote on a medium. */
import { statSync } from 'node:fs'
import { StationNetwork } from '@bramble/cluster'
import { expect, test } from 'vitest'
import { describe as describeContents } from './contents.ts'
import { deviceNumber } from './holder.ts'
import { ownNetworks, parseRoutes } from './networks.ts'
import { differencesOf } from './open.ts'
import { type Part, parseBlkid, parsePartx } from './signatures.ts'
import { cleanText, sizeWords } from './words.ts'

test('blkid and partx', () => {
  expect(parseBlkid('DEVNAME=/dev/sdb\nTYPE=vfat\nLABEL=MY\\ CARD=1\nUUID=1-2\nPTTYPE=dos\n')).toEqual({
    fstype: 'vfat',
    label: 'MY CARD=1',
    uuid: '1-2',
    partitionTable: 'dos',
  })
  expect(parseBlkid('')).toEqual({ fstype: null, label: null, uuid: null, partitionTable: null })
  expect(parsePartx('1 2048 20971520\n2 43008 45088768\nx y z\n3 9007199254740991 5\n')).toEqual([
    { offset: 1048576, size: 20971520 },
    { offset: 22020096, size: 45088768 },
  ])
})

test('text from a medium cannot break a line, turn the writing direction or flood a page', () => {
  expect(cleanText('A\u202eB\nC\0\u001b[31m  D', 100)).toBe('AB C[31m D')
  expect(cleanText('🍓'.repeat(300), 21).length).toBeLessThanOrEqual(21)
  expect(cleanText('🍓'.repeat(300), 21)).toBe('🍓'.repeat(10))
  expect([0, 999, 1500, 31_914_983_424, 2e12].map(sizeWords)).toEqual([
    '0 bytes',
    '999 bytes',
    '1.5 kB',
    '32 GB',
    '2.0 TB',
  ])
})

const part = (fstype: string | null, label: string | null = null): Part => {
  return { offset: 0, size: 32e9, fstype, label, uuid: null, partitionTable: null }
}
const boot = (files: { bramble?: string; issue?: string; cmdline?: string }) => {
  return { bramble: null, issue: null, cmdline: null, ...files }
}

test('the words for what is on a card', () => {
  expect(describeContents([part('vfat', 'CAMERA')], null)).toEqual({ kind: 'other', words: 'FAT "CAMERA", 32 GB' })
  expect(describeContents([part(null)], null).kind).toBe('unknown')
  expect(
    describeContents([part('vfat'), part('ext4', 'root')], boot({ cmdline: 'console=tty1 root=/dev/sda2' })).words,
  ).toBe('A Raspberry Pi system: FAT, 32 GB, ext4 "root", 32 GB')
  expect(describeContents([part('vfat')], boot({ issue: 'Raspberry Pi reference 2025-05-13\n' })).kind).toBe(
    'raspberry-pi-os',
  )
  const many = Array.from({ length: 16 }, () => part('ext4', 'x'.repeat(60)))
  expect(describeContents(many, null).words.length).toBeLessThan(400)
})

test.each([
  'not json',
  '[]',
  'null',
  '{"cluster":"garden","node":"pi-1"}',
  '{"cluster":"garden","node":"pi 1","roles":[]}',
  '{"cluster":"../etc","node":"pi-1","roles":[]}',
  `{"cluster":"garden","node":"${'p'.repeat(64)}","roles":[]}`,
  '{"cluster":"garden","node":"pi-1","roles":["web\\n<script>"]}',
  '{"cluster":"garden","node":"pi-1","roles":["a","b","c","d","e","f","g","h","i"]}',
])('a bramble.json that Bramble did not write speaks for nothing: %s', (text) => {
  expect(describeContents([part('vfat')], boot({ bramble: text }))).toEqual({ kind: 'other', words: 'FAT, 32 GB' })
})

test('device numbers, as the kernel packs them', () => {
  const { rdev } = statSync('/dev/null')
  if (process.platform === 'linux') expect(deviceNumber(rdev)).toBe('1:3')
  expect(deviceNumber(8 * 256 + 17)).toBe('8:17')
  expect(deviceNumber(259 * 256 + 3 + 2 ** 20)).toBe('259:259')
})

test('what tells one card from another', () => {
  const card = { path: '/dev/sdb', size: 32e9, serial: 'A', cid: null, diskseq: '7' }
  expect(differencesOf(card, card)).toEqual([])
  expect(differencesOf(card, { ...card, diskseq: '8' })[0]).toContain('was removed and inserted')
  expect(differencesOf(card, { ...card, diskseq: null })).toHaveLength(1)
  expect(differencesOf(card, { ...card, serial: null })[0]).toBe('its serial number was A and is now unknown')
  expect(differencesOf(card, { ...card, size: 64e9, cid: 'ff' })).toHaveLength(2)
})

test('default routes and own networks: no containers, no tunnels, no addresses that nobody gave', () => {
  const routes = parseRoutes(
    [
      'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT',
      'wlan0\t00000000\t01B2A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0',
      'eth0\t00000000\t0101A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0',
      'eth0\t00000000\t0201A8C0\t0003\t0\t0\t900\t00000000\t0\t0\t0',
      'eth0\t0001A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0',
    ].join('\n'),
  )
  expect(Object.fromEntries(routes)).toEqual({ eth0: '192.168.1.1', wlan0: '192.168.178.1' })
  const address = (text: string, prefix: number, internal = false) => {
    return { address: text, netmask: '', family: 'IPv4' as const, mac: '', internal, cidr: `${text}/${prefix}` }
  }
  const networks = ownNetworks(
    {
      lo: [address('127.0.0.1', 8, true)],
      eth0: [address('192.168.1.20', 24)],
      docker0: [address('172.17.0.1', 16)],
      wg0: [address('10.8.0.2', 24)],
      eth1: [address('169.254.9.9', 16)],
      ppp0: [address('10.64.1.1', 32)],
    },
    routes,
  )
  expect(networks).toEqual([
    { interface: 'eth0', address: '192.168.1.20', prefix: 24, gateway: '192.168.1.1', lab: false },
  ])
  for (const network of networks) StationNetwork.parse(network)
})
