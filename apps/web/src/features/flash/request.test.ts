import { FlashRequest } from '@bramble/cluster'
import type { CardView } from '@bramble/db/flash'
import { describe, expect, it } from 'vitest'
import { keyOf } from './assignment.ts'
import {
  chosenCards,
  networkFor,
  plainSettings,
  proposedNetwork,
  requestOf,
  settingsProblems,
  toType,
  wifiOf,
} from './request.ts'

function card(path: string, change: Partial<CardView> = {}): CardView {
  return {
    identity: { path, size: 32e9, serial: null, cid: null, diskseq: '1' },
    vendor: 'Generic',
    model: 'Reader',
    bus: 'usb',
    removable: true,
    contents: { kind: 'blank', words: 'nothing' },
    offer: 'offered',
    reason: '',
    busy: null,
    history: null,
    ...change,
  }
}

const nodes = [
  { name: 'pi-1', address: '192.168.1.11' },
  { name: 'pi-2', address: '192.168.1.12' },
]
const vip = '192.168.1.100'
const home = { interface: 'eth0', address: '192.168.1.5', prefix: 24, gateway: '192.168.1.1', lab: false }

describe('the network of the station', () => {
  it('is the narrowest that holds every address', () => {
    const wide = { ...home, address: '192.168.7.7', prefix: 16 }
    expect(networkFor([wide, home], ['192.168.1.11', vip])).toBe(home)
    expect(networkFor([wide, home], ['192.168.1.11', '192.168.2.12'])).toBe(wide)
    expect(networkFor([home], ['10.0.0.1'])).toBeUndefined()
  })

  it('proposes prefix, gateway and name server; a lab has no gateway', () => {
    expect(proposedNetwork(home)).toEqual({ prefix: '24', gateway: '192.168.1.1', dns: '192.168.1.1' })
    expect(proposedNetwork({ ...home, gateway: null })).toEqual({ prefix: '24', gateway: '', dns: '' })
  })
})

describe('what is wrong stands at its field', () => {
  const wrong = (change: Partial<typeof plainSettings>) =>
    Object.keys(settingsProblems({ ...plainSettings, ...change }, nodes, vip)).sort()

  it.each([
    [{}, []],
    [{ gateway: '192.168.1.1', dns: '192.168.1.1, 9.9.9.9' }, []],
    [{ prefix: '33' }, ['prefix']],
    [{ prefix: '' }, ['prefix']],
    [{ prefix: '28' }, ['prefix']],
    [{ gateway: '192.168.2.1' }, ['gateway']],
    [{ gateway: '192.168.1.12' }, ['gateway']],
    [{ gateway: 'router' }, ['gateway']],
    [{ dns: '1.1.1.1 nine' }, ['dns']],
    [{ network: 'dhcp' as const, prefix: 'x', gateway: 'y', dns: 'z' }, []],
    [{ wifi: 'new' as const }, ['country', 'password', 'ssid']],
    [{ wifi: 'new' as const, ssid: 'home', password: 'long enough', country: 'ch' }, []],
    [{ wifi: 'kept' as const }, []],
    [{ locale: 'english', keyboard: 'U S' }, ['keyboard', 'locale']],
  ])('%j', (change, fields) => expect(wrong(change)).toEqual(fields))
})

describe('what is asked of the station', () => {
  const used = card('/dev/sdc', { contents: { kind: 'other', words: 'FAT "CAMERA"' }, offer: 'explicit' })
  const cards = [card('/dev/sdb'), used]
  const assignment = { 'pi-2': keyOf(cards[0]!.identity), 'pi-1': keyOf(used.identity), gone: 'no such card' }
  const chosen = chosenCards(['pi-1', 'pi-2', 'gone'], assignment, cards)

  it('goes in the order of the nodes, says which is a fixed disk, and is what the contract reads', () => {
    const request = requestOf({
      station: 'bench',
      image: '3f0e4d4e-6c0a-4a53-9d1a-0d1f0c7f5a11',
      chosen,
      settings: { ...plainSettings, gateway: '192.168.1.1', dns: ' 9.9.9.9,1.1.1.1 ' },
    })
    expect(FlashRequest.parse(request)).toEqual(request)
    expect(request.cards).toEqual([
      { node: 'pi-1', card: used.identity, fixedDisk: true },
      { node: 'pi-2', card: cards[0]!.identity, fixedDisk: false },
    ])
    expect(request.settings).toMatchObject({ gateway: '192.168.1.1', dns: ['9.9.9.9', '1.1.1.1'] })
  })

  it('asks for a typed name only where something would be lost', () => {
    expect(toType(chosen)).toEqual(['pi-1'])
  })

  it('hands the Wi-Fi on apart from the settings', () => {
    expect(wifiOf({ ...plainSettings, wifi: 'new', ssid: 'a', password: 'b', country: 'ch' })).toEqual({
      ssid: 'a',
      password: 'b',
      country: 'CH',
    })
    expect(wifiOf({ ...plainSettings, wifi: 'kept', ssid: 'a' })).toBe('kept')
    expect(wifiOf({ ...plainSettings, ssid: 'a' })).toBeNull()
  })
})
