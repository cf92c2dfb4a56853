import type { StationNetwork } from '@bramble/cluster'
import { describe, expect, it } from 'vitest'
import { inNetwork, type NetworkChoice, networkChoices, proposeAddresses } from './proposal.ts'

const lan = { interface: 'eth0', address: '192.168.1.5', prefix: 24, gateway: '192.168.1.1', lab: false }
const lab = { interface: 'bramble0', address: '198.18.3.1', prefix: 24, gateway: null, lab: true }
const choice = (change: Partial<StationNetwork>): NetworkChoice =>
  networkChoices([{ name: 'bench', networks: [{ ...lan, ...change }] }])[0]!
const none = new Set<string>()

describe('networks to choose from', () => {
  it('come once each, labs last and by their number', () => {
    const choices = networkChoices([
      { name: 'bench', networks: [lab, lan] },
      { name: 'cellar', networks: [{ ...lan, address: '192.168.1.6' }] },
    ])
    expect(choices.map(({ key }) => key)).toEqual(['192.168.1.0/24', '198.18.3.0/24'])
    expect(choices[0]!.held).toContain('192.168.1.6')
    expect(choices[1]!.words).toBe('Lab 3 (virtual Pis)')
  })
})

describe('addresses for new Pis', () => {
  it('are .11 and on, behind .100', () => {
    expect(proposeAddresses(choice({}), 3, none)).toEqual({
      addresses: ['192.168.1.11', '192.168.1.12', '192.168.1.13'],
      vip: '192.168.1.100',
    })
  })

  it('keep clear of other clusters, the station and the router', () => {
    const taken = new Set(['192.168.1.12', '192.168.1.100'])
    const beside = choice({ address: '192.168.1.22', gateway: '192.168.1.101' })
    expect(proposeAddresses(beside, 3, taken)).toEqual({
      addresses: ['192.168.1.31', '192.168.1.32', '192.168.1.33'],
      vip: '192.168.1.102',
    })
  })

  it('stay beside the station in a wide network', () => {
    const wide = choice({ address: '10.1.2.3', prefix: 8, gateway: '10.0.0.1' })
    expect(proposeAddresses(wide, 1, none)).toEqual({ addresses: ['10.1.2.11'], vip: '10.1.2.100' })
    expect(inNetwork(wide, '10.99.1.1')).toBe(true)
  })

  it('fit into a small network, never its first or last address, or say that there is no room', () => {
    const small = choice({ address: '192.168.1.193', prefix: 29, gateway: null })
    expect(proposeAddresses(small, 3, none)).toEqual({
      addresses: ['192.168.1.194', '192.168.1.195', '192.168.1.196'],
      vip: '192.168.1.197',
    })
    expect(proposeAddresses(small, 5, none)).toBeNull()
    expect(proposeAddresses(small, 6, none)).toBeNull()
  })
})
