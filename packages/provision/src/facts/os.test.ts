import { expect, it } from 'vitest'
import { address, machine } from './os.ts'

const good = {
  id: 'debian',
  idLike: '',
  codename: 'trixie',
  architecture: 'arm64',
  model: 'Raspberry Pi 5 Model B Rev 1.0',
  hostname: 'pi-1',
  memory: 4e9,
  diskFree: 2e10,
  cpus: 4,
  clock: 1_764_600_000,
  bootId: 'b',
  age: 60,
  container: false,
  addresses: [{ interface: 'eth0', address: '192.0.2.11', prefix: 24 }],
  timezone: 'Etc/UTC',
}
const link = (change: object) => ({ ...good, addresses: [{ ...good.addresses[0], ...change }] })

it('takes what a Pi says of itself', () => {
  expect(machine.read(good)).toEqual(good)
  expect(machine.read(link({ interface: 'enx0a1b2c3d4e5f' })).addresses[0]?.interface).toBe('enx0a1b2c3d4e5f')
})

it.each([
  ['an interface that would be more of keepalived’s configuration', link({ interface: 'eth0\n}\nvrrp' })],
  ['an interface of any length', link({ interface: 'e'.repeat(16) })],
  ['an address that is none', link({ address: '192.0.2.11/24 dev eth1' })],
  ['a network that is none', link({ prefix: 33 })],
  ['as many addresses as fill the memory', { ...good, addresses: Array(300).fill(good.addresses[0]) }],
  ['a host name of any length', { ...good, hostname: 'x'.repeat(100_000) }],
  ['a number that is none', { ...good, memory: 'much' }],
  ['nothing', null],
])('refuses %s, in words', (_, answer) => {
  expect(() => machine.read(answer)).toThrow(
    expect.objectContaining({ code: 'facts-invalid', message: expect.stringMatching(/^.{1,300}$/) }),
  )
})

it('refuses who answers for an address when it is told at length', () => {
  expect(address('192.0.2.100').read({ holder: false, answeredBy: 'dc:a6:32:00:00:01' })).toMatchObject({
    holder: false,
  })
  expect(() => address('192.0.2.100').read({ holder: false, answeredBy: 'x'.repeat(1000) })).toThrow(
    expect.objectContaining({ code: 'facts-invalid' }),
  )
})
